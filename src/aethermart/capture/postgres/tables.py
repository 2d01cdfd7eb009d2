"""Watch a shop's tables: which can be captured, and which changed since the log last heard.

An added column passes and is announced. Anything else that changes what a row means (a column
gone, renamed or of another type, another key, the table gone or made anew) stops that table, with
the reason, and no other. A stopped table returns by a snapshot of its own. Where rows may have
changed without the triggers (a rewrite, a column that fills old rows, triggers that were off), the
table goes on and a snapshot is requested.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from aethermart.capture.postgres.schema import SourceTable
from aethermart.capture.source import CaptureState, stopped_because
from aethermart.core.entries import META, TableSchema


class TableWatch:
    """tables  those of the shop that are to be captured"""

    def __init__(self, shop: str, tables: Collection[str], state: CaptureState) -> None:
        self._shop = shop
        self._state = state
        self._tables = tuple(tables)
        self._known = {
            name: (schema, json.loads(identity))
            for name, (schema, identity) in state.announced(shop).items()
            if name in self._tables
        }
        self._stopped = state.stopped(shop)

    def wanted(self) -> set[str]:
        """Tables to capture anew: requested, or never captured yet."""
        fresh = {name for name in self._tables if not {name} & {*self._known, *self._stopped}}
        return fresh | set(self._state.requested_snapshots(self._shop))

    def compare(
        self, found: Mapping[str, SourceTable], emptied: Collection[int], untold: Collection[int]
    ) -> tuple[list[SourceTable], dict[int, SourceTable]]:
        """Tables whose schema is to be announced, and by oid those whose rows can be read.

        emptied  oids of tables truncated since the log last heard
        untold   oids of tables with changes that their triggers could not tell
        """
        changed: list[SourceTable] = []
        running: dict[int, SourceTable] = {}
        for name, (known, identity) in self._known.items():
            if name in self._stopped:
                continue
            table = found.get(name)
            fault = _difference(known, identity, table)
            if fault is None and table is not None and table.oid in untold:
                fault = "rows changed while it or its key had another name"
            if fault is not None or table is None:
                self.stop(name, fault or "it is gone")
                continue
            if _rows_may_differ(known, identity, table, table.oid in emptied):
                self._state.request_snapshot(self._shop, [name])
            running[table.oid] = table
            if table.announced != known:
                changed.append(table)
        return changed, running

    def capturable(
        self, found: Mapping[str, SourceTable], names: Iterable[str]
    ) -> dict[str, SourceTable]:
        """Those of `names` that a snapshot can take; the others are stopped with the reason."""
        tables: dict[str, SourceTable] = {}
        for name in names:
            why, fix = obstacle(found.get(name))
            if why is None and found[name].triggered_by is None:
                why, fix = _NO_TRIGGERS, "install them (allow_ddl)"
            if why is None:
                tables[name] = found[name]
            else:
                self.stop(name, why, fix)
        return tables

    def announced(self, tables: Iterable[SourceTable]) -> None:
        """The log has the schemas of these tables."""
        for table in tables:
            news = (table.announced, _identity(table))
            if self._known.get(table.name) != news:
                self._state.announce(self._shop, news[0], json.dumps(news[1]))
                self._known[table.name] = news

    def captured(self, names: Collection[str]) -> None:
        """A snapshot of these tables is in the log."""
        self._state.snapshot_done(self._shop, names)
        for name in names:
            self._stopped.pop(name, None)

    def stop(self, name: str, why: str, fix: str = "check the table and the pack") -> None:
        error = stopped_because(self._shop, name, why, fix)
        self._state.stop(self._shop, name, error)
        self._stopped[name] = error


_NO_TRIGGERS = "its capture triggers are gone or disabled"


def obstacle(table: SourceTable | None) -> tuple[str | None, str]:
    """Why a table can never be captured as it is, and what to do; None where it can."""
    if table is None:
        return "there is no such table", "check the table and the pack"
    if not table.key:
        return "it has no primary key, so its rows cannot be told apart", "give it a primary key"
    if table.deferrable:
        return (
            "its primary key is DEFERRABLE, so that two rows may share a key for a while",
            "make the key NOT DEFERRABLE",
        )
    if table.spread:
        return (
            "it is partitioned or inherits: a change to one part fires no trigger of another",
            "capture such a table by another mode",
        )
    if table.hides_rows:
        return "row-level security hides rows from the capture user", "grant it BYPASSRLS"
    for column in table.columns:
        if column.name in META.names:
            return f"column {column.name} has a name that the log keeps for itself", "rename it"
        if column.virtual:
            return f"column {column.name} is generated but not stored", "make it STORED"
    return None, ""


def _identity(table: SourceTable) -> dict[str, Any]:
    places = {column.name: column.place for column in table.columns}
    return {"oid": table.oid, "places": places, "storage": table.storage}


def _difference(
    known: TableSchema, identity: Mapping[str, Any], table: SourceTable | None
) -> str | None:
    """Why rows of the table can no longer be read; None when they can."""
    if table is None:
        return "it is gone"
    if table.oid != identity["oid"]:
        return "it was dropped and made anew"
    now = {column.name: column for column in table.columns}
    for column in known.columns:
        if column.name not in now:
            return f"column {column.name} is gone"
        if str(now[column.name].type) != column.type:
            return f"column {column.name} changed from {column.type} to {now[column.name].type}"
        if now[column.name].place != identity["places"][column.name]:
            return f"column {column.name} was dropped and made anew"
    if table.key != known.key:
        return f"its key changed from {', '.join(known.key)} to {', '.join(table.key) or 'none'}"
    why, _ = obstacle(table)
    return why or (_NO_TRIGGERS if table.triggered_by is None else None)


def _rows_may_differ(
    known: TableSchema, identity: Mapping[str, Any], table: SourceTable, emptied: bool
) -> bool:
    """Whether rows that the log has may have changed without the triggers."""
    if table.storage != identity["storage"] and not emptied:
        return True
    before = {column.name for column in known.columns}
    return any(column.fills_old for column in table.columns if column.name not in before)
