"""Put what the caller may see in the place of every table that a query names.

The query is refused, or it comes out as `WITH "_lake_1" AS (the masked SELECT), … ` and itself,
where no name leads to a table: those of the lake are replaced by `_lake_N`, and those of the
query's own WITH by `_own_N`, found as DuckDB finds them. Names of both kinds exist nowhere else, so
that a name in the finished text can mean nothing but what was put there; `check_finished` reads it
once more and makes sure of that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from aethermart.core.errors import BadInput, Forbidden
from aethermart.warehouse.masking import LakeTable, Sight
from aethermart.warehouse.sql_queries.syntax import Tree, check, nodes, parse, written

MOST_TABLES = 16  # each is planned anew, and a view of silver is pages of SQL
_LAYERS = ("gold", "silver")  # where a bare name is looked for
_FINISHED = re.compile(r"_(lake|own)_\d+")


@dataclass(frozen=True, slots=True)
class Rewritten:
    """sql: what is run. tables: those of the lake it reads."""

    sql: str
    tables: tuple[LakeTable, ...]


def rewrite(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    tables: Mapping[str, LakeTable],
    sight: Sight,
) -> Rewritten:
    """The query over what `sight` leaves of the tables.

    Raises BadInput for what is no single SELECT or names no table, Forbidden for a table, function
    or clause that may not be used.
    """
    statement = parse(connection, sql)
    check(statement)
    naming = _Naming(tables, sight)
    naming.rename(statement["node"], {})
    _put_first(connection, statement["node"], naming.lake)
    finished = written(connection, statement)
    _check_finished(parse(connection, finished), naming.lake)
    return Rewritten(finished, tuple(naming.used.values()))


@dataclass
class _Naming:
    """lake: new name -> the masked SELECT that it stands for."""

    tables: Mapping[str, LakeTable]
    sight: Sight
    lake: dict[str, str] = field(default_factory=dict)
    used: dict[str, LakeTable] = field(default_factory=dict)
    _own: int = 0

    def rename(self, tree: object, seen: Mapping[str, str]) -> None:
        """seen: names of the WITH clauses around, in small letters -> their new names."""
        if isinstance(tree, list):
            for each in tree:
                self.rename(each, seen)
        elif isinstance(tree, dict):
            if "cte_map" in tree:
                seen = self._with(tree["cte_map"]["map"], seen)
            if tree.get("type") == "BASE_TABLE" and "table_name" in tree:
                self._table(tree, seen)
            elif tree.get("class") == "COLUMN_REF":
                _unqualify(tree["column_names"])
            for name, value in tree.items():
                if name != "cte_map":
                    self.rename(value, seen)

    def _with(self, entries: list[Tree], seen: Mapping[str, str]) -> Mapping[str, str]:
        for entry in entries:
            self.rename(entry["value"], seen)
            self._own += 1
            old, entry["key"] = str(entry["key"]), f"_own_{self._own}"
            # Else one that doubles the one before it would be planned times without number.
            if entry["value"].get("materialized") == "CTE_MATERIALIZE_NEVER":
                entry["value"]["materialized"] = "CTE_MATERIALIZE_DEFAULT"
            seen = {**seen, old.lower(): entry["key"]}
        return seen

    def _table(self, tree: Tree, seen: Mapping[str, str]) -> None:
        catalog, schema, name = (
            str(tree[part]) for part in ("catalog_name", "schema_name", "table_name")
        )
        bare = not catalog and not schema
        new = seen[name.lower()] if bare and name.lower() in seen else None
        if new is None:
            new = self._stand_in(self._found(catalog, schema, name))
        tree["alias"] = tree["alias"] or name
        tree["catalog_name"], tree["schema_name"], tree["table_name"] = "", "", new
        tree["qualified_name"] = {"path": [new]}

    def _found(self, catalog: str, schema: str, name: str) -> LakeTable:
        layers = [schema.lower()] if schema else _LAYERS
        if (catalog and catalog.lower() != "lake") or layers[0] not in _LAYERS:
            raise Forbidden(
                f"a query may not read {'.'.join(filter(None, (catalog, schema, name)))}",
                fix="read tables of silver and gold; GET /lake/tables lists them",
            )
        for layer in layers:
            table = self.tables.get(f"{layer}.{name.lower()}")
            if table is not None:
                return table
        raise BadInput(
            f"there is no table {'.'.join(filter(None, (schema, name)))!r} in silver or gold",
            fix="GET /lake/tables lists those there are",
        )

    def _stand_in(self, table: LakeTable) -> str:
        table.check_readable(self.sight)
        select = table.select(self.sight)
        for name, known in self.lake.items():
            if known == select:
                return name
        if len(self.lake) == MOST_TABLES:
            raise BadInput(f"the query reads more than {MOST_TABLES} tables", fix="split it")
        name = f"_lake_{len(self.lake) + 1}"
        self.lake[name] = select
        self.used[name] = table
        return name


def _unqualify(column: list[Any]) -> None:
    """`gold.fct_sales.revenue` as `fct_sales.revenue`: the schema is gone with the table."""
    parts = [str(part).lower() for part in column]
    if len(parts) > 3 and parts[0] == "lake" and parts[1] in _LAYERS:
        del column[:2]
    elif len(parts) > 2 and parts[0] in _LAYERS:
        del column[0]


def _put_first(connection: duckdb.DuckDBPyConnection, node: Tree, lake: Mapping[str, str]) -> None:
    if not lake:
        return
    listed = ", ".join(f"{name} AS NOT MATERIALIZED ({sql})" for name, sql in lake.items())
    ours = parse(connection, f"WITH {listed} SELECT 1")["node"]["cte_map"]["map"]
    node["cte_map"]["map"] = [*ours, *node["cte_map"]["map"]]


def _check_finished(statement: Tree, lake: Mapping[str, str]) -> None:
    """What will be run, read again: beside our SELECTs it is allowed and names none but ours."""
    entries = statement["node"]["cte_map"]["map"]
    ours, theirs = entries[: len(lake)], entries[len(lake) :]
    if [entry["key"] for entry in ours] != list(lake):
        raise _not_as_meant()
    statement["node"]["cte_map"]["map"] = theirs
    check(statement)
    for node in nodes(statement):
        if node.get("type") == "BASE_TABLE" and "table_name" in node:
            qualified = node["catalog_name"] or node["schema_name"]
            if qualified or not _FINISHED.fullmatch(str(node["table_name"])):
                raise _not_as_meant()


def _not_as_meant() -> Forbidden:
    return Forbidden("the query cannot be run as it was read", fix="write it in another way")
