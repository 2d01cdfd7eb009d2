"""Each hop stalled in turn, and named: real log, status board, mirror and archive."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import text

from aethermart.client.answers.lake import ShopFreshness
from aethermart.core.clock import utc_now
from aethermart.core.entries import Entry, Position
from aethermart.core.errors import Unavailable
from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail
from aethermart.operations.blame import Hops
from aethermart.operations.live_platform import LivePlatform
from aethermart.pipeline.capture_runner import CaptureRunner
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.pipeline.status import DeadLetters, StatusBoard
from aethermart.platform_db.migrate import migrate, platform_engine
from aethermart.sinks.mirror.mirror import Mirror
from aethermart.sinks.mirror.touched import Touched
from tests.log.made import ORDERS_TABLE, SHOP, entry, orders
from tests.operations.test_live_platform import NOTHING

LATER = timedelta(seconds=600)


class Shop:
    """As many orders as a test sold, an entry each; a heartbeat when there is none."""

    shop = SHOP
    sold = 0

    def read(self, after: Position | None, *, heartbeat: bool) -> Iterator[Entry]:
        at = int(after.removeprefix("at ")) if after else 0
        for number in range(at + 1, self.sold + 1):
            order = orders(("c", number, (number, "PAID", "1.00")))
            made = entry(number, [order], [ORDERS_TABLE] if number == 1 else [])
            yield replace(made, captured_at=utc_now(), committed_at=utc_now())

    def acknowledge(self, position: Position) -> None: ...

    def close(self) -> None: ...


@dataclass
class Gold:
    """The warehouse's refresh, which fails while a test says so."""

    trouble: str | None = None
    failures: dict[str, str] = field(default_factory=dict)

    def refresh(self, _: duckdb.DuckDBPyConnection, touched: Mapping[str, Touched]) -> None:
        if self.trouble is not None and touched:
            self.failures[SHOP] = self.trouble
            raise Unavailable(self.trouble, fix="wait")
        self.failures.clear()


class Pipeline:
    """All hops of one shop in this process, moved by hand; `stalled` ones are not moved."""

    def __init__(self, dsn: str, folder: Path) -> None:
        migrate(dsn)
        self.database = platform_engine(dsn)
        self.board = StatusBoard(self.database)
        chunks = ChunkStore(folder / "chunks")
        archive = Archive(folder / "bronze", chunks)
        self.log = Log(PostgresTail(dsn), archive, chunks)
        self.engine = Engine(folder / "lake.duckdb", EngineSettings())
        self.gold, self.shop = Gold(), Shop()
        self.mirror = Mirror(
            self.engine,
            chunks,
            routes={},
            gate=lambda _shop, _schema: [],
            on_applied=self.gold.refresh,
        )
        self.capture = CaptureRunner(self.shop, self.log, self.board)
        letters = DeadLetters(self.database)
        wait = lambda _s: None  # noqa: E731
        self.sinks = {
            "mirror": SinkRunner(
                self.mirror, self.log, self.board, letters, wait, reset=self.mirror.reset
            ),
            "archive": SinkRunner(archive, self.log, self.board, letters, wait),
        }
        self.published: datetime | None = None
        self.now = utc_now()

    def move(self, *stalled: str) -> None:
        """The shop sells, and every hop that is not stalled takes it in."""
        self.shop.sold += 1
        if "capture" not in stalled:
            self.capture.step()
            self.board.beat(f"capture {SHOP}", "running")
            for name, runner in self.sinks.items():
                if name not in stalled:
                    runner.step()
        self.now = utc_now()
        if "publish" not in stalled:
            self.published = self.mirror.as_of(SHOP)

    def wait(self, *stalled: str) -> None:
        """Ten minutes later: every hop that is not stalled has shown itself since."""
        self.now += LATER
        stamps = {
            "capture": "UPDATE workers SET beat_at = beat_at + :later",
            "log": "UPDATE log_heads SET logged_at = logged_at + :later,"
            " captured_at = captured_at + :later",
            "archive": "UPDATE sink_offsets SET as_of = as_of + :later WHERE sink = 'archive'",
        }
        with self.database.begin() as connection:
            for hop, sql in stamps.items():
                if hop not in stalled:
                    connection.execute(text(sql), {"later": LATER})
        if "mirror" not in stalled:
            self.engine.write(
                lambda lake: lake.execute("UPDATE mirror._offsets SET as_of = as_of + ?", [LATER])
            )
        if "publish" not in stalled and self.published:
            self.published += LATER

    def seen(self) -> ShopFreshness:
        hops = Hops(
            refresh_failure=self.gold.failures.get,
            published_as_of=lambda _shop: self.published,
            publish_every_s=60.0,
        )
        known: Any = self
        platform = LivePlatform(
            [SHOP], self.engine, known.mirror, self.board, NOTHING, hops, clock=lambda: self.now
        )
        [shop] = platform.freshness(SHOP)
        return shop

    def close(self) -> None:
        self.log.close()
        self.engine.close()
        self.database.dispose()


@pytest.fixture
def pipeline(database: str, tmp_path: Path) -> Iterator[Pipeline]:
    opened = Pipeline(database, tmp_path)
    opened.move()
    yield opened
    opened.close()


HOPS = ["capture", "log", "mirror", "warehouse", "archive", "publish"]


@pytest.mark.promise("B7")
def test_nothing_is_blamed_while_all_goes_on_nor_when_the_shop_is_quiet(
    pipeline: Pipeline,
) -> None:
    busy = pipeline.seen()
    assert [hop.hop for hop in busy.hops] == HOPS
    assert (busy.guilty, busy.why) == (None, None)
    assert not any(hop.late for hop in busy.hops)
    assert busy.lag_s is not None
    pipeline.wait()
    quiet = pipeline.seen()
    assert quiet.quiet
    assert (quiet.guilty, quiet.why) == (None, None)
    assert quiet.lag_s == pytest.approx(busy.lag_s, abs=1)


@pytest.mark.promise("B7")
def test_a_capture_that_does_not_look_is_named_and_no_hop_behind_it(pipeline: Pipeline) -> None:
    pipeline.move("capture")
    pipeline.wait("capture", "log", "mirror", "archive", "publish")
    seen = pipeline.seen()
    assert seen.guilty == "capture"
    assert seen.why is not None
    assert seen.why.startswith("capture has not looked at the shop for 60")
    assert [hop.hop for hop in seen.hops if hop.late] == ["capture"]
    assert seen.lag_s is not None
    assert seen.lag_s > 590  # the age of every number says it, too


@pytest.mark.promise("B7")
def test_a_log_that_takes_nothing_is_named_with_its_error(pipeline: Pipeline) -> None:
    stop = threading.Event()

    class Full:
        def head(self, shop: str) -> object:
            return pipeline.log.head(shop)

        def append(self, _entry: Entry) -> int:
            stop.set()
            raise Unavailable("the log's database is away", fix="wait")

    pipeline.shop.sold += 1
    full: Any = Full()
    CaptureRunner(pipeline.shop, full, pipeline.board).run(stop)
    pipeline.now = utc_now()
    pipeline.wait("log", "mirror", "archive", "publish")
    seen = pipeline.seen()
    assert seen.guilty == "log"
    assert seen.why is not None
    assert seen.why.endswith("the log's database is away")
    assert [hop.hop for hop in seen.hops if hop.late] == ["log"]


@pytest.mark.promise("B7")
def test_a_mirror_that_stands_still_is_named_with_its_place(pipeline: Pipeline) -> None:
    pipeline.move("mirror", "publish")
    pipeline.wait("mirror", "publish")
    seen = pipeline.seen()
    assert seen.guilty == "mirror"
    assert seen.why is not None
    assert seen.why.startswith("the mirror is at entry 1 of 2, 60")
    assert [hop.hop for hop in seen.hops if hop.late] == ["mirror"]


@pytest.mark.promise("B7")
def test_a_warehouse_that_cannot_renew_gold_is_named_and_not_the_mirror_before_it(
    pipeline: Pipeline,
) -> None:
    pipeline.gold.trouble = "column total is gone"
    with suppress(Unavailable):
        pipeline.move("publish")
    pipeline.wait("mirror", "publish")
    seen = pipeline.seen()
    assert seen.guilty == "warehouse"
    assert seen.why == "gold cannot be renewed: column total is gone"
    pipeline.gold.trouble = None
    pipeline.sinks["mirror"].rebuild(SHOP)
    pipeline.move()
    assert pipeline.seen().guilty is None


@pytest.mark.promise("B7")
def test_an_archive_that_stands_still_is_named(pipeline: Pipeline) -> None:
    pipeline.move("archive")
    pipeline.wait("archive")
    seen = pipeline.seen()
    assert seen.guilty == "archive"
    assert seen.why is not None
    assert seen.why.startswith("the archive is at entry 1 of 2, 60")


@pytest.mark.promise("B7")
def test_a_publication_that_does_not_come_is_named(pipeline: Pipeline) -> None:
    pipeline.wait("publish")
    seen = pipeline.seen()
    assert seen.guilty == "publish"
    assert seen.why == "the newest publication is 600 s behind the lake"


def test_before_the_first_snapshot_is_in_nobody_is_late(database: str, tmp_path: Path) -> None:
    opened = Pipeline(database, tmp_path)
    try:
        seen = opened.seen()
    finally:
        opened.close()
    assert (seen.guilty, seen.as_of, seen.lag_s) == (None, None, None)
