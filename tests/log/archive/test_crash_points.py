"""A crash between any two steps of `apply`, then a restart: nothing lost, nothing doubled."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethermart.core import failpoints
from aethermart.core.entries import (
    Batch,
    Chunk,
    Control,
    Heartbeat,
    LoggedEntry,
    SnapshotBegin,
    SnapshotEnd,
    Truncate,
)
from aethermart.log.archive.archive import Archive, ArchiveSettings
from aethermart.log.archive.delta import AppendOnlyTable
from aethermart.log.chunks import ChunkStore
from tests.log.archive.shop_entries import (
    ITEMS,
    ORDERS,
    SHOP,
    assert_same,
    entry_id,
    logged,
    model_of,
    rows_of,
    simple,
)

STEPS = ("evolve", "commit", "compact", "vacuum")


class Crash(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches a kill."""


@contextmanager
def crash_at(step: int | None) -> Iterator[list[str]]:
    """Crash at the step-th moment (from 0) before or after a commit; yields the steps passed."""
    passed: list[str] = []

    def moment(name: str) -> None:
        if len(passed) == step:
            raise Crash(name)
        passed.append(name)

    def wrapped(real, name):  # type: ignore[no-untyped-def]
        def call(self, *args, **options):  # type: ignore[no-untyped-def]
            moment(f"before {name}")
            done = real(self, *args, **options)
            moment(f"after {name}")
            return done

        return call

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(failpoints, "reached", moment)
        for name in STEPS:
            patched.setattr(AppendOnlyTable, name, wrapped(getattr(AppendOnlyTable, name), name))
        yield passed


def test_the_steps_of_an_apply_stand_in_this_order(archive: Archive) -> None:
    """`_entries` last: what it names is whole."""
    with crash_at(None) as passed:
        archive.apply([simple(1)])
    assert passed == [
        *("before evolve", "after evolve", "before commit", "after commit"),
        "archive.table_committed",
        *("before evolve", "after evolve", "before commit", "after commit"),
        "archive.table_committed",
        "archive.tables_committed",
        *("before evolve", "after evolve", "before commit", "after commit"),
    ]


@pytest.mark.parametrize("step", range(15))
def test_a_crash_at_any_step_shows_all_or_nothing_and_a_restart_completes(
    tmp_path: Path, chunks: ChunkStore, step: int
) -> None:
    folder = tmp_path / "bronze"
    Archive(folder, chunks).apply([simple(1)])
    with crash_at(step), pytest.raises(Crash):
        Archive(folder, chunks).apply([simple(2), simple(3)])
    after = Archive(folder, chunks)
    whole = step == 14  # only after the commit of `_entries`
    assert after.applied(SHOP) == (3 if whole else 1)
    assert_same(after.read(SHOP, 0, 10), [simple(n) for n in range(1, 4 if whole else 2)])
    after.apply([simple(2)])  # cut otherwise than before
    assert_same(after.read(SHOP, 0, 10), [simple(n) for n in range(1, 4 if whole else 3)])
    after.apply([simple(2), simple(3), simple(4)])
    assert_same(after.read(SHOP, 0, 10), [simple(n) for n in range(1, 5)])
    assert after.verify(SHOP) == []


@dataclass
class Maker:
    """Makes entries as a capture would: positions only grow, columns are only added."""

    chunks: ChunkStore
    position: int = 0
    made: list[LoggedEntry] = field(default_factory=list)
    columns: dict[str, pa.Schema] = field(
        default_factory=lambda: {"orders": ORDERS, "items": ITEMS, "_entries": ITEMS}
    )

    def entry(self, draw: st.DrawFn) -> LoggedEntry:
        offset = len(self.made) + 1
        parts = [self._part(draw, offset) for _ in range(draw(st.integers(0, 4)))]
        controls: list[Control] = []
        if draw(st.booleans()):
            controls.append(draw(st.sampled_from([Heartbeat(), *SNAPSHOT])))
        if draw(st.booleans()):
            controls.append(Truncate("orders", self.position))
        self.made.append(logged(offset, parts, controls))
        return self.made[-1]

    def _part(self, draw: st.DrawFn, offset: int) -> Batch | Chunk:
        table = draw(st.sampled_from(sorted(self.columns)))
        if draw(st.integers(0, 5)) == 0:
            added = pa.field(f"added_{len(self.columns[table].names)}", pa.string())
            self.columns[table] = self.columns[table].append(added)
        columns = self.columns[table]
        count = draw(st.integers(0, 5))
        key = columns.names[0]
        records = [{key: self.position + i, columns.names[-1]: None} for i in range(count)]
        records = [{**record, key: self.position + i} for i, record in enumerate(records)]
        rows = rows_of(columns, entry_id(offset), self.position, records)
        self.position += count
        if draw(st.booleans()):
            return self.chunks.write(entry_id(offset), table, rows)
        return Batch(table, rows)


SNAPSHOT = (SnapshotBegin("s", ("orders",)), SnapshotEnd("s", ("orders",)))


@settings(max_examples=settings().max_examples // 8)  # a case takes half a second of disk
@given(st.data())
def test_whatever_happens_the_archive_reads_as_the_list_of_what_was_logged(
    data: st.DataObject,
) -> None:
    home = Path(tempfile.mkdtemp())
    try:
        _live_through(data, home)
    finally:
        shutil.rmtree(home)


def _live_through(data: st.DataObject, home: Path) -> None:
    chunks = ChunkStore(home / "chunks")
    maker = Maker(chunks)
    log: list[LoggedEntry] = []
    model: list[LoggedEntry] = []  # a list in memory: what must be read
    archive = _archive(home)
    for _ in range(data.draw(st.integers(1, 5), label="rounds")):
        new = [maker.entry(data.draw) for _ in range(data.draw(st.integers(0, 3), label="new"))]
        log += new
        model += model_of(new, chunks)
        crash = data.draw(st.none() | st.integers(0, 24), label="crash at")
        start = data.draw(st.integers(0, archive.applied(SHOP)), label="from")
        stop = data.draw(st.integers(start, len(log)), label="to")
        try:
            with crash_at(crash):
                if data.draw(st.booleans(), label="compact"):
                    archive.compact(SHOP)
                archive.apply(log[start:stop])
        except Crash:
            archive = _archive(home)  # a restart: only the disk remains
        applied = archive.applied(SHOP)
        assert_same(_read_all(data, archive), model[:applied])
    archive.apply(log)
    archive.compact(SHOP)
    assert archive.applied(SHOP) == len(log)
    assert_same(_read_all(data, archive), model)
    assert archive.verify(SHOP) == []


def _read_all(data: st.DataObject, archive: Archive) -> list[LoggedEntry]:
    limit = data.draw(st.sampled_from([1, 2, 100]), label="limit")
    found: list[LoggedEntry] = []
    while more := archive.read(SHOP, len(found), limit):
        found += more
    return found


def _archive(home: Path) -> Archive:
    settings = ArchiveSettings(compact_from_files=2, keep_replaced_hours=0)
    return Archive(home / "bronze", ChunkStore(home / "chunks"), settings)
