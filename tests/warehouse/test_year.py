"""Metrics and marts of a made-up year, beside what plain Python computes from the store's rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from aethermart.packs.pack import Shop
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.simulate.generator import generate
from aethermart.store.postgres.session import PostgresSession
from aethermart.store.schema import apply_schema
from aethermart.warehouse.metrics.query import list_metrics, query_metric
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.quality import run_tests
from aethermart.warehouse.refresh import Refresh
from tests.warehouse.lake import Lake, copied_lake
from tests.warehouse.year import Row, Year, copy_store

pytestmark = pytest.mark.service("postgres")

UNTIL = datetime(2026, 1, 31, 12, tzinfo=UTC)
CENT, FOUR = Decimal("0.01"), Decimal("0.0001")


@pytest.fixture(scope="module")
def year(
    postgres: EmbeddedPostgres,
    empty_lake_file: Path,
    shops: tuple[Shop, ...],
    compiled: CompiledProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Year]:
    scratch = tmp_path_factory.mktemp("year")
    postgres.create_database("metrics_year")
    with psycopg.connect(postgres.dsn("metrics_year")) as connection:
        apply_schema(PostgresSession(connection))
        generate(PostgresSession(connection), 0.1, 3, until=UNTIL)
    with copied_lake(empty_lake_file, scratch / "lake.duckdb") as connection:
        lake = Lake(connection, shops, compiled, Refresh(compiled, shops), offset=1)
        lake.reflects("aethermart", UNTIL)
        yield Year(lake, copy_store(postgres.dsn("metrics_year"), lake, scratch))


def answer(year: Year, name: str, by: str | None = None) -> dict[str | None, Any]:
    found = query_metric(year.lake.connection, name, "aethermart", by, None, None, UNTIL)
    return {row.key: row.value for row in found.rows}


def share(part: int | Decimal, whole: int | Decimal) -> Decimal:
    return (Decimal(part) / Decimal(whole)).quantize(FOUR, rounding=ROUND_HALF_UP)


class Store:
    """What the metrics must be, counted row by row."""

    def __init__(self, rows: dict[str, list[Row]]) -> None:
        self.rows = rows
        self.orders = {row["order_id"]: row for row in rows["orders"]}
        self.live = {k: o for k, o in self.orders.items() if o["status"] != "CANCELLED"}
        self.lines = [i for i in rows["order_items"] if i["order_id"] in self.live]
        self.returns = rows["returns"]
        self.line_of = {i["order_item_id"]: i for i in rows["order_items"]}
        self.cost = {
            s["product_id"]: s["unit_cost"] for s in rows["product_suppliers"] if s["is_primary"]
        }
        self.country = {a["address_id"]: a["country"] for a in rows["customer_addresses"]}

    def total(self) -> dict[str, Any]:
        """Every metric, over all time."""
        live, orders = self.live.values(), self.orders.values()
        gross = sum((i["line_total"] for i in self.lines), Decimal(0))
        refunds = sum((r["refund_amount"] for r in self.returns), Decimal(0))
        units = sum(i["quantity"] for i in self.lines)
        margin = (
            gross
            - sum((i["quantity"] * self.cost[i["product_id"]] for i in self.lines), Decimal(0))
            - refunds
            + sum(
                (
                    r["quantity"] * self.cost[self.line_of[r["order_item_id"]]["product_id"]]
                    for r in self.returns
                ),
                Decimal(0),
            )
        )
        premium = [o for o in live if o["total_amount"] >= 500]
        buyers = Counter(o["customer_id"] for o in live)
        again = [c for c, n in buyers.items() if n > 1]
        cancelled = [o for o in orders if o["status"] == "CANCELLED"]
        stuck = [
            o
            for o in orders
            if o["status"] == "PENDING" and (UNTIL - o["ordered_at"]).total_seconds() > 86_400
        ]
        return {
            "revenue": gross - refunds,
            "order_count": len(live),
            "average_order_value": ((gross - refunds) / len(live)).quantize(
                CENT, rounding=ROUND_HALF_UP
            ),
            "pending_stuck": len(stuck),
            "gross_sales": gross,
            "refunds": refunds,
            "refund_rate": share(refunds, gross),
            "units": units,
            "units_returned": sum(r["quantity"] for r in self.returns),
            "items_per_order": share(units, len(live)),
            "gross_margin": margin,
            "gross_margin_rate": share(margin, gross - refunds),
            "orders_placed": len(orders),
            "cancelled_orders": len(cancelled),
            "cancellation_rate": share(len(cancelled), len(orders)),
            "premium_orders": len(premium),
            "premium_share": share(len(premium), len(live)),
            "lines_bought": len(self.lines),
            "social_posts": len(self.rows["social_posts"]),
            "customers": len(buyers),
            "new_customers": len(buyers),
            "returning_customers": len(again),
            "repeat_rate": share(len(again), len(buyers)),
            "repeat_order_share": share(len(live) - len(buyers), len(live)),
            **self.around(),
        }

    def around(self) -> dict[str, Any]:
        """Visits, reviews, money, stock, rates."""
        visits: defaultdict[str, set[str]] = defaultdict(set)
        for event in self.rows["clickstream_events"]:
            visits[event["session_id"]].add(event["event_type"])
        carts = [kinds for kinds in visits.values() if "add_to_cart" in kinds]
        stars = [r["rating"] for r in self.rows["reviews"]]
        tried = [p["status"] for p in self.rows["payments"] if p["status"] != "REFUNDED"]
        sign = {"CAPTURED": 1, "FAILED": 0, "REFUNDED": -1}
        stock = Counter[int]()
        for move in self.rows["inventory_movements"]:
            stock[move["product_id"]] += move["quantity_change"]
        return {
            "sessions": len(visits),
            "conversion_rate": share(
                sum("purchase" in kinds for kinds in visits.values()), len(visits)
            ),
            "cart_abandonment_rate": share(
                sum("purchase" not in kinds for kinds in carts), len(carts)
            ),
            "review_count": len(stars),
            "review_rating": share(sum(stars), len(stars)),
            "payments_received": sum(
                (sign[p["status"]] * p["amount"] for p in self.rows["payments"]), Decimal(0)
            ),
            "payment_failure_rate": share(tried.count("FAILED"), len(tried)),
            "inventory_value": sum((n * self.cost[p] for p, n in stock.items()), Decimal(0)),
            "stock_outs": sum(n <= 0 for n in stock.values()),
            "revenue_reporting": None,  # see below
            "lines_without_rate": 0,
            "hours_to_ship": self.hours_to_ship(),
        }

    def hours_to_ship(self) -> Decimal:
        moves: defaultdict[int, list[tuple[datetime, int, str]]] = defaultdict(list)
        for e in self.rows["order_events"]:
            moves[e["order_id"]].append((e["changed_at"], e["order_event_id"], e["to_status"]))
        hours = []
        for of_order in moves.values():
            of_order.sort()
            for (at, _, status), (left, _, _) in pairwise(of_order):
                if status == "PAID":
                    # 0.0001 hours are the unit that the fact keeps
                    seconds = Decimal(str((left - at).total_seconds()))
                    hours.append((seconds / 3600).quantize(FOUR, rounding=ROUND_HALF_UP))
        return share(sum(hours, Decimal(0)), len(hours))


@pytest.fixture(scope="module")
def store(year: Year) -> Store:
    return Store(year.rows)


@pytest.mark.promise("97", "99")
def test_every_metric_equals_what_python_counts_in_the_stores_own_rows(
    year: Year, store: Store
) -> None:
    expected = store.total()
    assert expected.keys() == {metric.name for metric in list_metrics()}
    expected["revenue_reporting"] = expected["revenue"]  # all in the reporting currency
    found = {name: answer(year, name)[None] for name in expected}
    wrong = {n: (found[n], expected[n]) for n in expected if found[n] != expected[n]}
    close = {  # a mean of rounded hours: the engine's binary floats may fall on the other side
        name: pair
        for name, pair in wrong.items()
        if name == "hours_to_ship" and abs(pair[0] - pair[1]) < Decimal("0.001")
    }
    assert wrong.keys() - close.keys() == set(), wrong


def test_by_month_country_and_channel_the_metrics_are_pythons(year: Year, store: Store) -> None:
    months: defaultdict[str, Decimal] = defaultdict(Decimal)
    country: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in store.lines:
        order = store.orders[line["order_id"]]
        months[f"{order['ordered_at']:%Y-%m}"] += line["line_total"]
        country[store.country[order["address_id"]]] += line["line_total"]
    assert answer(year, "gross_sales", "month") == dict(months)
    assert answer(year, "gross_sales", "country") == dict(country)
    buyers: defaultdict[str, set[int]] = defaultdict(set)
    for order in store.live.values():
        buyers[f"{order['ordered_at']:%G-W%V}"].add(order["customer_id"])
    assert answer(year, "customers", "week") == {week: len(who) for week, who in buyers.items()}
    tried, failed = Counter[str](), Counter[str]()
    for payment in year.rows["payments"]:
        tried[payment["method"]] += payment["status"] != "REFUNDED"
        failed[payment["method"]] += payment["status"] == "FAILED"
    assert answer(year, "payment_failure_rate", "method") == {
        method: share(failed[method], tried[method]) for method in tried
    }


def test_stock_by_day_is_the_sum_of_what_moved(year: Year, store: Store) -> None:
    level: defaultdict[date, Counter[int]] = defaultdict(Counter)
    for move in year.rows["inventory_movements"]:
        level[move["moved_at"].date()][move["product_id"]] += move["quantity_change"]
    stock = Counter[int]()
    value: dict[str, Decimal] = {}
    for day in sorted(level):
        stock.update(level[day])
        value[f"{day:%Y-%m-%d}"] = sum((n * store.cost[p] for p, n in stock.items()), Decimal(0))
    found = answer(year, "inventory_value", "day")
    assert {day: found[day] for day in value} == value


@pytest.mark.promise("94")
def test_cities_show_revenue_and_premium_share(year: Year, store: Store) -> None:
    place = {a["address_id"]: (a["country"], a["city"]) for a in year.rows["customer_addresses"]}
    orders, premium = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    revenue: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order in store.live.values():
        city = place[order["address_id"]]
        orders[city] += 1
        premium[city] += order["total_amount"] >= 500
    for line in store.lines:
        revenue[place[store.orders[line["order_id"]]["address_id"]]] += line["line_total"]
    for back in store.returns:
        revenue[place[store.orders[back["order_id"]]["address_id"]]] -= back["refund_amount"]
    found = year.lake.rows(
        "SELECT country, city, orders, premium_orders, revenue, premium_share"
        " FROM gold.mart_city_performance WHERE shop = 'aethermart'"
    )
    assert {row[:2]: row[2:5] for row in found if row[2]} == {
        city: (orders[city], premium[city], revenue[city]) for city in orders
    }
    six = Decimal("0.000001")
    for country, city, *_, part in found:
        if orders[country, city]:
            exact = Decimal(premium[country, city]) / orders[country, city]
            assert abs(part - exact) <= six


def test_quarters_add_up_to_the_year(year: Year, store: Store) -> None:
    expected: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for line in store.lines:
        day = store.orders[line["order_id"]]["ordered_at"]
        expected[day.year, (day.month + 2) // 3] += line["line_total"]
    for back in store.returns:
        day = back["returned_at"]
        expected[day.year, (day.month + 2) // 3] -= back["refund_amount"]
    found = year.lake.rows(
        "SELECT year, quarter, revenue, growth FROM gold.mart_quarterly_sales"
        " WHERE shop = 'aethermart' ORDER BY 1, 2"
    )
    assert {(y, q): revenue for y, q, revenue, _ in found} == dict(expected)
    assert found[0][3] is None
    for (_, _, before, _), (_, _, after, growth) in pairwise(found):
        assert abs(growth - (after - before) / before) <= Decimal("0.000001")


def test_a_customer_is_seen_from_all_sides(year: Year, store: Store) -> None:
    orders = Counter(o["customer_id"] for o in store.live.values())
    who, most = orders.most_common(1)[0]
    own = [o["order_id"] for o in store.orders.values() if o["customer_id"] == who]
    revenue = sum((i["line_total"] for i in store.lines if i["order_id"] in own), Decimal(0))
    revenue -= sum((r["refund_amount"] for r in store.returns if r["order_id"] in own), Decimal(0))
    found = year.lake.rows(
        "SELECT orders, revenue, customer_segment, returned_lines, reviews, visits, chats,"
        " failed_payments FROM gold.mart_customer_360 WHERE customer_id = ?",
        str(who),
    )
    clicks = year.rows["clickstream_events"]
    assert found == [
        (
            most,
            revenue,
            "loyal",
            sum(r["order_id"] in own for r in store.returns),
            sum(r["customer_id"] == who for r in year.rows["reviews"]),
            len({c["session_id"] for c in clicks if c["customer_id"] == who}),
            sum(c["customer_id"] == who for c in year.rows["support_chats"]),
            sum(p["order_id"] in own and p["status"] == "FAILED" for p in year.rows["payments"]),
        )
    ]
    assert year.lake.rows("SELECT COUNT(*) FROM gold.mart_customer_360") == [
        (len(year.rows["customers"]),)
    ]


def test_products_show_what_they_sold_and_what_came_back(year: Year, store: Store) -> None:
    sold, back = Counter[int](), Counter[int]()
    for line in store.lines:
        sold[line["product_id"]] += line["quantity"]
    for r in store.returns:
        back[store.line_of[r["order_item_id"]]["product_id"]] += r["quantity"]
    found = year.lake.rows(
        "SELECT CAST(product_id AS INTEGER), units_sold, units_returned"
        " FROM gold.mart_product_performance"
    )
    assert {product: (units, returned) for product, units, returned in found} == {
        p["product_id"]: (sold[p["product_id"]], back[p["product_id"]])
        for p in year.rows["products"]
    }


@pytest.mark.promise("144")
def test_a_campaigns_lift_is_that_of_python_counting_the_same_lines(year: Year) -> None:
    promoted: defaultdict[str, set[int]] = defaultdict(set)
    spans = {}
    for p in year.rows["promotions"]:
        promoted[p["campaign"]].add(p["product_id"])
        spans[p["campaign"]] = (p["starts_at"], p["ends_at"])
    placed = {o["order_id"]: o["ordered_at"] for o in year.rows["orders"]}
    lines = Counter[tuple[str, bool, bool]]()
    for line in year.rows["order_items"]:
        at = placed[line["order_id"]]
        for name, (starts, ends) in spans.items():
            if starts - (ends - starts) <= at < ends:
                lines[name, line["product_id"] in promoted[name], at >= starts] += 1
    found = year.lake.rows("SELECT campaign, lift FROM gold.mart_campaign_effect")
    assert {name for name, _ in found} == spans.keys()
    for name, lift in found:
        during = lines[name, True, True] * lines[name, False, False]
        before = lines[name, True, False] * lines[name, False, True]
        assert abs(lift - (Decimal(during) / before - 1)) < Decimal("0.00001")


def test_journeys_count_each_visit_once_by_how_far_it_went(year: Year) -> None:
    steps = ("page", "product", "cart", "checkout", "order")
    reached = {"product_view": 1, "add_to_cart": 2, "checkout": 3, "purchase": 4}
    furthest: defaultdict[str, int] = defaultdict(int)
    for event in year.rows["clickstream_events"]:
        session = event["session_id"]
        furthest[session] = max(furthest[session], reached.get(event["event_type"], 0))
    expected = Counter(steps[step] for step in furthest.values())
    assert answer(year, "sessions", "journey") == dict(expected)


@pytest.mark.nightly
def test_all_declared_tests_hold_over_the_year_and_no_fact_lost_a_row(year: Year) -> None:
    failing = [t for t in run_tests(year.lake.connection, year.lake.compiled) if t.failing_rows]
    assert failing == []
    tables = {
        "fct_payments": "payments",
        "fct_returns": "returns",
        "fct_reviews": "reviews",
        "fct_order_status": "order_events",
        "fct_sales_as_ordered": None,
        "fct_sales_reported": None,
    }
    lines = len(year.rows["order_items"]) + len(year.rows["returns"])
    for fact, table in tables.items():
        expected = len(year.rows[table]) if table else lines
        assert year.lake.rows(f"SELECT COUNT(*) FROM gold.{fact}") == [(expected,)], fact
