"""The captured tables of one shop, narrowed to what a batch touched.

Three kinds of table. One with `touches` is narrowed to the touched orders. One with
`touches_through` to its touched rows and those the touched orders show. Any other to its touched
rows. Rows whose key is NULL always count as touched: no key can name them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from aethermart.packs.pack import Shop, SourceTable
from aethermart.packs.staging import Staging
from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse.project import CompiledProject

_ORDER_KEYS = "order_keys"
_KEYS_LIMIT = 50_000  # with more, recomputing the whole shop is the cheaper way


@dataclass(frozen=True, slots=True)
class Changed:
    """What a batch touched of one shop.

    keys           touch keys of kept rows: order keys, and `table/key` of rows without an order
    parameters     values for the narrowed SELECTs
    newest_offset  of the changed rows without an order; None where there are none
    entities       those that may have gained or lost a row in quarantine
    """

    keys: tuple[str, ...]
    parameters: Mapping[str, list[str]]
    newest_offset: int | None
    entities: frozenset[str]

    def bound_in(self, sql: str) -> dict[str, list[str]] | None:
        """The parameters that `sql` names; DuckDB refuses more."""
        return {
            name: values for name, values in self.parameters.items() if f"${name})" in sql
        } or None


class Narrowing:
    """selects: relation of each captured table -> its narrowed SELECT, with named parameters."""

    def __init__(self, compiled: CompiledProject, shop: Shop) -> None:
        self._shop = shop
        self._relations = {s.table: s.relation for s in compiled.sources if s.shop == shop.name}
        tables = shop.pack.tables.values()
        # Tables with order keys first: a table shown through one reads it narrowed already.
        ordered = [t for t in tables if t.touches] + [t for t in tables if not t.touches]
        self._ownless = [t for t in tables if not t.touches]
        reads = {entity: shop.pack.reading(entity) for entity in shop.pack.staging}
        self._fed = {t.name: _fed(reads, t) for t in tables}
        self._of_orders = {entity for t in tables if t.touches for entity in self._fed[t.name]}
        self.selects = {self._relations[t.name]: self._select(t) for t in ordered}

    def _select(self, table: SourceTable) -> str:
        relation = self._relations[table.name]
        if table.touches:
            wanted = _unnested(_ORDER_KEYS, table.columns[table.touches].duckdb)
            key = quoted(table.touches)
        else:
            key, kind = _key(table)
            wanted = _unnested(_keys_of(table), kind)
        through = table.touches_through
        or_shown = ""
        if through:
            shown_in = self._relations[through.table]
            shown = f"SELECT {quoted(through.column)} FROM {shown_in} AS shown_in"
            if through.by is None:
                wanted += f" UNION ALL {shown}"
            else:
                or_shown = f" OR {quoted(through.by)} IN ({shown})"
        columns = ", ".join([*(quoted(name) for name in table.columns), "_committed_at"])
        if or_shown:
            return (
                f"SELECT {columns} FROM {relation} AS t "
                f"WHERE {key} IN ({wanted}){or_shown} OR {key} IS NULL"
            )
        return (
            f"SELECT {columns} FROM {relation} AS t WHERE {key} IN ({wanted})\n"
            f"UNION ALL SELECT {columns} FROM {relation} AS t WHERE {key} IS NULL"
        )

    def newest_offset(self, connection: duckdb.DuckDBPyConnection) -> int:
        """The newest log offset of any row of the shop, 0 where it has none."""
        newest = " UNION ALL ".join(
            f"SELECT MAX(_offset) AS o FROM {relation}" for relation in self._relations.values()
        )
        row = connection.execute(f"SELECT COALESCE(MAX(o), 0) FROM ({newest}) AS n").fetchone()
        return int(row[0]) if row else 0

    def changed(
        self,
        connection: duckdb.DuckDBPyConnection,
        order_keys: Sequence[str],
        tables: Collection[str] | None,
        reflected: int,
    ) -> Changed | None:
        """All that a batch touched, given its order keys and the offset reflected before it.

        tables  whose rows changed; None where that is not known
        None where that is so much that the whole shop had better be renewed.
        """
        own_keys: list[str] = []
        entities = set(self._of_orders) if order_keys else set()
        parameters: dict[str, list[str]] = {_keys_of(t): [] for t in self._ownless}
        newest: int | None = None
        for table in self._ownless:
            if tables is not None and table.name not in tables:
                continue
            rows = self._changed_rows(connection, table, reflected)
            if len(rows) > _KEYS_LIMIT:
                return None
            keys = dict.fromkeys(str(key) for key, _ in rows if key is not None)
            newest = max([offset for _, offset in rows] + [newest or 0]) if rows else newest
            keys.update(dict.fromkeys(self._quarantined(connection, table)))
            parameters[_keys_of(table)] = list(keys)
            own_keys += [f"{table.name}/{key}" for key in keys]
            if rows or keys:
                entities.update(self._fed[table.name])
        parameters[_ORDER_KEYS] = list(order_keys)
        return Changed((*order_keys, *own_keys), parameters, newest, frozenset(entities))

    def _changed_rows(
        self, connection: duckdb.DuckDBPyConnection, table: SourceTable, reflected: int
    ) -> list[tuple[str | None, int]]:
        return connection.execute(
            f"SELECT {_key_text(table)}, _offset FROM {self._relations[table.name]} "
            "WHERE _offset > ? LIMIT ?",
            [reflected, _KEYS_LIMIT + 1],
        ).fetchall()

    def _quarantined(self, connection: duckdb.DuckDBPyConnection, table: SourceTable) -> list[str]:
        """Keys now in quarantine: a row deleted since is known by nothing else."""
        rows = connection.execute(
            "SELECT DISTINCT row_key FROM gold.fct_quarantine "
            "WHERE shop = ? AND source_table = ? AND row_key IS NOT NULL",
            [self._shop.name, table.name],
        ).fetchall()
        return [str(row[0]) for row in rows]


def _fed(reads: Mapping[str, Staging], table: SourceTable) -> set[str]:
    """The entities a table feeds: row for row, or with some of its rows."""
    some = {e for e, read in reads.items() if table.name in read.bases and not read.derived}
    return some | set(table.feeds)


def _keys_of(table: SourceTable) -> str:
    """A parameter's name, whatever the table's."""
    plain = "".join(
        c if c.isascii() and (c.isalnum() or c == "_") else f"_{ord(c)}_" for c in table.name
    )
    return f"keys_of_{plain}"


def _unnested(parameter: str, kind: str) -> str:
    return f"SELECT TRY_CAST(UNNEST(${parameter}) AS {kind})"


def _key(table: SourceTable) -> tuple[str, str]:
    """SQL of a table's key and its type: the column itself, or the text of several."""
    if len(table.key) == 1:
        return quoted(table.key[0]), table.columns[table.key[0]].duckdb
    return _key_text(table), "VARCHAR"


def _key_text(table: SourceTable) -> str:
    """As the macro `key_text` writes it into `_row_key`."""
    return " || '|' || ".join(f"CAST({quoted(column)} AS VARCHAR)" for column in table.key)
