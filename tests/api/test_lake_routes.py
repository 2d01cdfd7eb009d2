"""/lake answers what the platform holds, and changes when it does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.asking import app_on, ask
from tests.api.fake_platform import NOON, FakeOrder, FakePlatform, three_orders


def test_revenue_is_a_decimal_string_a_shop_and_currency() -> None:
    answer = ask(app_on(three_orders()), "/lake/metrics/revenue")
    assert answer.status_code == 200
    assert answer.json() == {
        "metric": "revenue",
        "label": "Revenue",
        "description": "The revenue of the fake.",
        "unit": "money",
        "by": None,
        "rows": [
            {"shop": "aethermart", "currency": "EUR", "key": None, "value": "150.00"},
            {"shop": "online_retail", "currency": "GBP", "key": None, "value": "10.05"},
        ],
        "as_of": "2026-01-31T11:59:57Z",
        "lag_s": 3.0,
        "shops": [
            {"shop": "aethermart", "as_of": "2026-01-31T11:59:59.200000Z", "lag_s": 0.8},
            {"shop": "online_retail", "as_of": "2026-01-31T11:59:57Z", "lag_s": 3.0},
        ],
        "quality": {"quarantined_rows": 3, "stopped_tables": [], "lacking": []},
        "sources": ["gold.fct_sales"],
    }


def test_the_next_answer_has_the_order_just_placed() -> None:
    platform = three_orders()
    app = app_on(platform)
    path = "/lake/metrics/revenue?shop=aethermart"
    assert ask(app, path).json()["rows"][0]["value"] == "150.00"
    platform.orders.append(FakeOrder("aethermart", "EUR", "0.01", NOON))
    assert ask(app, path).json()["rows"][0]["value"] == "150.01"


def test_one_shop_alone_answers_for_itself() -> None:
    answer = ask(app_on(three_orders()), "/lake/metrics/order_count?shop=online_retail").json()
    assert [(row["shop"], row["value"]) for row in answer["rows"]] == [("online_retail", 1)]
    assert answer["as_of"] == "2026-01-31T11:59:57Z"


def test_counts_by_status_are_whole_numbers_with_the_cancelled() -> None:
    answer = ask(app_on(three_orders()), "/lake/metrics/order_count?shop=aethermart&by=status")
    rows = answer.json()["rows"]
    assert {row["key"]: row["value"] for row in rows} == {"CANCELLED": 1, "PAID": 1, "PENDING": 1}


def test_a_ratio_without_orders_is_null() -> None:
    platform = three_orders()
    platform.orders = [o for o in platform.orders if o.status == "CANCELLED"]
    answer = ask(app_on(platform), "/lake/metrics/average_order_value?shop=aethermart").json()
    assert [row["value"] for row in answer["rows"]] == [None]


@pytest.mark.parametrize(
    "since,until,value",
    [
        ("2026-01-31T11:00:00Z", "2026-01-31T11:00:01Z", "50.00"),  # the start is included
        ("2026-01-29", "2026-01-31T11:00:00Z", "100.00"),  # the end is excluded
        ("2026-01-31T12:00:00+01:00", "2026-02-01", "50.00"),  # 11:00 UTC
    ],
)
def test_an_interval_includes_its_start_and_not_its_end(since: str, until: str, value: str) -> None:
    answer = ask(
        app_on(three_orders()),
        "/lake/metrics/revenue",
        params={"shop": "aethermart", "from": since, "to": until},
    )
    assert [row["value"] for row in answer.json()["rows"]] == [value]


@pytest.mark.promise("100")
def test_the_age_counts_from_the_shop_s_own_time_not_from_the_question() -> None:
    platform = three_orders()
    app = app_on(platform)
    platform.now = lambda: NOON + timedelta(hours=1)
    first, second = (ask(app, "/lake/freshness?shop=aethermart").json() for _ in range(2))
    assert first["shops"][0]["as_of"] == "2026-01-31T11:59:59.200000Z"
    assert first["shops"][0]["lag_s"] == second["shops"][0]["lag_s"] == 3600.8


def test_freshness_names_every_hop() -> None:
    shops = ask(app_on(three_orders()), "/lake/freshness").json()["shops"]
    assert [shop["shop"] for shop in shops] == ["aethermart", "online_retail"]
    assert shops[0]["quiet"] is False
    assert shops[0]["hops"][2] == {
        "hop": "mirror",
        "offset": 40,
        "at": "2026-01-31T11:59:59.200000Z",
        "lag_s": 0.8,
    }


def test_a_shop_without_data_has_no_age() -> None:
    answer = ask(app_on(FakePlatform(shop_names=["aethermart"])), "/lake/freshness").json()
    assert answer == {
        "shops": [{"shop": "aethermart", "as_of": None, "lag_s": None, "hops": [], "quiet": False}]
    }


def test_a_metric_is_narrowed_by_a_dimension() -> None:
    path = "/lake/metrics/revenue?where=country:FR&shop=aethermart"
    platform = three_orders()
    app = app_on(platform)
    assert [row["value"] for row in ask(app, path).json()["rows"]] == ["50.00"]
    platform.orders.append(FakeOrder("aethermart", "EUR", "0.25", NOON, country="FR"))
    assert [row["value"] for row in ask(app, path).json()["rows"]] == ["50.25"]


def test_tables_are_listed_with_their_columns() -> None:
    assert ask(app_on(three_orders()), "/lake/tables").json() == {
        "tables": [
            {
                "name": "fct_orders",
                "description": "Orders of the fake.",
                "key": ["ordered_at"],
                "columns": ["shop", "ordered_at", "status", "total"],
                "time": "ordered_at",
            }
        ]
    }


def test_rows_of_a_table_come_a_page_at_a_time_and_a_new_one_is_seen() -> None:
    platform = three_orders()
    app = app_on(platform)
    asked = {"shop": "aethermart", "where": "status:PAID", "from": "2026-01-31", "limit": 1}
    first = ask(app, "/lake/tables/fct_orders", params=asked).json()
    assert first["rows"] == [["aethermart", "2026-01-31T11:00:00Z", "PAID", "50.00"]]
    assert first["columns"][3] == {"name": "total", "type": "decimal(18,2)"}
    assert first["next_cursor"] is None
    platform.orders.append(FakeOrder("aethermart", "EUR", "0.01", NOON))
    cursor = ask(app, "/lake/tables/fct_orders", params=asked).json()["next_cursor"]
    second = ask(app, "/lake/tables/fct_orders", params={**asked, "cursor": cursor}).json()
    assert second["rows"] == [["aethermart", "2026-01-31T12:00:00Z", "PAID", "0.01"]]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "query,detail",
    [
        ("where=status", "'status' is not NAME:VALUE, such as status:PENDING"),
        ("where=status:PAID&where=status:SHIPPED", "`where` names 'status' twice"),
        ("limit=5001", "less than or equal to 5000"),
        ("from=2026-02-01&to=2026-01-01", "is not before"),
        ("shp=aethermart", "query.shp"),
    ],
)
def test_a_question_that_cannot_be_meant_asks_the_platform_nothing(query: str, detail: str) -> None:
    platform = three_orders()
    answer = ask(app_on(platform), f"/lake/tables/fct_orders?{query}")
    assert answer.status_code == 400
    assert detail in answer.json()["detail"]
    assert platform.calls == []


def test_metrics_are_listed_with_what_they_split_by() -> None:
    metrics = ask(app_on(three_orders()), "/lake/metrics").json()["metrics"]
    assert [m["name"] for m in metrics] == [
        "revenue",
        "order_count",
        "average_order_value",
        "pending_stuck",
    ]
    assert metrics[0] == {
        "name": "revenue",
        "label": "Revenue",
        "description": "The revenue of the fake.",
        "unit": "money",
        "dimensions": ["country", "status", "channel"],
        "grains": ["day", "week", "month"],
    }


@pytest.mark.parametrize(
    "path",
    ["/lake/metrics/revenue", "/lake/tables/fct_orders", "/lake/freshness", "/ops/sinks"],
    ids=lambda p: p.strip("/"),
)
def test_an_unknown_shop_is_not_found_and_quoted(path: str) -> None:
    platform = three_orders()
    answer = ask(app_on(platform), path, params={"shop": "corner shop"})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no shop 'corner shop'"
    assert answer.json()["fix"] == "use one of: aethermart, online_retail"
    assert platform.calls == []


def test_rules_of_quality_are_counted_a_shop_and_a_new_row_set_aside_is_seen() -> None:
    platform = three_orders()
    platform.quarantined = {"aethermart": 2, "online_retail": 3}
    app = app_on(platform)
    rule = {"entity": "orders", "rule": "set_aside", "done": "quarantined"}
    assert ask(app, "/lake/quality").json()["rules"] == [
        {"shop": "aethermart", "rows": 2} | rule,
        {"shop": "online_retail", "rows": 3} | rule,
    ]
    platform.quarantined["aethermart"] = 4
    answer = ask(app, "/lake/quality", params={"shop": "aethermart"}).json()
    assert answer["rules"] == [{"shop": "aethermart", "rows": 4} | rule]
    assert [each["shop"] for each in answer["shops"]] == ["aethermart"]
