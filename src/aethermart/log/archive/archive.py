"""Bronze: every entry of the log, for good, one Delta table a source table.

`apply` commits the rows of each table, then `_entries`, whose offset alone says what is archived:
a crash in between leaves tables ahead, and the next run skips there what they already hold. Only
one process applies; a second is fenced out by Delta. Any number may read. No method removes rows;
`empty_rows` alone rewrites some, and the tables refuse it to others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path

import pyarrow as pa

from aethermart.core import failpoints
from aethermart.core.entries import LoggedEntry, TableSchema
from aethermart.core.errors import DiskFull, Terminal
from aethermart.log.archive import emptying, journal, scan
from aethermart.log.archive.columns import grown
from aethermart.log.archive.delta import AppendOnlyTable, FencedOut
from aethermart.log.archive.settings import ArchiveSettings
from aethermart.log.archive.staging import Arrived, opened, stage
from aethermart.log.chunks import ChunkStore
from aethermart.log.codec import controls_from_json

ROWS_A_READ = 250_000  # one read returns at least one entry, then stops at this many rows
_ROW_STATS = ("_entry", "_position", "_committed_at")
_UNSAFE = re.compile(r"[^A-Za-z0-9_]|^_")


class LogGap(Terminal):
    """The entries handed over do not continue what is archived."""


@dataclass(frozen=True, slots=True)
class _Append:
    """What one table gets of a run of entries."""

    table: AppendOnlyTable
    parts: tuple[Arrived, ...]
    schema: pa.Schema
    since: int
    through: int


class Archive:
    name = "archive"

    def __init__(
        self, folder: Path, chunks: ChunkStore, settings: ArchiveSettings | None = None
    ) -> None:
        self._folder = folder
        self._chunks = chunks
        self._settings = settings or ArchiveSettings()
        self._open: dict[tuple[str, str], AppendOnlyTable] = {}

    def applied(self, shop: str) -> int:
        """The last archived offset of the shop; 0 when nothing is."""
        entries = self._entries(shop)
        entries.refresh()
        return entries.offset()

    def apply(self, entries: Sequence[LoggedEntry]) -> None:
        """Archive entries of one shop, from the next offset on; those already here are skipped.

        Commits nothing and raises LogGap, CorruptChunk, ForeignRows, SchemaClash or UnfitColumn
        where one entry is unfit. After FencedOut and DiskFull the same call may succeed later.
        """
        if not entries:
            return
        shop = entries[0].entry.shop
        applied = self.applied(shop)
        _check_order(shop, entries, applied)
        new = [logged for logged in entries if logged.offset > applied]
        if not new:
            return
        arrived = [[opened(part, e.entry.id, self._chunks) for part in e.entry.parts] for e in new]
        for append in [*self._appends(shop, new, arrived)]:
            _commit(append, _ROW_STATS)
            failpoints.reached("archive.table_committed")
        failpoints.reached("archive.tables_committed")
        self._record(shop, new, arrived, applied)

    def read(self, shop: str, after: int, limit: int) -> list[LoggedEntry]:
        """Up to `limit` entries past offset `after`, whole and in order, all rows as batches.

        Stops early, but not before the first, at ROWS_A_READ rows; only what is returned is held.
        """
        wanted = self._recorded(shop, after, limit)
        by_table = {
            table: scan.by_entry(self._fresh(shop, table), ids)
            for table, ids in _entry_ids(wanted).items()
        }
        found = []
        for recorded in wanted:
            name = recorded.head.entry.id
            rows = {table: by_id[name] for table, by_id in by_table.items() if name in by_id}
            found.append(recorded.with_rows(scan.parts_of(name, recorded.parts, rows)))
        return found

    def tables(self, shop: str) -> list[str]:
        """Source tables that have a bronze table."""
        folder = self._folder / shop
        if not folder.is_dir():
            return []
        names = (path.name for path in folder.iterdir() if (path / "_delta_log").is_dir())
        return sorted(_table_name(name) for name in names if name != journal.FOLDER)

    def files(self, shop: str, table: str) -> list[str]:
        """The Parquet files that are the table now; they stay for `keep_replaced_hours` at least.

        Their columns differ where one was added: read them by name.
        """
        found = self._fresh(shop, table)
        return [str(found.folder / file.name) for file in found.files()]

    def entry_files(self, shop: str) -> list[str]:
        """As `files`, of `_entries`: what was archived when, with each entry's control records."""
        entries = self._entries_fresh(shop)
        return [str(entries.folder / file.name) for file in entries.files()]

    def announced(self, shop: str) -> list[tuple[int, datetime, TableSchema]]:
        """Every schema that the log was told of: offset, when it was logged, the schema."""
        return [
            (row["offset"], row["logged_at"], control)
            for row in scan.announcing(self._entries_fresh(shop))
            for control in controls_from_json(json.loads(row["controls"]))
            if isinstance(control, TableSchema)
        ]

    def version(self, shop: str) -> int:
        """Grows whenever `files` of any of the shop's tables may have changed."""
        return sum(self._fresh(shop, table).refresh() for table in self.tables(shop))

    def compact(self, shop: str) -> list[str]:
        """Join small files where a table has many, beside appends; returns the folders joined."""
        joined = []
        for table in [
            *(self._table(shop, name) for name in self.tables(shop)),
            self._entries(shop),
        ]:
            if table.compact(self._settings.compact_from_files, self._settings.compact_to_bytes):
                failpoints.reached("archive.compacting")
                table.vacuum(self._settings.keep_replaced_hours)
                joined.append(table.folder.name)
        return joined

    def empty_rows(
        self, shop: str, table: str, key: Sequence[str], time_column: str, before: datetime
    ) -> int:
        """Leave of a table's rows from before an instant their key alone, as a deletion.

        For the process that applies, and for its thread. Returns how many rows it changed; their
        old files go with `vacuum`, which waits until no reader uses them.
        """
        found = self._fresh(shop, table)
        return emptying.empty_rows(found, _ROW_STATS, key, time_column, before)

    def vacuum(self, shop: str, table: str) -> None:
        """Delete the table's files that were replaced longer ago than readers may use them."""
        self._fresh(shop, table).vacuum(self._settings.keep_replaced_hours)

    def verify(self, shop: str) -> list[str]:
        """What contradicts `_entries`, in words; empty when bronze holds exactly its rows."""
        problems = []
        expected: dict[str, dict[str, int]] = {}
        for recorded in self._all_recorded(shop):
            for part in recorded.parts:
                counts = expected.setdefault(part.table, {})
                name = recorded.head.entry.id
                counts[name] = counts.get(name, 0) + part.rows
        for table, counts in expected.items():
            has = scan.entry_counts(self._fresh(shop, table))
            problems += [
                f"{shop}.{table}: {has.get(name, 0)} rows of entry {name}, not {rows}"
                for name, rows in counts.items()
                if has.get(name, 0) != rows
            ]
        return problems

    def _appends(
        self, shop: str, entries: Sequence[LoggedEntry], arrived: Sequence[Sequence[Arrived]]
    ) -> Iterator[_Append]:
        """What each table gets, without what it took before a crash. Raises before any commit."""
        parts = [
            (logged.offset, part)
            for logged, opened_parts in zip(entries, arrived, strict=True)
            for part in opened_parts
            if part.rows
        ]
        for name in dict.fromkeys(part.table for _, part in parts):
            table = self._fresh(shop, name)
            since = table.offset()
            mine = [part for offset, part in parts if part.table == name and offset > since]
            if not mine:
                continue
            schema = table.schema()
            for part in mine:
                schema = grown(name, schema, part.bronze_schema())
            assert schema is not None  # noqa: S101
            yield _Append(table, tuple(mine), schema, since, entries[-1].offset)

    def _record(
        self,
        shop: str,
        entries: Sequence[LoggedEntry],
        arrived: Sequence[Sequence[Arrived]],
        applied: int,
    ) -> None:
        """Commit `_entries`: from here on the entries are archived."""
        records = [journal.record(e, parts) for e, parts in zip(entries, arrived, strict=True)]
        rows = pa.Table.from_pylist(records, schema=journal.SCHEMA)
        part = Arrived(journal.FOLDER, rows.num_rows, journal.SCHEMA, rows)
        append = _Append(self._entries(shop), (part,), journal.SCHEMA, applied, entries[-1].offset)
        _commit(append, (journal.INDEX,))

    def _recorded(self, shop: str, after: int, limit: int) -> list[journal.Recorded]:
        entries = self._entries(shop)
        entries.refresh()
        last = min(after + limit, entries.offset())
        if last <= after:
            return []
        rows = scan.between(entries, journal.INDEX, after + 1, last).sort_by(journal.INDEX)
        found = [journal.recorded(shop, row) for row in rows.to_pylist()]
        through = accumulate(recorded.rows for recorded in found)
        whole = [
            recorded for recorded, rows in zip(found, through, strict=True) if rows <= ROWS_A_READ
        ]
        return whole or found[:1]

    def _all_recorded(self, shop: str) -> Iterator[journal.Recorded]:
        after = 0
        while found := self._recorded(shop, after, 10_000):
            yield from found
            after = found[-1].head.offset

    def _fresh(self, shop: str, table: str) -> AppendOnlyTable:
        found = self._table(shop, table)
        found.refresh()
        return found

    def _table(self, shop: str, table: str) -> AppendOnlyTable:
        folder = self._folder / shop / _folder_name(table)
        return self._open.setdefault((shop, folder.name), AppendOnlyTable(folder, _ROW_STATS))

    def _entries_fresh(self, shop: str) -> AppendOnlyTable:
        found = self._entries(shop)
        found.refresh()
        return found

    def _entries(self, shop: str) -> AppendOnlyTable:
        folder = self._folder / shop / journal.FOLDER
        key = (shop, journal.FOLDER)
        return self._open.setdefault(key, AppendOnlyTable(folder, (journal.INDEX,)))


def _commit(append: _Append, stats_columns: Sequence[str]) -> None:
    table = append.table
    with table.lock:  # a vacuum never sees a file that is staged but not committed
        table.evolve(append.schema)
        files = stage(append.parts, table.folder, append.schema, stats_columns)
        try:
            table.commit(files, append.since, append.through)
        except (DiskFull, FencedOut):
            # A commit whose aftermath failed stands: only files it does not name may go.
            table.discard(files)
            raise


def _check_order(shop: str, entries: Sequence[LoggedEntry], applied: int) -> None:
    foreign = [logged.entry.shop for logged in entries if logged.entry.shop != shop]
    if foreign:
        raise LogGap(
            f"entries of {shop} and {foreign[0]} were handed over together",
            fix="apply the entries of one shop at a time",
        )
    offsets = [logged.offset for logged in entries]
    broken = offsets != list(range(offsets[0], offsets[0] + len(offsets)))
    if broken or offsets[0] > applied + 1:
        raise LogGap(
            f"{shop}: offsets {offsets[0]} to {offsets[-1]} ({len(offsets)} entries) do not"
            f" continue the archive, which has {applied}",
            fix=f"read the log from offset {applied} and apply it in order",
        )


def _entry_ids(wanted: Sequence[journal.Recorded]) -> Mapping[str, list[str]]:
    """For each table, the entries that have rows in it."""
    ids: dict[str, dict[str, None]] = {}
    for recorded in wanted:
        for part in recorded.parts:
            if part.rows:
                ids.setdefault(part.table, {})[recorded.head.entry.id] = None
    return {table: [*names] for table, names in ids.items()}


def _folder_name(table: str) -> str:
    """A folder name for any table name, one to one: `order items` is `order-20items`."""
    return _UNSAFE.sub(lambda m: "".join(f"-{b:02x}" for b in m[0].encode()), table)


def _table_name(folder: str) -> str:
    encoded = re.sub(r"-([0-9a-f]{2})", r"%\1", folder)
    return re.sub(rb"%([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), encoded.encode()).decode()
