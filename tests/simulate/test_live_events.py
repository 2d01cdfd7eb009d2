"""What live traffic does around its orders: at plausible rates, legal, sent beside the orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
import pytest

from aethermart.core.errors import Unavailable
from aethermart.simulate import live_events, traffic
from aethermart.simulate.generator import generate
from aethermart.simulate.traffic import run_traffic
from aethermart.store.engagement import record
from aethermart.store.postgres.session import PostgresSession
from aethermart.store.session import StoreSession

pytestmark = pytest.mark.service("postgres")

UNTIL = datetime(2026, 1, 31, 12, tzinfo=UTC)
STREAMS = ("clickstream_events", "device_telemetry", "social_posts", "support_chats")
GROW = (*STREAMS, "orders", "order_items", "order_events", "payments", "returns", "reviews")


@pytest.fixture
def shop(store: str) -> Iterator[psycopg.Connection]:
    """A generated shop of 100 orders."""
    with psycopg.connect(store, autocommit=True) as connection:
        generate(PostgresSession(connection), 0.01, 7, until=UNTIL)
        yield connection


def rows(shop: psycopg.Connection, query: LiteralString) -> list[tuple[Any, ...]]:
    return shop.execute(query).fetchall()


def sizes(shop: psycopg.Connection) -> dict[str, int]:
    return {
        table: shop.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()[0][0]
        for table in GROW
    }


@pytest.mark.promise("63", "87")
def test_every_kind_of_event_comes_with_the_orders_at_the_rates_of_the_year(
    store: str, shop: psycopg.Connection
) -> None:
    before = sizes(shop)
    report = run_traffic(store, rate_per_s=1000, seed=3, max_orders=300)
    grown = {table: size - before[table] for table, size in sizes(shop).items()}
    assert report.placed == grown["orders"] == 300
    assert {stream: grown[stream] for stream in (*STREAMS, "reviews")} == {
        stream: report.recorded[stream] for stream in (*STREAMS, "reviews")
    }
    assert min(grown.values()) > 0
    ((visits, bought),) = rows(
        shop,
        "SELECT count(DISTINCT session_id), count(*) FILTER (WHERE event_type = 'purchase')"
        " FROM clickstream_events WHERE session_id LIKE 'live-%'",
    )
    ((online,),) = rows(
        shop,
        "SELECT count(*) FROM orders WHERE order_id > 100 AND channel IN ('web', 'mobile')",
    )
    assert bought == online
    assert visits == online + 8 * 300
    assert 3 <= grown["social_posts"] <= 30  # 300 / 25 is 12
    assert 2 <= grown["support_chats"] <= 24  # 300 / 37 is 8
    assert 5 <= grown["reviews"] <= 45  # 6 in 100 delivered orders, 20 of those that came back
    assert 2 <= report.recorded["refused_payments"] <= 30  # 4 in 100


@pytest.mark.promise("63")
def test_a_visit_leads_to_its_order_step_by_step(store: str, shop: psycopg.Connection) -> None:
    run_traffic(store, rate_per_s=1000, seed=3, max_orders=50)
    visits = rows(
        shop,
        "SELECT o.order_id, o.customer_id, o.channel,"
        " array_agg(c.event_type ORDER BY c.occurred_at),"
        " array_agg(DISTINCT c.customer_id), array_agg(DISTINCT c.channel),"
        " max(c.occurred_at) - o.ordered_at < interval '5 seconds',"
        " bool_and(i.product_id IS NOT NULL) FILTER (WHERE c.product_id IS NOT NULL)"
        " FROM orders o JOIN clickstream_events p USING (order_id)"
        " JOIN clickstream_events c USING (session_id)"
        " LEFT JOIN order_items i ON i.order_id = o.order_id AND i.product_id = c.product_id"
        " WHERE o.order_id > 100 GROUP BY o.order_id",
    )
    assert len(visits) > 30
    for _, customer, channel, steps, customers, channels, on_time, of_the_order in visits:
        assert steps == ["page_view", "product_view", "add_to_cart", "checkout", "purchase"]
        assert (customers, channels) == ([customer], [channel])
        assert on_time
        assert of_the_order


@pytest.mark.promise("63")
def test_only_buyers_review_and_only_what_arrived(store: str, shop: psycopg.Connection) -> None:
    run_traffic(store, rate_per_s=1000, seed=3, max_orders=300)
    found = rows(
        shop,
        "SELECT o.status, r.customer_id = o.customer_id, i.product_id IS NOT NULL"
        " FROM reviews r JOIN orders o USING (order_id)"
        " LEFT JOIN order_items i ON i.order_id = r.order_id AND i.product_id = r.product_id"
        " WHERE r.order_id > 100",
    )
    assert {row[0] for row in found} <= {"DELIVERED", "RETURNED"}
    assert found
    assert all(row[1] and row[2] for row in found)


def test_a_refused_payment_comes_before_the_one_that_is_taken(
    store: str, shop: psycopg.Connection
) -> None:
    run_traffic(store, rate_per_s=200, seed=3, max_orders=200)
    pairs = rows(
        shop,
        "SELECT f.paid_at <= c.paid_at FROM payments f JOIN payments c USING (order_id)"
        " WHERE f.order_id > 100 AND f.status = 'FAILED' AND c.status = 'CAPTURED'",
    )
    assert pairs
    assert all(in_order for (in_order,) in pairs)


def test_the_same_seed_makes_the_same_events(
    store: str, shop: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[tuple[Any, ...]]] = []
    for _ in range(2):
        (newest,) = rows(shop, "SELECT max(event_id) FROM clickstream_events")[0]
        run_traffic(store, rate_per_s=1000, seed=11, max_orders=20)
        found = shop.execute(
            "SELECT event_type, customer_id, product_id, channel, device, referrer"
            " FROM clickstream_events WHERE event_id > %s ORDER BY event_id",
            [newest],
        ).fetchall()
        seen.append(found)
    assert seen[0] == seen[1]


def test_events_are_sent_together_and_not_with_each_order(
    store: str, shop: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []

    def counted(session: StoreSession, stream: Any, events: Any) -> int:
        if stream == "clickstream_events":
            batches.append(len(events))
        return record(session, stream, events)

    monkeypatch.setattr(live_events, "record", counted)
    run_traffic(store, rate_per_s=50, seed=3, seconds=2)
    assert 1 <= len(batches) <= 2 / live_events.SENT_EVERY_S + 2
    assert sum(batches) > 500


def test_an_event_that_could_not_be_sent_is_sent_later(
    store: str, shop: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def failing(session: StoreSession, stream: Any, events: Any) -> int:
        calls.append(len(events))
        if len(calls) <= 2:
            raise Unavailable("the server went away", fix="wait")
        return record(session, stream, events)

    monkeypatch.setattr(live_events, "record", failing)
    report = run_traffic(store, rate_per_s=1000, seed=3, max_orders=20)
    assert report.reconnected == 2
    assert report.placed == 20
    ((sessions,),) = rows(
        shop,
        "SELECT count(DISTINCT session_id) FROM clickstream_events WHERE session_id LIKE 'live-%'",
    )
    assert sessions >= 8 * 20


def test_a_campaign_begins_and_its_products_are_sold_at_its_price(
    store: str, shop: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "_FIRST_CAMPAIGN_S", 0.0)
    report = run_traffic(store, rate_per_s=1000, seed=3, max_orders=200)
    assert report.campaigns == 1
    ((promoted, percent),) = rows(
        shop,
        "SELECT count(*), min(discount_percent) FROM promotions WHERE campaign LIKE 'Flash%'",
    )
    ((products,),) = rows(shop, "SELECT count(*) FROM products WHERE is_active")
    assert (promoted, percent) == (int(products * 0.2), 15)
    shares = dict[bool, float](
        rows(
            shop,
            "SELECT p.product_id IS NOT NULL,"
            " avg((i.discount_amount > 0)::int)::float FROM order_items i"
            " LEFT JOIN promotions p ON p.product_id = i.product_id AND p.campaign LIKE 'Flash%'"
            " WHERE i.order_id > 100 GROUP BY 1",
        )
    )
    assert shares[True] > 0.9
    assert shares[False] < 0.3
