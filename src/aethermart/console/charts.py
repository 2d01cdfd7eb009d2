"""The charts, by Altair. Heights and lengths are floats; every label and tooltip is exact.

Data travel under one fixed name and apart from the chart's description, so that a chart whose data
move is not drawn anew, blinking: only its rows are exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import altair as alt

from aethermart.client.answers.lake import MetricRow
from aethermart.console import theme
from aethermart.console.format import count, money

STATUSES = ("PENDING", "PAID", "SHIPPED", "DELIVERED", "CANCELLED", "RETURNED")
_TOP = 12
_PADDING = {"left": 2, "top": 4, "right": 2, "bottom": 4}  # Streamlit fails on a bare number
_BAR_PX = 26
GRAINS = {"day": "%-d %b %Y", "week": "week of %-d %b %Y", "month": "%B %Y"}
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")

NAMES = alt.Axis(ticks=False, domain=False, labelPadding=8)

Rows = list[dict[str, Any]]
Chart = alt.LayerChart | alt.FacetChart


def bucket_start(key: str) -> date:
    """First day of a bucket: 2026-01-31, 2026-W05 or 2026-01."""
    if match := _MONTH.fullmatch(key):
        return date(int(match[1]), int(match[2]), 1)
    if match := _WEEK.fullmatch(key):
        return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    return datetime.fromisoformat(key).date()


def over_time_rows(rows: Sequence[MetricRow], grain: str) -> Rows:
    return [
        {
            "start": bucket_start(row.key).isoformat(),
            "label": bucket_start(row.key).strftime(GRAINS[grain]),
            "shop": row.shop,
            "value": float(row.value),
            "shown": money(row.value, row.currency),
        }
        for row in sorted(rows, key=lambda row: str(row.key))
        if row.key is not None and row.value is not None
    ]


def still_running(rows: Rows, grain: str, as_of: datetime | None) -> bool:
    """Whether the newest bucket is not over: its fall at the end would be no fall."""
    if not rows or as_of is None:
        return False
    last, today = date.fromisoformat(rows[-1]["start"]), as_of.date()
    if grain == "month":
        return (today.year, today.month) == (last.year, last.month)
    if grain == "week":
        return today.isocalendar()[:2] == last.isocalendar()[:2]
    return today == last


def over_time(rows: Rows) -> Chart:
    """Revenue of one currency, a line a shop."""
    shops = list(dict.fromkeys(row["shop"] for row in rows))
    colour = alt.Color(
        "shop:N",
        title=None,
        scale=alt.Scale(domain=shops, range=list(theme.SHOPS)),
        legend=alt.Legend(orient="top") if len(shops) > 1 else None,
    )
    x = alt.X(
        "start:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(grid=False, labelOverlap=True, tickCount=6, format=axis_format(rows)),
    )
    short = alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=4)
    y = alt.Y("value:Q", title=None, axis=short)
    tooltip = [
        alt.Tooltip("label:N", title="period"),
        alt.Tooltip("shop:N"),
        alt.Tooltip("shown:N", title="revenue"),
    ]
    base = alt.Chart(alt.NamedData(name="rows")).encode(x=x, y=y, color=colour, tooltip=tooltip)
    line = base.mark_line(strokeWidth=2)
    dots = base.mark_point(filled=True, size=36, opacity=1 if len(rows) <= 60 else 0)
    return styled(alt.layer(line, dots), rows, height=240)


def status_rows(rows: Sequence[MetricRow], stuck: int) -> Rows:
    """Orders a status over all shops shown; PENDING in two parts, the stuck one apart."""
    counted: dict[str, int] = {}
    for row in rows:
        if row.key is not None and row.value is not None:
            counted[row.key] = counted.get(row.key, 0) + int(row.value)
    names = [s for s in STATUSES if s in counted] + sorted(set(counted) - set(STATUSES))
    parts: Rows = []
    for name in names:
        late = min(stuck, counted[name]) if name == "PENDING" else 0
        label = count(counted[name]) + (f" ({count(late)} stuck)" if late else "")
        for part, value in (("stuck", late), ("orders", counted[name] - late)):
            parts.append(
                {
                    "status": name,
                    "part": part,
                    "value": value,
                    "all": counted[name],
                    "label": label,
                    "order": 0 if part == "stuck" else 1,
                }
            )
    return parts


def statuses(rows: Rows) -> Chart:
    """A bar a status, the stuck part of PENDING in amber."""
    names = list(dict.fromkeys(row["status"] for row in rows))
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        y=alt.Y("status:N", title=None, sort=names, axis=NAMES)
    )
    bars = base.mark_bar(height={"band": 0.62}, cornerRadius=2).encode(
        x=alt.X("value:Q", title=None, axis=None, scale=room_for_labels(90)),
        order=alt.Order("order:Q"),
        color=alt.Color(
            "part:N",
            legend=None,
            scale=alt.Scale(domain=["stuck", "orders"], range=[theme.AMBER, theme.ACCENT]),
        ),
        tooltip=[alt.Tooltip("status:N"), alt.Tooltip("part:N"), alt.Tooltip("value:Q")],
    )
    words = base.transform_filter("datum.part == 'orders'").mark_text(
        align="left", dx=6, color=theme.INK, fontSize=12
    )
    return styled(
        alt.layer(bars, words.encode(x="all:Q", text="label:N")),
        rows,
        height=2 * _BAR_PX * len(names),
    )


def country_rows(rows: Sequence[MetricRow]) -> tuple[Rows, int]:
    """The largest countries of one currency, and how many more there are."""
    totals: dict[str, Any] = {}
    currency = rows[0].currency if rows else None
    for row in rows:
        if row.value is not None:
            name = row.key or "unknown"
            totals[name] = totals.get(name, 0) + row.value
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    top = [
        {"country": name, "value": float(value), "shown": money(value, currency)}
        for name, value in ranked[:_TOP]
    ]
    return top, max(0, len(ranked) - _TOP)


def countries(rows: Rows) -> Chart:
    names = [row["country"] for row in rows]
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        y=alt.Y("country:N", title=None, sort=names, axis=NAMES),
        x=alt.X("value:Q", title=None, axis=None, scale=room_for_labels(100)),
        tooltip=[alt.Tooltip("country:N"), alt.Tooltip("shown:N", title="revenue")],
    )
    bars = base.mark_bar(height={"band": 0.62}, cornerRadius=2, color=theme.ACCENT)
    words = base.mark_text(align="left", dx=6, color=theme.INK, fontSize=12).encode(text="shown:N")
    return styled(alt.layer(bars, words), rows, height=max(64, _BAR_PX * len(rows)))


def room_for_labels(width: int) -> alt.Scale:
    """Bars end so many pixels before the edge: the longest one has room for its label."""
    return alt.Scale(range=[0, alt.ExprRef(f"width - {width}")])


def axis_format(rows: Rows) -> str:
    """Days within a quarter, else months."""
    first, last = (date.fromisoformat(rows[end]["start"]) for end in (0, -1))
    return "%-d %b" if (last - first).days < 93 else "%b %Y"


def styled(chart: Chart, rows: Rows, *, height: int) -> Chart:
    styled: Chart = (
        chart.properties(
            height=height, datasets={"rows": rows}, background="transparent", padding=_PADDING
        )
        .configure(font="Source Sans, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=theme.MUTED,
            labelFontSize=12,
            gridColor=theme.LINE,
            domainColor=theme.LINE,
            tickColor=theme.LINE,
            labelLimit=150,
        )
    )
    return styled
