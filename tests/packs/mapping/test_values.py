"""What sampled values are read as, and what stays unread because it could be two things."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from aethermart.packs.mapping.values import (
    currencies_in,
    currency_symbols_in,
    number_form,
    number_of,
    time_form,
)


@pytest.mark.parametrize(
    "values, form",
    [
        ([1, Decimal("2.5")], "number"),
        (["12.50", "-3", None, ""], "plain"),
        (["€ 1.234,56", "12,50 €"], "comma"),
        (["$1,234.56", "$12"], "point"),
        (["1.234 €", "2.345 €"], None),  # a thousand, or one and a bit
        (["1,5 €", "1.5 €"], None),
        (["(12.00)", "$3.10"], "point"),
        (["red", "12.50"], None),
        ([None, ""], None),
        ([True, False], None),
    ],
)
def test_how_numbers_are_written(values: list[object], form: str | None) -> None:
    assert number_form(values) == form  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text, form, number",
    [
        ("€ 1.234,56", "comma", "1234.56"),
        ("$1,234.56", "point", "1234.56"),
        ("(12.00)", "point", "-12.00"),
        ("12.00-", "point", "-12.00"),
        ("12,50 EUR", "comma", "12.50"),
        ("n/a", "point", None),
    ],
)
def test_a_dressed_number_is_read_exactly(text: str, form: str, number: str | None) -> None:
    found = number_of(text, form)  # type: ignore[arg-type]
    assert found == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    "values, form",
    [
        ([datetime(2026, 1, 1, tzinfo=UTC)], "timestamp"),
        ([date(2026, 1, 1)], "date"),
        (["2026-01-31 10:00:00", "2026-01-31"], "iso"),
        (["2026-01-31T10:00:00+01:00", "2026-01-31T09:00:00Z"], "zoned"),
        (["31.01.2026 10:15"], "%d.%m.%Y %H:%M"),
        (["1/13/2026", "1/2/2026"], "%m/%d/%Y"),
        (["13/1/2026", "2/1/2026"], "%d/%m/%Y"),
        (["1/2/2026", "3/4/2026"], None),  # day or month first: nothing tells
        ([1_769_904_000], "epoch_s"),
        ([1_769_904_000_000], "epoch_ms"),
        (["1769904000"], "epoch_s"),
        ([20260131], "%Y%m%d"),
        ([1, 2, 3], None),
        (["soon"], None),
    ],
)
def test_how_times_are_written(values: list[object], form: str | None) -> None:
    assert time_form(values) == form  # type: ignore[arg-type]


def test_a_currency_is_a_known_code_and_nothing_beside() -> None:
    assert currencies_in(["EUR", "usd", None]) == {"EUR", "USD"}
    assert currencies_in(["EUR", "ABC"]) == set()
    assert currency_symbols_in(["12,50 €", "3 €"]) == {"EUR"}
    assert currency_symbols_in(["$12.50"]) == set()
