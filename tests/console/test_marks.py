"""Lines without holes, and a map that holds its land itself."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from aethermart.client.answers.lake import MetricRow
from aethermart.console import marks
from aethermart.console.format import money


def row(key: str | None, value: str | None, shop: str = "aethermart") -> MetricRow:
    exact = None if value is None else Decimal(value)
    return MetricRow(shop=shop, currency="EUR", key=key, value=exact)


@pytest.mark.parametrize(
    "grain,first,last,labels",
    [
        ("week", "2025-W52", "2026-W02", ["22 Dec 2025", "29 Dec 2025", "5 Jan 2026"]),
        ("month", "2025-12", "2026-02", ["December 2025", "January 2026", "February 2026"]),
        ("day", "2026-02-28", "2026-03-02", ["28 Feb 2026", "1 Mar 2026", "2 Mar 2026"]),
    ],
)
def test_a_bucket_without_sales_sold_nothing(
    grain: str, first: str, last: str, labels: list[str]
) -> None:
    found = marks.points([row(last, "2.00"), row(first, "1.10")], grain, "revenue", money)
    assert [point["label"].removeprefix("week of ") for point in found] == labels
    assert [point["shown"] for point in found] == ["€1.10", "€0.00", "€2.00"]


def test_shops_are_added_and_what_has_no_date_or_value_is_left_out() -> None:
    rows = [row("2026-01", "1.00"), row("2026-01", "0.10", "north"), row(None, "9.00")]
    found = marks.points([*rows, row("2026-01", None)], "month", "revenue", money)
    assert [point["shown"] for point in found] == ["€1.10"]
    assert marks.points([], "month", "revenue", money) == []


def place(latitude: float, longitude: float) -> dict[str, Any]:
    return {"latitude": latitude, "longitude": longitude, "value": 1.0, "share": 0.5}


def test_the_map_brings_its_land_and_asks_nothing_of_the_network() -> None:
    text = json.dumps(marks.places([place(52.5, 13.4), place(40.7, -74.0)]))
    assert '"type": "Topology"' in text
    assert '"url"' not in text


def test_the_map_is_centred_on_its_places_and_a_single_one_has_land_around_it() -> None:
    two = marks.places([place(50.0, 10.0), place(50.0, -30.0)])["projection"]
    assert two["center"] == [-10.0, 50.0]
    one = marks.places([place(50.0, 10.0)])["projection"]
    assert one["center"] == [10.0, 50.0]
    assert "0.240855" in one["scale"]["expr"]  # 12 degrees and 15 % of room
    marks.places([place(90.0, 180.0)])  # the pole itself is at no finite height
