"""Gold tables that are kept: each equals its view `gold.v_<name>` at every commit of the mirror.

A kept table is rebuilt when its SQL, or that of any model it reads, changes; in between only what
a batch touched is computed again (see refresh). Other views of gold read the table, not
its view. `gold._kept` says by which SQL a table was built.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse import day_totals
from aethermart.warehouse.metrics.declared import DayTotals
from aethermart.warehouse.project import CompiledProject, Model

_BOOKS = """
CREATE TABLE IF NOT EXISTS gold._kept (
  name VARCHAR,
  sql_hash VARCHAR
)
"""
# The key as a number, where it is one. Text that counts up ("9", "10", "100") lies all over its
# order, so that the least and greatest of a row group rule nothing out; of numbers they do.
KEY_NUMBER = "_key_number"
_LAYOUT = 2  # counts up when the tables change otherwise than by their SQL


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


def kept_columns(model: Model) -> str:
    """Columns of the kept table: the view's, and the number by which rows are found."""
    return f"{column_list(model)}, {KEY_NUMBER}"


def kept_select(model: Model, source: str) -> str:
    """Rows of the kept table from a relation of the view's rows."""
    return (
        f"SELECT {column_list(model)}, TRY_CAST({_key(model)} AS BIGINT) AS {KEY_NUMBER} "
        f"FROM {source}"
    )


def delete_kept(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    shop: str,
    keys: Sequence[str],
    returning: str = "",
    entities: Sequence[str] | None = None,
) -> list[tuple[Any, ...]]:
    """Delete the rows of some keys, and those without one, which no key can name.

    returning  columns of the rows deleted to be given back; none otherwise
    entities   of those without a key only these go; all where None
    """
    key, named = _key(model), "IN (SELECT UNNEST($keys))"
    numbered = f"{KEY_NUMBER} IN (SELECT TRY_CAST(UNNEST($keys) AS BIGINT))"
    rows: list[tuple[Any, ...]] = []
    for condition in (  # a statement each: with OR, DuckDB does not prune row groups
        f"{numbered} AND {key} {named}",
        f"{KEY_NUMBER} IS NULL AND {key} {named}",
        f"{KEY_NUMBER} IS NULL AND {key} IS NULL"
        + ("" if entities is None else " AND entity IN (SELECT UNNEST($entities))"),
    ):
        bound: dict[str, list[str]] = {"keys": list(keys)} if "$keys" in condition else {}
        if "$entities" in condition:
            bound["entities"] = list(entities or ())
        found = connection.execute(
            f"DELETE FROM {table_of(model)} WHERE shop = $shop AND {condition}"
            f"{f' RETURNING {returning}' if returning else ''}",
            {"shop": shop, **bound},
        ).fetchall()
        rows += found if returning else []
    return rows


def rebuild_if_changed(
    connection: duckdb.DuckDBPyConnection, compiled: CompiledProject, model: Model
) -> bool:
    """Build a kept table again if its SQL is not the one it was built by; whether it was.

    Its day totals, too, where they or their definition changed.
    """
    sql_hash = _sql_hash(compiled, model)
    changed = _built_by(connection, model.name) != sql_hash
    if changed:
        connection.execute(
            f"CREATE OR REPLACE TABLE {table_of(model)} AS "
            f"{kept_select(model, model.relation)} ORDER BY {KEY_NUMBER}"
        )
        _note(connection, model.name, sql_hash)
    totals = day_totals.totals_of(table_of(model))
    if totals is not None:
        totals_hash = _hash([sql_hash, day_totals.definition(totals)])
        if _built_by(connection, _name(totals)) != totals_hash:
            day_totals.build(connection, totals)
            _note(connection, _name(totals), totals_hash)
    return changed


def _built_by(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    rows = connection.execute("SELECT sql_hash FROM gold._kept WHERE name = ?", [name]).fetchall()
    return str(rows[0][0]) if rows else None


def drop_forgotten(connection: duckdb.DuckDBPyConnection, compiled: CompiledProject) -> None:
    """Drop tables that were kept by a model the project no longer has."""
    connection.execute(_BOOKS)
    wanted = {model.name for model in compiled.kept}
    wanted |= {_name(t) for m in compiled.kept if (t := day_totals.totals_of(table_of(m)))}
    for (name,) in connection.execute("SELECT name FROM gold._kept").fetchall():
        if name not in wanted:
            connection.execute(f"DROP TABLE gold.{quoted(name.removeprefix('v_'))}")
            connection.execute("DELETE FROM gold._kept WHERE name = ?", [name])


def compare_kept(
    connection: duckdb.DuckDBPyConnection, compiled: CompiledProject
) -> list[Difference]:
    """Every kept table beside its view, row by row, and its day totals beside its sums."""
    differences: list[Difference] = []
    for model in compiled.kept:
        table, columns = table_of(model), column_list(model)
        differences.append(_difference(connection, table, columns, table, model.relation))
        totals = day_totals.totals_of(table)
        if totals is not None:
            kept, counted = day_totals.folded_select(totals), day_totals.counted_select(totals)
            columns = ", ".join([day_totals.moved_columns(totals), "rows"])
            differences.append(
                _difference(connection, totals.relation, columns, f"({kept})", f"({counted})")
            )
    return differences


def _difference(
    connection: duckdb.DuckDBPyConnection, name: str, columns: str, table: str, view: str
) -> Difference:
    # As EXCEPT ALL both ways, but the view is computed once, and no row is numbered.
    row = connection.execute(
        f"""
        SELECT
          COALESCE(SUM(surplus) FILTER (WHERE surplus > 0), 0),
          COALESCE(- SUM(surplus) FILTER (WHERE surplus < 0), 0)
        FROM (
          SELECT SUM(one) AS surplus
          FROM (
            SELECT {columns}, 1 AS one FROM {table} AS kept
            UNION ALL
            SELECT {columns}, -1 AS one FROM {view} AS computed
          ) AS both_sides
          GROUP BY {columns}
        ) AS rows_of_both
        """
    ).fetchone()
    table_only, view_only = row or (0, 0)
    return Difference(name, int(table_only), int(view_only))


def _key(model: Model) -> str:
    if model.kept_by is None:
        raise ValueError(f"{model.name} is a plain view")
    return quoted(model.kept_by)


def _note(connection: duckdb.DuckDBPyConnection, name: str, sql_hash: str) -> None:
    connection.execute("DELETE FROM gold._kept WHERE name = ?", [name])
    connection.execute("INSERT INTO gold._kept VALUES (?, ?)", [name, sql_hash])


def _name(totals: DayTotals) -> str:
    return totals.relation.removeprefix("gold.")


def _sql_hash(compiled: CompiledProject, model: Model) -> str:
    """Of the view and everything it reads: a change below changes the rows above."""
    read = (*compiled.ancestors(model), model)
    return _hash([_LAYOUT, *([m.relation, m.sql] for m in read)])


def _hash(of: object) -> str:
    return hashlib.sha256(json.dumps(of).encode()).hexdigest()
