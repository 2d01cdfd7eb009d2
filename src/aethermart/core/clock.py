"""The clock as a port: code that must be tested over time takes one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, in UTC with its zone."""
        ...


def utc_now() -> datetime:
    return datetime.now(UTC)


def lag_s(now: datetime, as_of: datetime) -> float:
    """Seconds from `as_of` to `now`; 0.0 where a clock that jumped back would make it negative."""
    return max(0.0, (now - as_of).total_seconds())
