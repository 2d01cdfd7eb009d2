"""One table of a publication: its rows into files, those files into one Delta commit.

Of a partitioned table only the partitions whose rows changed are read out of the lake and written;
the files of all others stay where they are. Every other table is written whole.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from aethermart.core import failpoints
from aethermart.core.errors import Transient
from aethermart.warehouse.publish import delta
from aethermart.warehouse.publish.files import File, TableFiles
from aethermart.warehouse.publish.manifest import TableState
from aethermart.warehouse.publish.parts import Part, Tally, Values, digests, only, total
from aethermart.warehouse.publish.tables import PublishedTable

_BATCH_ROWS = 64 * 1024


class Stopped(Transient):
    """The publication was told to stop; what was published before stands."""


@dataclasses.dataclass(frozen=True, slots=True)
class TableWriter:
    """Writes tables of one publication, all read by one connection in one transaction."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    compression: str
    publication: int
    at: str
    stop: threading.Event

    def write(
        self, table: PublishedTable, content: str, layout: str, known: TableState | None
    ) -> TableState:
        """The table's new state; of the version that is known, where no row changed.

        known  what the last publication left there, None where that is not there
        """
        digest = digests(self.connection, table) if table.partition_by else {}
        kept = _kept(known, layout, digest) if known else []
        if known is None or not kept:
            return self._whole(table, content, layout, digest)
        present = {part.values for part in kept}
        changed = sorted(digest.keys() - present, key=str)
        gone = {part.values for part in known.parts} - present
        if not changed and not gone:
            return dataclasses.replace(known, content=content)
        sql, bound = only(table, changed) if changed else (f"{table.sql} LIMIT 0", [])
        schema, files, tally = self._files(table, sql, bound)
        version = delta.amend(
            self.folder / table.path, schema, table.partition_by, gone, files, self._note(content)
        )
        failpoints.reached("publish.table_committed")
        parts = [*kept, *tally.parts(digest)]
        return self._state(table, content, layout, version, parts)

    def _whole(
        self, table: PublishedTable, content: str, layout: str, digest: Mapping[Values, str]
    ) -> TableState:
        schema, files, tally = self._files(table, table.sql, [])
        version = delta.replace(
            self.folder / table.path, schema, table.partition_by, files, self._note(content)
        )
        failpoints.reached("publish.table_committed")
        return self._state(table, content, layout, version, tally.parts(digest))

    def _files(
        self, table: PublishedTable, sql: str, bound: list[str]
    ) -> tuple[pa.Schema, list[File], Tally]:
        # `sql` streams; `execute` would hold the whole answer first.
        reader = self.connection.sql(sql, params=bound).to_arrow_reader(_BATCH_ROWS)
        tally = Tally(table)
        folder = self.folder / table.path
        files = TableFiles(folder, reader.schema, table.partition_by, self.compression)
        with _discarded_on_failure(files), delta.errors_named(folder):
            for batch in _batches(reader):
                if self.stop.is_set():
                    raise Stopped("the publication was stopped", fix="start it again")
                tally.add(batch)
                files.write(batch)
            made = files.finish()
        # From here on the files may be part of the table, whatever is raised.
        failpoints.reached("publish.files_written")
        return reader.schema, made, tally

    def _note(self, content: str) -> dict[str, str]:
        return {
            "aethermart.publication": str(self.publication),
            "aethermart.content": content,
        }

    def _state(
        self, table: PublishedTable, content: str, layout: str, version: int, parts: list[Part]
    ) -> TableState:
        return TableState(
            path=table.path,
            version=version,
            rows=sum(part.rows for part in parts),
            sums=total(table, parts),
            partition_by=table.partition_by,
            content=content,
            written_at=self.at,
            layout=layout,
            parts=tuple(sorted(parts, key=str)) if table.partition_by else (),
        )


def _kept(known: TableState, layout: str, digest: Mapping[Values, str]) -> list[Part]:
    """Partitions whose rows are as they were."""
    if known.layout != layout:
        return []
    return [part for part in known.parts if part.digest == digest.get(part.values)]


@contextmanager
def _discarded_on_failure(files: TableFiles) -> Iterator[None]:
    try:
        yield
    except BaseException:
        files.discard()
        raise


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """What stops DuckDB within a stream comes out of Arrow; the engine knows it as DuckDB's."""
    try:
        yield from reader
    except (pa.ArrowException, OSError) as error:
        if "INTERRUPT" in str(error):
            raise duckdb.InterruptException(str(error)) from error
        if "Out of Memory" in str(error):
            raise duckdb.OutOfMemoryException(str(error)) from error
        raise
