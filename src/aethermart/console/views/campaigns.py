"""Campaigns: what their products sold more than all others, in the same days, would let expect."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from aethermart.console import grid, marks, tiles
from aethermart.console.asking import Asking
from aethermart.console.format import percent
from aethermart.console.views.cards import card, draw, say_missing

TITLE = "Campaigns"
WORDS = "What a promotion sold beyond what the season did"
_LABELS = {
    "starts_at": "Starts (UTC)",
    "ends_at": "Ends (UTC)",
    "promoted_during": "Promoted, during",
    "promoted_before": "Promoted, before",
    "control_during": "Others, during",
    "control_before": "Others, before",
    "promoted_revenue": "Promoted revenue",
}


def show(asking: Asking, shops: tuple[str, ...]) -> None:
    reading = asking.table(
        "mart_campaign_effect", sort="-starts_at", limit=grid.MOST_SHOWN, dated=True
    )
    page = reading.value
    if page is None:
        st.html(tiles.nothing("No answer yet"))
        return
    if not page.rows:
        say_missing(asking, shops, "mart_campaign_effect", "campaigns", "promotions")
        return
    place = {column.name: number for number, column in enumerate(page.columns)}
    several = len({row[place["shop"]] for row in page.rows}) > 1
    rows = []
    for row in page.rows:
        lift = row[place["lift"]]
        if lift is None:
            continue
        name = str(row[place["campaign"]])
        rows.append(
            {
                "name": f"{name} ({row[place['shop']]})" if several else name,
                "value": float(str(lift)),
                "shown": percent(Decimal(str(lift)), signed=True),
            }
        )
    words = (
        "Order lines of the promoted products, during the campaign against as many days before, "
        "beside all other products in the same days"
    )
    with card("lift", "Lift against the other products", words):
        if rows:
            spoken = ", ".join(f"{row['name']} {row['shown']}" for row in rows)
            draw(marks.bars(rows, "lift"), "Lift by campaign", spoken)
        else:
            st.html(tiles.nothing("No campaign sold anything to compare with."))
        st.html(tiles.table_badge(page, reading.held_s))
    with card(
        "campaigns", "All campaigns", "Numbers of order lines; a lift of 0.25 is a quarter more"
    ):
        grid.show(grid.grid_of(page), "campaigns", "Campaigns", labels=_LABELS, pick=False)
