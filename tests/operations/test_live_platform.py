"""What the API says while the platform's own database is away: what the lake knows, no trace."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from aethermart.core.errors import Unavailable
from aethermart.operations.lake_answers import Governed
from aethermart.operations.live_platform import LivePlatform, _is_quiet
from aethermart.pipeline.status import Picture, StatusBoard
from aethermart.platform_db.migrate import platform_engine
from aethermart.sinks.mirror.mirror import Reflected
from aethermart.sinks.mirror.tables import create_bookkeeping

AS_OF = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
NOTHING = Governed(
    cast("Any", None), cast("Any", None), cast("Any", None), "a key"
)  # not asked here


class FakeMirror:
    def as_of(self, shop: str) -> datetime | None:
        return AS_OF

    def reflects(self, shop: str) -> Reflected:
        return Reflected(7, AS_OF, AS_OF)


@pytest.fixture
def platform() -> LivePlatform:
    nobody = StatusBoard(platform_engine("postgresql://a:b@127.0.0.1:1/none"))
    mirror = cast("Any", FakeMirror())
    engine = cast("Any", SimpleNamespace(read=None))
    return LivePlatform(["shop"], engine, mirror, nobody, NOTHING, clock=lambda: NOW)


def test_ages_are_still_told_and_grow(platform: LivePlatform) -> None:
    (shop,) = platform.freshness(None)
    assert (shop.as_of, shop.lag_s) == (AS_OF, 30.0)
    assert {hop.hop: (hop.offset, hop.lag_s) for hop in shop.hops} == {
        "capture": (None, None),
        "log": (None, None),
        "mirror": (7, 30.0),
        "warehouse": (7, 30.0),
        "archive": (None, None),
    }
    assert not shop.quiet


def test_numbers_keep_the_stopped_tables_that_are_known(platform: LivePlatform) -> None:
    lake = duckdb.connect()
    create_bookkeeping(lake)
    lake.execute(
        "INSERT INTO mirror._tables VALUES"
        " ('shop', 'orders', '{}', 'a column changed'), ('shop', 'notes', '{}', NULL)"
    )
    (stopped,) = platform._stopped(lake, "shop")
    assert (stopped.shop, stopped.table, stopped.error) == ("shop", "orders", "a column changed")
    assert platform._stopped(lake, "another") == ()


class SlowBoard:
    """Answers its second question only when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = threading.Event()

    def picture(self) -> Picture:
        self.asked += 1
        if self.asked == 2:
            assert self.let.wait(10)
        return Picture(stopped_tables=(("shop", f"table_{self.asked}", "no key"),))


def test_while_one_looks_at_the_board_the_others_take_what_was_seen_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board, clock = SlowBoard(), [0.0]
    monkeypatch.setattr("aethermart.operations.live_platform.time.monotonic", lambda: clock[0])
    platform = LivePlatform(
        ["shop"],
        cast("Any", SimpleNamespace(read=None)),
        cast("Any", FakeMirror()),
        cast("Any", board),
        NOTHING,
    )
    seen = platform._picture()
    clock[0] = 0.5  # older than what is remembered
    looking = threading.Thread(target=platform._picture)
    looking.start()
    while board.asked < 2:
        looking.join(0.01)
    assert platform._picture() is seen
    board.let.set()
    looking.join()
    assert platform._picture() is not seen


def test_it_is_not_ready_and_says_for_what_it_waits(platform: LivePlatform) -> None:
    readiness = platform.readiness()
    assert not readiness.ready
    assert len(readiness.waiting_for) == 1
    assert readiness.waiting_for[0].startswith("platform database: ")


def test_what_only_the_database_knows_is_unavailable(platform: LivePlatform) -> None:
    with pytest.raises(Unavailable, match="the platform database does not answer"):
        platform.sinks()


SECONDS_5, MINUTE = timedelta(seconds=5), timedelta(minutes=1)


@pytest.mark.parametrize(
    "committed_at, logged_at, quiet",
    [
        (None, AS_OF, True),
        (AS_OF - MINUTE, AS_OF, True),
        (AS_OF - MINUTE, None, True),
        (AS_OF - SECONDS_5, AS_OF, False),
        (AS_OF - MINUTE, AS_OF + MINUTE, False),  # the log went on, the mirror did not
    ],
)
def test_a_shop_is_quiet_when_looks_at_it_show_nothing_newer(
    committed_at: datetime | None, logged_at: datetime | None, quiet: bool
) -> None:
    assert _is_quiet(AS_OF, committed_at, logged_at) is quiet
    assert not _is_quiet(None, committed_at, logged_at)
