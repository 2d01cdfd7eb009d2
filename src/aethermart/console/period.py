"""The period and the shop that every page is asked for, and their place in the address.

A period counts whole days on each shop's own calendar and ends with the newest row: only a range
of one's own has an end. Today is the day in UTC. Addresses say
`?shop=online_retail&period=90+days`, or `period=Range&from=2026-01-01&to=…`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

ALL = "All time"
RANGE = "Range"
_YEAR = "12 months"
_DAYS = {"Today": 1, "7 days": 7, "30 days": 30, "90 days": 90}
PERIODS = (ALL, *_DAYS, _YEAR, RANGE)


@dataclass(frozen=True, slots=True)
class Filters:
    """shop   None is every shop
    since  included, until excluded; None has no bound
    """

    shop: str | None = None
    since: date | None = None
    until: date | None = None

    @property
    def words(self) -> str:
        """all time; since 2 Jan 2026; 2 Jan to 5 Jan 2026, the last day included."""
        if self.since is None:
            return "all time"
        first = f"{self.since.day} {self.since:%b %Y}"
        if self.until is None:
            return f"since {first}"
        last = self.until - timedelta(days=1)
        return f"{first} to {last.day} {last:%b %Y}"


def bounds(
    period: str, now: datetime, first: date | None = None, last: date | None = None
) -> tuple[date | None, date | None]:
    """(since, until) of a period's name; `first` and `last`, both included, are a range's own.

    A name that no period has is all time: the address may have been written by hand.
    """
    today = now.astimezone(UTC).date()
    if period == RANGE and first is not None and last is not None:
        first, last = min(first, last), max(first, last)
        return first, last + timedelta(days=1)
    if period == _YEAR:
        return _year_before(today), None
    if period in _DAYS:
        return today - timedelta(days=_DAYS[period] - 1), None
    return None, None


def _year_before(day: date) -> date:
    """The same day of the year before, 28 February for the 29th; the day after it starts."""
    try:
        return day.replace(year=day.year - 1) + timedelta(days=1)
    except ValueError:
        return date(day.year - 1, 3, 1)
