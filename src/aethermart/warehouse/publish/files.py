"""Rows streamed into Parquet files, a folder a partition, with flat memory.

delta-rs' own partitioned writer holds some ten megabytes for each open partition (a gigabyte at
15 million rows over 72 of them); here all partitions together buffer a fixed number of rows.
Files are synced, so that a commit that names them names what is on the disk.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aethermart.log.parquet import ROWS_PER_GROUP, sync_folder
from aethermart.warehouse.publish.parts import Values, name_of

_BUFFERED_ROWS = 4 * ROWS_PER_GROUP
_OPEN_FILES = 256
_BOUND_CHARS = 32  # Delta's readers compare bounds whole; a longer text has none


@dataclass(frozen=True, slots=True)
class File:
    """A complete file; `stats` is Delta's JSON of it."""

    name: str
    size_bytes: int
    partition: dict[str, str | None]
    stats: str


@dataclass(slots=True)
class _Open:
    path: Path
    partition: Values
    writer: pq.ParquetWriter
    waiting: list[pa.Table] = field(default_factory=list)
    rows: int = 0  # waiting


class TableFiles:
    """Takes batches; `finish` gives the files, `discard` deletes them all."""

    def __init__(
        self, folder: Path, schema: pa.Schema, partition_by: Sequence[str], compression: str
    ) -> None:
        self._folder = folder
        self._partition_by = tuple(partition_by)
        self._compression = compression
        self._schema = pa.schema([f for f in schema if f.name not in self._partition_by])
        self._open: dict[Values, _Open] = {}
        self._made: list[tuple[Path, Values]] = []
        self._buffered = 0

    def write(self, batch: pa.RecordBatch) -> None:
        rows = pa.Table.from_batches([batch])
        if not self._partition_by:
            self._put((), rows)
        else:
            self._split(rows)
        while self._buffered > _BUFFERED_ROWS:
            self._flush(max(self._open.values(), key=lambda file: file.rows))

    def finish(self) -> list[File]:
        for file in list(self._open.values()):
            self._close(file)
        for folder in {path.parent for path, _ in self._made}:
            sync_folder(folder)
        return [self._described(path, values) for path, values in self._made]

    def discard(self) -> None:
        for file in self._open.values():
            file.writer.close()
        for path, _ in self._made:
            path.unlink(missing_ok=True)

    def _split(self, rows: pa.Table) -> None:
        """Its rows by partition; each part is copied, so that no small one keeps all in memory."""
        order = pc.sort_indices(rows, [(name, "ascending") for name in self._partition_by])
        keys = rows.select(list(self._partition_by)).take(order)
        counts = keys.group_by(list(self._partition_by), use_threads=False).aggregate(
            [([], "count_all")]
        )
        start = 0
        for found in counts.to_pylist():
            values = tuple(found[name] for name in self._partition_by)
            part = rows.take(order.slice(start, found["count_all"]))
            self._put(values, part)
            start += found["count_all"]

    def _put(self, values: Values, rows: pa.Table) -> None:
        file = self._open.get(values) or self._opened(values)
        file.waiting.append(rows.select(self._schema.names))
        file.rows += rows.num_rows
        self._buffered += rows.num_rows

    def _opened(self, values: Values) -> _Open:
        if len(self._open) >= _OPEN_FILES:
            self._close(next(iter(self._open.values())))
        folder = self._folder / name_of(self._partition_by, values)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"part-{secrets.token_hex(16)}.{self._compression}.parquet"
        self._made.append((path, values))
        compression: Any = self._compression  # the stubs want a literal
        writer = pq.ParquetWriter(path, self._schema, compression=compression)
        self._open[values] = _Open(path, values, writer)
        return self._open[values]

    def _flush(self, file: _Open) -> None:
        if file.rows:
            file.writer.write_table(pa.concat_tables(file.waiting), row_group_size=ROWS_PER_GROUP)
        self._buffered -= file.rows
        file.waiting, file.rows = [], 0

    def _close(self, file: _Open) -> None:
        self._flush(file)
        file.writer.close()
        del self._open[file.partition]
        with file.path.open("rb") as written:
            os.fsync(written.fileno())

    def _described(self, path: Path, values: Values) -> File:
        return File(
            quote(str(path.relative_to(self._folder)), safe="/=-._"),
            path.stat().st_size,
            dict(zip(self._partition_by, values, strict=True)),
            _stats(pq.read_metadata(path), self._schema.names),
        )


def _stats(metadata: pq.FileMetaData, names: Sequence[str]) -> str:
    """By which readers skip files: number of rows, and bounds of what JSON can say exactly."""
    lows: dict[str, Any] = {}
    highs: dict[str, Any] = {}
    for at, name in enumerate(names):
        groups: list[Any] = [
            metadata.row_group(i).column(at).statistics for i in range(metadata.num_row_groups)
        ]
        if not groups or not all(group and group.has_min_max for group in groups):
            continue
        low, high = min(group.min for group in groups), max(group.max for group in groups)
        if (bounds := _bounds(low, high)) is not None:
            lows[name], highs[name] = bounds
    return json.dumps({"numRecords": metadata.num_rows, "minValues": lows, "maxValues": highs})


def _bounds(low: Any, high: Any) -> tuple[Any, Any] | None:
    if isinstance(low, bool):
        return None
    if isinstance(low, int):
        return low, high
    if isinstance(low, str):
        return (low, high) if max(len(low), len(high)) <= _BOUND_CHARS else None
    if isinstance(low, datetime):
        return _instant(low), _instant(high)
    if isinstance(low, date):
        return low.isoformat(), high.isoformat()
    return None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
