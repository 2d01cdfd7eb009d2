"""Rows of a collection as files: each commit one Arrow file that is whole or not there.

A folder holds a base (every row at some moment) and the commits since, numbered on. A file is
written under another name, synced and renamed, so that a kill leaves the commit before. The writer
joins many commits to a new base; what it replaces goes afterwards.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from aethermart.core import failpoints
from aethermart.core.errors import Terminal
from aethermart.log.parquet import disk_full_named, sync_folder
from aethermart.sinks.vectors.index import COLUMNS, NUMBERS, TEXTS, Facts, Stored, facts_tuple
from aethermart.sinks.vectors.libraries import Floats

_SUFFIX = ".arrow"
_FORMAT = 1
_TYPES = {
    **dict.fromkeys(TEXTS, pa.string()),
    **dict.fromkeys(NUMBERS, pa.float64()),
    "in_stock": pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """What one file says.

    base     the rows are all there are; else they are what changed since the file before
    offset   the log's offset from here on; None where it stays
    deletes  keys that are gone
    """

    number: int
    base: bool
    offset: int | None
    upserts: Sequence[Stored]
    deletes: Sequence[str]


def numbers(folder: Path) -> list[int]:
    """Numbers of the files from the newest base on, in order; empty where there is no folder."""
    try:
        names = sorted(path.name for path in folder.iterdir() if path.suffix == _SUFFIX)
    except FileNotFoundError:
        return []
    found = [(int(name[:12]), name[13] == "b") for name in names]
    bases = [number for number, base in found if base]
    return [number for number, _ in found if number >= (bases[-1] if bases else 0)]


def read(folder: Path, number: int) -> Segment:
    """Raises FileNotFoundError where a writer joined it to a base meanwhile."""
    commit, base = (_path(folder, number, base=base) for base in (False, True))
    path = commit if commit.exists() else base
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
    told = json.loads((table.schema.metadata or {}).get(b"aethermart", b"{}"))
    if told.get("format") != _FORMAT:
        raise Terminal(
            f"{path} is of no form that this release reads: {told.get('format')!r}",
            fix="run `aethermart sink rebuild vectors`",
        )
    upserts, deletes = _rows(table, told["dimension"])
    return Segment(number, told["base"], told["offset"], upserts, deletes)


def write(folder: Path, segment: Segment, dimension: int) -> None:
    """Durable when this returns. Raises DiskFull."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, segment.number, base=segment.base)
    partial = folder / f".{path.name}.{os.getpid()}"
    told = {
        "format": _FORMAT,
        "base": segment.base,
        "offset": segment.offset,
        "dimension": dimension,
    }
    table = _table(segment, dimension).replace_schema_metadata({"aethermart": json.dumps(told)})
    try:
        with disk_full_named(folder), partial.open("wb") as file:
            with pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
            file.flush()
            os.fsync(file.fileno())
        failpoints.reached("vectors.rows_written")
        partial.replace(path)
        sync_folder(folder)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def forget_before(folder: Path, number: int) -> None:
    """Remove the files that a base replaces, and what killed writers left."""
    for path in list(folder.iterdir()):
        left = path.name.startswith(".") and _SUFFIX in path.name
        if left or (path.suffix == _SUFFIX and int(path.name[:12]) < number):
            path.unlink(missing_ok=True)


def _path(folder: Path, number: int, *, base: bool) -> Path:
    return folder / f"{number:012d}-{'base' if base else 'commit'}{_SUFFIX}"


def _table(segment: Segment, dimension: int) -> pa.Table:
    rows, gone = segment.upserts, segment.deletes
    count = len(rows) + len(gone)
    flat = np.zeros((count, dimension), dtype=np.float32)
    without = np.ones(count, dtype=bool)
    for at, row in enumerate(rows):
        if row.vector is not None:
            flat[at], without[at] = row.vector, False
    vectors: Any = pa.FixedSizeListArray.from_arrays(
        pa.array(flat.reshape(-1)), dimension, mask=pa.array(without)
    )
    facts = [facts_tuple(row.facts) for row in rows]
    nothing: list[Any] = [None] * len(gone)
    columns = {
        "key": pa.array([*(row.key for row in rows), *gone], pa.string()),
        "text_hash": pa.array([*(row.text_hash for row in rows), *nothing], pa.string()),
        "vector": vectors,
    }
    for at, name in enumerate(COLUMNS):
        values = [*(each[at] for each in facts), *nothing]
        columns[name] = pa.array(values, _TYPES[name])
    return pa.table(columns)


def _rows(table: pa.Table, dimension: int) -> tuple[list[Stored], list[str]]:
    if table.num_rows == 0:
        return [], []
    vectors: Any = table.combine_chunks().column("vector").chunk(0)
    flat: Floats = np.asarray(vectors.values, dtype=np.float32).reshape(-1, dimension)
    known = vectors.is_valid().to_pylist()
    upserts: list[Stored] = []
    deletes: list[str] = []
    for at, (key, text_hash, *facts) in enumerate(_values(table)):
        if text_hash is None:
            deletes.append(key)
        else:
            vector = flat[at] if known[at] else None
            upserts.append(Stored(key, text_hash, vector, Facts(*facts)))
    return upserts, deletes


def _values(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    columns = [table.column(name).to_pylist() for name in ("key", "text_hash", *COLUMNS)]
    return zip(*columns, strict=True)
