"""One seed makes the same shop on PostgreSQL and on MariaDB, to the last value."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.simulate.faults.sound import take_sound
from aethermart.simulate.generator import generate
from aethermart.simulate.traffic import run_traffic
from aethermart.store.connect import connect
from aethermart.store.orders import OrderLine, OrderRequest, place_order
from aethermart.store.schema import apply_schema
from aethermart.store.session import StoreSession
from tests.mariadb import MariadbServer
from tests.simulate.test_generator import UNTIL

pytestmark = [pytest.mark.service("postgres"), pytest.mark.service("mariadb")]

COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = {schema} ORDER BY table_name, ordinal_position
"""


# Rows that contradict each other, counted in words both databases know.
WRONG = (
    """
    SELECT count(*) FROM products p WHERE stock_quantity <> (
        SELECT sum(quantity_change) FROM inventory_movements m WHERE m.product_id = p.product_id
    )
    """,
    """
    SELECT count(*) FROM orders o WHERE total_amount - tax_amount - shipping_amount <> (
        SELECT sum(line_total) FROM order_items i WHERE i.order_id = o.order_id
    )
    """,
    """
    SELECT count(*) FROM orders o WHERE status <> (
        SELECT to_status FROM order_events e WHERE e.order_id = o.order_id
        ORDER BY order_event_id DESC LIMIT 1
    )
    """,
    """
    SELECT count(*) FROM orders o WHERE (status = 'RETURNED') <> EXISTS (
        SELECT 1 FROM returns r WHERE r.order_id = o.order_id
    )
    """,
)


@pytest.fixture(scope="module")
def addresses(postgres: EmbeddedPostgres, mariadb: MariadbServer) -> list[str]:
    postgres.create_database("equal")
    return [postgres.dsn("equal"), mariadb.store_dsn(mariadb.new_database())]


@pytest.fixture(scope="module")
def two_stores(addresses: list[str]) -> Iterator[list[StoreSession]]:
    """The same small shop on each."""
    with closing(connect(addresses[0])) as one, closing(connect(addresses[1])) as other:
        for session in (one, other):
            apply_schema(session)
            generate(session, 0.02, 7, until=UNTIL)
        yield [one, other]


def columns_of(session: StoreSession) -> dict[str, list[str]]:
    schema = "'public'" if session.kind == "postgres" else "DATABASE()"
    found: dict[str, list[str]] = {}
    for table, column in session.rows(COLUMNS.format(schema=schema)):
        found.setdefault(table, []).append(column)
    return found


def digest(session: StoreSession, table: str, columns: list[str]) -> tuple[int, str]:
    """How many rows, and a hash of all their values, the key's order."""
    rows = session.rows(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}")
    told = hashlib.sha256()
    for row in rows:
        told.update(repr(tuple(map(plain, row))).encode())
    return len(rows), told.hexdigest()


def plain(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool() | int():
            return str(int(value))
        case Decimal():
            return format(value.normalize(), "f")
        case datetime():
            assert value.tzinfo is not None, value
            return value.astimezone(UNTIL.tzinfo).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
    assert isinstance(value, str), value
    return value


@pytest.mark.promise("1", "51")
def test_every_table_has_the_same_rows_on_both(two_stores: list[StoreSession]) -> None:
    postgres, mariadb = two_stores
    tables = columns_of(postgres)
    theirs = columns_of(mariadb)
    assert len(tables) == 19
    for table, columns in tables.items():
        assert set(columns) <= set(theirs[table]), table
        mine = digest(postgres, table, columns)
        assert mine[0] > 0, table
        assert digest(mariadb, table, columns) == mine, table


@pytest.mark.promise("20")
def test_every_order_and_every_visit_has_a_channel_on_both(
    two_stores: list[StoreSession],
) -> None:
    counted = [
        {
            table: dict(session.rows(f"SELECT channel, count(*) FROM {table} GROUP BY channel"))
            for table in ("orders", "clickstream_events", "support_chats")
        }
        for session in two_stores
    ]
    assert counted[0] == counted[1]
    assert counted[0]["orders"].keys() == {"web", "mobile", "partner", "popup"}
    assert sum(counted[0]["orders"].values()) == 200
    assert counted[0]["clickstream_events"].keys() == {"web", "mobile"}


@pytest.mark.promise("3")
def test_the_shop_that_faults_are_planted_in_is_the_same(two_stores: list[StoreSession]) -> None:
    sound, same = (take_sound(session, 7) for session in two_stores)
    assert sound.rows() > 1000
    assert sound == same


def test_live_orders_go_on_after_the_generated_ones(two_stores: list[StoreSession]) -> None:
    placed = [
        place_order(session, OrderRequest(1, 1, "web", (OrderLine(1, 2),)))
        for session in two_stores
    ]
    assert [order.order_id for order in placed] == [201, 201]
    assert placed[0].total == placed[1].total


@pytest.mark.promise("87")
def test_traffic_leaves_both_exact(addresses: list[str], two_stores: list[StoreSession]) -> None:
    for address, session in zip(addresses, two_stores, strict=True):
        ((before,),) = session.rows("SELECT max(order_id) FROM orders")
        report = run_traffic(address, rate_per_s=1000, seed=3, max_orders=60)
        assert (report.placed, report.reconnected) == (60, 0)
        assert {"PAID", "SHIPPED", "DELIVERED"} <= report.moved.keys()
        assert session.rows("SELECT max(order_id) FROM orders") == [(before + 60,)]
        assert report.recorded["clickstream_events"] > 500
        for wrong in WRONG:
            assert session.rows(wrong) == [(0,)], wrong
