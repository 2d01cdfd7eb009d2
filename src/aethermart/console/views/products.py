"""What each product sold, what came back of it, what it earns and what people think of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aethermart.client.answers.lake import MetricAnswer, TableColumn
from aethermart.console import grid, marks, tiles
from aethermart.console.asking import Asking
from aethermart.console.format import money
from aethermart.console.reading import Reading
from aethermart.console.views.cards import card, choose_currency, draw, foot, say_missing

TITLE = "Products"
WORDS = "Revenue, units, returns, margin and rating of each product"
_TOP = 10
_KNOWN = ("shop", "product_id", "sku", "name", "category", "price", "average_rating", "reviews")
_MONEY = "decimal(18,2)"
_COLUMNS = (
    TableColumn(name="name", type="text"),
    TableColumn(name="sku", type="text"),
    TableColumn(name="category", type="text"),
    TableColumn(name="currency", type="text"),
    TableColumn(name="revenue", type=_MONEY),
    TableColumn(name="units", type="integer"),
    TableColumn(name="returned", type="integer"),
    TableColumn(name="margin", type=_MONEY),
    TableColumn(name="rating", type=_MONEY),
    TableColumn(name="reviews", type="integer"),
    TableColumn(name="price", type="decimal(18,4)"),
    TableColumn(name="shop", type="text"),
    TableColumn(name="product_id", type="text"),
)


def show(asking: Asking, shops: tuple[str, ...]) -> None:
    revenue = asking.metric("revenue", by="product")
    if revenue.value is None:
        st.html(tiles.nothing("No answer yet"))
        return
    if not any(row.key for row in revenue.value.rows):
        say_missing(asking, shops, "mart_product_performance", "products sold", "products")
        return
    currency = choose_currency(revenue.value.rows, "currency")
    rows = _rows(asking, revenue.value, currency)
    with card("top", f"Products of the highest revenue, {currency}"):
        top = [
            {"name": row[0], "value": float(row[4] or 0), "shown": money(row[4], currency)}
            for row in _told_apart(rows[:_TOP])
            if row[4] is not None
        ]
        words = ", ".join(f"{row['name']} {row['shown']}" for row in top)
        draw(marks.bars(top, "revenue"), "Products of the highest revenue", words)
        foot(revenue)
    with card("products", "All products", "Pick a row to see its trend; a head sorts."):
        shown = grid.Grid(_COLUMNS, tuple(rows[: grid.MOST_SHOWN]), len(rows) > grid.MOST_SHOWN)
        labels = {"sku": "SKU", "margin": "Margin", "product_id": "Product"}
        picked = grid.show(shown, "products", "Products", labels=labels)
        if picked is not None:
            st.session_state["product"] = f"{rows[picked][11]}/{rows[picked][12]}"
        foot(asking.metric("gross_margin", by="product"))
    _trend(asking, rows, currency)


def _rows(asking: Asking, revenue: MetricAnswer, currency: str | None) -> list[Any]:
    """A row a product of one currency, of the highest revenue first."""
    units = _by_product(asking.metric("units", by="product"))
    returned = _by_product(asking.metric("units_returned", by="product"))
    margin = _by_product(asking.metric("gross_margin", by="product"))
    page = asking.table("mart_product_performance", sort="-revenue", limit=5000).value
    places = {column.name: place for place, column in enumerate(page.columns)} if page else {}
    about = {
        (row[places["shop"]], row[places["product_id"]]): {n: row[places[n]] for n in _KNOWN}
        for row in (page.rows if page else ())
    }
    rows = []
    for row in revenue.rows:
        if row.currency != currency:
            continue
        known = about.get((row.shop, row.key), {})
        key = (row.shop, row.currency, row.key)
        rows.append(
            (
                known.get("name") or known.get("sku") or row.key or "unknown",
                known.get("sku"),
                known.get("category"),
                row.currency,
                row.value,
                units.get(key, 0),
                returned.get(key, 0),
                margin.get(key),
                known.get("average_rating"),
                known.get("reviews"),
                known.get("price"),
                row.shop,
                row.key or "unknown",
            )
        )
    return sorted(rows, key=lambda row: (-(row[4] or 0), row[12]))


def _told_apart(rows: list[Any]) -> list[Any]:
    """Two products of one name would be one bar: each is given its SKU or number."""
    names = [row[0] for row in rows]
    return [
        (f"{row[0]} ({row[1] or row[12]})", *row[1:]) if names.count(row[0]) > 1 else row
        for row in rows
    ]


def _trend(asking: Asking, rows: list[Any], currency: str | None) -> None:
    names = {f"{row[11]}/{row[12]}": row[0] for row in rows}
    if st.session_state.get("product") not in names:
        st.session_state.pop("product", None)
    with card("trend", "Trend of one product"):
        chosen = st.selectbox(
            "Product", tuple(names), format_func=lambda key: names[key], key="product"
        )
        shop, _, product = chosen.partition("/")
        reading = asking.metric("revenue", by="week", where={"product": product})
        found = reading.value.rows if reading.value else ()
        points = marks.points(
            [row for row in found if row.shop == shop and row.currency == currency],
            "week",
            "revenue",
            money,
        )
        if points:
            words = f"newest {points[-1]['label']}: {points[-1]['shown']}"
            draw(marks.lines(points, "revenue"), "Revenue of one product by week", words)
        else:
            st.html(tiles.nothing("No sales in this period"))
        foot(reading)


def _by_product(reading: Reading[MetricAnswer]) -> dict[tuple[str, str | None, str | None], Any]:
    answer = reading.value
    return {(r.shop, r.currency, r.key): r.value for r in answer.rows} if answer else {}
