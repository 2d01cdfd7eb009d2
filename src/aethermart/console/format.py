"""Numbers as people read them. Money is formatted from exact decimals; no float comes near it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from aethermart.core.money import Money

_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "KRW": "₩"}
_MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EM DASH}"
LIVE_S = 5.0
BEHIND_S = 60.0


def money(amount: Decimal | int, currency: str | None) -> str:
    """€1,234.50, £9,758,809.99, 1,234.50 CHF; as many decimals as the currency has."""
    if currency is None:
        return _signed(f"{amount:,}")
    exact = Money(Decimal(amount), currency).amount
    digits = f"{abs(exact):,f}"
    text = f"{_SIGNS[currency]}{digits}" if currency in _SIGNS else f"{digits} {currency}"
    return f"{_MINUS}{text}" if exact < 0 else text


def count(value: Decimal | int) -> str:
    return _signed(f"{value:,}")


def percent(part: Decimal | int, whole: Decimal | int = 1, *, signed: bool = False) -> str:
    """12.5 %, of a whole of nothing a dash; signed with a plus before a gain."""
    if not whole:
        return NOTHING
    share = Decimal(part) * 100 / Decimal(whole)
    text = f"{share:+.1f}" if signed else f"{share:.1f}"
    return f"{_signed(text)} %"


def age(seconds: float) -> str:
    """0.8 s, 42 s, 3 min 20 s, 2 h 5 min, 12 d 3 h."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400:,} d {whole % 86_400 // 3600} h"


def clock(as_of: datetime, lag_s: float) -> str:
    """12:00:01 UTC, with the date in front when it was another day.

    lag_s  age of `as_of`, which tells what day it is now
    """
    time = f"{as_of:%H:%M:%S} UTC"
    if (as_of + timedelta(seconds=lag_s)).date() == as_of.date():
        return time
    return f"{as_of.day} {as_of:%b %Y}, {time}"


def pace(lag_s: float | None) -> str:
    """none, live, behind or stale: how much trust an age deserves."""
    if lag_s is None:
        return "none"
    if lag_s <= LIVE_S:
        return "live"
    return "behind" if lag_s <= BEHIND_S else "stale"


def _signed(text: str) -> str:
    return text.replace("-", _MINUS)
