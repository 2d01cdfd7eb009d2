"""Publish silver and gold: every table from one snapshot of the lake, then the manifest.

The order a crash cannot break: files, then a commit a table, then the manifest, then what no kept
publication names is deleted. Only reads the lake; one publisher a folder.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from aethermart.core import failpoints
from aethermart.core.clock import Clock, utc_now
from aethermart.core.files import only_one
from aethermart.engine.engine import Engine
from aethermart.pipeline.faults import as_ours
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.publish import delta
from aethermart.warehouse.publish.content import Contents
from aethermart.warehouse.publish.manifest import (
    Earlier,
    Publication,
    ShopState,
    TableState,
    instant,
    read_publication,
)
from aethermart.warehouse.publish.tables import published_tables
from aethermart.warehouse.publish.writing import TableWriter
from aethermart.warehouse.settings import PublishSettings

_log = logging.getLogger(__name__)
_FIRST_AFTER_S = 30.0  # a lake that was just opened first catches up
Told = Callable[[int, int, str], None]  # tables done, of how many, the next one
_DIRTY = ".publishing"  # stands while a publication runs, and after one that did not end


@dataclass(frozen=True, slots=True)
class Published:
    """written: tables of it that had changed, and were written whole or in part."""

    publication: Publication
    written: tuple[str, ...]


def _silent(_done: int, _of: int, _table: str) -> None:
    return None


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

    def publish(self, stop: threading.Event | None = None, told: Told = _silent) -> Published:
        """One publication; `told` before each table, and may stop it by raising.

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
                done = self._publish(before, stop or threading.Event(), told)
            except BaseException:
                self._prune_all(before)
                raise
            all_tables = set(done.publication.tables)
            self._prune(done.publication, all_tables if left_over else _outdated(before, done))
            self._drop_forgotten(before, done.publication)
            dirty.unlink()
            return done

    def _publish(self, before: Publication | None, stop: threading.Event, told: Told) -> Published:
        number = before.publication + 1 if before else 1
        compression = self._settings.compression
        tables: dict[str, TableState] = {}
        written: list[str] = []
        with self._engine.read(self._settings.timeout_s) as connection:
            shops = _shops(connection)
            contents = Contents(connection, self._compiled, compression)
            writer = TableWriter(
                connection, self._folder, compression, number, instant(self._clock()), stop
            )
            wanted = published_tables(self._compiled, self._settings.tables)
            for done_so_far, table in enumerate(wanted):
                told(done_so_far, len(wanted), table.name)
                content, layout = contents.of(table), contents.layout_of(table)
                known = before.tables.get(table.name) if before else None
                if known and delta.version_of(self._folder / known.path) != known.version:
                    known = None  # someone else's hand, or a broken publication's
                if known is None or known.content != content:
                    renewed = writer.write(table, content, layout, known)
                    if known is None or renewed.version != known.version:
                        written.append(table.name)
                    known = renewed
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


def _outdated(before: Publication | None, done: Published) -> set[str]:
    """Tables with a version that the last publication or one before it named, and none does now."""
    return {
        name
        for name in done.publication.tables
        if before and before.versions_of(name) - done.publication.versions_of(name)
    }


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
