"""Compare capture dies by SIGKILL at any point of a pass; the next one goes on, exactly.

The log is read strictly (truth.py): a row that comes twice, or a deletion of what is not there,
would fail; so would an update that was put back while the capture was dead.
"""

from __future__ import annotations

import signal

import pytest

from tests.kill.shop_home import Home, run, seed_of
from tests.kill.test_capture_kills import bulk, churn, die_then_complete, points
from tests.kill.truth import assert_log_equals_shop, assert_mirror_equals_shop, replayed

pytestmark = pytest.mark.service("postgres")
KILLED = -signal.SIGKILL


@pytest.mark.nightly
@points(
    "log.appended:3",
    "capture.pass_prepared:1",
    nightly=("log.appended:1", "capture.chunk_written:4", "capture.pass_settled:1"),
)
def test_killed_in_its_first_snapshot(compared_home: Home, kill_at: str) -> None:
    churn(compared_home, seed := seed_of())
    die_then_complete(compared_home, kill_at, seed)


@points(
    "capture.chunk_written:2",
    nightly=("capture.pass_prepared:1", "log.appended:1", "capture.pass_settled:1"),
)
def test_killed_in_a_pass_of_many_chunks(compared_home: Home, kill_at: str) -> None:
    assert run("capture_child", compared_home) == 0
    churn(compared_home, seed := seed_of())
    bulk(compared_home, 10_000)
    die_then_complete(compared_home, kill_at, seed)


@points("capture.pass_prepared:1", "log.appended:1", "capture.pass_settled:1")
def test_a_row_that_was_put_back_while_the_capture_was_dead(
    compared_home: Home, kill_at: str
) -> None:
    """The trap of a state that lags behind the log: it would find nothing to tell."""
    assert run("capture_child", compared_home) == 0
    compared_home.sql("UPDATE shelf SET product = 'another' WHERE slot = 7")
    assert run("capture_child", compared_home, kill_at=kill_at) == KILLED
    replayed(compared_home)
    compared_home.sql("UPDATE shelf SET product = 'product 7' WHERE slot = 7")
    assert run("capture_child", compared_home) == 0
    assert_log_equals_shop(compared_home)
    assert_mirror_equals_shop(compared_home)


@pytest.mark.nightly
@points("log.appended:2", nightly=("capture.pass_prepared:2", "capture.pass_settled:1"))
def test_killed_while_tables_are_captured_anew(compared_home: Home, kill_at: str) -> None:
    assert run("capture_child", compared_home) == 0
    compared_home.state.request_snapshot("corner_shop", ["orders", "lines"])
    churn(compared_home, seed := seed_of())
    die_then_complete(compared_home, kill_at, seed)
