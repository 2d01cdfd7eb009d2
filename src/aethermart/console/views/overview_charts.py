"""The overview's charts: a card each, one chart a currency, each with its age."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aethermart.client.answers.lake import MetricAnswer, MetricRow
from aethermart.console import charts, tiles
from aethermart.console.figures import stamp_of
from aethermart.console.reading import Reading

_GRAINS = ("day", "week", "month")


def choose_grain() -> str:
    left, right = st.columns([1, 1], vertical_alignment="center")
    left.html(tiles.heading("Revenue over time"))
    with right.container(horizontal_alignment="right"):
        chosen = st.segmented_control(
            "Grain",
            _GRAINS,
            default="week",
            required=True,
            format_func=str.capitalize,
            key="grain",
            bind="query-params",
            label_visibility="collapsed",
        )
    return chosen or "week"


def over_time(reading: Reading[MetricAnswer], grain: str) -> None:
    answer = reading.value
    groups = _by_currency(answer)
    for (currency, rows), column in zip(groups, st.columns(max(1, len(groups))), strict=False):
        points = charts.over_time_rows(rows, grain)
        if not points:
            continue
        newest = f"{points[-1]['label']}: {points[-1]['shown']}"
        with column:
            open_end = charts.still_running(points, grain, answer.as_of if answer else None)
            note = f"the last {grain} is not over yet" if open_end else ""
            st.html(tiles.subheading(currency, note))
            title = f"Revenue in {currency} by {grain}"
            _draw(charts.over_time(points), title, f"newest {newest}")
    _foot(reading)


def statuses(reading: Reading[MetricAnswer], stuck: int) -> None:
    st.html(tiles.heading("Orders by status", "With cancelled; amber: PENDING over 24 hours"))
    parts = charts.status_rows(reading.value.rows if reading.value else (), stuck)
    if parts:
        words = ", ".join(dict.fromkeys(f"{row['status']} {row['label']}" for row in parts))
        _draw(charts.statuses(parts), "Orders by status", words)
    _foot(reading)


def countries(reading: Reading[MetricAnswer]) -> None:
    st.html(tiles.heading("Revenue by country"))
    groups = _by_currency(reading.value)
    for (currency, rows), column in zip(groups, st.columns(max(1, len(groups))), strict=False):
        top, more = charts.country_rows(rows)
        with column:
            st.html(tiles.subheading(currency, f"{more} more not shown" if more else ""))
            words = ", ".join(f"{row['country']} {row['shown']}" for row in top)
            _draw(charts.countries(top), f"Revenue in {currency} by country", words)
    _foot(reading)


def _by_currency(answer: MetricAnswer | None) -> list[tuple[str, Sequence[MetricRow]]]:
    groups: dict[str, list[MetricRow]] = {}
    for row in answer.rows if answer else ():
        groups.setdefault(row.currency or "", []).append(row)
    return list(groups.items())


def _draw(chart: charts.Chart, title: str, words: str) -> None:
    """title  names the chart; it may not change with the data, or the chart is drawn anew
    words  the chart's content for those who cannot see it
    """
    st.html(tiles.spoken(f"{title}: {words}"))
    st.altair_chart(chart, width="stretch", theme=None, alt=title)


def _foot(reading: Reading[MetricAnswer]) -> None:
    answer = reading.value
    if answer is None:
        st.html(tiles.nothing("No answer yet"))
        return
    if not answer.rows:
        st.html(tiles.nothing("No orders yet"))
    st.html(tiles.badge(stamp_of(answer, held_s=reading.held_s)))
