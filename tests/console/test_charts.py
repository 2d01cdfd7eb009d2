"""Rows behind the charts: exact words beside each height, nothing lost, nothing mixed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from aethermart.client.answers.lake import MetricRow
from aethermart.console import charts


def _row(key: str | None, value: Decimal | int | None, shop: str = "a") -> MetricRow:
    return MetricRow(shop=shop, currency="EUR", key=key, value=value)


@pytest.mark.parametrize(
    "key,start",
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01", date(2026, 1, 1)),
        ("2026-W01", date(2025, 12, 29)),
        ("2026-01-05T00:00:00+00:00", date(2026, 1, 5)),
    ],
)
def test_a_bucket_starts_on_its_first_day(key: str, start: date) -> None:
    assert charts.bucket_start(key) == start


def test_points_stand_in_time_order_with_their_exact_amounts() -> None:
    rows = [_row("2026-02", Decimal("1234.50")), _row("2026-01", Decimal("-0.05")), _row(None, 1)]
    assert charts.over_time_rows(rows, "month") == [
        {
            "start": "2026-01-01",
            "label": "January 2026",
            "shop": "a",
            "value": -0.05,
            "shown": "\N{MINUS SIGN}€0.05",
        },
        {
            "start": "2026-02-01",
            "label": "February 2026",
            "shop": "a",
            "value": 1234.5,
            "shown": "€1,234.50",
        },
    ]


@pytest.mark.parametrize(
    "grain,key,as_of,running",
    [
        ("day", "2026-01-31", "2026-01-31T23:59:59+00:00", True),
        ("day", "2026-01-31", "2026-02-01T00:00:00+00:00", False),
        ("week", "2026-01-26", "2026-02-01T23:00:00+00:00", True),
        ("week", "2026-01-26", "2026-02-02T00:00:00+00:00", False),
        ("month", "2026-01", "2026-01-31T23:00:00+00:00", True),
        ("month", "2025-01", "2026-01-31T23:00:00+00:00", False),
    ],
)
def test_the_newest_bucket_is_known_to_be_unfinished(
    grain: str, key: str, as_of: str, running: bool
) -> None:
    rows = charts.over_time_rows([_row(key, 1)], grain)
    assert charts.still_running(rows, grain, datetime.fromisoformat(as_of)) is running


def test_no_points_or_no_age_is_not_unfinished() -> None:
    rows = charts.over_time_rows([_row("2026-01", 1)], "month")
    assert not charts.still_running([], "month", datetime(2026, 1, 1, tzinfo=UTC))
    assert not charts.still_running(rows, "month", None)


@pytest.mark.promise("99")
def test_stuck_orders_are_a_part_of_pending_called_out() -> None:
    rows = [_row("PAID", 5), _row("PENDING", 3), _row("PENDING", 1, shop="b"), _row("LOST", 2)]
    parts = charts.status_rows(rows, stuck=3)
    assert [(p["status"], p["part"], p["value"], p["label"]) for p in parts] == [
        ("PENDING", "stuck", 3, "4 (3 stuck)"),
        ("PENDING", "orders", 1, "4 (3 stuck)"),
        ("PAID", "stuck", 0, "5"),
        ("PAID", "orders", 5, "5"),
        ("LOST", "stuck", 0, "2"),
        ("LOST", "orders", 2, "2"),
    ]


def test_stuck_can_never_exceed_pending() -> None:
    """The two numbers come from two answers: an order may have moved on between them."""
    parts = charts.status_rows([_row("PENDING", 2)], stuck=3)
    assert [(p["part"], p["value"]) for p in parts] == [("stuck", 2), ("orders", 0)]


def test_the_largest_countries_are_shown_and_the_rest_counted() -> None:
    rows = [_row(f"C{n:02}", Decimal(n)) for n in range(14)] + [_row("C13", Decimal("0.50"), "b")]
    top, more = charts.country_rows(rows)
    assert len(top) == 12
    assert more == 2
    assert top[0] == {"country": "C13", "value": 13.5, "shown": "€13.50"}
    assert top[-1]["country"] == "C02"


def test_a_row_without_a_country_is_named_unknown() -> None:
    assert charts.country_rows([_row(None, Decimal(1))])[0][0]["country"] == "unknown"
    assert charts.country_rows([]) == ([], 0)


def test_charts_send_their_rows_under_one_fixed_name() -> None:
    """A name that changed with the data would make the browser draw the chart anew, blinking."""
    points = charts.over_time_rows([_row("2026-01", 1), _row("2026-02", 2, "b")], "month")
    for chart in (
        charts.over_time(points),
        charts.statuses(charts.status_rows([_row("PAID", 5)], 0)),
        charts.countries(charts.country_rows([_row("DE", Decimal(1))])[0]),
    ):
        spec = chart.to_dict()
        assert list(spec["datasets"]) == ["rows"]
        assert {layer["data"]["name"] for layer in spec["layer"] if "data" in layer} <= {"rows"}
