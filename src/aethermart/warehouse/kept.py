"""Gold tables that are kept: each equals its view `gold.v_<name>` at every commit of the mirror.

A kept table is rebuilt when its SQL, or that of any model it reads, changes; in between only what
a batch touched is computed again (see refresh). Other views of gold read the table, not
its view. `gold._kept` says by which SQL a table was built.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import duckdb

from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse.project import CompiledProject, Model

_BOOKS = """
CREATE TABLE IF NOT EXISTS gold._kept (
  name VARCHAR,
  sql_hash VARCHAR
)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows that only the table, or only its view, has; a row twice counts twice."""

    name: str
    only_in_table: int
    only_in_view: int


def table_of(model: Model) -> str:
    """Name of the table kept for a view."""
    return f"gold.{model.name.removeprefix('v_')}"


def column_list(model: Model) -> str:
    return ", ".join(quoted(name) for name, _ in model.columns)


def rebuild_if_changed(
    connection: duckdb.DuckDBPyConnection, compiled: CompiledProject, model: Model
) -> bool:
    """Build a kept table again if its SQL is not the one it was built by; whether it was."""
    sql_hash = _sql_hash(compiled, model)
    built = connection.execute(
        "SELECT sql_hash FROM gold._kept WHERE name = ?", [model.name]
    ).fetchall()
    if built == [(sql_hash,)]:
        return False
    connection.execute(
        f"CREATE OR REPLACE TABLE {table_of(model)} AS "
        f"SELECT {column_list(model)} FROM {model.relation}"
    )
    connection.execute("DELETE FROM gold._kept WHERE name = ?", [model.name])
    connection.execute("INSERT INTO gold._kept VALUES (?, ?)", [model.name, sql_hash])
    return True


def drop_forgotten(connection: duckdb.DuckDBPyConnection, compiled: CompiledProject) -> None:
    """Drop tables that were kept by a model the project no longer has."""
    connection.execute(_BOOKS)
    wanted = {model.name for model in compiled.kept}
    for (name,) in connection.execute("SELECT name FROM gold._kept").fetchall():
        if name not in wanted:
            connection.execute(f"DROP TABLE gold.{quoted(name.removeprefix('v_'))}")
            connection.execute("DELETE FROM gold._kept WHERE name = ?", [name])


def compare_kept(
    connection: duckdb.DuckDBPyConnection, compiled: CompiledProject
) -> list[Difference]:
    """Every kept table beside its view, row by row."""
    return [_difference(connection, model) for model in compiled.kept]


def _difference(connection: duckdb.DuckDBPyConnection, model: Model) -> Difference:
    # As EXCEPT ALL both ways, but the view is computed once, and no row is numbered.
    columns = column_list(model)
    row = connection.execute(
        f"""
        SELECT
          COALESCE(SUM(surplus) FILTER (WHERE surplus > 0), 0),
          COALESCE(- SUM(surplus) FILTER (WHERE surplus < 0), 0)
        FROM (
          SELECT SUM(one) AS surplus
          FROM (
            SELECT {columns}, 1 AS one FROM {table_of(model)}
            UNION ALL
            SELECT {columns}, -1 AS one FROM {model.relation}
          ) AS both_sides
          GROUP BY {columns}
        ) AS rows_of_both
        """
    ).fetchone()
    table_only, view_only = row or (0, 0)
    return Difference(table_of(model), int(table_only), int(view_only))


def _sql_hash(compiled: CompiledProject, model: Model) -> str:
    """Of the view and everything it reads: a change below changes the rows above."""
    texts = [[m.relation, m.sql] for m in (*compiled.ancestors(model), model)]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()
