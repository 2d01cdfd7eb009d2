"""/lake answers what the platform holds, and changes when it does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aethermart.identity.roles import Role
from tests.api.asking import app_on, ask, role_token
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
        "own_s": None,
        "bound_s": None,
        "late": False,
    }
    assert (shops[0]["guilty"], shops[0]["why"]) == (None, None)


def test_a_shop_without_data_has_no_age() -> None:
    answer = ask(app_on(FakePlatform(shop_names=["aethermart"])), "/lake/freshness").json()
    [shop] = answer["shops"]
    assert (shop["as_of"], shop["lag_s"], shop["hops"]) == (None, None, [])
    assert (shop["quiet"], shop["guilty"]) == (False, None)


def test_a_metric_is_narrowed_by_a_dimension() -> None:
    path = "/lake/metrics/revenue?where=country:FR&shop=aethermart"
    platform = three_orders()
    app = app_on(platform)
    assert [row["value"] for row in ask(app, path).json()["rows"]] == ["50.00"]
    platform.orders.append(FakeOrder("aethermart", "EUR", "0.25", NOON, country="FR"))
    assert [row["value"] for row in ask(app, path).json()["rows"]] == ["50.25"]


def test_tables_are_listed_with_their_columns_as_the_caller_sees_them() -> None:
    app = app_on(three_orders())
    [table] = ask(app, "/lake/tables").json()["tables"]
    assert (table["name"], table["layer"], table["key"]) == ("fct_orders", "gold", ["ordered_at"])
    assert table["columns"][-1] == {
        "name": "customer_id",
        "type": "text",
        "description": None,
        "pii": "customer_id",
        "masked": False,
    }
    [table] = ask(app, "/lake/tables", token=role_token(Role.MARKETING)).json()["tables"]
    assert table["columns"][-1]["masked"] is True
    assert ask(app, "/lake/tables", params={"layer": "silver"}).json() == {"tables": []}
    assert ask(app, "/lake/tables", params={"layer": "tin"}).status_code == 400


def test_lineage_tells_both_ways_and_an_unknown_node_is_not_found() -> None:
    platform = three_orders()
    app = app_on(platform)
    answer = ask(app, "/lake/lineage/gold.fct_sales.revenue", params={"direction": "down"}).json()
    assert answer["direction"] == "down"
    assert answer["edges"] == [
        {
            "source": "shop.aethermart.orders.total_amount",
            "target": "gold.fct_sales.revenue",
            "transformation": None,
        }
    ]
    assert ask(app, "/lake/lineage/gold.nothing").status_code == 404
    sideways = ask(app, "/lake/lineage/gold.fct_orders", params={"direction": "sideways"})
    assert sideways.status_code == 400
    assert platform.calls == ["lineage gold.fct_sales.revenue down", "lineage gold.nothing up"]


def test_a_query_is_put_as_its_caller_and_a_new_row_is_seen() -> None:
    platform = three_orders()
    app = app_on(platform)
    body = {"sql": "SELECT COUNT(*) AS orders FROM gold.fct_orders", "limit": 10}
    token = role_token(Role.PRODUCT)
    first = ask(app, "/lake/queries", method="POST", body=body, token=token)
    assert first.json()["rows"] == [[4]]
    platform.orders.append(FakeOrder("aethermart", "EUR", "0.25", NOON))
    second = ask(app, "/lake/queries", method="POST", body=body, token=token)
    assert second.json()["rows"] == [[5]]
    assert platform.calls == [f"query product 10 {body['sql']}"] * 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sql": ""},
        {"sql": "x" * 20_001},
        {"sql": "SELECT 1", "limit": 0},
        {"sql": "SELECT 1", "limit": 10_001},
        {"sql": "SELECT 1", "shop": "aethermart"},
    ],
    ids=["nothing", "no text", "too long", "no rows", "too many rows", "unknown field"],
)
def test_a_query_outside_its_limits_is_not_put(body: dict[str, object]) -> None:
    platform = three_orders()
    answer = ask(app_on(platform), "/lake/queries", method="POST", body=body)
    assert answer.status_code == 400
    assert platform.calls == []


@pytest.mark.parametrize("path", ["/lake/queries", "/lake/lineage/gold.fct_sales.revenue"])
def test_customers_of_a_shop_neither_query_nor_see_lineage(path: str) -> None:
    platform = three_orders()
    method = "POST" if path == "/lake/queries" else "GET"
    body = {"sql": "SELECT 1"} if method == "POST" else None
    token = role_token(Role.CUSTOMER)
    answer = ask(app_on(platform), path, method=method, body=body, token=token)
    assert answer.status_code == 403
    assert platform.calls == []


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


def test_an_explanation_compares_with_the_period_before_and_a_new_order_moves_it() -> None:
    platform = three_orders()
    app = app_on(platform)
    asked = {"from": "2026-01-31", "to": "2026-02-01", "shop": "aethermart"}
    answer = ask(app, "/lake/metrics/revenue/explanation", params=asked).json()
    assert (answer["against"], answer["since"]) == ("2026-01-30T00:00:00Z", "2026-01-31T00:00:00Z")
    [row] = answer["rows"]
    assert (row["base"], row["value"]) == ("0", "50.00")
    assert row["parts"] == [{"cause": "volume", "amount": "50.00"}]
    platform.orders.append(FakeOrder("aethermart", "EUR", "7.50", NOON))
    platform.changes += 1
    [row] = ask(app, "/lake/metrics/revenue/explanation", params=asked).json()["rows"]
    assert row["value"] == "57.50"


def test_an_explanation_needs_both_ends_of_its_period() -> None:
    platform = three_orders()
    answer = ask(app_on(platform), "/lake/metrics/revenue/explanation?from=2026-01-31")
    assert answer.status_code == 400
    assert "query.to" in answer.json()["detail"]
    assert platform.calls == []
