"""A price asked for in one currency and told in another: by a dated rate, or not at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from aethermart.operations.shop.words import understood
from aethermart.skills.search.engine import SearchEngine
from aethermart.skills.search.records import PriceRange, Product, Rate, Rates
from aethermart.skills.search.understanding.prices import in_currencies

FRIDAY, THURSDAY = date(2026, 11, 20), date(2026, 11, 19)
RATES = Rates(
    {
        ("USD", "EUR"): Rate(Decimal("0.92"), FRIDAY),
        ("GBP", "EUR"): Rate(Decimal("1.15"), THURSDAY),
    }
)


@pytest.mark.parametrize(
    "code, other, expected",
    [
        ("USD", "EUR", Rate(Decimal("0.92"), FRIDAY)),
        ("EUR", "USD", Rate(1 / Decimal("0.92"), FRIDAY)),
        ("GBP", "USD", Rate(Decimal("1.15") * (1 / Decimal("0.92")), THURSDAY)),
        ("GBP", "CHF", None),
        ("JPY", "EUR", None),
    ],
)
def test_a_rate_is_told_turned_round_or_joined(code: str, other: str, expected: Rate) -> None:
    assert RATES.of(code, other) == expected


def test_a_bound_in_each_currency_is_rounded_to_its_unit() -> None:
    asked = PriceRange(Decimal(20), Decimal("49.99"), high_open=True, currency="USD")
    assert in_currencies(asked, {"EUR", "USD", "CHF"}, RATES) == {
        "USD": asked,
        "EUR": PriceRange(Decimal("18.40"), Decimal("45.99"), high_open=True, currency="EUR"),
    }


@pytest.fixture(scope="module")
def shop() -> SearchEngine:
    def lamp(uid: str, price: str | None, currency: str) -> Product:
        amount = None if price is None else Decimal(price)
        return Product(uid, f"Lamp {uid}", price=amount, currency=currency)

    return SearchEngine(
        [
            lamp("e1", "45.98", "EUR"),
            lamp("e2", "46.00", "EUR"),
            lamp("u1", "49.99", "USD"),
            lamp("u2", "50.00", "USD"),
            lamp("c1", "1.00", "CHF"),
            lamp("n1", None, "EUR"),
        ]
    )


def _found(shop: SearchEngine, query: str, rates: Rates | None) -> set[str]:
    return {hit.product.product_uid for hit in shop.search(query, rates=rates).hits}


def test_prices_in_another_currency_are_compared_at_the_rate(shop: SearchEngine) -> None:
    assert _found(shop, "lamp under $50", RATES) == {"e1", "u1"}  # 50 USD are 46.00 EUR
    assert _found(shop, "lamp over $50", RATES) == set()
    assert _found(shop, "lamp at least $50", RATES) == {"e2", "u2"}


def test_without_a_rate_no_price_of_another_currency_passes(shop: SearchEngine) -> None:
    assert _found(shop, "lamp under $50", None) == {"u1"}
    assert _found(shop, "lamp under 50", None) == {"e1", "e2", "u1", "c1"}


@pytest.mark.parametrize(
    "query, rates, expected",
    [
        (
            "lamp under $100",
            RATES,
            "under 100 USD = 92.00 EUR at the rate of 2026-11-20",
        ),
        ("lamp under 100 eur", RATES, "under 100 EUR"),
        ("lamp under 100", RATES, "under 100"),
        (
            "lamp between $20 and $50",
            RATES,
            "20 to 50 USD = 18.40 to 46.00 EUR at the rate of 2026-11-20",
        ),
        ("lamp under $100", None, "under 100 USD; prices are in EUR, and no rate is known"),
    ],
)
def test_what_was_compared_is_told(query: str, rates: Rates | None, expected: str) -> None:
    lamps = SearchEngine([Product("1", "Lamp", price=Decimal(5), currency="EUR")])
    (told,) = understood(lamps.understand(query), lamps.facts.currencies, rates)
    assert (told.kind, told.text) == ("price", expected)
