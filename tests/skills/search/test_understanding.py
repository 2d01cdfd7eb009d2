"""Constraints out of words; and words that only look like constraints."""

from __future__ import annotations

from decimal import Decimal

import pytest

from aethermart.skills.search.engine import SearchEngine
from aethermart.skills.search.records import Constraints, MeasureRange, PriceRange, Wanted


def price(
    low: str | None, high: str | None, currency: str = "", *, is_open: bool = False
) -> PriceRange:
    return PriceRange(
        Decimal(low) if low else None,
        Decimal(high) if high else None,
        low_open=is_open and low is not None,
        high_open=is_open and high is not None,
        currency=currency,
    )


@pytest.mark.parametrize(
    "query, expected, text",
    [
        ("keyboard under $100", price(None, "100", "USD", is_open=True), "keyboard"),
        ("keyboard between 20 and 50 €", price("20", "50", "EUR"), "keyboard"),
        ("keyboard cheaper than 30", price(None, "30", is_open=True), "keyboard"),
        ("keyboard $20-$50", price("20", "50", "USD"), "keyboard"),
        ("keyboard from 20 to 50 dollars", price("20", "50", "USD"), "keyboard"),
        ("keyboard up to 1,500 usd", price(None, "1500", "USD"), "keyboard"),
        ("sofa under 1.5k usd", price(None, "1500", "USD", is_open=True), "sofa"),
        ("keyboard over 50 and under 90", price("50", "90", is_open=True), "keyboard"),
        ("keyboard not over 99.99 $", price(None, "99.99", "USD"), "keyboard"),
        ("keyboard around $25", price("20", "30", "USD"), "keyboard"),
        ("keyboard at least 50 usd", price("50", None, "USD"), "keyboard"),
    ],
)
def test_prices(small: SearchEngine, query: str, expected: PriceRange, text: str) -> None:
    reading = small.understand(query)
    assert reading.constraints == Constraints(price=expected)
    assert reading.text == text


@pytest.mark.parametrize(
    "query",
    [
        "100 watt bulb",
        "iphone 15",
        "iphone 15 pro max 256",
        "ladder under 30 inch",
        "gifts for ages over 8",
        "between 2 and 4 people tent",
        "under sink shelf",
        "white noise machine",  # no white product
        "3 star hotel towel",
        "wireless keyboard",
        "stock pot",
        "no. 8 screws",
        "vase 20-50",
        "pack of 12",
        "usb -c",
        "non-slip mat",
        "games for over 8",
    ],
)
def test_what_only_looks_like_a_constraint_stays_text(small: SearchEngine, query: str) -> None:
    reading = small.understand(query)
    assert reading.constraints == Constraints()
    assert reading.text == query


_UNDER_100_G = MeasureRange("weight_g", high=100.0)


def is_(name: str, *values: str) -> tuple[Wanted, ...]:
    return (Wanted(name, frozenset(values)),)


@pytest.mark.parametrize(
    "query, expected, text",
    [
        ("keyora keyboard", Constraints(wanted=is_("brand", "keyora")), "keyboard"),
        ("keyboard by tarn", Constraints(wanted=is_("brand", "tarn")), "keyboard"),
        ("keyboard not keyora", Constraints(unwanted=is_("brand", "keyora")), "keyboard"),
        ("red or black keyboard", Constraints(wanted=is_("colour", "red", "black")), "keyboard"),
        ("gray machine", Constraints(wanted=is_("colour", "grey")), "machine"),
        ("keyboard -red", Constraints(unwanted=is_("colour", "red")), "keyboard"),
        ("keyboard without backlight", Constraints(without=("backlight",)), "keyboard"),
        ("camera no hub or siren", Constraints(without=("hub", "siren")), "camera"),
        ("in stock keyboard", Constraints(in_stock=True), "keyboard"),
        ("keyboard with at least 4.5 stars", Constraints(min_rating=4.5), "keyboard"),
        ("keyboard 4+ stars", Constraints(min_rating=4.0), "keyboard"),
        ("category cameras wifi", Constraints(wanted=is_("category", "cameras")), "wifi"),
        ("bulb under 0.1 kg", Constraints(measures=(_UNDER_100_G,)), "bulb"),
        ("keyboard lacking a backlight", Constraints(without=("backlight",)), "keyboard"),
        ("non-red keyboard", Constraints(unwanted=is_("colour", "red")), "keyboard"),
        ("keyboardless stand", Constraints(without=("keyboard",)), "stand"),
    ],
)  # fmt: skip
def test_other_constraints(
    small: SearchEngine, query: str, expected: Constraints, text: str
) -> None:
    reading = small.understand(query)
    assert (reading.constraints, reading.text) == (expected, text)


def test_a_denial_ends_where_another_demand_begins(small: SearchEngine) -> None:
    """Though a description says `backlight. Colour: Black. Brand: Tarn`."""
    reading = small.understand("keyboard not black brand tarn")
    assert reading.text == "keyboard"
    assert reading.constraints == Constraints(
        wanted=is_("brand", "tarn"), unwanted=is_("colour", "black")
    )
    reading = small.understand("keyboard without backlight colour black")
    assert reading.text == "keyboard"
    assert reading.constraints == Constraints(wanted=is_("colour", "black"), without=("backlight",))


def test_a_product_is_named_to_be_undercut(small: SearchEngine) -> None:
    reading = small.understand("something like keyora quiet keyboard but cheaper")
    assert (reading.like, reading.text) == ("keyora quiet keyboard", "keyora quiet keyboard")


def test_the_cheapest_is_an_order_not_a_filter(small: SearchEngine) -> None:
    reading = small.understand("cheapest keyboard")
    assert (reading.sort, reading.text, reading.constraints) == (
        "price_asc",
        "keyboard",
        Constraints(),
    )


def test_two_prices_meet_in_what_both_hold() -> None:
    from aethermart.skills.search.understanding.prices import narrowest

    found = narrowest([price("20", "90"), price(None, "50", "USD", is_open=True)])
    assert found == PriceRange(Decimal(20), Decimal(50), high_open=True, currency="USD")
