"""Run the dbt tests of the compiled project as plain SQL on the live tables."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from aethermart.warehouse.project import CompiledProject


@dataclass(frozen=True, slots=True)
class TestResult:
    """failing_rows: rows that break the promise; 0 where it holds."""

    name: str
    failing_rows: int

    __test__ = False  # pytest: no test class, in spite of its name


def run_tests(
    connection: duckdb.DuckDBPyConnection, compiled: CompiledProject
) -> tuple[TestResult, ...]:
    """Every declared test, in the project's order."""
    return tuple(TestResult(test.name, _count(connection, test.sql)) for test in compiled.tests)


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(f"SELECT COUNT(*) FROM (\n{sql}\n) AS failing").fetchone()
    return int(row[0]) if row else 0
