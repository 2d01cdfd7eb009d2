"""A Parquet file as a shop of one table: read whole when it changes, keyed by the row's ordinal.

Repeated rows are kept: they are the source's rows. Nothing of a row is rounded or left out.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from io import BufferedReader
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aethermart.capture.chunking import pieces_of, read_rows
from aethermart.capture.flat_file.columns import travelling_schema
from aethermart.core.clock import Clock, utc_now
from aethermart.core.entries import (
    Batch,
    Chunk,
    Column,
    Control,
    Entry,
    Heartbeat,
    Position,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
    new_entry_id,
)
from aethermart.core.errors import BadInput, Forbidden, NotFound, Unavailable
from aethermart.log.chunks import ChunkStore

_READ_ROWS = 131_072


@dataclass(frozen=True, slots=True)
class FlatFileShop:
    """ordinal  name of the key column that counts the file's rows from 1"""

    name: str
    path: Path
    table: str
    ordinal: str = "line_number"


@dataclass(frozen=True, slots=True)
class _FilePosition:
    """stamp tells quickly whether the file was touched, sha256 whether it changed."""

    sha256: str
    stamp: tuple[int, int, int]
    whole: bool = False  # False while its snapshot is under way
    step: int = 0

    def text(self) -> Position:
        return Position(json.dumps(asdict(self), separators=(",", ":")))

    @classmethod
    def parse(cls, position: Position) -> _FilePosition:
        record = json.loads(position)
        return cls(**{**record, "stamp": tuple(record["stamp"])})


class FlatFileSource:
    """Source over one Parquet file."""

    def __init__(self, shop: FlatFileShop, chunks: ChunkStore, clock: Clock = utc_now) -> None:
        self.shop = shop.name
        self._file = shop
        self._chunks = chunks
        self._clock = clock

    def read(self, after: Position | None, *, heartbeat: bool) -> Iterator[Entry]:
        known = _FilePosition.parse(after) if after else None
        with self._opened() as file:
            now = _stamp(file)
            if known is not None and known.whole and known.stamp == now:
                if heartbeat:
                    yield self._entry(after, known, controls=(Heartbeat(),))
                return
            found = _FilePosition(hashlib.file_digest(file, "sha256").hexdigest(), now)
            if known is not None and known.whole and known.sha256 == found.sha256:
                moved = replace(found, whole=True)
                yield self._entry(after, moved, controls=(Heartbeat(),))
                return
            yield from self._snapshot(file, after, found)

    def acknowledge(self, position: Position) -> None:
        """Nothing is kept for the log: the file stays as it is."""

    def close(self) -> None:
        """Nothing is held open between reads."""

    def _snapshot(
        self, file: BufferedReader, after: Position | None, at: _FilePosition
    ) -> Iterator[Entry]:
        """Through one open file: one put in its place meanwhile is found by the next look."""
        table, snapshot = self._file.table, new_entry_id()
        with self._readable():
            rows = pq.ParquetFile(file)
            columns = travelling_schema(rows.schema_arrow, self._file.ordinal, self._told)
        at = replace(at, step=1)
        controls = (self._schema(columns), SnapshotBegin(snapshot, (table,)))
        yield self._entry(after, at, controls=controls)
        after = at.text()
        for entry_id, part in pieces_of(table, self._rows(rows, columns), self._chunks):
            at = replace(at, step=at.step + 1)
            yield self._entry(after, at, entry_id=entry_id, parts=(part,))
            after = at.text()
        if _stamp(file) != at.stamp:
            raise Unavailable(
                f"{self._told} was written to while it was read",
                fix="nothing: it is read anew; better put a new file in place of the old in one go",
            )
        whole = replace(at, whole=True, step=0)
        yield self._entry(after, whole, controls=(SnapshotEnd(snapshot, (table,)),))

    def _rows(self, file: pq.ParquetFile, columns: pa.Schema) -> Iterator[pa.RecordBatch]:
        ordinal, read_at = 1, self._clock()
        with self._readable():
            for batch in file.iter_batches(batch_size=_READ_ROWS):
                rows = pa.Table.from_batches([batch]).replace_schema_metadata().cast(columns)
                numbers = pa.array(range(ordinal, ordinal + batch.num_rows), pa.int64())
                keyed = rows.add_column(0, self._file.ordinal, numbers)
                yield from read_rows(keyed, ordinal, read_at).combine_chunks().to_batches()
                ordinal += batch.num_rows

    def _schema(self, columns: pa.Schema) -> TableSchema:
        key = Column(self._file.ordinal, "int64", nullable=False)
        others = (Column(f.name, str(f.type), f.nullable) for f in columns)
        return TableSchema(self._file.table, (key, *others), (key.name,))

    def _entry(
        self,
        start: Position | None,
        end: _FilePosition,
        *,
        entry_id: str | None = None,
        parts: tuple[Batch | Chunk, ...] = (),
        controls: tuple[Control, ...] = (),
    ) -> Entry:
        now = self._clock()
        return Entry(
            shop=self.shop,
            id=entry_id or new_entry_id(),
            start=start,
            end=end.text(),
            captured_at=now,
            committed_at=now if parts else None,
            time_kind="snapshot",
            parts=parts,
            controls=controls,
        )

    @property
    def _told(self) -> str:
        return f"shop {self.shop}: {self._file.path}"

    @contextmanager
    def _opened(self) -> Iterator[BufferedReader]:
        fix = "correct `file` of this shop in aethermart.toml"
        try:
            file = self._file.path.open("rb")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(f"{self._told}: there is no such file", fix=fix) from error
        except IsADirectoryError as error:
            raise BadInput(f"{self._told} is a folder, not a file", fix=fix) from error
        except PermissionError as error:
            raise Forbidden(f"{self._told} may not be read", fix="allow reading it") from error
        with file:
            yield file

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError) as error:
            raise BadInput(
                f"{self._told} cannot be read as Parquet: {error}",
                fix="give a whole Parquet file; aethermart.toml names it as `file` of this shop",
            ) from error


def _stamp(file: BufferedReader) -> tuple[int, int, int]:
    """Which file, its size, when it was written: the same as long as nobody touched it."""
    stat = os.fstat(file.fileno())
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
