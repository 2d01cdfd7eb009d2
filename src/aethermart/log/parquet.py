"""Parquet files that are either whole and on the disk, or not there.

A file is written under another name, synced, renamed, and its folder synced; what it holds is
hashed on the way. A full disk is named DiskFull and leaves nothing behind.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from aethermart.core.errors import DiskFull

ROWS_PER_GROUP = 128 * 1024
UNFINISHED = ".unfinished"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Written:
    rows: int
    size_bytes: int
    sha256: str


def write_parquet(path: Path, batches: Iterable[pa.RecordBatch]) -> Written:
    """Write at least one batch (it gives the schema) to a new file; durable on return.

    Batches are streamed: about one row group of 128k rows is held. Raises DiskFull.
    """
    unfinished = path.with_name(path.name + UNFINISHED)
    with _gone_on_failure(unfinished), disk_full_named(path.parent):
        with unfinished.open("xb") as file:
            hashing = _HashingFile(file)
            rows = _write_batches(hashing, iter(batches))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    sync_folder(path.parent)
    return Written(rows, hashing.size, hashing.sha256.hexdigest())


def batches_of(rows: pa.Table) -> list[pa.RecordBatch]:
    """The table's batches: at least one, also where it has no rows."""
    return rows.to_batches() or [pa.RecordBatch.from_pylist([], schema=rows.schema)]


def sync_folder(folder: Path) -> None:
    """Make the folder's names durable; a system that cannot sync a folder is left alone."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def disk_full_named(folder: Path) -> Iterator[None]:
    """A full disk, quota or file size limit met inside becomes DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFull(
            f"no room to write in {folder}: {error.strerror or error}",
            fix="free space there or raise the limit; the work is retried and nothing is lost",
        ) from error


class _HashingFile:
    """Just enough of a file for a Parquet writer, hashing what passes through."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        written = self._file.write(data)
        self.sha256.update(data)
        self.size += written
        return written

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """The file is closed by who opened it."""


def _write_batches(file: _HashingFile, batches: Iterator[pa.RecordBatch]) -> int:
    first = next(batches, None)
    if first is None:
        raise ValueError("a Parquet file needs at least one batch, for its schema")
    rows = 0
    writer = _open_writer(file, first.schema)
    try:
        for group in _row_groups(chain([first], batches)):
            writer.write_table(group, row_group_size=ROWS_PER_GROUP)
            rows += group.num_rows
        writer.close()
    finally:
        writer.is_open = False  # else its finalizer writes a footer to a file given up
    return rows


def _open_writer(file: _HashingFile, schema: pa.Schema) -> pq.ParquetWriter:
    growing = [name for name in schema.names if name == "_position"]  # differences say it shortest
    others = [name for name in schema.names if name not in growing]
    return pq.ParquetWriter(
        cast("IO[bytes]", file),
        schema,
        compression="zstd",
        use_dictionary=others,  # type: ignore[arg-type]  # the stub knows a bool only
        column_encoding=dict.fromkeys(growing, "DELTA_BINARY_PACKED"),
    )


def _row_groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows in tables of exactly one row group, but for the last."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        while sum(held.num_rows for held in waiting) >= ROWS_PER_GROUP:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, ROWS_PER_GROUP)
            waiting = table.slice(ROWS_PER_GROUP).to_batches()
    if waiting:
        yield pa.Table.from_batches(waiting)


@contextmanager
def _gone_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
