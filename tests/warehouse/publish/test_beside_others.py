"""Readers, a busy writer, a full disk, an error in the middle: a reader sees one whole state."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from deltalake import DeltaTable

from aethermart.core.errors import DiskFull
from aethermart.engine.engine import Engine
from aethermart.warehouse.publish import delta
from aethermart.warehouse.publish.manifest import read_publication
from tests.disks import one_mebibyte_at
from tests.warehouse.publish.two_tables import TwoTables, add_lines, sum_of


@pytest.fixture
def lake(tmp_path: Path) -> TwoTables:
    return TwoTables(tmp_path)


@pytest.fixture
def engine(lake: TwoTables) -> Iterator[Engine]:
    engine = lake.opened()
    try:
        add_lines(engine, 3)
        yield engine
    finally:
        engine.close()


@pytest.mark.promise("95")
def test_readers_beside_a_writer_and_a_publisher_see_whole_states(
    lake: TwoTables, engine: Engine
) -> None:
    lake.publisher(engine).publish()
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            add_lines(engine, 7)
            time.sleep(0.005)

    def publish() -> None:
        publisher = lake.publisher(engine, kept_publications=10)
        while not stop.is_set():
            publisher.publish()

    threads = [threading.Thread(target=work) for work in (write, publish)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    try:
        deadline = time.monotonic() + 60
        while len(set(seen)) < 8 and time.monotonic() < deadline:
            _, lines, amount = lake.read()
            assert amount == sum_of(lines)
            seen.append(lines)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert len(set(seen)) >= 8
    assert seen == sorted(seen)
    assert all((lines - 3) % 7 == 0 for lines in seen)  # whole transactions


def test_the_mirrors_writer_goes_on_while_a_publication_reads(
    lake: TwoTables, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every table is of the moment the publication began, whatever is committed meanwhile."""
    replace = delta.replace

    def with_a_commit_between(*args):  # type: ignore[no-untyped-def]
        add_lines(engine, 5)
        return replace(*args)

    monkeypatch.setattr(delta, "replace", with_a_commit_between)
    lake.publisher(engine).publish()
    assert lake.read()[1:] == (3, Decimal("0.06"))
    monkeypatch.undo()
    lake.publisher(engine).publish()
    assert lake.read()[1:] == (13, sum_of(13))


def test_an_error_between_two_tables_leaves_the_publication_before(
    lake: TwoTables, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.publisher(engine).publish()
    add_lines(engine, 2)
    replace, calls = delta.replace, []

    def second_fails(*args):  # type: ignore[no-untyped-def]
        calls.append(args)
        if len(calls) == 2:
            raise DiskFull("no room", fix="make some")
        return replace(*args)

    monkeypatch.setattr(delta, "replace", second_fails)
    with pytest.raises(DiskFull):
        lake.publisher(engine).publish()
    assert lake.read()[1:] == (3, sum_of(3))
    monkeypatch.undo()
    done = lake.publisher(engine).publish()
    assert done.written == ("gold.fct_lines", "gold.mart_totals")
    assert lake.read()[1:] == (5, sum_of(5))
    assert lake.left_over() == set()


def test_old_files_go_but_none_that_a_kept_publication_names(
    lake: TwoTables, engine: Engine
) -> None:
    publisher = lake.publisher(engine, kept_publications=2)
    folder = lake.folder / "gold/fct_lines"
    publisher.publish()
    for number in range(4, 31):  # beyond a checkpoint of the table's log
        add_lines(engine, 1)
        publication = publisher.publish().publication
        versions = sorted(publication.versions_of("gold.fct_lines"))
        named = [DeltaTable(folder, version=version) for version in versions]
        rows = [table.to_pyarrow_table().num_rows for table in named]
        assert rows == [number - 1, number]
        assert lake.left_over() == set()
    log = folder / "_delta_log"
    assert len(list(log.glob("*.json"))) <= 22
    assert len(list(log.glob("*.checkpoint.parquet"))) == 1
    assert DeltaTable(folder).to_pyarrow_table().num_rows == 30


def test_on_the_interval_it_publishes_again_and_an_error_does_not_end_it(
    lake: TwoTables,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    replace, calls = delta.replace, []

    def first_fails(*args):  # type: ignore[no-untyped-def]
        calls.append(args)
        if len(calls) == 1:
            raise DiskFull("no room", fix="make some")
        return replace(*args)

    monkeypatch.setattr(delta, "replace", first_fails)
    stop = threading.Event()
    publisher = lake.publisher(engine, every_s=0.05)
    thread = threading.Thread(target=publisher.run, args=(stop,))
    thread.start()
    try:
        for number in (1, 2):
            _wait(lambda number=number: _number(lake) >= number)
    finally:
        stop.set()
        thread.join()
    assert lake.read()[1:] == (3, sum_of(3))
    assert "nothing was published: no room" in caplog.text


def test_without_an_interval_nothing_is_published(lake: TwoTables, engine: Engine) -> None:
    lake.publisher(engine).run(threading.Event())  # returns at once
    assert not lake.folder.exists()


def _number(lake: TwoTables) -> int:
    found = read_publication(lake.folder)
    return found.publication if found else 0


def _wait(until: Callable[[], bool], for_s: float = 30.0) -> None:
    deadline = time.monotonic() + for_s
    while not until() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert until()


def test_content_as_before_a_broken_publication_is_written_all_the_same(
    lake: TwoTables, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who reads the newest version would have a table of a publication that never was."""
    lake.publisher(engine).publish()
    add_lines(engine, 1)
    monkeypatch.setattr(
        "aethermart.warehouse.publish.publisher.Publication.save",
        lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")),
    )
    with pytest.raises(DiskFull, match="no room to publish"):
        lake.publisher(engine).publish()
    monkeypatch.undo()
    engine.write(
        lambda c: c.execute(
            "DELETE FROM mirror.corner__lines WHERE line_id = 4; "
            "UPDATE mirror._offsets SET log_offset = 3"
        )
    )
    done = lake.publisher(engine).publish()
    assert done.written == ("gold.fct_lines", "gold.mart_totals")
    assert lake.read()[1:] == (3, sum_of(3))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """What is published lies there."""
    with one_mebibyte_at(tmp_path / "published") as folder:
        yield folder


def test_on_a_full_disk_the_last_publication_stays_readable(
    lake: TwoTables, engine: Engine, small_disk: Path
) -> None:
    lake.publisher(engine).publish()
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(600_000))
    for seed in range(60):  # notes that no compression makes small
        add_lines(engine, 10, random.Random(seed).randbytes(5_000).hex())
    for _ in range(5):
        with pytest.raises(DiskFull, match="no room to publish") as raised:
            lake.publisher(engine).publish()
        assert "the last publication stays readable" in raised.value.fix
        assert lake.read()[1:] == (3, sum_of(3))
    assert lake.left_over() == set()  # no attempt leaves files in the way of the next
    ballast.unlink()
    lake.publisher(engine).publish()
    assert lake.read()[1:] == (603, sum_of(603))


def test_memory_stays_flat_over_many_rows_and_partitions(lake: TwoTables, engine: Engine) -> None:
    """1.5 million rows of 100 bytes in three months: 150 MB, of which a part is ever held."""
    add_lines(engine, 100_000, "x" * 100)
    lake.publisher(engine).publish()
    process, peak, stop = psutil.Process(), 0, threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        nonlocal peak
        while not stop.wait(0.01):
            peak = max(peak, process.memory_info().rss)

    add_lines(engine, 1_400_000, "".join(random.Random(1).choices("abcdef", k=100)))
    before = process.memory_info().rss
    watcher = threading.Thread(target=watch)
    watcher.start()
    lake.publisher(engine).publish()
    stop.set()
    watcher.join()
    publication = lake.publisher(engine).publish().publication
    assert publication.tables["gold.fct_lines"].rows == 1_500_003
    assert (peak - before) / 2**20 < 220
