"""Watch a shop's tables: which can be captured, and which changed since the log last heard.

An added column passes and is announced. Anything else that changes what a row means (a column
gone, renamed or of another type, another key, the table gone) stops that table, with the reason,
and no other. A stopped table returns by a snapshot of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aethermart.capture.postgres.schema import SourceTable
from aethermart.capture.source import CaptureState, SchemaNotUnderstood
from aethermart.core.entries import TableSchema


class TableWatch:
    def __init__(self, shop: str, state: CaptureState) -> None:
        self._shop = shop
        self._state = state
        self._known = state.schemas(shop)
        self._stopped = state.stopped(shop)

    def compare(
        self, found: Mapping[str, SourceTable]
    ) -> tuple[list[TableSchema], dict[str, SourceTable]]:
        """Schemas to announce, and the tables whose rows can be read as they now stand."""
        changed: list[TableSchema] = []
        running: dict[str, SourceTable] = {}
        for name, known in self._known.items():
            if name in self._stopped:
                continue
            table = found.get(name)
            fault = _difference(known, table)
            if fault is not None or table is None:
                self._stop(name, fault or "it is gone")
                continue
            running[name] = table
            if table.announced != known:
                changed.append(table.announced)
        return changed, running

    def capturable(
        self, found: Mapping[str, SourceTable], names: Collection[str]
    ) -> dict[str, SourceTable]:
        """Those of `names` that a snapshot can take; the others are stopped with the reason."""
        tables: dict[str, SourceTable] = {}
        for name in names:
            if name not in found:
                self._stop(name, "there is no such table, or no right to see it")
            elif not found[name].key:
                self._stop(
                    name,
                    "it has no primary key, so a change cannot be told from another row",
                    fix="give it a primary key",
                )
            else:
                tables[name] = found[name]
        return tables

    def announced(self, schemas: Collection[TableSchema]) -> None:
        """The log has these schemas."""
        for schema in schemas:
            self._state.announce(self._shop, schema)
            self._known[schema.table] = schema

    def captured(self, names: Collection[str]) -> None:
        """A snapshot of these tables is in the log."""
        self._state.snapshot_done(self._shop, names)
        for name in names:
            self._stopped.pop(name, None)

    def _stop(self, name: str, why: str, fix: str = "") -> None:
        error = str(
            SchemaNotUnderstood(
                f"{self._shop}.{name} is not captured: {why}",
                fix=(fix + ", then" if fix else "check the table and the pack, then")
                + f" `aethermart capture run --shop {self._shop} --snapshot {name}`",
            )
        )
        if self._stopped.get(name) != error:
            self._state.stop(self._shop, name, error)
            self._stopped[name] = error


def _difference(known: TableSchema, table: SourceTable | None) -> str | None:
    """Why rows of the table can no longer be read; None when they can."""
    if table is None:
        return "it is gone"
    now = {column.name: column.type for column in table.announced.columns}
    for column in known.columns:
        if column.name not in now:
            return f"column {column.name} is gone"
        if now[column.name] != column.type:
            return f"column {column.name} changed from {column.type} to {now[column.name]}"
    if table.key != known.key:
        return f"its key changed from {', '.join(known.key)} to {', '.join(table.key) or 'none'}"
    return None
