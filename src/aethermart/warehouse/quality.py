"""Run the dbt tests of the compiled project as plain SQL on the live tables."""

from __future__ import annotations

from typing import NamedTuple

import duckdb

from aethermart.warehouse.project import CompiledProject


class Tested(NamedTuple):
    """failing_rows: rows that break the promise; 0 where it holds."""

    name: str
    failing_rows: int


def run_tests(connection: duckdb.DuckDBPyConnection, compiled: CompiledProject) -> list[Tested]:
    """Every declared test, in the project's order."""
    return [Tested(test.name, _count(connection, test.sql)) for test in compiled.tests]


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(f"SELECT COUNT(*) FROM (\n{sql}\n) AS failing").fetchone()
    return int(row[0]) if row else 0
