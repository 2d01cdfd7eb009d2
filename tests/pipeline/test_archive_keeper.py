from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from aethermart.core.errors import DiskFull
from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail
from aethermart.pipeline.archive_keeper import ArchiveKeeper, HeldBack
from aethermart.pipeline.settings import PipelineSettings
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.pipeline.status import DeadLetters, StatusBoard
from tests.log.made import ORDERS, ORDERS_TABLE, SHOP, entry, logged, orders, rows

SETTINGS = PipelineSettings(archive_every_s=0.05, prune_every_s=0.1, keep_entries=2)


def test_heartbeats_alone_are_held_back_and_rows_never(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    ready = HeldBack(quiet_s=30)
    row = logged(2, [orders(("c", 1, (1, "PAID", "1.00")))])
    assert ready(SHOP, [logged(1)]) == 1
    now[0] += 29
    assert ready(SHOP, [logged(1), logged(2)]) == 0
    assert ready("north", [logged(1, shop="north")]) == 1
    assert ready(SHOP, [logged(1), row]) == 2
    assert ready(SHOP, [logged(1, controls=[ORDERS_TABLE])]) == 1
    now[0] += 29
    assert ready(SHOP, [logged(1)]) == 0
    now[0] += 2
    assert ready(SHOP, [logged(1)]) == 1


@dataclass
class Kept:
    """A keeper over a real log and a real archive."""

    log: Log
    tail: PostgresTail
    archive: Archive
    chunks: ChunkStore
    board: StatusBoard
    keeper: ArchiveKeeper


@pytest.fixture
def kept(
    platform: str, chunks: ChunkStore, board: StatusBoard, letters: DeadLetters, tmp_path: Path
) -> Iterator[Kept]:
    archive = Archive(tmp_path / "bronze", chunks)
    with closing(PostgresTail(platform)) as tail, closing(PostgresTail(platform)) as other:
        log = Log(tail, archive, chunks)
        runner = SinkRunner(archive, log, board, letters, time.sleep, ready=HeldBack(30))
        keeper = ArchiveKeeper(runner, archive, log, other, chunks, board, SETTINGS)
        yield Kept(log, tail, archive, chunks, board, keeper)


def fill(log: Log, chunks: ChunkStore, count: int) -> None:
    for end in range(log.head(SHOP).offset + 1, count + 1):
        name = f"{end:016x}abcdef123456"
        written = rows(ORDERS, [("c", end, (end, "PAID", None))], name)
        log.append(entry(end, [chunks.write(name, "orders", written)], name=name))


@pytest.mark.service("postgres")
def test_upkeep_prunes_what_all_have_but_for_the_newest(kept: Kept, tmp_path: Path) -> None:
    fill(kept.log, kept.chunks, 9)
    kept.archive.apply(kept.log.read(SHOP, 0, 7))
    kept.board.report_sink("archive", SHOP, 7, None)
    kept.board.report_sink("mirror", SHOP, 5, None)
    orphan = kept.chunks.write("e", "orders", rows(ORDERS, []))
    path = tmp_path / "chunks" / orphan.file
    kept.keeper.upkeep()
    assert kept.tail.first_offset(SHOP) == 4
    assert path.exists()  # young: it may belong to an entry that is being appended
    os.utime(path, (1, 1))
    kept.keeper.upkeep()
    assert not path.exists()
    assert len(list((tmp_path / "chunks").iterdir())) == 6
    assert [e.offset for e in kept.log.replay(SHOP)] == [*range(1, 10)]


@pytest.mark.service("postgres")
def test_a_shop_that_no_sink_reported_is_not_pruned(kept: Kept) -> None:
    fill(kept.log, kept.chunks, 4)
    kept.archive.apply(kept.log.read(SHOP, 0, 9))
    kept.keeper.upkeep()
    assert kept.tail.first_offset(SHOP) == 1


@pytest.mark.service("postgres")
def test_it_runs_until_stopped_and_outlives_a_failing_upkeep(
    kept: Kept, board: StatusBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()
    compact = Archive.compact

    def full_once(self: Archive, shop: str) -> list[str]:
        if not failed.is_set():
            failed.set()
            raise DiskFull("no room", fix="make some")
        return compact(self, shop)

    monkeypatch.setattr(Archive, "compact", full_once)
    fill(kept.log, kept.chunks, 6)
    stop = threading.Event()
    thread = threading.Thread(target=kept.keeper.run, args=(stop,), daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not (failed.is_set() and board.lowest_applied().get(SHOP) == 6):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    kept.keeper.upkeep()
    assert kept.tail.first_offset(SHOP) == 5
    assert [report.worker for report in board.picture().workers] == ["archive"]
