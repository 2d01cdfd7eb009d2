"""Publish silver and gold: every table from one snapshot of the lake, then the manifest.

The order a crash cannot break: files, then a commit a table, then the manifest, then what no kept
publication names is deleted. Only reads the lake; one publisher a folder.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from aethermart.core import failpoints
from aethermart.core.clock import Clock, utc_now
from aethermart.core.errors import Transient
from aethermart.core.files import only_one
from aethermart.engine.engine import Engine
from aethermart.pipeline.faults import as_ours
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.publish import delta
from aethermart.warehouse.publish.content import Contents
from aethermart.warehouse.publish.files import TableFiles
from aethermart.warehouse.publish.manifest import (
    Earlier,
    Publication,
    ShopState,
    TableState,
    instant,
    read_publication,
)
from aethermart.warehouse.publish.tables import PublishedTable, published_tables
from aethermart.warehouse.settings import PublishSettings

_log = logging.getLogger(__name__)
_BATCH_ROWS = 64 * 1024
_FIRST_AFTER_S = 30.0  # a lake that was just opened first catches up
_DIRTY = ".publishing"  # stands while a publication runs, and after one that did not end


class Stopped(Transient):
    """The publication was told to stop; what was published before stands."""


@dataclass(frozen=True, slots=True)
class Published:
    """written: tables of it that had changed."""

    publication: Publication
    written: tuple[str, ...]


class Publisher:
    """Publishes the models of one lake into one folder."""

    def __init__(
        self,
        engine: Engine,
        compiled: CompiledProject,
        folder: Path,
        settings: PublishSettings,
        clock: Clock = utc_now,
    ) -> None:
        self._engine = engine
        self._compiled = compiled
        self._folder = folder
        self._settings = settings
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Publish on the interval until stopped; an error is logged and the next turn tries."""
        every_s = self._settings.every_s
        wait_s = min(every_s, _FIRST_AFTER_S)
        while every_s > 0 and not stop.wait(wait_s):
            wait_s = every_s
            try:
                done = self.publish(stop)
                _log.info(
                    "publication %d: %d of %d tables written",
                    done.publication.publication,
                    len(done.written),
                    len(done.publication.tables),
                )
            except Exception as raised:  # noqa: BLE001 - a worker's edge: logged, tried again
                if not stop.is_set():
                    _log.warning("nothing was published: %s", as_ours(raised, "publish"))

    def publish(self, stop: threading.Event | None = None) -> Published:
        """One publication.

        Raises Conflict while another publisher works on the folder, DiskFull, Stopped, QueryTimeout
        and what reading the lake raises; the publication before then stands as it was.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with only_one(self._folder / ".lock", "a publication"):
            before = read_publication(self._folder)
            dirty = self._folder / _DIRTY
            left_over = dirty.exists()
            with delta.errors_named(self._folder):
                dirty.touch()
            try:
                done = self._publish(before, stop or threading.Event())
            except BaseException:
                self._prune_all(before)
                raise
            changed = set(done.publication.tables) if left_over else set(done.written)
            self._prune(done.publication, changed)
            self._drop_forgotten(before, done.publication)
            dirty.unlink()
            return done

    def _publish(self, before: Publication | None, stop: threading.Event) -> Published:
        number = before.publication + 1 if before else 1
        compression = self._settings.compression
        tables: dict[str, TableState] = {}
        written: list[str] = []
        with self._engine.read(self._settings.timeout_s) as connection:
            shops = _shops(connection)
            contents = Contents(connection, self._compiled, compression)
            for table in published_tables(self._compiled, self._settings.tables):
                content = contents.of(table)
                known = before.tables.get(table.name) if before else None
                if (
                    known is None
                    or known.content != content
                    or delta.version_of(self._folder / known.path) != known.version
                ):
                    known = self._write(connection, table, content, number, stop)
                    written.append(table.name)
                tables[table.name] = known
        failpoints.reached("publish.tables_committed")
        done = Publication(
            publication=number,
            published_at=instant(self._clock()),
            compression=compression,
            shops=shops,
            tables=tables,
            earlier=_earlier(before, self._settings.kept_publications - 1),
        )
        with delta.errors_named(self._folder):
            done.save(self._folder)
        failpoints.reached("publish.manifest_written")
        return Published(done, tuple(written))

    def _write(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: PublishedTable,
        content: str,
        number: int,
        stop: threading.Event,
    ) -> TableState:
        folder = self._folder / table.path
        # `sql` streams; `execute` would hold the whole answer first.
        reader = connection.sql(table.sql).to_arrow_reader(_BATCH_ROWS)
        tally = _Tally(table.money)
        files = TableFiles(folder, reader.schema, table.partition_by, self._settings.compression)
        with _discarded_on_failure(files), delta.errors_named(folder):
            for batch in _batches(reader):
                if stop.is_set():
                    raise Stopped("the publication was stopped", fix="start it again")
                tally.add(batch)
                files.write(batch)
            made = files.finish()
        # From here on the files may be part of the table, whatever is raised.
        note = {"aethermart.publication": str(number), "aethermart.content": content}
        version = delta.replace(folder, reader.schema, table.partition_by, made, note)
        failpoints.reached("publish.table_committed")
        return TableState(
            path=table.path,
            version=version,
            rows=tally.rows,
            sums=tally.sums(),
            partition_by=table.partition_by,
            content=content,
            written_at=instant(self._clock()),
        )

    def _prune(self, publication: Publication, names: set[str]) -> None:
        """What no kept publication names. A failure costs space until the next publication."""
        for name in sorted(names):
            folder = self._folder / publication.tables[name].path
            try:
                delta.prune(folder, publication.versions_of(name))
            except Exception as raised:  # noqa: BLE001 - the publication stands all the same
                _log.warning("%s keeps old files: %s", folder, as_ours(raised, "publish"))

    def _prune_all(self, before: Publication | None) -> None:
        """After a failure: its files would be in the way of the next attempt on a full disk."""
        if before is not None:
            self._prune(before, set(before.tables))

    def _drop_forgotten(self, before: Publication | None, now: Publication) -> None:
        """Tables that the project no longer has, once no kept publication names them."""
        named = set(now.tables).union(*(earlier.versions for earlier in now.earlier))
        known = (before.as_earlier(), *before.earlier) if before else ()
        for name in {name for earlier in known for name in earlier.versions} - named:
            with suppress(OSError):
                shutil.rmtree(self._folder / name.replace(".", "/"))


class _Tally:
    """Rows and sums of what passes, so that the manifest says what was written."""

    def __init__(self, money: tuple[tuple[str, str | None], ...]) -> None:
        self.rows = 0
        self._money = money
        self._sums: dict[str, dict[str, Decimal]] = {column: {} for column, _ in money}

    def add(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.num_rows
        for column, currency in self._money:
            sums = self._sums[column]
            if currency is None:
                found = [("", pc.sum(batch.column(column)).as_py())]
            else:
                grouped = pa.table([batch.column(currency), batch.column(column)], ["c", "m"])
                summed = grouped.group_by("c").aggregate([("m", "sum")])
                found = [(row["c"] or "", row["m_sum"]) for row in summed.to_pylist()]
            for name, amount in found:
                sums[name] = sums.get(name, Decimal(0)) + (amount or Decimal(0))

    def sums(self) -> dict[str, dict[str, str]]:
        return {
            column: {name: str(amount) for name, amount in sorted(sums.items())}
            for column, sums in self._sums.items()
        }


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


def _shops(connection: duckdb.DuckDBPyConnection) -> dict[str, ShopState]:
    found = connection.execute(
        "SELECT shop, log_offset, as_of FROM mirror._offsets ORDER BY shop"
    ).fetchall()
    return {
        shop: ShopState(int(offset), None if as_of is None else instant(as_of))
        for shop, offset, as_of in found
    }


def _earlier(before: Publication | None, kept: int) -> tuple[Earlier, ...]:
    return (before.as_earlier(), *before.earlier)[: max(0, kept)] if before else ()
