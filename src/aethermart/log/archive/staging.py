"""Rows on their way into a table's folder: written there, or adopted where they are a file already.

A staged file has a name never used before, so what a crash left staged is never in the way of the
next attempt; vacuum deletes it later.
"""

from __future__ import annotations

import errno
import json
import math
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aethermart.core.entries import Batch, Chunk
from aethermart.core.errors import DiskFull, Terminal
from aethermart.log.archive.columns import bronze_schema, fit
from aethermart.log.archive.delta import DataFile
from aethermart.log.chunks import ChunkStore
from aethermart.log.parquet import batches_of, disk_full_named, sync_folder, write_parquet

_NO_LINK = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS)
_STATS_CHARS = 32  # longer text has no bounds in Delta: it would have to be cut, and rounded up


class ForeignRows(Terminal):
    """Rows that do not belong to the entry they came with."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One part of an entry, opened: its rows are at hand, or in a checked chunk file."""

    table: str
    rows: int
    schema: pa.Schema  # as captured
    source: pa.Table | Path

    def bronze_schema(self) -> pa.Schema:
        return bronze_schema(self.table, self.schema)


def opened(part: Batch | Chunk, entry_id: str, chunks: ChunkStore) -> Arrived:
    """Raises CorruptChunk, or ForeignRows where a row does not name the entry it came with."""
    if isinstance(part, Batch):
        arrived = Arrived(part.table, part.rows.num_rows, part.rows.schema, part.rows)
    else:
        path = chunks.path(part)
        arrived = Arrived(part.table, part.rows, pq.read_schema(path), path)
    if "_entry" in arrived.schema.names:
        _check_entry(arrived, entry_id)
    return arrived


def _check_entry(part: Arrived, entry_id: str) -> None:
    """The archive finds rows by the entry's id: under another one they would be lost."""
    if isinstance(part.source, Path):
        rows = pq.read_table(part.source, columns=["_entry"], partitioning=None)
    else:
        rows = part.source
    names = pc.unique(rows.column("_entry")).to_pylist()
    if rows.num_rows != part.rows or names not in ([], [entry_id]):
        raise ForeignRows(
            f"{part.table}: entry {entry_id} came with {rows.num_rows} rows of entry"
            f" {', '.join(map(str, names[:3]))}, it should have {part.rows} of its own",
            fix="a source puts the entry's id into `_entry` of each row; report this as a fault",
        )


def stage(
    parts: Sequence[Arrived], folder: Path, schema: pa.Schema, stats_columns: Sequence[str]
) -> list[DataFile]:
    """Files in `folder` with the rows of the parts: one for all batches, one for each chunk."""
    paths: list[Path] = []
    try:
        _stage_into(paths, parts, folder, schema)
    except (DiskFull, OSError):
        for path in paths:
            path.unlink(missing_ok=True)
        raise
    return [_data_file(path, stats_columns) for path in paths]


def _stage_into(
    paths: list[Path], parts: Sequence[Arrived], folder: Path, schema: pa.Schema
) -> None:
    inline = [part.source for part in parts if isinstance(part.source, pa.Table) and part.rows]
    if inline:
        names = set().union(*(rows.column_names for rows in inline))
        arrived = pa.schema([field for field in schema if field.name in names])
        fitted = (batch for rows in inline for batch in _fitted(rows, arrived))
        paths.append(_written(folder, fitted))
    for part in parts:
        if isinstance(part.source, Path):
            paths.append(_adopted(part, folder))


def _fitted(rows: pa.Table, schema: pa.Schema) -> list[pa.RecordBatch]:
    return batches_of(fit(rows, schema))


def _written(folder: Path, batches: Iterator[pa.RecordBatch]) -> Path:
    path = folder / f"rows-{secrets.token_hex(16)}.parquet"
    write_parquet(path, batches)
    return path


def _adopted(part: Arrived, folder: Path) -> Path:
    """The chunk's file under a name of its own in `folder`: linked, copied where links fail.

    A chunk with types that bronze keeps otherwise (a 32-bit integer) is written anew.
    """
    assert isinstance(part.source, Path)  # noqa: S101
    wanted = part.bronze_schema()
    if part.schema.types != wanted.types:
        batches = pq.ParquetFile(part.source).iter_batches()
        tables = (pa.Table.from_batches([batch]) for batch in batches)
        return _written(folder, (batch for t in tables for batch in _fitted(t, wanted)))
    path = folder / f"{part.source.stem}-{secrets.token_hex(8)}.parquet"
    with disk_full_named(folder):
        try:
            path.hardlink_to(part.source)
            os.utime(path)  # else a vacuum takes the file for an old leftover until it is committed
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            _copy(part.source, path)
    sync_folder(folder)
    return path


def _copy(source: Path, path: Path) -> None:
    try:
        with source.open("rb") as full, path.open("xb") as copy:
            shutil.copyfileobj(full, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _data_file(path: Path, stats_columns: Sequence[str]) -> DataFile:
    metadata = pq.read_metadata(path)
    bounds = {name: _bounds(metadata, name) for name in stats_columns}
    known = {name: bound for name, bound in bounds.items() if bound is not None}
    stats = {
        "numRecords": metadata.num_rows,
        "minValues": {name: _text(low, up=False) for name, (low, _, _) in known.items()},
        "maxValues": {name: _text(high, up=True) for name, (_, high, _) in known.items()},
        "nullCount": {name: nulls for name, (_, _, nulls) in known.items()},
    }
    return DataFile(path.name, path.stat().st_size, json.dumps(stats))


def _bounds(metadata: pq.FileMetaData, column: str) -> tuple[Any, Any, int] | None:
    """Lowest value, highest value, number of nulls, from the footer; None where one is missing."""
    at = metadata.schema.names.index(column)
    groups: list[Any] = [
        metadata.row_group(i).column(at).statistics for i in range(metadata.num_row_groups)
    ]
    if not groups or not all(g and g.has_min_max and g.has_null_count for g in groups):
        return None
    low, high = min(g.min for g in groups), max(g.max for g in groups)
    if isinstance(high, str) and max(len(low), len(high)) > _STATS_CHARS:
        return None
    return low, high, sum(g.null_count for g in groups)


def _text(value: Any, *, up: bool) -> Any:
    """As Delta's JSON has it: instants in whole milliseconds, the upper bound rounded up."""
    if not isinstance(value, datetime):
        return value
    part = value.microsecond / 1000
    whole = value.replace(microsecond=0)
    whole += timedelta(milliseconds=math.ceil(part) if up else math.floor(part))
    return whole.strftime("%Y-%m-%dT%H:%M:%S.") + f"{whole.microsecond // 1000:03}Z"
