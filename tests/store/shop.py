"""The small shop under test, on either database, and what its tests ask both in the same words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aethermart.store.connect import connect
from aethermart.store.orders import (
    OrderLine,
    OrderRequest,
    Status,
    change_status,
    place_order,
)
from aethermart.store.session import Kind, StoreSession

CATALOGUE = """
INSERT INTO categories (category_id, name) VALUES (1, 'Kitchen');
INSERT INTO products (product_id, sku, name, category_id, price)
VALUES (1, 'CUP', 'Cup', 1, 4.99), (2, 'PAN', 'Pan', 1, 35.00), (3, 'SPOON', 'Spoon', 1, 0.10);
UPDATE products SET stock_quantity = 10 WHERE product_id = 1;
UPDATE products SET stock_quantity = 5 WHERE product_id = 2;
UPDATE products SET stock_quantity = 1 WHERE product_id = 3;
INSERT INTO inventory_movements (product_id, quantity_change, reason)
VALUES (1, 10, 'RESTOCK'), (2, 5, 'RESTOCK'), (3, 1, 'RESTOCK');
INSERT INTO customers (customer_id, email, first_name, last_name)
VALUES (1, 'ada@example.org', 'Ada', 'Byron'), (2, 'max@example.org', 'Max', 'Born');
INSERT INTO customer_addresses (address_id, customer_id, street, city, postal_code, country)
VALUES (11, 1, 'Long Lane 1', 'London', 'E1 6AN', 'GB'),
    (12, 2, 'Hauptstr. 2', 'Berlin', '10115', 'DE')
"""
KEPT = ("masking_salt", "store_locks")  # tables whose rows come with the schema
_TOUCHED = (
    "products",
    "orders",
    "order_items",
    "order_events",
    "payments",
    "returns",
    "reviews",
    "inventory_movements",
)
_WAITING = {
    "postgres": "SELECT count(*) FROM pg_locks WHERE NOT granted",
    "mariadb": "SELECT count(*) FROM information_schema.processlist AS p"
    " INNER JOIN information_schema.innodb_trx AS t ON t.trx_mysql_thread_id = p.id"
    " WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()",
}
_THIS = {
    "postgres": "SELECT pg_backend_pid()",
    "mariadb": "SELECT CONNECTION_ID()",
}
_KILL = {
    "postgres": "SELECT pg_terminate_backend(%(id)s)",
    "mariadb": "KILL CONNECTION %(id)s",
}
_DEADLOCKS = {
    "postgres": "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
    "mariadb": "SELECT variable_value FROM information_schema.global_status"
    " WHERE variable_name = 'Innodb_deadlocks'",
}


@dataclass(frozen=True)
class Shop:
    """`session` has no transaction open."""

    kind: Kind
    dsn: str
    session: StoreSession

    def sql(self, statements: str, **values: Any) -> list[tuple[Any, ...]]:
        """One or several, in words that both know; the rows of the last."""
        return run(self.session, statements, **values)

    def one(self, query: str, **values: Any) -> Any:
        ((value,),) = self.sql(query, **values)
        return value

    @contextmanager
    def another(self) -> Iterator[StoreSession]:
        with closing(connect(self.dsn)) as session:
            yield session

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Triggers derive nothing from what is written within."""
        with self.session.transaction():
            self.session.bulk()
            yield

    def await_a_lock_wait(self) -> None:
        with self.another() as watch:
            until(lambda: watch.rows(_WAITING[self.kind]) != [(0,)])

    def kill(self, session: StoreSession) -> None:
        ((number,),) = session.rows(_THIS[self.kind])
        run(self.session, _KILL[self.kind], id=number)

    def deadlocks(self) -> int:
        return int(self.one(_DEADLOCKS[self.kind]))


def run(session: StoreSession, statements: str, **values: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for statement in statements.split(";\n"):
        if statement.lstrip().upper().startswith(("SELECT", "SHOW", "EXPLAIN")):
            rows = session.rows(statement, values or None)
        elif statement.strip():
            session.execute(statement, values or None)
    return rows


class _Undone(Exception):
    """Ends a transaction and takes it back."""


@contextmanager
def undone(session: StoreSession) -> Iterator[None]:
    """A transaction of which nothing is kept."""
    with suppress(_Undone), session.transaction():
        yield
        raise _Undone


def until(done: Callable[[], bool], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)


def request(
    *lines: OrderLine, customer_id: int = 1, address_id: int = 11, key: str | None = None
) -> OrderRequest:
    return OrderRequest(
        customer_id=customer_id,
        address_id=address_id,
        channel="web",
        lines=lines or (OrderLine(1, 1),),
        idempotency_key=key,
    )


def web(*lines: OrderLine, **others: Any) -> OrderRequest:
    return OrderRequest(1, 11, "web", lines, **others)


def everything(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    return {table: shop.sql(f"SELECT * FROM {table} ORDER BY 1") for table in _TOUCHED}


def stock(shop: Shop) -> dict[int, int]:
    return dict(shop.sql("SELECT product_id, stock_quantity FROM products"))


def moved(shop: Shop, order_id: int) -> list[tuple[int, int, str]]:
    """What an order moved: product, quantity, reason; goods sold come before goods given back."""
    rows = shop.sql(
        "SELECT product_id, sum(quantity_change), reason FROM inventory_movements"
        " WHERE order_id = %(order)s GROUP BY product_id, reason"
        " ORDER BY sum(quantity_change) > 0, product_id",
        order=order_id,
    )
    return [(product, int(change), reason) for product, change, reason in rows]


def events(shop: Shop, order_id: int) -> list[tuple[Any, ...]]:
    return shop.sql(
        "SELECT from_status, to_status FROM order_events WHERE order_id = %(order)s"
        " ORDER BY order_event_id",
        order=order_id,
    )


def status_of(shop: Shop, order_id: int) -> str:
    return str(shop.one("SELECT status FROM orders WHERE order_id = %(order)s", order=order_id))


def count(shop: Shop, table: str) -> int:
    return int(shop.one(f"SELECT count(*) FROM {table}"))


def order_in(shop: Shop, status: Status) -> int:
    """A new order brought to `status` by legal moves."""
    way: dict[Status, tuple[Status, ...]] = {
        "PENDING": (),
        "PAID": ("PAID",),
        "SHIPPED": ("PAID", "SHIPPED"),
        "DELIVERED": ("PAID", "SHIPPED", "DELIVERED"),
        "CANCELLED": ("CANCELLED",),
        "RETURNED": ("PAID", "SHIPPED", "DELIVERED", "RETURNED"),
    }
    order_id = place_order(shop.session, request()).order_id
    for step in way[status]:
        change_status(shop.session, order_id, step)
    return order_id
