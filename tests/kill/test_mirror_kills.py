"""The mirror's process dies by SIGKILL; what its file holds is the log at its offset, always."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.capture.busy_shop import Writers
from tests.kill.shop_home import SHOP, Home, run, seed_of, start, stop
from tests.kill.truth import assert_mirror_equals_log, assert_mirror_equals_shop

pytestmark = pytest.mark.service("postgres")
KILLED = -signal.SIGKILL


@pytest.fixture
def logged_home(shop_home: Home) -> Home:
    """A log with snapshots in chunks, windows, truncates, a new column, a table captured anew."""
    seed = seed_of()
    assert run("capture_child", shop_home) == 0
    with start("capture_child", shop_home, "run") as capture:
        with Writers(shop_home.shop_dsn, seed, count=4, held_open_s=0.1):
            time.sleep(0.7)
            shop_home.sql("ALTER TABLE lines ADD COLUMN gift text")
            time.sleep(0.4)
            shop_home.state.request_snapshot(SHOP, ["lines", "basket"])
            time.sleep(0.7)
        assert stop("capture_child", shop_home, capture) == 0
    assert run("capture_child", shop_home) == 0
    return shop_home


@pytest.mark.parametrize("point", ["mirror.rows_written", "mirror.committed"])
def test_killed_at_a_named_point_in_the_middle_of_the_work(logged_home: Home, point: str) -> None:
    """One transaction is three entries: after k of them the offset is 3k, or 3(k - 1)."""
    done = 0
    for passage in (1, 3, 2):
        assert run("mirror_child", logged_home, kill_at=f"{point}:{passage}") == KILLED
        committed = passage if point == "mirror.committed" else passage - 1
        assert assert_mirror_equals_log(logged_home) == done + 3 * committed
        done += 3 * committed
    assert run("mirror_child", logged_home) == 0
    assert_mirror_equals_log(logged_home)
    assert_mirror_equals_shop(logged_home)


@pytest.mark.nightly
def test_killed_at_random_moments(logged_home: Home) -> None:
    dice = random.Random(seed_of())
    offset = 0
    for _ in range(30):
        with start("mirror_child", logged_home, "drain") as child:
            time.sleep(dice.uniform(0.2, 2.0))
            child.kill()
        reached = assert_mirror_equals_log(logged_home)
        assert reached >= offset
        offset = reached
    assert run("mirror_child", logged_home) == 0
    assert_mirror_equals_shop(logged_home)
