"""One shop's tables in the mirror: which run, which are stopped, which wait for a snapshot's end.

A stopped table keeps the rows it has and misses those that go by: only a snapshot brings it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb

from aethermart.core.entries import SnapshotBegin, SnapshotEnd, TableSchema
from aethermart.core.errors import Terminal
from aethermart.sinks.mirror.tables import (
    create_table,
    exists,
    fault_of,
    fit_table,
    load_schemas,
    mirror_table,
    save_schema,
    staging_table,
)

# Says what is wrong with a table's schema for its shop's pack; nothing is wrong with an empty list.
SchemaGate = Callable[[str, TableSchema], Sequence[str]]


class UnknownTable(Terminal):
    """Rows arrived for a table whose schema was never announced."""


class ShopTables:
    """Works inside the transaction that its caller began on `connection`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, shop: str, gate: SchemaGate) -> None:
        self._connection = connection
        self._shop = shop
        self._gate = gate
        known = load_schemas(connection, shop)
        self._schemas = {table: schema for table, (schema, _) in known.items()}
        self._stopped = {table: error for table, (_, error) in known.items() if error is not None}
        self._staged = {
            table
            for (table,) in connection.execute(
                "SELECT table_name FROM mirror._snapshots WHERE shop = ?", [shop]
            ).fetchall()
        }

    def schema(self, table: str) -> TableSchema:
        if table not in self._schemas:
            raise UnknownTable(
                f"{self._shop}.{table}: rows came before the table's schema",
                fix=f"capture the table anew: `aethermart capture run --snapshot {table}`",
            )
        return self._schemas[table]

    def runs(self, table: str) -> bool:
        """Whether changed rows are to be written; raises UnknownTable."""
        return self.schema(table).table not in self._stopped

    def staged(self, table: str) -> bool:
        """Whether a snapshot of it is under way."""
        return table in self._staged

    def any_staged(self) -> bool:
        return bool(self._staged)

    def exists(self, table: str) -> bool:
        return exists(self._connection, mirror_table(self._shop, table))

    def announce(self, schema: TableSchema) -> None:
        """Take a table's new schema, or stop the table where it cannot be taken."""
        table, fault = schema.table, self._fault(schema)
        if table in self._staged and (fault or self._fitted(staging_table, schema)):
            self._abandon(table)
        error = fault or self._stopped.get(table) or self._fitted(mirror_table, schema)
        self._schemas[table] = schema
        self._save(table, error)

    def begin_snapshot(self, begin: SnapshotBegin) -> None:
        """Stage the tables. A shop has one snapshot at a time: an open one is given up."""
        for table in [*self._staged]:
            self._abandon(table)
        for table in begin.tables:
            schema = self.schema(table)
            if self._fault(schema):
                continue
            create_table(self._connection, staging_table(self._shop, table), schema.columns)
            self._staged.add(table)
            self._connection.execute(
                "INSERT INTO mirror._snapshots VALUES (?, ?, ?)",
                [self._shop, begin.snapshot, table],
            )

    def end_snapshot(self, end: SnapshotEnd) -> bool:
        """Put what was staged in the tables' place; whether there was any.

        A table that was begun and is not named here was given up on the way: it stays as it is.
        """
        done = [table for table in end.tables if table in self._staged]
        for table in done:
            target = mirror_table(self._shop, table)
            self._connection.execute(f"DROP TABLE IF EXISTS {target}")
            self._connection.execute(
                f"ALTER TABLE {staging_table(self._shop, table)}"
                f" RENAME TO {target.removeprefix('mirror.')}"
            )
            self._unstage(table)
            self._save(table, None)
        for table in [*self._staged]:
            self._abandon(table)
        return bool(done)

    def _fault(self, schema: TableSchema) -> str | None:
        return "; ".join(self._gate(self._shop, schema)) or fault_of(schema)

    def _fitted(self, named: Callable[[str, str], str], schema: TableSchema) -> str | None:
        return fit_table(self._connection, named(self._shop, schema.table), schema.columns)

    def _abandon(self, table: str) -> None:
        self._connection.execute(f"DROP TABLE IF EXISTS {staging_table(self._shop, table)}")
        self._unstage(table)

    def _unstage(self, table: str) -> None:
        self._connection.execute(
            "DELETE FROM mirror._snapshots WHERE shop = ? AND table_name = ?", [self._shop, table]
        )
        self._staged.discard(table)

    def _save(self, table: str, error: str | None) -> None:
        if error is None:
            self._stopped.pop(table, None)
        else:
            self._stopped[table] = error
        save_schema(self._connection, self._shop, self._schemas[table], error)
