"""One Delta table that only grows; the one door to delta-rs.

A commit carries the log's offset as a Delta app transaction, so data and offset move together. A
second writer with the same offset, or a handle that has not seen the first one's, is refused. The
table is `delta.appendOnly`: delta-rs itself then refuses overwrite, delete, update and merge.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, WriterProperties
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from aethermart.core.errors import DiskFull, Terminal, Transient
from aethermart.log.parquet import ROWS_PER_GROUP, sync_folder

_APP = "bronze"
_LOG_FILE = re.compile(r"(\d{20})\.(?:json|checkpoint\..*parquet)")
_APPEND_ONLY = "delta.appendOnly"
_FULL = ("No space left on device", "File too large", "Disk quota exceeded")


class FencedOut(Transient):
    """Another writer moved the table on; nothing of ours was committed to it."""


class BrokenArchive(Terminal):
    """A bronze table is not what we left there."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A complete Parquet file that lies in the table's folder and is not yet part of it."""

    name: str
    size_bytes: int
    stats: str  # Delta's JSON: numRecords, minValues, maxValues, nullCount


@dataclass(frozen=True, slots=True)
class ActiveFile:
    """A file of the table's newest version; `first` to `last` are the bounds of its index column.

    Bounds are None where the file has none: it may then hold any value.
    """

    name: str
    size_bytes: int
    first: str | int | None
    last: str | int | None


class AppendOnlyTable:
    """Threads may share one. Hold `lock` from staging a file to its commit: vacuum takes it too."""

    def __init__(self, folder: Path, stats_columns: Sequence[str]) -> None:
        """`stats_columns`: the columns with bounds a file; the first one is the index."""
        self.folder = folder
        self.lock = threading.RLock()
        self._stats_columns = tuple(stats_columns)
        self._handle: DeltaTable | None = None

    def refresh(self) -> int:
        """See the newest commit; returns the table's version, -1 while there is no table."""
        with self.lock, _errors_named(self.folder):
            if self._handle is not None:
                self._handle.update_incremental()
            elif DeltaTable.is_deltatable(str(self.folder)):
                self._handle = DeltaTable(self.folder)
            return self._handle.version() if self._handle else -1

    def offset(self) -> int:
        """The log offset that the last seen version holds; 0 when none."""
        with self.lock:
            return (self._handle.transaction_version(_APP) or 0) if self._handle else 0

    def schema(self) -> pa.Schema | None:
        with self.lock:
            if self._handle is None:
                return None
            arrow: Any = self._handle.schema().to_arrow()  # not pyarrow's, but it converts
            return pa.schema(arrow)

    def files(self) -> list[ActiveFile]:
        """The files of the last seen version."""
        with self.lock:
            if self._handle is None:
                return []
            actions = pa.table(self._handle.get_add_actions(flatten=True))
        index = self._stats_columns[0]
        return [
            ActiveFile(
                action["path"],
                action["size_bytes"],
                action.get(f"min.{index}"),
                action.get(f"max.{index}"),
            )
            for action in actions.to_pylist()
        ]

    def evolve(self, schema: pa.Schema) -> None:
        """Make the table, or add to it the columns of `schema` that it lacks."""
        with self.lock, _errors_named(self.folder):
            if self._handle is None:
                self._create(schema)
                return
            known = self.schema()
            new = [f for f in schema if known is not None and f.name not in known.names]
            if new:
                self._handle.alter.add_columns(Schema.from_arrow(pa.schema(new)).fields)
                self._committed()

    def commit(self, files: Sequence[DataFile], since: int, through: int) -> None:
        """Add the files and move the offset from `since` to `through`, in one step; durable.

        Raises FencedOut when the offset is not `since` any more.
        """
        with self.lock, _errors_named(self.folder):
            if self._handle is None or self.offset() != since:
                raise _fenced(self.folder, f"its offset is {self.offset()}, not {since}")
            now_ms = int(time.time() * 1000)
            self._handle.create_write_transaction(
                [AddAction(f.name, f.size_bytes, {}, now_ms, True, f.stats) for f in files],
                mode="append",
                schema=self._handle.schema(),
                commit_properties=CommitProperties(app_transactions=[Transaction(_APP, through)]),
            )
            self._committed()

    def discard(self, staged: Sequence[DataFile]) -> None:
        """Delete those of the files that did not become part of the table after all."""
        with self.lock:
            self.refresh()
            active = {file.name for file in self.files()}
            for file in staged:
                if file.name not in active:
                    (self.folder / file.name).unlink(missing_ok=True)

    def compact(self, from_files: int, target_bytes: int) -> bool:
        """Rewrite small files into large ones, beside appends; rows and offset stay as they are.

        Does nothing below `from_files` files of less than half of `target_bytes`. Delta marks
        such a rewrite as no change of data, which is why an append-only table accepts it.
        """
        self.refresh()
        small = [file for file in self.files() if file.size_bytes * 2 < target_bytes]
        if len(small) < max(2, from_files):
            return False
        properties = WriterProperties(compression="ZSTD", max_row_group_size=ROWS_PER_GROUP)
        with _errors_named(self.folder):
            try:
                # A handle of its own: appends go on through the other one.
                DeltaTable(self.folder).optimize.compact(
                    target_size=target_bytes, writer_properties=properties
                )
            except CommitFailedError:
                return False  # a column was added meanwhile; the next round rewrites
        return True

    def vacuum(self, kept_hours: int) -> None:
        """Delete files that no version has had for `kept_hours`, and what crashes left behind."""
        with self.lock, _errors_named(self.folder):
            DeltaTable(self.folder).vacuum(
                kept_hours, dry_run=False, enforce_retention_duration=False, full=True
            )

    def swap_files(self, gone: Sequence[str], come: Sequence[DataFile]) -> None:
        """New files in place of others, in one step; the offset stays. Only for who appends.

        The table refuses it to others, and to us but for this moment; `refuse_rewrites` mends
        what a crash in it leaves.
        """
        with self.lock, _errors_named(self.folder):
            if self._handle is None:
                raise _fenced(self.folder, "it is gone")
            now_ms = int(time.time() * 1000)
            self._handle.alter.set_table_properties({_APPEND_ONLY: "false"})
            self._handle.update_incremental()
            try:
                self._handle.create_write_transaction(
                    [
                        *(RemoveAction(name, True, now_ms) for name in gone),
                        *(AddAction(f.name, f.size_bytes, {}, now_ms, True, f.stats) for f in come),
                    ],
                    mode="append",
                    schema=self._handle.schema(),
                )
                self._committed()
            finally:
                self._handle.update_incremental()
                self.refuse_rewrites()

    def refuse_rewrites(self) -> None:
        """The table is append-only, whatever a crash left."""
        with self.lock, _errors_named(self.folder):
            if self._handle is None:
                return
            if self._handle.metadata().configuration.get(_APPEND_ONLY) != "true":
                self._handle.alter.set_table_properties({_APPEND_ONLY: "true"})
                self._committed()

    def _create(self, schema: pa.Schema) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder.parent, self.folder.parent.parent):
            sync_folder(folder)
        properties = _properties(self._stats_columns)
        try:
            self._handle = DeltaTable.create(self.folder, schema, configuration=properties)
        except DeltaError as error:
            if DeltaTable.is_deltatable(str(self.folder)):
                raise _fenced(self.folder, "it made the table just now") from error
            raise
        self._committed()

    def _committed(self) -> None:
        """See our own commit, and make it durable: delta-rs itself never syncs a file."""
        assert self._handle is not None  # noqa: S101
        self._handle.update_incremental()
        log = self.folder / "_delta_log"
        with (log / f"{self._handle.version():020}.json").open("rb+") as commit:
            os.fsync(commit.fileno())
        sync_folder(log)


@dataclass(frozen=True, slots=True)
class Cut:
    """A table as of one of its versions: every file that is it, and the log's offset it holds."""

    files: tuple[Path, ...]
    offset: int


def cut(folder: Path, through: int) -> Cut | None:
    """The newest version that holds nothing past offset `through`; None where there is none."""
    with _errors_named(folder):
        found = DeltaTable(folder)
        for version in range(found.version(), -1, -1):
            if version < found.version():
                found = DeltaTable(folder, version=version)
            offset = found.transaction_version(_APP) or 0
            if offset <= through:
                names = pa.table(found.get_add_actions(flatten=True)).column("path").to_pylist()
                data = [folder / str(name) for name in names]
                return Cut((*data, *_log_files(folder / "_delta_log", version)), offset)
    return None


def _log_files(log: Path, version: int) -> list[Path]:
    """Commits and checkpoints up to the version; readers find the newest without its pointer."""
    named = ((path, _LOG_FILE.fullmatch(path.name)) for path in sorted(log.iterdir()))
    return [path for path, match in named if match is not None and int(match[1]) <= version]


def _properties(stats_columns: Sequence[str]) -> Mapping[str, str]:
    return {
        _APPEND_ONLY: "true",
        # Each commit reads the log since the last checkpoint: 16 ms of CPU a commit, 28 at 100.
        "delta.checkpointInterval": "25",
        # 1,800 commits an hour at 2 s a batch: 30 days, the default, are a million log files.
        "delta.logRetentionDuration": "interval 1 hours",
        "delta.deletedFileRetentionDuration": "interval 1 hours",
        "delta.dataSkippingStatsColumns": ",".join(stats_columns),
    }


@contextmanager
def _errors_named(folder: Path) -> Iterator[None]:
    try:
        yield
    except CommitFailedError as error:
        raise _fenced(folder, _plain(error)) from error
    except (DeltaError, OSError) as error:
        full = [text for text in _FULL if text in str(error)]
        if full:
            raise DiskFull(
                f"no room to write in {folder}: {full[0]}",
                fix="free space there or raise the limit; the work is retried and nothing is lost",
            ) from error
        if isinstance(error, OSError):
            raise
        raise BrokenArchive(
            f"the bronze table {folder} cannot be used: {_plain(error)}",
            fix="restore it from a backup, or move it away and capture the table anew",
        ) from error


def _plain(error: Exception) -> str:
    """delta-rs words an error in colours over many lines: the first that says something."""
    lines = re.sub(r"\x1b\[\d+m|↳", "", str(error)).splitlines()
    return next((line.strip() for line in lines if line.strip()), type(error).__name__)


def _fenced(folder: Path, why: str) -> FencedOut:
    return FencedOut(
        f"another writer appends to {folder}: {why}",
        fix="run one archive a project; this one reads again where it stands and goes on",
    )
