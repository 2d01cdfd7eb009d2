"""Run the dbt tests of the compiled project as plain SQL on the live tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import duckdb

from aethermart.warehouse.project import CompiledProject, Test


class Tested(NamedTuple):
    """failing_rows: rows that break the promise; 0 where it holds."""

    name: str
    failing_rows: int


def run_tests(
    connection: duckdb.DuckDBPyConnection,
    compiled: CompiledProject,
    told: Callable[[int, str], None] = lambda _number, _name: None,
) -> list[Tested]:
    """Every declared test, in order; `told` hears of each before, and may stop it by raising."""
    tested = []
    for number, test in enumerate(compiled.tests):
        told(number, test.name)
        tested.append(Tested(test.name, failing_rows(connection, test)))
    return tested


def failing_rows(connection: duckdb.DuckDBPyConnection, test: Test) -> int:
    """Rows that break one test; 0 where it holds."""
    row = connection.execute(f"SELECT COUNT(*) FROM (\n{test.sql}\n) AS failing").fetchone()
    return int(row[0]) if row else 0
