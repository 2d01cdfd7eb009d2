"""The shapes that the pages beside the overview draw: lines over time, bars, and places on a map.

As in `charts`: lengths are floats, every label and tooltip is exact, and data travel apart from
the chart's description.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt

from aethermart.client.answers.lake import MetricRow
from aethermart.console import theme
from aethermart.console.charts import (
    GRAINS,
    NAMES,
    Chart,
    Rows,
    axis_format,
    bucket_start,
    room_for_labels,
    styled,
)
from aethermart.console.figures import Write

_BAR_PX = 28
_MAP_PX = 440
_TOPOLOGY = {"type": "topojson", "feature": "countries"}
_LEAST_SPAN = math.radians(12)  # a shop of one city still shows the land around it
_HUES = (*theme.SHOPS, theme.AMBER)


def points(rows: Iterable[MetricRow], grain: str, series: str, write: Write) -> Rows:
    """One series of a line: a point a bucket, rows of several shops added, none left out between.

    Only for what can be added: a day without sales sold nothing.
    """
    sums: dict[date, Decimal | int] = {}
    currency = None
    for row in rows:
        if row.key is not None and row.value is not None:
            start = bucket_start(row.key)
            sums[start] = sums.get(start, 0) + row.value
            currency = row.currency
    return [
        {
            "start": start.isoformat(),
            "label": start.strftime(GRAINS[grain]),
            "series": series,
            "value": float(sums.get(start, 0)),
            "shown": write(sums.get(start, 0), currency),
        }
        for start in _between(sums, grain)
    ]


def _between(starts: Iterable[date], grain: str) -> Iterator[date]:
    """Every bucket from the first to the last."""
    known = sorted(starts)
    at = known[0] if known else None
    while at is not None and at <= known[-1]:
        yield at
        if grain == "month":
            at = (at + timedelta(days=31)).replace(day=1)
        else:
            at += timedelta(days=7 if grain == "week" else 1)


def lines(
    rows: Rows,
    what: str,
    *,
    height: int = 240,
    stacked: bool = False,
    colours: Mapping[str, str] | None = None,
) -> Chart:
    """what     the value's name in tooltips
    stacked  bars upon each other, in the order of the rows' series
    colours  series -> its hue
    """
    series = list(dict.fromkeys(row["series"] for row in rows))
    hues = [(colours or {}).get(name, _HUES[at % len(_HUES)]) for at, name in enumerate(series)]
    rows = [{**row, "place": series.index(row["series"])} for row in rows]
    rows = sorted(rows, key=lambda row: str(row["start"]))
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        x=alt.X(
            "start:T",
            title=None,
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(grid=False, labelOverlap=True, tickCount=6, format=axis_format(rows)),
        ),
        y=alt.Y(
            "value:Q",
            title=None,
            stack="zero" if stacked else None,
            axis=alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=4, tickMinStep=1),
        ),
        color=alt.Color(
            "series:N",
            title=None,
            scale=alt.Scale(domain=series, range=hues),
            legend=alt.Legend(orient="top", columns=3) if len(series) > 1 else None,
        ),
        tooltip=[
            alt.Tooltip("label:N", title="period"),
            alt.Tooltip("series:N", title="of"),
            alt.Tooltip("shown:N", title=what),
        ],
    )
    buckets = len({row["start"] for row in rows})
    drawn: Chart
    if stacked:
        # The bars' width follows the page's: a quarter of each bucket stays free.
        size = alt.ExprRef(f"max(1, 0.75 * width / {max(12, buckets)})")
        drawn = alt.layer(base.mark_bar(size=size).encode(order=alt.Order("place:Q")))
    else:
        dots = base.mark_point(filled=True, size=36, opacity=1 if buckets <= 60 else 0)
        drawn = alt.layer(base.mark_line(strokeWidth=2), dots)
    return styled(drawn, rows, height=height)


def bars(rows: Rows, what: str, *, hue: str = theme.ACCENT) -> Chart:
    """A bar a row of name, value and shown, in their order."""
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        y=alt.Y("name:N", title=None, sort=[row["name"] for row in rows], axis=NAMES),
        x=alt.X("value:Q", title=None, axis=None, scale=room_for_labels(130)),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("shown:N", title=what)],
    )
    drawn = base.mark_bar(height={"band": 0.62}, cornerRadius=2, color=hue)
    words = base.mark_text(align="left", dx=6, color=theme.INK, fontSize=12).encode(text="shown:N")
    return styled(alt.layer(drawn, words), rows, height=max(64, _BAR_PX * len(rows)))


def places(rows: Rows) -> dict[str, Any]:
    """Circles on the land: the area is revenue, the colour the share of premium orders.

    The finished description: the land is put in last, for Altair would check and copy its hundred
    kilobytes a dozen times, for more than a second.
    """
    land = alt.Chart(alt.NamedData(name="land")).mark_geoshape(
        fill="#e8ecf1", stroke="#c9d1db", strokeWidth=0.6, clip=True
    )
    circles = (
        alt.Chart(alt.NamedData(name="rows"))
        .mark_circle(opacity=0.8, stroke="#ffffff", strokeWidth=0.8, clip=True)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            size=alt.Size(
                "value:Q",
                legend=None,
                scale=alt.Scale(
                    type="linear", zero=True, range=[12, alt.ExprRef("min(1100, 0.9 * width)")]
                ),
            ),
            color=alt.Color(
                "share:Q",
                title="Premium share",
                scale=alt.Scale(range=["#a9bdf0", theme.ACCENT, "#14245c"]),
                legend=alt.Legend(orient="bottom-left", format="%", gradientLength=110, padding=8),
            ),
            order=alt.Order("value:Q", sort="descending"),
            tooltip=[
                alt.Tooltip("place:N", title="city"),
                alt.Tooltip("shown:N", title="revenue"),
                alt.Tooltip("orders:N"),
                alt.Tooltip("premium:N", title="premium share"),
            ],
        )
    )
    drawn = alt.layer(land, circles).project(**_projection(rows))
    described: dict[str, Any] = styled(drawn, rows, height=_MAP_PX).to_dict()
    described["layer"][0]["data"] = {"values": _world(), "format": _TOPOLOGY}
    described["datasets"] = {"rows": rows}
    return described


def _projection(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mercator around the places, with room about them; computed in the browser for its width."""
    east = [math.radians(row["longitude"]) for row in rows]
    north = [_mercator(row["latitude"]) for row in rows]
    wide = max(max(east) - min(east), _LEAST_SPAN) * 1.15
    high = max(max(north) - min(north), _LEAST_SPAN) * 1.25
    middle = (max(north) + min(north)) / 2
    latitude = math.degrees(2 * math.atan(math.exp(middle)) - math.pi / 2)
    return {
        "type": "mercator",
        "scale": alt.ExprRef(f"min(width / {wide:.6f}, height / {high:.6f})"),
        "center": [round(math.degrees((max(east) + min(east)) / 2), 4), round(latitude, 4)],
        "translate": alt.ExprRef("[width / 2, height / 2]"),
    }


def _mercator(latitude: float) -> float:
    bounded = math.radians(max(-80.0, min(80.0, latitude)))
    return math.log(math.tan(math.pi / 4 + bounded / 2))


@cache
def _world() -> Any:
    """Natural Earth's countries at 1:110m: shipped, for a page may not ask the network."""
    return json.loads(Path(__file__).with_name("world.json").read_text(encoding="utf-8"))
