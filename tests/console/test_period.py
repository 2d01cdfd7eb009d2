"""Periods as whole days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from aethermart.console.period import PERIODS, Filters, bounds

NOW = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)


def day(year: int, month: int, number: int) -> date:
    return date(year, month, number)


@pytest.mark.parametrize(
    "period,since",
    [
        ("All time", None),
        ("Today", day(2026, 3, 10)),
        ("7 days", day(2026, 3, 4)),
        ("30 days", day(2026, 2, 9)),
        ("90 days", day(2025, 12, 11)),
        ("12 months", day(2025, 3, 11)),
        ("a period written by hand", None),
    ],
)
def test_a_preset_holds_whole_days_and_has_no_end(period: str, since: date | None) -> None:
    assert bounds(period, NOW) == (since, None)


def test_today_is_the_day_in_utc_wherever_the_clock_stands() -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=timezone(-timedelta(hours=5)))
    assert bounds("Today", late) == (day(2026, 3, 11), None)


def test_twelve_months_before_a_leap_day_begin_after_the_last_of_february() -> None:
    assert bounds("12 months", datetime(2028, 2, 29, tzinfo=UTC)) == (day(2027, 3, 1), None)


@pytest.mark.parametrize("first,last", [(1, 5), (5, 1)])
def test_a_range_includes_its_last_day_and_may_be_given_backwards(first: int, last: int) -> None:
    found = bounds("Range", NOW, date(2026, 2, first), date(2026, 2, last))
    assert found == (day(2026, 2, 1), day(2026, 2, 6))


def test_a_range_without_dates_is_all_time() -> None:
    assert bounds("Range", NOW) == (None, None)


def test_a_period_says_itself_in_words() -> None:
    assert Filters().words == "all time"
    assert Filters(since=day(2026, 1, 2)).words == "since 2 Jan 2026"
    until = day(2026, 1, 6)
    assert Filters(since=day(2026, 1, 2), until=until).words == "2 Jan 2026 to 5 Jan 2026"
    assert PERIODS[0] == "All time"
