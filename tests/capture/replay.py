"""What the entries of one shop say its tables hold: a dict a table, and nothing of ours.

Strict: an entry that does not follow the one before, a row that comes twice, a creation of what is
there already or a deletion of what is not is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from aethermart.core.entries import (
    Chunk,
    Entry,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
    Truncate,
)
from aethermart.log.chunks import ChunkStore

Row = dict[str, Any]
Key = tuple[Any, ...]


class Replay:
    """live: table -> key -> row, as of the last entry"""

    def __init__(self, chunks: ChunkStore) -> None:
        self.live: dict[str, dict[Key, Row]] = {}
        self.schemas: dict[str, TableSchema] = {}
        self.entries: list[Entry] = []
        self._chunks = chunks
        self._staged: dict[str, dict[Key, Row]] = {}
        self._seen: set[tuple[str, int]] = set()
        self._ids: set[str] = set()

    @property
    def end(self) -> Any:
        return self.entries[-1].end if self.entries else None

    @property
    def under_way(self) -> set[str]:
        """Tables whose snapshot began and did not end."""
        return set(self._staged)

    def apply(self, entry: Entry, *, strict: bool = True) -> None:
        """strict  False after a change of the shop that its triggers could not see"""
        assert entry.start == self.end, "an entry starts where the one before ended"
        assert entry.id not in self._ids
        self._ids.add(entry.id)
        self.entries.append(entry)
        for control in entry.controls:
            if isinstance(control, TableSchema):
                self._grow(control)
            elif isinstance(control, SnapshotBegin):
                self._staged = {table: {} for table in control.tables}
        emptied = {c.table: c.position for c in entry.controls if isinstance(c, Truncate)}
        self.live.update({table: {} for table in emptied})
        for table, rows in self._rows(entry):
            for row in rows:
                if row["_position"] > emptied.get(table, -1):
                    self._change(table, row, strict)
        for control in entry.controls:
            if isinstance(control, SnapshotEnd):
                for table in control.tables:
                    self.live[table] = self._staged.pop(table)
                self._staged = {}

    def table(self, name: str) -> list[Row]:
        """The rows, without META, by key."""
        return [row for _, row in sorted(self.live[name].items())]

    def ops(self, table: str, since: int = 0) -> list[tuple[str, Any]]:
        """(op, row) of every change of a table past `since` entries, the snapshots' rows apart."""
        return [
            (row["_op"], {k: v for k, v in row.items() if not k.startswith("_")})
            for entry in self.entries[since:]
            for name, rows in self._rows(entry)
            if name == table
            for row in rows
            if row["_op"] != "r"
        ]

    def _rows(self, entry: Entry) -> Iterable[tuple[str, list[Row]]]:
        for part in entry.parts:
            rows = self._chunks.read(part) if isinstance(part, Chunk) else part.rows
            assert set(rows.column("_entry").to_pylist()) == {entry.id}
            yield part.table, rows.to_pylist()

    def _grow(self, schema: TableSchema) -> None:
        """Rows that are older than a column have null in it."""
        self.schemas[schema.table] = schema
        names = [column.name for column in schema.columns]
        for key, row in self.live.get(schema.table, {}).items():
            self.live[schema.table][key] = {name: row.get(name) for name in names}

    def _change(self, table: str, row: Row, strict: bool) -> None:
        key = tuple(row[name] for name in self.schemas[table].key)
        op, position = row["_op"], row["_position"]
        plain = {name: value for name, value in row.items() if not name.startswith("_")}
        if op == "r":
            assert key not in self._staged[table], f"{table} {key} was read twice"
            self._staged[table][key] = plain
            return
        assert (table, position) not in self._seen, f"{table}: queue row {position} came twice"
        self._seen.add((table, position))
        rows = self.live.setdefault(table, {})
        if strict:
            assert op != "c" or key not in rows, f"{table} {key} was created twice"
            assert op != "d" or key in rows, f"{table} {key} was deleted and is not there"
        if op == "d":
            rows.pop(key, None)
        else:
            rows[key] = plain


def follow(
    replay: Replay,
    entries: Iterable[Entry],
    *,
    check: Callable[[Replay, Entry], None] | None = None,
    strict: bool = True,
) -> int:
    """Apply entries as they come; returns how many."""
    count = 0
    for entry in entries:
        replay.apply(entry, strict=strict)
        if check is not None:
            check(replay, entry)
        count += 1
    return count
