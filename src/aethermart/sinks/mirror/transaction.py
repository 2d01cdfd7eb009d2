"""One transaction of the mirror on one shop: entries in, rows and touched keys out.

Consecutive plain entries are coalesced: of several changes to a key only the newest is written.
An entry that carries a control record other than a heartbeat ends the run before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime

import duckdb

from aethermart.core.entries import (
    Control,
    Heartbeat,
    LoggedEntry,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
    Truncate,
)
from aethermart.core.errors import Terminal
from aethermart.log.chunks import ChunkStore
from aethermart.sinks.mirror import rows
from aethermart.sinks.mirror.rows import Incoming, OffsetPart
from aethermart.sinks.mirror.tables import (
    create_table,
    load_schemas,
    mirror_table,
    quoted,
    save_schema,
    staging_table,
)
from aethermart.sinks.mirror.touched import Route, Touched

# Says what is wrong with a table's schema for its shop's pack; nothing is wrong with an empty list.
SchemaGate = Callable[[str, TableSchema], Sequence[str]]

_KEYS_LIMIT = 50_000  # with more keys touched, recomputing the whole shop is the cheaper way


class MissingEntry(Terminal):
    """The log gave an entry that does not follow the last one applied."""


class UnknownTable(Terminal):
    """Rows arrived for a table whose schema was never announced."""


class MirrorTransaction:
    """Works inside the transaction that its caller began on `connection` and will commit."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        shop: str,
        chunks: ChunkStore,
        routes: Mapping[tuple[str, str], Route],
        gate: SchemaGate,
    ) -> None:
        self._connection = connection
        self._shop = shop
        self._chunks = chunks
        self._gate = gate
        self._touching = _Touching(
            connection, shop, {table: route for (at, table), route in routes.items() if at == shop}
        )
        known = load_schemas(connection, shop)
        self._schemas = {table: schema for table, (schema, _) in known.items()}
        self._stopped = {table: error for table, (_, error) in known.items() if error is not None}
        self._staged = {
            table
            for (table,) in connection.execute(
                "SELECT table_name FROM mirror._snapshots WHERE shop = ?", [shop]
            ).fetchall()
        }
        row = connection.execute(
            "SELECT log_offset, as_of, committed_at FROM mirror._offsets WHERE shop = ?", [shop]
        ).fetchone()
        self.applied: int = row[0] if row else 0
        self._as_of: datetime | None = row[1] if row else None
        self._committed_at: datetime | None = row[2] if row else None

    def apply(self, entries: Sequence[LoggedEntry]) -> None:
        run: list[LoggedEntry] = []
        for entry in entries:
            if entry.offset != self.applied + 1:
                raise MissingEntry(
                    f"{self._shop}: entry {entry.offset} does not follow entry {self.applied}",
                    fix="rebuild the mirror: `aethermart sink rebuild mirror`",
                )
            self.applied = entry.offset
            if all(isinstance(control, Heartbeat) for control in entry.entry.controls):
                run.append(entry)
            else:
                self._write_run(run)
                run = []
                self._apply_controlled(entry)
        self._write_run(run)
        self._note_times(entries)

    def touched(self) -> Touched | None:
        """What changed, for the tables kept downstream; None for nothing."""
        return self._touching.answer()

    def save_offset(self, applied_at: datetime) -> None:
        self._connection.execute("DELETE FROM mirror._offsets WHERE shop = ?", [self._shop])
        self._connection.execute(
            "INSERT INTO mirror._offsets VALUES (?, ?, ?, ?, ?)",
            [self._shop, self.applied, self._as_of, self._committed_at, applied_at],
        )

    def _note_times(self, entries: Sequence[LoggedEntry]) -> None:
        if self._staged:
            return  # rows read by an open snapshot are not visible yet: nothing is newer
        self._as_of = entries[-1].entry.captured_at
        commits = [e.entry.committed_at for e in entries if e.entry.committed_at is not None]
        if self._committed_at is not None:
            commits.append(self._committed_at)
        self._committed_at = max(commits, default=None)

    def _apply_controlled(self, entry: LoggedEntry) -> None:
        controls = entry.entry.controls
        emptied = {c.table: c.position for c in controls if isinstance(c, Truncate)}
        for control in controls:
            if not isinstance(control, SnapshotEnd):
                self._control(control, controls)
        self._write_run([entry], emptied)
        for control in controls:
            if isinstance(control, SnapshotEnd):
                self._end_snapshot(control)

    def _control(self, control: Control, together: Sequence[Control]) -> None:
        if isinstance(control, TableSchema):
            snapshotted = any(
                control.table in other.tables
                for other in together
                if isinstance(other, SnapshotBegin)
            )
            self._change_schema(control, snapshotted)
        elif isinstance(control, SnapshotBegin):
            self._begin_snapshot(control)
        elif isinstance(control, Truncate) and control.table not in self._stopped:
            self._connection.execute(f"DELETE FROM {mirror_table(self._shop, control.table)}")
            self._touching.all_rows()

    def _change_schema(self, schema: TableSchema, snapshotted: bool) -> None:
        """Take a table's new schema, or stop the table when the gate finds it wrong.

        A stopped table lacks the rows that went by: only a snapshot brings it back.
        """
        faults = self._gate(self._shop, schema)
        error = "; ".join(faults) if faults else None
        if error is None and not snapshotted:
            error = self._stopped.get(schema.table)
        if error is None:
            self._stopped.pop(schema.table, None)
            create_table(self._connection, mirror_table(self._shop, schema.table), schema.columns)
        else:
            self._stopped[schema.table] = error
        self._schemas[schema.table] = schema
        save_schema(self._connection, self._shop, schema, error)

    def _begin_snapshot(self, begin: SnapshotBegin) -> None:
        for table in begin.tables:
            if table in self._stopped:
                continue
            staging = staging_table(self._shop, table)
            self._connection.execute(f"DROP TABLE IF EXISTS {staging}")
            create_table(self._connection, staging, self._schema(table).columns)
            if table not in self._staged:
                self._staged.add(table)
                self._connection.execute(
                    "INSERT INTO mirror._snapshots VALUES (?, ?, ?)",
                    [self._shop, begin.snapshot, table],
                )

    def _end_snapshot(self, end: SnapshotEnd) -> None:
        for table in end.tables:
            if table not in self._staged:
                continue
            target = mirror_table(self._shop, table)
            self._connection.execute(f"DROP TABLE IF EXISTS {target}")
            self._connection.execute(
                f"ALTER TABLE {staging_table(self._shop, table)}"
                f" RENAME TO {target.removeprefix('mirror.')}"
            )
            self._connection.execute(
                "DELETE FROM mirror._snapshots WHERE shop = ? AND table_name = ?",
                [self._shop, table],
            )
            self._staged.discard(table)
            self._touching.all_rows()

    def _write_run(
        self, entries: Sequence[LoggedEntry], emptied: Mapping[str, int] | None = None
    ) -> None:
        parts: dict[str, list[OffsetPart]] = {}
        for entry in entries:
            for part in entry.entry.parts:
                parts.setdefault(part.table, []).append((entry.offset, part))
        for table, of_table in parts.items():
            if table not in self._stopped:
                self._write(table, of_table, (emptied or {}).get(table, -1))

    def _write(self, table: str, parts: Sequence[OffsetPart], past_position: int) -> None:
        schema = self._schema(table)
        staged = table in self._staged
        with closing(Incoming(self._connection, self._chunks, parts, read_once=staged)) as incoming:
            if staged:
                staging = staging_table(self._shop, table)
                rows.append(self._connection, staging, schema, incoming.relation)
                return
            target = mirror_table(self._shop, table)
            self._touching.rows_of(table, target, incoming.relation, schema.key)
            rows.upsert(self._connection, target, schema, incoming.relation, past_position)

    def _schema(self, table: str) -> TableSchema:
        if table not in self._schemas:
            raise UnknownTable(
                f"{self._shop}.{table}: rows came before the table's schema",
                fix=f"capture the table anew: `aethermart capture run --snapshot {table}`",
            )
        return self._schemas[table]


class _Touching:
    """Collects the keys that a transaction's rows touch, old values before they are overwritten."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, shop: str, routes: Mapping[str, Route]
    ) -> None:
        self._connection = connection
        self._shop = shop
        self._routes = routes
        self._any = False
        self._whole = False
        self._keys: set[str] = set()
        self._links: dict[str, set[str]] = {}  # table with a `via` route -> its links' values

    def all_rows(self) -> None:
        """A table was replaced or emptied."""
        self._any = self._whole = True

    def rows_of(self, table: str, target: str, relation: str, key: Sequence[str]) -> None:
        """Note what the rows of `relation` touch; call before `target` is changed."""
        self._any = True
        route = self._routes.get(table)
        if route is None or self._whole:
            return
        names = ", ".join(quoted(name) for name in key)
        found = rows.values_of(self._connection, route.column, relation)
        found |= rows.values_of(
            self._connection,
            route.column,
            target,
            f"({names}) IN (SELECT ({names}) FROM {relation})",
        )
        if route.via is None:
            self._keys |= found
        else:
            self._links.setdefault(table, set()).update(found)
        self._whole = len(self._keys) > _KEYS_LIMIT

    def answer(self) -> Touched | None:
        """None when no row changed; no keys when only rows that belong to no order did."""
        if not self._any:
            return None
        for table, links in self._links.items():
            self._keys |= self._linked(self._routes[table], links)
        if self._whole or len(self._keys) > _KEYS_LIMIT:
            return Touched(whole=True)
        return Touched(whole=False, keys=tuple(sorted(self._keys)))

    def _linked(self, route: Route, links: set[str]) -> set[str]:
        if route.via is None or route.via_column is None or route.key is None:
            return set()
        through = mirror_table(self._shop, route.via)
        found = self._connection.execute(
            f"SELECT DISTINCT {quoted(route.key)}::VARCHAR FROM {through}"
            f" WHERE {quoted(route.via_column)}::VARCHAR IN (SELECT unnest(?::VARCHAR[]))",
            [sorted(links)],
        ).fetchall()
        return {value for (value,) in found if value is not None}
