"""Live traffic: legal, bounded, exact in what it reports, and patient with a lost server."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from aethermart.core.errors import BadInput, NotFound, Unavailable
from aethermart.servers import processes
from aethermart.servers.places import find_place
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.simulate import traffic
from aethermart.simulate.fates import fate_of
from aethermart.simulate.generator import generate
from aethermart.simulate.shoppers import new_price
from aethermart.simulate.traffic import run_traffic
from aethermart.store.orders import OrderRequest, PlacedOrder, place_order
from aethermart.store.postgres.session import PostgresSession
from aethermart.store.schema import apply_schema
from aethermart.store.session import StoreSession

pytestmark = pytest.mark.service("postgres")

UNTIL = datetime(2026, 1, 31, 12, tzinfo=UTC)  # its orders are too old to be moved on
LEGAL = {
    (None, "PENDING"),
    ("PENDING", "PAID"),
    ("PENDING", "CANCELLED"),
    ("PAID", "SHIPPED"),
    ("PAID", "CANCELLED"),
    ("SHIPPED", "DELIVERED"),
    ("DELIVERED", "RETURNED"),
}


@pytest.fixture
def shop(store: str) -> Iterator[psycopg.Connection]:
    """A generated shop of 100 orders."""
    with psycopg.connect(store, autocommit=True) as connection:
        generate(PostgresSession(connection), 0.01, 7, until=UNTIL)
        yield connection


def counted(shop: psycopg.Connection) -> dict[str, int]:
    """Moves by status, of the orders that the traffic placed."""
    rows = shop.execute(
        "SELECT to_status, count(*) FROM order_events WHERE order_id > 100 GROUP BY to_status"
    ).fetchall()
    return dict[str, int](rows)


def one(shop: psycopg.Connection, query: bytes) -> tuple[object, ...] | None:
    return shop.execute(query).fetchone()


def assert_exact(shop: psycopg.Connection) -> None:
    """Totals, stock, refunds and histories agree with each other."""
    moves = shop.execute("SELECT DISTINCT from_status, to_status FROM order_events").fetchall()
    assert set(moves) <= LEGAL
    assert one(
        shop, b"SELECT count(*) FROM orders WHERE total_amount <> fn_order_total(order_id)"
    ) == (0,)
    assert one(
        shop,
        b"SELECT count(*) FROM products AS p WHERE stock_quantity <> (SELECT sum(quantity_change)"
        b" FROM inventory_movements AS m WHERE m.product_id = p.product_id)",
    ) == (0,)
    assert one(
        shop,
        b"SELECT count(*) FROM order_items JOIN orders USING (order_id)"
        b" LEFT JOIN returns USING (order_item_id)"
        b" WHERE (status = 'RETURNED') <> (return_id IS NOT NULL)",
    ) == (0,)


@pytest.mark.promise("87")
def test_bounded_by_orders_each_lives_its_whole_life(store: str, shop: psycopg.Connection) -> None:
    report = run_traffic(store, rate_per_s=1000, seed=3, max_orders=200)
    assert report.placed == 200
    assert one(shop, b"SELECT count(*) FROM orders WHERE order_id > 100") == (200,)
    assert counted(shop) == {"PENDING": 200} | report.moved
    assert report.moved.keys() == {"PAID", "SHIPPED", "DELIVERED", "CANCELLED", "RETURNED"}
    # Some stay PENDING for good; everything else reached an end.
    status = dict[str, int](
        shop.execute(
            "SELECT status, count(*) FROM orders WHERE order_id > 100 GROUP BY status"
        ).fetchall()
    )
    assert status.keys() == {"PENDING", "DELIVERED", "CANCELLED", "RETURNED"}
    assert report.repriced > 0
    assert report.reconnected == 0
    assert_exact(shop)


@pytest.mark.promise("87")
def test_bounded_by_seconds_at_the_rate(store: str, shop: psycopg.Connection) -> None:
    began = time.monotonic()
    report = run_traffic(store, rate_per_s=20, seed=3, seconds=2)
    assert 1.9 < time.monotonic() - began < 4
    assert 20 <= report.placed <= 42
    assert counted(shop)["PENDING"] == report.placed
    assert_exact(shop)


@pytest.mark.promise("87")
def test_endless_until_it_is_stopped(store: str, shop: psycopg.Connection) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_traffic, store, 100, 3, stop=stop)
        while (one(shop, b"SELECT count(*) FROM orders WHERE order_id > 110") or (0,))[0] == 0:
            assert not running.done()
            time.sleep(0.02)
        stop.set()
        report = running.result(timeout=5)
    assert counted(shop)["PENDING"] == report.placed > 10
    assert_exact(shop)


def test_the_next_run_moves_the_orders_of_the_last(store: str, shop: psycopg.Connection) -> None:
    run_traffic(store, rate_per_s=200, seed=3, seconds=0.3)
    left = one(shop, b"SELECT count(*) FROM orders WHERE order_id > 100 AND status = 'PENDING'")
    assert left is not None
    assert left[0] != 0
    report = run_traffic(store, rate_per_s=1000, seed=3, max_orders=1)
    placed = one(shop, b"SELECT count(*) FROM orders WHERE order_id > 100")
    assert report.placed == 1
    assert placed is not None
    finals = {order_id: fate_of(3, order_id) for order_id in range(101, 101 + int(str(placed[0])))}
    expected = {
        order_id: fate.steps[-1][0] if fate.steps else "PENDING"
        for order_id, fate in finals.items()
    }
    found = shop.execute("SELECT order_id, status FROM orders WHERE order_id > 100").fetchall()
    assert dict[int, str](found) == expected


def test_two_at_once_do_not_disturb_each_other(store: str, shop: psycopg.Connection) -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run_traffic, store, 1000, seed, 60) for seed in (3, 4)]
        reports = [run.result() for run in runs]
    assert [report.placed for report in reports] == [60, 60]
    assert counted(shop)["PENDING"] == 120
    assert_exact(shop)


def test_empty_shelves_are_filled_again(store: str, shop: psycopg.Connection) -> None:
    shop.execute("SELECT sp_change_stock(product_id, -stock_quantity, 'ADJUSTMENT') FROM products")
    report = run_traffic(store, rate_per_s=1000, seed=3, max_orders=20)
    assert report.placed == 20
    assert report.refused > 0
    assert report.restocked > 0
    assert_exact(shop)


def test_a_changed_catalogue_is_noticed(store: str, shop: psycopg.Connection) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_traffic, store, 200, 3, 60, stop=stop)
        while (one(shop, b"SELECT count(*) FROM orders WHERE order_id > 105") or (0,))[0] == 0:
            time.sleep(0.01)
        shop.execute("UPDATE products SET is_active = product_id > 15")
        report = running.result(timeout=60)
    assert report.placed == 60
    assert 0 < report.refused <= 3


def test_a_lost_connection_costs_no_order_and_doubles_none(
    store: str, shop: psycopg.Connection
) -> None:
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_traffic, store, 100, 3, 100)
        for seen in (110, 130, 150):
            query = f"SELECT count(*) FROM orders WHERE order_id > {seen}".encode()
            while (one(shop, query) or (0,))[0] == 0:
                assert not running.done()
                time.sleep(0.01)
            shop.execute(others)
        report = running.result(timeout=60)
    assert report.reconnected == 3
    assert report.placed == 100
    assert one(shop, b"SELECT count(*) FROM orders WHERE order_id > 100") == (100,)
    assert_exact(shop)


def test_an_answer_lost_after_the_commit_doubles_no_order(
    store: str, shop: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def place(session: StoreSession, request: OrderRequest) -> PlacedOrder:
        placed = place_order(session, request)
        asked.append(request.idempotency_key)
        if len(asked) in (3, 7):
            raise Unavailable("the connection broke after the commit", fix="try again")
        return placed

    monkeypatch.setattr(traffic, "place_order", place)
    report = run_traffic(store, rate_per_s=1000, seed=3, max_orders=20)
    assert report.placed == 20
    assert report.reconnected == 2
    assert len(asked) == 22
    assert asked[2] == asked[3]
    assert one(shop, b"SELECT count(*) FROM orders WHERE order_id > 100") == (20,)
    assert_exact(shop)


def test_a_killed_server_is_awaited(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    try:
        server.create_database("store")
        dsn = server.dsn("store")
        with psycopg.connect(dsn) as connection:
            apply_schema(PostgresSession(connection))
            generate(PostgresSession(connection), 0.01, 7, until=UNTIL)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(run_traffic, dsn, 50, 3, 60)
            time.sleep(0.5)
            place = find_place(tmp_path / "postgres")
            assert place is not None
            for process in processes.servers(place.cluster):
                process.kill()
            time.sleep(0.5)
            assert not running.done()
            server.start()
            report = running.result(timeout=60)
        assert report.placed == 60
        assert report.reconnected >= 2
        with psycopg.connect(dsn) as connection:
            assert one(connection, b"SELECT count(*) FROM orders WHERE order_id > 100") == (60,)
            assert_exact(connection)
    finally:
        server.destroy()


def test_a_server_that_was_never_there_is_an_error() -> None:
    with pytest.raises(Unavailable, match="connection"):
        run_traffic("postgresql://nobody@127.0.0.1:1/none", rate_per_s=1, seed=3)


def test_an_empty_store_has_no_traffic(store: str) -> None:
    with pytest.raises(NotFound, match="no customers or no products"):
        run_traffic(store, rate_per_s=1, seed=3, max_orders=1)


@pytest.mark.parametrize("rate", [0, -1.5])
def test_a_senseless_rate_is_refused(rate: float) -> None:
    with pytest.raises(BadInput, match=f"{rate} is not a rate"):
        run_traffic("postgresql://127.0.0.1:1/none", rate_per_s=rate, seed=3)


@pytest.mark.promise("87")
def test_every_fate_is_legal_and_each_occurs() -> None:
    ways = set()
    for order_id in range(1000):
        fate = fate_of(3, order_id)
        way = ("PENDING", *(status for status, _ in fate.steps))
        assert {*pairwise(way)} <= LEGAL
        assert all(delay_s > 0 for _, delay_s in fate.steps)
        assert fate == fate_of(3, order_id)
        ways.add(way)
    assert ways == {
        ("PENDING",),
        ("PENDING", "CANCELLED"),
        ("PENDING", "PAID", "CANCELLED"),
        ("PENDING", "PAID", "SHIPPED", "DELIVERED"),
        ("PENDING", "PAID", "SHIPPED", "DELIVERED", "RETURNED"),
    }


def test_a_price_moves_a_little_and_never_to_nothing() -> None:
    rng = random.Random(3)
    prices = [new_price(rng, Decimal("10.00")) for _ in range(1000)]
    assert Decimal("9.50") <= min(prices) < max(prices) <= Decimal("10.50")
    assert new_price(rng, Decimal("0.00")) == Decimal("0.01")
