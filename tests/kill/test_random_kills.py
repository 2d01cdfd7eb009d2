"""Capture and mirror under writers that never rest, killed at random: nothing lost or doubled."""

from __future__ import annotations

import random
import time
from subprocess import Popen

import pytest

from tests.capture.busy_shop import Writers
from tests.kill.shop_home import SHOP, Home, run, seed_of, start, stop
from tests.kill.truth import (
    assert_log_equals_shop,
    assert_mirror_equals_log,
    assert_mirror_equals_shop,
)

pytestmark = pytest.mark.service("postgres")
MODULES = ("capture_child", "mirror_child")


@pytest.mark.nightly
def test_killed_fifty_times_under_load(shop_home: Home) -> None:
    seed = seed_of()
    dice = random.Random(seed)
    children: dict[str, Popen[bytes]] = {}
    try:
        with Writers(shop_home.shop_dsn, seed, count=3, held_open_s=0.5) as writers:
            for _ in range(50):
                for module in MODULES:
                    if module not in children:
                        children[module] = start(module, shop_home, "run")
                time.sleep(dice.uniform(0.3, 2.5))
                if dice.random() < 0.2:
                    shop_home.state.request_snapshot(SHOP, ["lines", "shelf"])
                victim = dice.choice(MODULES)
                children[victim].kill()
                children.pop(victim).wait()
        for module in [*children]:
            assert stop(module, shop_home, children.pop(module)) == 0
    finally:
        for child in children.values():
            child.kill()
            child.wait()
    assert writers.committed > 1_000
    assert run("capture_child", shop_home) == 0
    assert_log_equals_shop(shop_home)
    assert_mirror_equals_log(shop_home)
    assert_mirror_equals_shop(shop_home)
    assert shop_home.letters.open_letters() == []
