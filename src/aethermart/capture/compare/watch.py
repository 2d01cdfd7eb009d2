"""Watch a compared shop's tables: which can be captured, and which are not as the log has them.

An added column is announced with a snapshot of its table: old rows may have a value in it. A column
gone, renamed or of another type, or another key, stops that table, with the reason, and no other.
A stopped table returns by a snapshot of its own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from aethermart.capture.compare.reader import ComparedTable
from aethermart.capture.source import CaptureState, stopped_because
from aethermart.core.entries import META, TableSchema


class CompareWatch:
    """tables  those of the shop that are to be captured"""

    def __init__(self, shop: str, tables: Sequence[str], state: CaptureState) -> None:
        self._shop = shop
        self._state = state
        self._tables = tuple(tables)
        self._known = {
            name: (schema, _fingerprint(identity))
            for name, (schema, identity) in state.announced(shop).items()
            if name in self._tables
        }
        self._stopped = {name: why for name, why in state.stopped(shop).items() if name in tables}

    def requested(self) -> set[str]:
        return {*self._state.requested_snapshots(self._shop)} & {*self._tables}

    def kept(self) -> dict[str, str]:
        """Fingerprint of each table as it was last announced."""
        return {name: fingerprint for name, (_, fingerprint) in self._known.items()}

    def sorted_out(
        self,
        found: Mapping[str, ComparedTable],
        kept: Mapping[str, str],
        again: Collection[str],
    ) -> tuple[list[ComparedTable], list[ComparedTable]]:
        """Tables to compare, and tables to read anew; those that can be neither are stopped.

        kept   fingerprint of each table whose hashes are remembered
        again  tables to read anew whatever they look like
        """
        running: list[ComparedTable] = []
        anew: list[ComparedTable] = []
        for name in self._tables:
            if name in self._stopped and name not in again:
                continue
            table = found.get(name)
            why, fix = obstacle(table)
            if why is not None or table is None:
                self.stop(name, why or "it is gone", fix)
                continue
            known = self._known.get(name)
            if name in again or known is None:
                anew.append(table)
                continue
            if fault := _difference(known[0], table):
                self.stop(name, fault)
            elif kept.get(name) != table.fingerprint:
                anew.append(table)
            else:
                running.append(table)
        return running, anew

    def news(self, tables: Collection[ComparedTable]) -> list[ComparedTable]:
        """Those whose schema the log does not have as it is."""
        known = {name: schema for name, (schema, _) in self._known.items()}
        return [table for table in tables if known.get(table.name) != table.announced]

    def followed(self, tables: Collection[ComparedTable]) -> list[ComparedTable]:
        """Those that the log has as they are, and goes on with until they are read anew."""
        news = {table.name for table in self.news(tables)}
        return [table for table in tables if table.name not in {*news, *self._stopped}]

    def announced(self, tables: Collection[ComparedTable]) -> None:
        """The log has the schemas of these tables."""
        for table in tables:
            news = (table.announced, table.fingerprint)
            if self._known.get(table.name) != news:
                identity = json.dumps({"compare": table.fingerprint})
                self._state.announce(self._shop, table.announced, identity)
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


def obstacle(table: ComparedTable | None) -> tuple[str | None, str]:
    """Why a table cannot be captured as it is, and what to do; None where it can."""
    if table is None:
        return (
            "there is no such table, or the capture user may not see it",
            "check the table and the pack, and grant SELECT on it",
        )
    if table.fault is not None:
        return table.fault
    if not table.key:
        why = "it has no primary key and no unique index over NOT NULL columns"
        return f"{why}, so its rows cannot be told apart", "give it a primary key"
    for column in table.columns:
        if column.name in META.names:
            return f"column {column.name} has a name that the log keeps for itself", "rename it"
    return None, ""


def _difference(known: TableSchema, table: ComparedTable) -> str | None:
    """Why rows of the table can no longer be read with confidence; None when they can."""
    now = {column.name: column.type for column in table.columns}
    for column in known.columns:
        if column.name not in now:
            return f"column {column.name} is gone"
        if now[column.name] != column.type:
            return f"column {column.name} changed from {column.type} to {now[column.name]}"
    if table.key != known.key:
        return f"its key changed from {', '.join(known.key)} to {', '.join(table.key)}"
    return None


def _fingerprint(identity: str) -> str:
    """Empty for a table that another mode announced."""
    return str(json.loads(identity).get("compare", ""))
