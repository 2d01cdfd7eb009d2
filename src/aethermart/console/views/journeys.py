"""How visitors come to an order: visits, steps, channels, devices; posts beside purchases."""

from __future__ import annotations

import streamlit as st

from aethermart.console import marks, tiles
from aethermart.console.asking import Asking
from aethermart.console.format import NOTHING, count, percent
from aethermart.console.views.cards import card, draw, foot, say_missing

TITLE = "Journeys"
WORDS = "From a visit to an order, by channel and device; posts beside purchases"
_STEPS = {
    "page": "Visited",
    "product": "Looked at a product",
    "cart": "Put it in the cart",
    "checkout": "Went to the checkout",
    "order": "Ordered",
}


def show(asking: Asking, shops: tuple[str, ...]) -> None:
    journeys = asking.metric("sessions", by="journey")
    if journeys.value is None:
        st.html(tiles.nothing("No answer yet"))
        return
    if journeys.value.rows:
        with card("visits", "Visits over time"):
            reading = asking.metric("sessions", by="week")
            points = marks.points(
                reading.value.rows if reading.value else (),
                "week",
                "visits",
                lambda value, _: count(value),
            )
            if points:
                words = f"newest {points[-1]['label']}: {points[-1]['shown']}"
                draw(marks.lines(points, "visits"), "Visits by week", words)
            foot(reading)
        with card("funnel", "How far visits come", "Each step holds those that went further"):
            ended: dict[str, int] = {}
            for row in journeys.value.rows:
                ended[row.key or ""] = ended.get(row.key or "", 0) + int(row.value or 0)
            _funnel(ended)
            foot(journeys)
        left, right = st.columns(2, gap="small")
        with left, card("channels", "Channels", "Visits and how many of them ordered"):
            _split(asking, "channel")
        with right, card("devices", "Devices", "Visits and how many of them ordered"):
            _split(asking, "device")
    else:
        say_missing(asking, shops, "fct_sessions", "visits", "clickstream_events")
    _posts(asking, shops)


def _funnel(ended: dict[str, int]) -> None:
    names = list(_STEPS)
    reached = {
        name: sum(ended.get(further, 0) for further in names[place:])
        for place, name in enumerate(names)
    }
    whole = reached["page"]
    rows = [
        {
            "name": _STEPS[name],
            "value": float(value),
            "shown": f"{count(value)}  ({percent(value, whole)})",
        }
        for name, value in reached.items()
    ]
    spoken = ", ".join(f"{row['name']} {row['shown']}" for row in rows)
    draw(marks.bars(rows, "visits"), "How far visits come", spoken)


def _split(asking: Asking, by: str) -> None:
    visits = asking.metric("sessions", by=by)
    ordered = asking.metric("sessions", by=by, where={"journey": "order"})
    came: dict[str, int] = {}
    bought: dict[str, int] = {}
    for sums, reading in ((came, visits), (bought, ordered)):
        for row in reading.value.rows if reading.value else ():
            name = row.key or "unknown"
            sums[name] = sums.get(name, 0) + int(row.value or 0)
    rows = [
        {
            "name": name,
            "value": float(value),
            "shown": f"{count(value)}  ({percent(bought.get(name, 0), value)} ordered)",
        }
        for name, value in sorted(came.items(), key=lambda item: (-item[1], item[0]))
    ]
    if rows:
        spoken = ", ".join(f"{row['name']} {row['shown']}" for row in rows)
        draw(marks.bars(rows, "visits"), f"Visits by {by}", spoken)
    foot(visits)


def _posts(asking: Asking, shops: tuple[str, ...]) -> None:
    with card("posts", "Purchases against social posts", "A week; two scales, one time"):
        posts = asking.metric("social_posts", by="week")
        if posts.value is None:
            st.html(tiles.nothing(NOTHING))
            return
        if not any(row.value for row in posts.value.rows):
            say_missing(asking, shops, "mart_social_trend", "social posts", "social_posts", "posts")
            return
        posting = {row.shop for row in posts.value.rows if row.value}
        bought = asking.metric("lines_bought", by="week")
        for name, title, reading in (
            ("posts", "Posts that name a product", posts),
            ("lines", "Order lines bought", bought),
        ):
            shown = marks.points(
                [row for row in reading.value.rows if row.shop in posting] if reading.value else [],
                "week",
                name,
                lambda value, _: count(value),
            )
            if shown:
                st.html(tiles.subheading(title))
                words = f"newest {shown[-1]['label']}: {shown[-1]['shown']}"
                draw(marks.lines(shown, name, height=150), f"{title} by week", words)
        foot(posts)
