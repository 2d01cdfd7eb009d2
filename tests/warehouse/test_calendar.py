"""Bounds that are whole days of a shop's calendar: the same answer, from the totals of its days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethermart.warehouse.metrics.query import query_metric
from aethermart.warehouse.metrics.shops import Bound, KnownShop, ShopAge
from aethermart.warehouse.tables.query import TableAsked, query_table
from tests.warehouse.lake import Lake

NOW = datetime(2011, 7, 10, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Havana", "America/Santiago"]


def shop_in(zone: str) -> KnownShop:
    return KnownShop(ShopAge("here", None, None), "EUR", zone, frozenset())


@pytest.mark.parametrize(
    "zone,bound,day",
    [
        ("UTC", datetime(2026, 3, 10, tzinfo=UTC), date(2026, 3, 10)),
        ("Europe/Berlin", datetime(2026, 3, 9, 23, tzinfo=UTC), date(2026, 3, 10)),
        ("Europe/Berlin", datetime(2026, 7, 9, 22, tzinfo=UTC), date(2026, 7, 10)),
        ("Asia/Kathmandu", datetime(2026, 3, 9, 18, 15, tzinfo=UTC), date(2026, 3, 10)),
    ],
)
def test_a_midnight_of_the_shop_is_the_day_it_begins(zone: str, bound: datetime, day: date) -> None:
    assert shop_in(zone).on_calendar(bound) == day


@pytest.mark.parametrize(
    "zone,bound",
    [
        ("Europe/Berlin", datetime(2026, 3, 10, tzinfo=UTC)),  # one in the morning there
        ("UTC", datetime(2026, 3, 10, 0, 0, 0, 1, tzinfo=UTC)),
        (
            "America/Havana",
            datetime(2025, 11, 2, 4, tzinfo=UTC),
        ),  # midnight, then another
        ("America/Havana", datetime(2025, 11, 2, 5, tzinfo=UTC)),  # the other one
        ("America/Santiago", datetime(2025, 9, 7, 4, tzinfo=UTC)),  # from 24:00 to 1:00
    ],
)
def test_any_other_instant_stays_one(zone: str, bound: datetime) -> None:
    assert shop_in(zone).on_calendar(bound) is bound


@given(
    zone=st.sampled_from(ZONES),
    half_hour=st.integers(0, 2 * 24 * 365 * 20),
    apart=st.integers(-4 * 24, 4 * 24),
)
def test_a_day_bounds_what_its_midnight_bounds(zone: str, half_hour: int, apart: int) -> None:
    """By DuckDB's own calendar, which gave the rows their dates."""
    bound = datetime(2010, 1, 1, tzinfo=UTC) + timedelta(minutes=30 * half_hour)
    day = shop_in(zone).on_calendar(bound)
    at = bound + timedelta(minutes=15 * apart)
    if not isinstance(day, datetime) and day is not None:
        asked = {"at": at, "zone": zone}
        found = duckdb.execute("SELECT CAST($at AT TIME ZONE $zone AS DATE)", asked).fetchall()
        assert (at >= bound) == (found[0][0] >= day)


@pytest.fixture
def london(lake: Lake) -> Lake:
    """Three invoices in summer time, one of them minutes after midnight; totals without lines."""
    times = ("2011-07-01 00:10:00", "2011-07-01 12:00:00", "2011-07-02 09:00:00")
    for number, at in enumerate(times):
        invoice = {"line_number": number, "InvoiceNo": str(number), "InvoiceDate": at}
        lake.put("lines", "online_retail", **invoice, Quantity="1", UnitPrice="2.00")
    lake.reflects("online_retail", NOW)
    lake.applied(whole=True, shop="online_retail")
    lake.connection.execute("DELETE FROM gold.fct_sales")
    return lake


def revenue(lake: Lake, since: Bound, until: Bound) -> object:
    answer = query_metric(lake.connection, "revenue", "online_retail", None, since, until, NOW)
    return answer.rows[0].value


def test_whole_days_are_answered_from_the_totals_of_days(london: Lake) -> None:
    assert revenue(london, date(2011, 7, 1), date(2011, 7, 2)) == Decimal("4.00")
    first, end = datetime(2011, 6, 30, 23, tzinfo=UTC), datetime(2011, 7, 1, 23, tzinfo=UTC)
    assert revenue(london, first, end) == Decimal("4.00")


def test_a_part_of_a_day_is_not_told_by_totals(london: Lake) -> None:
    midnight_elsewhere = datetime(2011, 7, 1, tzinfo=UTC)  # one in the morning in London
    assert revenue(london, midnight_elsewhere, None) == Decimal("0.00")


@pytest.mark.parametrize(
    "since,until,found",
    [
        (date(2011, 7, 1), date(2011, 7, 2), ["0", "1"]),
        (datetime(2011, 7, 1, tzinfo=UTC), None, ["1", "2"]),
        (date(2011, 7, 2), datetime(2011, 7, 2, 8, tzinfo=UTC), []),
    ],
)
def test_rows_of_a_table_are_bounded_alike(
    london: Lake, since: date, until: date | None, found: list[str]
) -> None:
    asked = TableAsked(shop="online_retail", since=since, until=until)
    page = query_table(london.connection, "fct_orders", asked, NOW)
    assert [row[1] for row in page.rows] == found


def test_so_are_those_of_a_table_that_has_no_date_of_its_own(lake: Lake) -> None:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    lake.put("promotions", promotion_id=1, starts_at=begin, ends_at=begin + timedelta(days=9))

    def campaigns(since: date, until: date | None) -> int:
        asked = TableAsked(since=since, until=until)
        return len(query_table(lake.connection, "mart_campaign_effect", asked, NOW).rows)

    assert campaigns(date(2026, 3, 1), date(2026, 3, 2)) == 1
    assert campaigns(date(2026, 3, 2), None) == 0
