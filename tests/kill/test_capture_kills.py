"""The capture of a real shop dies by SIGKILL; a second one completes the work, exactly."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.capture.busy_shop import Writers
from tests.kill.shop_home import SHOP, Home, run, seed_of
from tests.kill.truth import assert_log_equals_shop, assert_mirror_equals_shop, replayed

pytestmark = pytest.mark.service("postgres")
KILLED = -signal.SIGKILL


def points(*chosen: str, nightly: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    """One or two of each for `make test`, more for `make test-all`."""
    more = [pytest.param(point, marks=pytest.mark.nightly) for point in nightly]
    return pytest.mark.parametrize("kill_at", [*chosen, *more])


def churn(home: Home, seed: int, seconds: float = 0.4) -> None:
    """The shop goes on, whether anyone captures it or not."""
    with Writers(home.shop_dsn, seed, count=3, held_open_s=0.1):
        time.sleep(seconds)


def bulk(home: Home, first: int, *, gift: bool = False) -> None:
    """600 orders of two lines each, in one transaction: a window of several chunks."""
    value = ", 'ribbon'" if gift else ""
    home.sql(
        f"WITH made AS (INSERT INTO orders SELECT -{first} - i, 2, 'bulk'"
        " FROM generate_series(1, 600) AS i RETURNING id)"
        f" INSERT INTO lines SELECT id, j, 1.5{value} FROM made, generate_series(1, 2) AS j"
    )


def die_then_complete(home: Home, kill_at: str, seed: int) -> None:
    """Die there; what the log names is whole; the shop goes on; the next capture completes it."""
    assert run("capture_child", home, kill_at=kill_at) == KILLED
    replayed(home)
    churn(home, seed + 1)
    assert run("capture_child", home) == 0
    assert_log_equals_shop(home)
    assert_mirror_equals_shop(home)


@points(
    "log.appended:8",
    nightly=(
        "capture.chunk_written:4",
        "capture.chunk_written:1",
        "log.appended:1",
        "log.appended:4",
    ),
)
def test_killed_in_its_first_snapshot(shop_home: Home, kill_at: str) -> None:
    churn(shop_home, seed := seed_of())
    die_then_complete(shop_home, kill_at, seed)


@points("capture.chunk_written:5", nightly=("capture.chunk_written:1", "log.appended:1"))
def test_killed_in_a_window_of_many_chunks(shop_home: Home, kill_at: str) -> None:
    assert run("capture_child", shop_home) == 0
    churn(shop_home, seed := seed_of())
    bulk(shop_home, 10_000)
    die_then_complete(shop_home, kill_at, seed)


@points("log.appended:1", nightly=("capture.chunk_written:1", "capture.chunk_written:3"))
def test_killed_in_the_window_that_brings_a_new_column(shop_home: Home, kill_at: str) -> None:
    """A column counts as announced only when the log has it: else its values would be lost."""
    assert run("capture_child", shop_home) == 0
    shop_home.sql("ALTER TABLE lines ADD COLUMN gift text")
    bulk(shop_home, 10_000, gift=True)
    assert run("capture_child", shop_home, kill_at=kill_at) == KILLED
    replayed(shop_home)
    bulk(shop_home, 20_000, gift=True)
    assert run("capture_child", shop_home) == 0
    assert_log_equals_shop(shop_home)
    assert_mirror_equals_shop(shop_home)
    assert sum(row["gift"] == "ribbon" for row in shop_home.selected("lines")) == 2400


@points("log.appended:5", nightly=("log.appended:1", "log.appended:2", "capture.chunk_written:2"))
def test_killed_while_tables_are_captured_anew(shop_home: Home, kill_at: str) -> None:
    assert run("capture_child", shop_home) == 0
    shop_home.state.request_snapshot(SHOP, ["orders", "lines"])
    churn(shop_home, seed := seed_of())
    die_then_complete(shop_home, kill_at, seed)


@pytest.mark.nightly
def test_killed_again_and_again_in_one_snapshot(shop_home: Home) -> None:
    seed = seed_of()
    for number, kill_at in enumerate(
        ["log.appended:3", "capture.chunk_written:2", "log.appended:6", "capture.chunk_written:5"]
    ):
        assert run("capture_child", shop_home, kill_at=kill_at) == KILLED
        replayed(shop_home)
        churn(shop_home, seed + number, 0.2)
    die_then_complete(shop_home, "log.appended:9", seed)


def test_chunks_that_a_dead_capture_left_are_found_and_no_others(shop_home: Home) -> None:
    assert run("capture_child", shop_home, kill_at="capture.chunk_written:1") == KILLED
    folder = Path(shop_home.folder) / "chunks"
    left = {path.name for path in folder.iterdir()}
    log = shop_home.log()
    assert left
    assert log._tail.chunk_files() == set()
    assert run("capture_child", shop_home) == 0
    removed = shop_home.chunks.remove_orphans(log._tail.chunk_files(), older_than_s=0)
    assert set(removed) == left
    assert {path.name for path in folder.iterdir()} == log._tail.chunk_files()
    log.close()
    assert_log_equals_shop(shop_home)
