from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethermart.core.errors import BadInput
from aethermart.core.money import Money, minor_digits


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    "amount, currency, rounded",
    [
        ("1.005", "EUR", "1.01"),
        ("1.004999", "EUR", "1.00"),
        ("-1.005", "EUR", "-1.01"),
        ("2.5", "JPY", "3"),
        ("-2.5", "JPY", "-3"),
        ("0.0005", "KWD", "0.001"),
        ("12", "EUR", "12.00"),
    ],
)
def test_an_amount_is_rounded_half_up_to_the_minor_unit(
    amount: str, currency: str, rounded: str
) -> None:
    assert str(Money(Decimal(amount), currency).amount) == rounded


@pytest.mark.parametrize(
    "currency, digits", [("EUR", 2), ("USD", 2), ("JPY", 0), ("CLP", 0), ("KWD", 3), ("BHD", 3)]
)
def test_the_minor_unit_is_that_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


def test_amounts_of_one_currency_add_subtract_and_multiply() -> None:
    assert eur("0.10") + eur("0.20") == eur("0.30")
    assert eur("1.00") - eur("2.50") == eur("-1.50")
    assert eur("3.33") * 3 == eur("9.99")


@pytest.mark.parametrize("other", [Money(Decimal(1), "GBP"), Money(Decimal(0), "GBP")])
def test_amounts_of_two_currencies_never_mix(other: Money) -> None:
    with pytest.raises(BadInput) as adding:
        eur("1.00") + other
    with pytest.raises(BadInput):
        eur("1.00") - other
    assert adding.value.cause == f"1.00 EUR and {other} have different currencies"
    assert adding.value.fix == "convert one of them at a dated rate first"


@pytest.mark.parametrize("currency", ["eur", "EU", "EURO", "", "E R", "ÉUR", "EUR\n"])
def test_what_is_no_currency_code_is_refused(currency: str) -> None:
    with pytest.raises(BadInput) as refused:
        Money(Decimal(1), currency)
    assert refused.value.cause == f"{currency!r} is not a currency code"


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), 1.5, 1, "1.00", None])
def test_what_is_no_exact_amount_is_refused(amount: object) -> None:
    with pytest.raises(BadInput) as refused:
        Money(amount, "EUR")  # type: ignore[arg-type]
    assert refused.value.cause == f"{amount!r} is not an exact amount"


def test_money_is_shown_with_its_currency_and_all_its_digits() -> None:
    assert str(eur("1234.5")) == "1234.50 EUR"


def test_equal_money_is_one_key() -> None:
    assert len({eur("1"), eur("1.00"), eur("1.004")}) == 1
    assert eur("1") != Money(Decimal(1), "GBP")


amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2)


@given(st.lists(amounts, max_size=20))
def test_a_sum_is_exact_in_any_order(parts: list[Decimal]) -> None:
    forwards, backwards = eur("0"), eur("0")
    for part in parts:
        forwards += Money(part, "EUR")
    for part in reversed(parts):
        backwards += Money(part, "EUR")
    assert forwards == backwards
    assert forwards.amount == sum(parts, Decimal(0))
