"""A mirror in a folder of its own, and what its callbacks were told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from aethermart.core.entries import (
    Control,
    LoggedEntry,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
)
from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.log.chunks import ChunkStore
from aethermart.sinks.mirror.mirror import Mirror
from aethermart.sinks.mirror.shop_tables import SchemaGate
from aethermart.sinks.mirror.tables import mirror_table, stopped_tables
from aethermart.sinks.mirror.touched import Route, Touched
from tests.log.made import ITEMS_TABLE, NOON, ORDERS_TABLE, SHOP

APPLIED_AT = NOON + timedelta(hours=1)
ROUTES = {
    (SHOP, "orders"): Route("order_id"),
    (SHOP, "items"): Route("order_id"),
}


@dataclass
class Lake:
    folder: Path
    routes: Mapping[tuple[str, str], Route] = field(default_factory=lambda: ROUTES)
    gate: SchemaGate | None = None  # instead of `faults`
    faults: dict[str, str] = field(default_factory=dict)  # table -> what the gate says of it
    told: list[Touched] = field(default_factory=list)
    fail: Exception | None = None  # what the callback raises

    def __post_init__(self) -> None:
        self.chunks = ChunkStore(self.folder / "chunks")
        self.open()

    def open(self) -> None:
        self.engine = Engine(
            self.folder / "lake.duckdb", EngineSettings(checkpoint_interval_s=1000)
        )
        self.mirror = Mirror(
            self.engine,
            self.chunks,
            routes=self.routes,
            gate=self.gate or self._gate,
            on_applied=self._on_applied,
            clock=lambda: APPLIED_AT,
        )

    def reopen(self) -> None:
        """As after a restart of the process."""
        self.engine.close()
        self.open()

    def apply(self, *entries: LoggedEntry) -> None:
        self.mirror.apply(entries)

    def stopped_tables(self) -> list[tuple[str, str, str]]:
        with self.engine.read() as connection:
            return stopped_tables(connection)

    def rows(self, sql: str) -> list[Any]:
        with self.engine.read() as connection:
            return connection.execute(sql).fetchall()

    def orders(self, shop: str = SHOP) -> list[Any]:
        """(order_id, status, total as text), by order_id."""
        table = mirror_table(shop, "orders")
        return self.rows(f"SELECT order_id, status, total::VARCHAR FROM {table} ORDER BY 1")

    def items(self) -> list[Any]:
        """(item_id, order_id, product), by item_id."""
        return self.rows(
            f"SELECT item_id, order_id, product FROM {mirror_table(SHOP, 'items')} ORDER BY 1"
        )

    def tables(self) -> list[str]:
        """Every table in the schema `mirror` that is not bookkeeping."""
        found = self.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'mirror'")
        books = {"_offsets", "_tables", "_snapshots"}
        return sorted(name for (name,) in found if name not in books)

    def everything(self) -> dict[str, list[Any]]:
        """All that the mirror's file holds, bookkeeping included: equal means unchanged."""
        found = self.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'mirror'")
        return {
            name: sorted(self.rows(f'SELECT * FROM mirror."{name}"'), key=repr)
            for (name,) in sorted(found)
        }

    def _gate(self, shop: str, schema: TableSchema) -> list[str]:
        assert shop == SHOP or not self.faults
        fault = self.faults.get(schema.table)
        return [fault] if fault else []

    def _on_applied(
        self, connection: duckdb.DuckDBPyConnection, touched: Mapping[str, Touched]
    ) -> None:
        self.told.extend(touched.values())
        if self.fail is not None:
            raise self.fail


def begin(*tables: str, schemas: Iterable[TableSchema] = (), name: str = "s1") -> Sequence[Control]:
    return [*schemas, SnapshotBegin(name, tables)]


def end(*tables: str, name: str = "s1") -> Sequence[Control]:
    return [SnapshotEnd(name, tables)]


def minutes(count: int) -> datetime:
    """When the entry at this offset was captured."""
    return NOON + timedelta(minutes=count)


BOTH = (ORDERS_TABLE, ITEMS_TABLE)
