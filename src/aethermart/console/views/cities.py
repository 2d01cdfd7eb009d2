"""Where is sold: revenue and the share of premium orders a city, on a map that needs no network."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import streamlit as st

from aethermart.client.answers.lake import MetricRow, TableColumn
from aethermart.console import grid, marks, tiles
from aethermart.console.asking import Asking
from aethermart.console.format import NOTHING, count, money, percent
from aethermart.console.views.cards import card, choose_currency, draw, foot, say_missing

TITLE = "Cities"
WORDS = "Revenue, orders and premium orders by city"
_UNKNOWN = "unknown"
_TOP = 10
_COLUMNS = (
    TableColumn(name="shop", type="text"),
    TableColumn(name="country", type="text"),
    TableColumn(name="city", type="text"),
    TableColumn(name="currency", type="text"),
    TableColumn(name="revenue", type="decimal(18,2)"),
    TableColumn(name="orders", type="integer"),
    TableColumn(name="premium_orders", type="integer"),
    TableColumn(name="premium_share", type="decimal(18,4)"),
)
_Key = tuple[str, str, str]  # shop, currency, place


def show(asking: Asking, shops: tuple[str, ...]) -> None:
    revenue = asking.metric("revenue", by="place")
    if revenue.value is None:
        st.html(tiles.nothing("No answer yet"))
        return
    rows = [row for row in revenue.value.rows if row.key is not None]
    if not any(_city(row) != _UNKNOWN for row in rows):
        if rows:
            _say_no_city(asking)
        else:
            say_missing(asking, shops, "fct_orders", "orders", "orders")
        return
    currency = choose_currency(rows, "currency")
    orders = _by_place(asking, "order_count")
    premium = _by_place(asking, "premium_orders")
    share = _by_place(asking, "premium_share")
    cities = sorted(
        (
            (
                row.shop,
                *_split(row),
                row.currency,
                row.value,
                orders.get(_key(row), 0),
                premium.get(_key(row), 0),
                share.get(_key(row)),
            )
            for row in rows
            if row.currency == currency
        ),
        key=lambda city: -(city[4] or 0),
    )
    with card("map", f"Revenue by city, {currency}", "Area: revenue. Colour: premium share."):
        _map(asking, cities)
        foot(revenue)
    with card("premium", "Premium share", "Orders from 500.00 up, of all that are not cancelled"):
        _premium(cities)
        foot(asking.metric("premium_share", by="place"))
    with card("cities", "All cities"):
        page = grid.Grid(_COLUMNS, tuple(cities[: grid.MOST_SHOWN]), len(cities) > grid.MOST_SHOWN)
        grid.show(page, "cities", "Cities with revenue and premium share", pick=False)


def _map(asking: Asking, cities: list[Any]) -> None:
    known = asking.table("dim_geography", limit=5000).value
    lies = {
        (row[0], f"{row[1]}/{row[2]}"): (float(row[3]), float(row[4]))
        for row in (known.rows if known else ())
        if row[3] is not None and row[4] is not None
    }
    rows = [
        {
            "place": f"{city}, {country}",
            "latitude": lies[shop, f"{country}/{city}"][0],
            "longitude": lies[shop, f"{country}/{city}"][1],
            "value": max(0.0, float(value)),
            "shown": money(value, currency),
            "orders": count(orders),
            "share": None if share is None else float(share),
            "premium": _percent(share),
        }
        for shop, country, city, currency, value, orders, _, share in cities
        if (shop, f"{country}/{city}") in lies and value is not None
    ]
    if not rows:
        _say_no_city(asking)
        return
    best = ", ".join(f"{row['place']} {row['shown']}" for row in rows[:_TOP])
    draw(marks.places(rows), "Revenue by city on a map", best)
    beside = len(cities) - len(rows)
    if beside:
        words = "is a place" if beside == 1 else "are places"
        st.html(tiles.nothing(f"Not on the map {words} without coordinates: {count(beside)}."))


def _premium(cities: list[Any]) -> None:
    ranked = [city for city in cities if city[2] != _UNKNOWN and city[5]][:_TOP]
    rows = [
        {
            "name": f"{city}, {country}",
            "value": float(share or 0),
            "shown": f"{_percent(share)}  ({count(premium)} of {count(orders)})",
        }
        for _, country, city, _, _, orders, premium, share in ranked
    ]
    if not rows:
        st.html(tiles.nothing("No orders in this period"))
        return
    st.html(tiles.nothing(f"The {len(rows)} cities of the highest revenue"))
    spoken = ", ".join(f"{row['name']} {row['shown']}" for row in rows)
    draw(marks.bars(rows, "premium share"), "Premium share by city", spoken)


def _say_no_city(asking: Asking) -> None:
    named = asking.filters.shop or "the shops shown"
    st.html(
        tiles.notice(
            "info",
            "No city to put on the map",
            f"The orders of {named} name no city, or no address there has coordinates.",
            "give `city`, `latitude` and `longitude` in `stg_addresses.sql` of the shop's pack",
        )
    )


def _by_place(asking: Asking, name: str) -> dict[_Key, Any]:
    answer = asking.metric(name, by="place").value
    return {_key(row): row.value for row in answer.rows} if answer else {}


def _key(row: MetricRow) -> _Key:
    return row.shop, row.currency or "", row.key or ""


def _split(row: MetricRow) -> tuple[str, str]:
    country, _, city = (row.key or "").partition("/")
    return country, city


def _city(row: MetricRow) -> str:
    return _split(row)[1]


def _percent(share: Decimal | None) -> str:
    return NOTHING if share is None else percent(share)
