from __future__ import annotations

from aethermart.pipeline.backoff import Backoff


def test_waits_double_up_to_the_most_and_start_anew_after_a_reset() -> None:
    backoff = Backoff(first_s=1.0, most_s=10.0)
    for least in (1.0, 2.0, 4.0, 8.0, 10.0, 10.0):
        assert least <= backoff.next_s() <= least * 1.25
    backoff.reset()
    assert 1.0 <= backoff.next_s() <= 1.25


def test_two_waiters_do_not_come_back_together() -> None:
    waits = {Backoff(first_s=1.0).next_s() for _ in range(20)}
    assert len(waits) > 15
