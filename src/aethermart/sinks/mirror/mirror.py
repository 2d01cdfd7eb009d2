"""Apply the log to the mirror: many entries, one transaction, the offset inside it.

Delivered twice, an entry changes nothing the second time. A snapshot's rows wait in staging tables
and replace the table at its end record, so a reader never sees half of one. A table whose schema
the gate refuses is left as it was, with the reason; the others go on, and the archive has the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from aethermart.core import failpoints
from aethermart.core.clock import Clock, utc_now
from aethermart.core.entries import LoggedEntry
from aethermart.core.tracing import carried, span
from aethermart.engine.engine import Engine
from aethermart.log.chunks import ChunkStore
from aethermart.sinks.mirror.shop_tables import SchemaGate
from aethermart.sinks.mirror.tables import (
    create_bookkeeping,
    exists,
    mirror_table,
    quoted,
    staging_table,
)
from aethermart.sinks.mirror.touched import OnApplied, Route, Touched
from aethermart.sinks.mirror.transaction import MirrorTransaction


@dataclass(frozen=True, slots=True)
class Reflected:
    """How far the mirror is with one shop.

    as_of         every commit before it is in; None before the first snapshot's end
    committed_at  the newest commit that brought rows
    """

    offset: int
    as_of: datetime | None
    committed_at: datetime | None


class Mirror:
    """The sink of the DuckDB mirror."""

    name = "mirror"

    def __init__(
        self,
        engine: Engine,
        chunks: ChunkStore,
        *,
        routes: Mapping[tuple[str, str], Route],
        gate: SchemaGate,
        on_applied: OnApplied,
        clock: Clock = utc_now,
    ) -> None:
        self._engine = engine
        self._chunks = chunks
        self._routes = routes
        self._gate = gate
        self._on_applied = on_applied
        self._clock = clock
        engine.write(create_bookkeeping)

    def applied(self, shop: str) -> int:
        """Offset that the mirror reflects; 0 before the first entry."""
        return self.reflects(shop).offset

    def as_of(self, shop: str) -> datetime | None:
        """Every commit of the shop before this instant is in the mirror; None before the first."""
        return self.reflects(shop).as_of

    def reflects(self, shop: str) -> Reflected:
        with self._engine.read() as connection:
            row = connection.execute(
                "SELECT log_offset, as_of, committed_at FROM mirror._offsets WHERE shop = ?", [shop]
            ).fetchone()
        return Reflected(*row) if row else Reflected(0, None, None)

    def apply(self, entries: Sequence[LoggedEntry]) -> None:
        """Apply entries of one shop, in order, whole, all in one transaction.

        Entries already reflected are skipped. Raises MissingEntry when one is left out, and what
        reading their chunks raises; the mirror is then as it was.
        """
        if not entries:
            return
        shop = entries[0].entry.shop
        parent = carried()
        self._engine.write(lambda connection: self._apply(connection, shop, entries, parent))
        failpoints.reached("mirror.committed")

    def reset(self, shop: str) -> None:
        """Forget a shop, for a replay from the start of its log."""
        self._engine.write(lambda connection: self._reset(connection, shop))

    def remove_before(self, shop: str, table: str, time_column: str, before: datetime) -> int:
        """Remove the rows of a table from before an instant; how many there were.

        What the warehouse keeps of the shop is renewed in the same transaction.
        """
        return self._engine.write(
            lambda connection: self._remove(connection, shop, table, time_column, before)
        )

    def _remove(
        self,
        connection: duckdb.DuckDBPyConnection,
        shop: str,
        table: str,
        time_column: str,
        before: datetime,
    ) -> int:
        if not exists(connection, mirror_table(shop, table)):
            return 0
        connection.execute("BEGIN TRANSACTION")
        counted = connection.execute(
            f"DELETE FROM {mirror_table(shop, table)} WHERE {quoted(time_column)} < ?", [before]
        ).fetchone()
        removed = int(counted[0]) if counted else 0
        if removed:
            self._on_applied(connection, {shop: Touched(whole=True)})
        connection.execute("COMMIT")
        return removed

    def _apply(
        self,
        connection: duckdb.DuckDBPyConnection,
        shop: str,
        entries: Sequence[LoggedEntry],
        parent: Any,
    ) -> None:
        connection.execute("BEGIN TRANSACTION")
        transaction = MirrorTransaction(connection, shop, self._chunks, self._routes, self._gate)
        fresh = [entry for entry in entries if entry.offset > transaction.applied]
        if not fresh:
            return
        transaction.apply(fresh)
        touched = transaction.touched()
        if touched is not None:
            with span("warehouse.refresh", parent, shop=shop, keys=len(touched.keys)):
                self._on_applied(connection, {shop: touched})
        failpoints.reached("mirror.rows_written")
        transaction.save_offset(self._clock())
        connection.execute("COMMIT")

    def _reset(self, connection: duckdb.DuckDBPyConnection, shop: str) -> None:
        connection.execute("BEGIN TRANSACTION")
        tables = connection.execute(
            "SELECT table_name FROM mirror._tables WHERE shop = ?", [shop]
        ).fetchall()
        for (table,) in tables:
            if exists(connection, mirror_table(shop, table)):
                # Emptied, not dropped: the views of the warehouse stand on it.
                connection.execute(f"DELETE FROM {mirror_table(shop, table)}")
            connection.execute(f"DROP TABLE IF EXISTS {staging_table(shop, table)}")
        for bookkeeping in ("_tables", "_snapshots", "_offsets"):
            connection.execute(f"DELETE FROM mirror.{bookkeeping} WHERE shop = ?", [shop])
        connection.execute("COMMIT")
