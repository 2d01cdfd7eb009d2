"""A Parquet file as a shop of one table: read whole when it changes, keyed by the row's ordinal.

Repeated rows are kept: they are the source's rows. Columns travel as they are in the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aethermart.capture.chunking import pieces_of, read_rows
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
from aethermart.core.errors import BadInput, NotFound
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
    sha256: str
    size_bytes: int
    modified_ns: int
    whole: bool  # False while its snapshot is under way
    step: int = 0

    def text(self) -> Position:
        return Position(json.dumps(asdict(self), separators=(",", ":")))


class FlatFileSource:
    """Source over one Parquet file."""

    def __init__(self, shop: FlatFileShop, chunks: ChunkStore, clock: Clock = utc_now) -> None:
        self.shop = shop.name
        self._file = shop
        self._chunks = chunks
        self._clock = clock

    def read(self, after: Position | None, *, heartbeat: bool) -> Iterator[Entry]:
        known = _FilePosition(**json.loads(after)) if after else None
        if known is not None and known.whole and self._unchanged(known):
            if heartbeat:
                yield self._entry(after, known, controls=(Heartbeat(),))
            return
        stat = self._stat()
        found = _FilePosition(self._digest(), stat[0], stat[1], whole=False)
        if known is not None and known.whole and known.sha256 == found.sha256:
            moved = replace(found, whole=True, step=known.step + 1)
            yield self._entry(after, moved, controls=(Heartbeat(),))
            return
        yield from self._snapshot(after, found)

    def acknowledge(self, position: Position) -> None:
        """Nothing is kept for the log: the file stays as it is."""

    def close(self) -> None:
        """Nothing is held open between reads."""

    def _snapshot(self, after: Position | None, at: _FilePosition) -> Iterator[Entry]:
        table, snapshot = self._file.table, new_entry_id()
        with self._open() as file:
            schema = self._schema(file)
            at = replace(at, step=at.step + 1)
            yield self._entry(after, at, controls=(schema, SnapshotBegin(snapshot, (table,))))
            after = at.text()
            for entry_id, part in pieces_of(table, self._rows(file), self._chunks):
                at = replace(at, step=at.step + 1)
                yield self._entry(after, at, entry_id=entry_id, parts=(part,))
                after = at.text()
        whole = replace(at, whole=True, step=0)
        yield self._entry(after, whole, controls=(SnapshotEnd(snapshot, (table,)),))

    def _rows(self, file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
        ordinal, read_at = 1, self._clock()
        for batch in file.iter_batches(batch_size=_READ_ROWS):
            columns = _plain_strings(pa.Table.from_batches([batch]).replace_schema_metadata())
            numbers = pa.array(range(ordinal, ordinal + batch.num_rows), pa.int64())
            keyed = columns.add_column(0, self._file.ordinal, numbers)
            yield from read_rows(keyed, ordinal, read_at).combine_chunks().to_batches()
            ordinal += batch.num_rows

    def _schema(self, file: pq.ParquetFile) -> TableSchema:
        fields = _plain_strings(file.schema_arrow.empty_table()).schema
        columns = tuple(Column(f.name, str(f.type)) for f in fields)
        key = Column(self._file.ordinal, "int64", nullable=False)
        return TableSchema(self._file.table, (key, *columns), (self._file.ordinal,))

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

    def _unchanged(self, known: _FilePosition) -> bool:
        return self._stat() == (known.size_bytes, known.modified_ns)

    def _stat(self) -> tuple[int, int]:
        try:
            stat = self._file.path.stat()
        except FileNotFoundError as error:
            raise NotFound(
                f"shop {self.shop}: there is no file {self._file.path}",
                fix="correct `file` of this shop in aethermart.toml",
            ) from error
        return stat.st_size, stat.st_mtime_ns

    def _digest(self) -> str:
        with self._file.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self._file.path)
        except pa.ArrowInvalid as error:
            raise BadInput(
                f"shop {self.shop}: {self._file.path} is not a Parquet file: {error}",
                fix="give a Parquet file; aethermart.toml names it as `file` of this shop",
            ) from error


def _plain_strings(rows: pa.Table) -> pa.Table:
    """Large strings as strings: the archive and the mirror know one kind of text."""
    fields = [
        f.with_type(pa.string()) if pa.types.is_large_string(f.type) else f for f in rows.schema
    ]
    return rows.cast(pa.schema(fields))
