"""The page's metrics over hand-written orders, values computed by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aethermart.core.errors import BadInput, NotFound
from aethermart.warehouse.metrics import aggregate
from aethermart.warehouse.metrics.query import MetricAnswer, list_metrics, query_metric
from tests.warehouse.lake import ORDERED, Lake

NOW = datetime(2026, 3, 20, 12, 0, 10, tzinfo=UTC)
AS_OF = datetime(2026, 3, 20, 12, 0, 0, tzinfo=UTC)
Answer = list[tuple[str, str, str | None, object]]


@pytest.fixture
def shop(lake: Lake) -> Lake:
    """Five orders in three months; the cancelled one counts nowhere but in its status."""
    lake.put("customer_addresses", address_id=1, country="DE", city="Berlin")
    lake.put("customer_addresses", address_id=2, country="FR", city="Lyon")
    january, february = datetime(2026, 1, 31, 23, 30, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
    lake.order(1, "10.00", "5.50", ordered_at=january, status="DELIVERED")
    lake.order(2, "20.01", ordered_at=february, status="RETURNED", address_id=2, channel="mobile")
    lake.order(3, "99.99", ordered_at=february, status="CANCELLED")
    lake.order(4, "7.77", ordered_at=AS_OF - timedelta(hours=24, seconds=1), status="PENDING")
    lake.order(5, "1.00", ordered_at=AS_OF - timedelta(hours=24), status="PENDING")
    lake.put(
        "returns",
        return_id=1,
        order_id=2,
        order_item_id=21,
        refund_amount=Decimal("20.01"),
        returned_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    lake.reflects("aethermart", AS_OF)
    lake.reflects("north", AS_OF - timedelta(seconds=50))
    lake.applied(whole=True)
    return lake


def ask(
    lake: Lake,
    name: str,
    by: str | None = None,
    since: date | None = None,
    until: date | None = None,
    shop: str | None = "aethermart",
) -> MetricAnswer:
    return query_metric(lake.connection, name, shop, by, since, until, NOW)


def rows(answer: MetricAnswer) -> Answer:
    return [(r.shop, r.currency, r.key, r.value) for r in answer.rows]


def by_key(answer: MetricAnswer) -> dict[str | None, object]:
    return {row.key: row.value for row in answer.rows}


@pytest.mark.promise("97")
def test_revenue_leaves_cancelled_orders_out_and_takes_refunds_off(shop: Lake) -> None:
    # 10.00 + 5.50 + 20.01 + 7.77 + 1.00 - 20.01
    assert rows(ask(shop, "revenue")) == [("aethermart", "EUR", None, Decimal("24.27"))]


@pytest.mark.promise("97")
def test_orders_and_average_order_value(shop: Lake) -> None:
    assert rows(ask(shop, "order_count")) == [("aethermart", "EUR", None, 4)]
    # 24.27 / 4 = 6.0675
    assert rows(ask(shop, "average_order_value")) == [("aethermart", "EUR", None, Decimal("6.07"))]


def test_a_refund_counts_at_its_own_date(shop: Lake) -> None:
    assert by_key(ask(shop, "revenue", "month")) == {
        "2026-01": Decimal("15.50"),
        "2026-02": Decimal("20.01"),
        "2026-03": Decimal("-11.24"),
    }


def test_a_month_of_refunds_alone_has_no_average(shop: Lake) -> None:
    shop.put(
        "returns",
        return_id=2,
        order_id=1,
        refund_amount=Decimal("5.50"),
        returned_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    shop.applied([1])
    assert by_key(ask(shop, "average_order_value", "month"))["2026-04"] is None


@pytest.mark.promise("99")
def test_orders_by_status_show_every_status_cancelled_ones_too(shop: Lake) -> None:
    assert by_key(ask(shop, "order_count", "status")) == {
        "CANCELLED": 1,
        "DELIVERED": 1,
        "PENDING": 2,
        "RETURNED": 1,
    }


@pytest.mark.promise("99")
def test_stuck_orders_are_pending_for_more_than_a_day_by_the_shops_own_present(
    shop: Lake,
) -> None:
    assert rows(ask(shop, "pending_stuck")) == [("aethermart", "EUR", None, 1)]
    shop.reflects("aethermart", AS_OF + timedelta(seconds=1))
    assert rows(ask(shop, "pending_stuck")) == [("aethermart", "EUR", None, 2)]


def test_revenue_by_country_channel_and_status(shop: Lake) -> None:
    assert by_key(ask(shop, "revenue", "country")) == {
        "DE": Decimal("24.27"),
        "FR": Decimal("0.00"),
    }
    assert by_key(ask(shop, "revenue", "channel")) == {
        "mobile": Decimal("0.00"),
        "web": Decimal("24.27"),
    }
    assert by_key(ask(shop, "revenue", "status")) == {
        "CANCELLED": Decimal("0.00"),
        "DELIVERED": Decimal("15.50"),
        "PENDING": Decimal("8.77"),
        "RETURNED": Decimal("0.00"),
    }


def test_grains_name_the_day_the_iso_week_and_the_month(shop: Lake) -> None:
    assert list(by_key(ask(shop, "order_count", "day"))) == [
        "2026-01-31",
        "2026-02-02",
        "2026-03-19",
    ]
    assert by_key(ask(shop, "order_count", "week")) == {
        "2026-W05": 1,
        "2026-W06": 1,
        "2026-W12": 2,
    }


def test_bounds_include_the_first_instant_and_exclude_the_last(shop: Lake) -> None:
    january_31 = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    february_2 = datetime(2026, 2, 2, tzinfo=UTC)
    assert by_key(ask(shop, "revenue", None, january_31, february_2)) == {None: Decimal("15.50")}
    assert by_key(ask(shop, "revenue", None, date(2026, 2, 2), date(2026, 3, 1))) == {
        None: Decimal("20.01")
    }


def test_currencies_of_one_shop_are_never_added(shop: Lake) -> None:
    shop.order(6, "3.00", currency="USD")
    shop.applied([6])
    assert rows(ask(shop, "revenue")) == [
        ("aethermart", "EUR", None, Decimal("24.27")),
        ("aethermart", "USD", None, Decimal("3.00")),
    ]


def test_average_is_rounded_half_up_to_the_currencys_minor_unit(lake: Lake) -> None:
    lake.order(1, "100.00", currency="JPY")
    lake.order(2, "1.00", currency="JPY")
    lake.applied(whole=True)
    # 101 / 2 = 50.5
    assert rows(ask(lake, "average_order_value")) == [("aethermart", "JPY", None, Decimal("51"))]


def test_a_shop_without_rows_answers_nothing_in_its_own_currency(shop: Lake) -> None:
    assert rows(ask(shop, "revenue", shop="north")) == [("north", "EUR", None, Decimal("0.00"))]
    assert rows(ask(shop, "order_count", shop="north")) == [("north", "EUR", None, 0)]
    assert rows(ask(shop, "average_order_value", shop="north")) == [("north", "EUR", None, None)]
    assert rows(ask(shop, "revenue", "month", shop="north")) == []


def test_two_shops_of_one_pack_stay_apart(shop: Lake) -> None:
    shop.put("customer_addresses", "north", address_id=1, country="NO", city="Oslo")
    shop.order(1, "2.00", shop="north")
    shop.applied([1], shop="north")
    answer = ask(shop, "revenue", "country", shop=None)
    assert rows(answer) == [
        ("aethermart", "EUR", "DE", Decimal("24.27")),
        ("aethermart", "EUR", "FR", Decimal("0.00")),
        ("north", "EUR", "NO", Decimal("2.00")),
    ]


def test_the_age_of_an_answer_is_that_of_the_oldest_shop_shown(shop: Lake) -> None:
    answer = ask(shop, "revenue")
    assert (answer.as_of, answer.lag_s) == (AS_OF, 10.0)
    answer = ask(shop, "revenue", shop="north")
    assert (answer.as_of, answer.lag_s) == (AS_OF - timedelta(seconds=50), 60.0)
    assert [age.shop for age in answer.shops] == ["north"]


def test_a_shop_not_yet_captured_has_no_age_and_leaves_none_to_the_whole(shop: Lake) -> None:
    answer = ask(shop, "revenue", shop=None)
    assert [(age.shop, age.lag_s) for age in answer.shops] == [
        ("aethermart", 10.0),
        ("north", 60.0),
        ("online_retail", None),
    ]
    assert (answer.as_of, answer.lag_s) == (None, None)


def test_a_clock_that_jumped_back_makes_no_negative_age(shop: Lake) -> None:
    earlier = AS_OF - timedelta(hours=1)
    answer = query_metric(shop.connection, "revenue", "aethermart", None, None, None, earlier)
    assert answer.lag_s == 0.0


def test_what_does_not_exist_is_named_with_what_does(shop: Lake) -> None:
    with pytest.raises(NotFound, match="'profit'") as unknown_metric:
        ask(shop, "profit")
    assert unknown_metric.value.fix.startswith(
        "use one of revenue, order_count, average_order_value, pending_stuck, gross_sales, "
    )
    with pytest.raises(NotFound, match="'south'") as unknown_shop:
        ask(shop, "revenue", shop="south")
    assert unknown_shop.value.fix == "the shops here are: aethermart, north, online_retail"
    with pytest.raises(BadInput, match="'colour'") as unknown_dimension:
        ask(shop, "revenue", "colour")
    assert (
        unknown_dimension.value.fix
        == "use one of country, status, channel, product, place, day, week, month"
    )


@pytest.mark.parametrize("text", ["1; DROP TABLE gold.fct_sales", "country'--", '"', "f.city"])
def test_nothing_a_caller_sends_becomes_sql(shop: Lake, text: str) -> None:
    with pytest.raises(NotFound):
        ask(shop, "revenue", shop=text)
    with pytest.raises(BadInput):
        ask(shop, "revenue", text)
    with pytest.raises(NotFound):
        ask(shop, text)
    assert rows(ask(shop, "revenue")) == [("aethermart", "EUR", None, Decimal("24.27"))]


def test_bounds_that_cannot_be_meant_are_refused(shop: Lake) -> None:
    with pytest.raises(BadInput, match="has no time zone"):
        ask(shop, "revenue", None, datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(BadInput, match="'2026-02-01' is not before to '2026-01-01'"):
        ask(shop, "revenue", None, date(2026, 2, 1), date(2026, 1, 1))


def test_every_declared_metric_answers_by_each_of_its_dimensions_and_grains(shop: Lake) -> None:
    for metric in list_metrics():
        for by in (None, *metric.dimensions, *metric.grains):
            found = ask(shop, metric.name, by, shop=None)
            assert found.sources == metric.sources
            assert (found.unit, found.description) == (metric.unit, metric.description)
    assert [(m.name, m.unit, m.dimensions) for m in list_metrics()][:4] == [
        ("revenue", "money", ("country", "status", "channel", "product", "place")),
        ("order_count", "count", ("country", "status", "channel", "place")),
        ("average_order_value", "money", ("country", "channel", "place")),
        ("pending_stuck", "count", ("country", "channel")),
    ]


def test_every_metric_says_what_it_is() -> None:
    for metric in list_metrics():
        assert metric.description.endswith("."), metric.name
        assert metric.unit in ("money", "count", "ratio")
        assert metric.label[0].isupper()
    assert len(list_metrics()) >= 30


def test_a_week_of_customers_is_not_the_sum_of_its_days(lake: Lake) -> None:
    monday = datetime(2026, 3, 9, 12, tzinfo=UTC)
    lake.order(1, "1.00", customer_id=1, ordered_at=monday)
    lake.order(2, "1.00", customer_id=1, ordered_at=monday + timedelta(days=1))
    lake.order(3, "1.00", customer_id=2, ordered_at=monday + timedelta(days=2))
    lake.applied(whole=True)
    assert by_key(ask(lake, "customers", "week")) == {"2026-W11": 2}
    assert by_key(ask(lake, "customers", "day")) == {
        "2026-03-09": 1,
        "2026-03-10": 1,
        "2026-03-11": 1,
    }
    # One of two customers bought again.
    assert by_key(ask(lake, "repeat_rate")) == {None: Decimal("0.5000")}


def test_a_margin_that_is_not_known_is_none_never_nothing(lake: Lake) -> None:
    lake.put("products", product_id=1)
    lake.order(1, "10.00")
    lake.applied(whole=True)
    assert by_key(ask(lake, "gross_margin")) == {None: None}
    lake.put("product_suppliers", product_supplier_id=1, unit_cost=Decimal("4.00"))
    assert by_key(ask(lake, "gross_margin")) == {None: Decimal("6.00")}
    assert by_key(ask(lake, "gross_margin_rate")) == {None: Decimal("0.6000")}


@pytest.mark.promise("93")
def test_an_order_is_premium_from_500_00_on(lake: Lake) -> None:
    lake.order(1, "1.00", total_amount=Decimal("499.99"))
    lake.order(2, "1.00", total_amount=Decimal("500.00"))
    lake.order(3, "499.99", total_amount=None)
    lake.order(4, "500.00", total_amount=None)
    lake.applied(whole=True)
    assert lake.rows("SELECT order_id, segment FROM gold.fct_orders ORDER BY order_id") == [
        ("1", "standard"),
        ("2", "premium"),
        ("3", "standard"),
        ("4", "premium"),
    ]
    assert by_key(ask(lake, "premium_orders")) == {None: 2}
    assert by_key(ask(lake, "premium_share")) == {None: Decimal("0.5000")}


def test_day_totals_and_lines_give_the_same_answers(
    shop: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    questions = [
        (metric.name, by, since, until)
        for metric in list_metrics()
        if any(part.totals.sql for part in metric.inputs)
        for by in (None, *metric.dimensions, *metric.grains)
        for since, until in ((None, None), (february, None), (february, march))
    ]
    from_totals = [rows(ask(shop, *question)) for question in questions]
    monkeypatch.setattr(aggregate, "_can_tell", lambda *_: False)
    assert [rows(ask(shop, *question)) for question in questions] == from_totals


def test_a_metric_narrowed_by_a_dimension_leaves_out_what_has_another_value(lake: Lake) -> None:
    lake.put("customer_addresses", address_id=1)
    lake.put("customer_addresses", address_id=2, city="Paris", country="FR")
    lake.order(1, "10.00", address_id=1)
    lake.order(2, "2.00", address_id=2, status="SHIPPED")
    lake.applied(whole=True)

    def narrowed(name: str, by: str | None, **where: str) -> dict[str | None, Any]:
        found = query_metric(lake.connection, name, "aethermart", by, None, None, NOW, where)
        return {row.key: row.value for row in found.rows}

    assert narrowed("revenue", None, status="SHIPPED") == {None: Decimal("2.00")}
    assert narrowed("revenue", "month", place="DE/Berlin") == {"2026-03": Decimal("10.00")}
    assert narrowed("revenue", "place") == {
        "DE/Berlin": Decimal("10.00"),
        "FR/Paris": Decimal("2.00"),
    }
    assert narrowed("revenue", "product", status="SHIPPED") == {"1": Decimal("2.00")}
    assert narrowed("order_count", None, status="' OR TRUE --") == {None: 0}
    with pytest.raises(BadInput, match="colour"):
        narrowed("revenue", None, colour="red")


def test_posts_stand_beside_what_was_bought_a_day(lake: Lake) -> None:
    lake.put("products", product_id=1)
    lake.put("social_posts", post_id=1)
    lake.put("social_posts", post_id=2, posted_at=ORDERED + timedelta(days=1))
    lake.order(1, "10.00", "5.00")
    lake.applied(whole=True)
    assert by_key(ask(lake, "social_posts", "day")) == {"2026-03-10": 1, "2026-03-11": 1}
    assert by_key(ask(lake, "lines_bought", "day")) == {"2026-03-10": 2, "2026-03-11": 0}
