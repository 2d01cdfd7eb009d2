"""Run the dbt tests of the compiled project as plain SQL on the live tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import duckdb

from aethermart.warehouse.project import CompiledProject


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
        tested.append(Tested(test.name, _count(connection, test.sql)))
    return tested


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(f"SELECT COUNT(*) FROM (\n{sql}\n) AS failing").fetchone()
    return int(row[0]) if row else 0
