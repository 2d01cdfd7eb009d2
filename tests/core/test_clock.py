from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from aethermart.core.clock import lag_s, utc_now

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_now_carries_its_zone() -> None:
    assert utc_now().tzinfo is UTC


def test_lag_is_counted_in_seconds() -> None:
    assert lag_s(NOON, NOON - timedelta(minutes=2, milliseconds=250)) == 120.25


def test_lag_compares_instants_not_wall_times() -> None:
    in_tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert lag_s(NOON, in_tokyo) == 0.0


def test_a_clock_that_jumped_back_makes_no_negative_lag() -> None:
    assert lag_s(NOON, NOON + timedelta(hours=1)) == 0.0


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        lag_s(NOON, datetime(2026, 3, 1, 12, 0))  # noqa: DTZ001 - the mistake under test
