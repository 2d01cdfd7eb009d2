"""Numbers read as people write them, and no digit is lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethermart.console.format import age, clock, count, money, pace


@pytest.mark.parametrize(
    "amount,currency,text",
    [
        ("1234.5", "EUR", "€1,234.50"),
        ("9758809.99", "GBP", "£9,758,809.99"),
        ("-11062.06", "GBP", "\N{MINUS SIGN}£11,062.06"),
        ("0", "USD", "$0.00"),
        ("1234", "JPY", "¥1,234"),
        ("1234.5", "KWD", "1,234.500 KWD"),
        ("-0.05", "CHF", "\N{MINUS SIGN}0.05 CHF"),
        ("1E+3", "EUR", "€1,000.00"),
        ("90071992547409931.07", "EUR", "€90,071,992,547,409,931.07"),  # no float holds this
    ],
)
def test_money_is_written_in_its_currency(amount: str, currency: str, text: str) -> None:
    assert money(Decimal(amount), currency) == text


def test_an_amount_without_a_currency_is_a_bare_number() -> None:
    assert money(Decimal("-1234.56"), None) == "\N{MINUS SIGN}1,234.56"


@given(st.integers(-(10**20), 10**20))
def test_every_cent_is_in_the_text(cents: int) -> None:
    text = money(Decimal(cents).scaleb(-2), "EUR")
    digits = text.replace("€", "").replace(",", "").replace(".", "").replace("\N{MINUS SIGN}", "-")
    assert int(digits) == cents


def test_counts_have_separators() -> None:
    assert (count(0), count(541909), count(-3)) == ("0", "541,909", "\N{MINUS SIGN}3")


@pytest.mark.parametrize(
    "seconds,text",
    [
        (0.0, "0.0 s"),
        (0.84, "0.8 s"),
        (9.99, "10.0 s"),
        (10.0, "10 s"),
        (59.9, "59 s"),
        (200, "3 min 20 s"),
        (7_500, "2 h 5 min"),
        (12 * 86_400 + 3 * 3_600, "12 d 3 h"),
    ],
)
def test_an_age_is_as_exact_as_it_is_young(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_an_instant_of_another_day_says_its_day() -> None:
    as_of = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert clock(as_of, 0.5) == "23:59:59 UTC"
    assert clock(as_of, 1.0) == "31 Jan 2026, 23:59:59 UTC"


@pytest.mark.parametrize(
    "lag_s,word",
    [(None, "none"), (0, "live"), (5, "live"), (5.1, "behind"), (60, "behind"), (60.1, "stale")],
)
def test_the_pace_of_a_lag(lag_s: float | None, word: str) -> None:
    assert pace(lag_s) == word
