"""A shop under load: writers that do whatever PostgreSQL allows, each transaction whole or not.

Two things hold at every commit, so they must hold at every entry: an order has as many lines as it
says, and the stock of all places together is what it was.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.capture import writers
from tests.capture.writers import move_stock, swap_shelves

Connection = psycopg.Connection[tuple[Any, ...]]

_GIVEN_UP = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.UniqueViolation,
)
TABLES = ("orders", "lines", "stock", "basket", "shelf")
STOCK = 100_000
_MAKE = """
CREATE TABLE orders (id int PRIMARY KEY, line_count int NOT NULL, note text);
CREATE TABLE lines (
    order_id int NOT NULL REFERENCES orders ON DELETE CASCADE ON UPDATE CASCADE,
    line int NOT NULL, amount numeric(12, 2), PRIMARY KEY (order_id, line)
);
CREATE TABLE stock (place int PRIMARY KEY, quantity int NOT NULL);
CREATE TABLE basket (id int PRIMARY KEY, owner text);
CREATE TABLE shelf (slot int PRIMARY KEY, product text);
INSERT INTO stock SELECT i, 5000 FROM generate_series(1, 20) AS i;
INSERT INTO orders SELECT -i, 2, 'old' FROM generate_series(1, 300) AS i;
INSERT INTO lines SELECT -i, j, i * j FROM generate_series(1, 300) AS i, generate_series(1, 2) AS j;
INSERT INTO shelf SELECT i, 'product ' || i FROM generate_series(1, 50) AS i;
"""


def make_shop(connection: Connection) -> None:
    connection.execute(_MAKE)


class Writers(writers.Writers[Connection]):
    """Each transaction whole or not; now and then one is held open."""

    def __init__(self, dsn: str, seed: int, *, count: int = 8, held_open_s: float = 0.3) -> None:
        super().__init__(seed, count)
        self._dsn = dsn
        self._held_open_s = held_open_s

    @contextmanager
    def session(self) -> Iterator[Connection]:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute("SET deadlock_timeout = '50ms'")
            connection.execute("SET lock_timeout = '10s'")  # a failed test may hold a lock
            yield connection

    def transaction(self, session: Connection, dice: random.Random, number: int) -> bool:
        slow = dice.random() < 0.03  # and then it holds nothing that the others wait for
        try:
            with session.transaction() as transaction:
                for _ in range(dice.randint(1, 4)):
                    deed = _place_order if slow else dice.choice(_DEEDS)
                    deed(session, dice, number)
                if slow:
                    time.sleep(dice.random() * self._held_open_s)
                if dice.random() < 0.1:
                    raise psycopg.Rollback(transaction)
        except _GIVEN_UP:
            return False
        return True


def _place_order(connection: Connection, dice: random.Random, number: int) -> None:
    order, lines = dice.randint(1, 1_000_000) * 10 + number, dice.randint(1, 5)
    connection.execute("INSERT INTO orders VALUES (%s, %s, 'new')", [order, lines])
    connection.execute(
        "INSERT INTO lines SELECT %s, i, i * 1.25 FROM generate_series(1, %s::int) AS i",
        [order, lines],
    )


def _add_line(connection: Connection, dice: random.Random, number: int) -> None:
    added = connection.execute(
        "UPDATE orders SET line_count = line_count + 1 WHERE id = ("
        " SELECT id FROM orders ORDER BY abs(id - %s) LIMIT 1) RETURNING id",
        [dice.randint(-300, 10_000_000)],
    ).fetchone()
    if added is not None:
        connection.execute(
            "INSERT INTO lines SELECT %s, coalesce(max(line), 0) + 1, 0 FROM lines"
            " WHERE order_id = %s",
            [added[0], added[0]],
        )


def _renumber_orders(connection: Connection, dice: random.Random, number: int) -> None:
    at = dice.randint(0, 9_000_000)
    connection.execute(
        "UPDATE orders SET id = id + 100000000 WHERE id BETWEEN %s AND %s", [at, at + 200_000]
    )


def _drop_orders(connection: Connection, dice: random.Random, number: int) -> None:
    at = dice.randint(0, 9_000_000)
    connection.execute("DELETE FROM orders WHERE id BETWEEN %s AND %s", [at, at + 100_000])


def _remake_order(connection: Connection, dice: random.Random, number: int) -> None:
    order = -dice.randint(1, 300)
    connection.execute("DELETE FROM orders WHERE id = %s", [order])
    connection.execute("INSERT INTO orders VALUES (%s, 1, 'remade')", [order])
    connection.execute("INSERT INTO lines VALUES (%s, 1, 7)", [order])


def _shift_shelves(connection: Connection, dice: random.Random, number: int) -> None:
    connection.execute("UPDATE shelf SET slot = slot + 1000 WHERE slot BETWEEN 1 AND 50")
    connection.execute("UPDATE shelf SET slot = 1051 - slot WHERE slot > 1000")


def _fill_basket(connection: Connection, dice: random.Random, number: int) -> None:
    at = dice.randint(1, 1000)
    connection.execute(
        "INSERT INTO basket SELECT i, %s FROM generate_series(%s::int, %s::int) AS i"
        " ON CONFLICT (id) DO UPDATE SET owner = excluded.owner || '!'",
        [f"writer {number}", at, at + dice.randint(0, 60)],
    )


def _empty_basket(connection: Connection, dice: random.Random, number: int) -> None:
    if dice.random() < 0.15:
        connection.execute("TRUNCATE basket")
        connection.execute("INSERT INTO basket VALUES (%s, 'after')", [dice.randint(1, 1000)])


def _think_again(connection: Connection, dice: random.Random, number: int) -> None:
    """A savepoint that is given up, and one that is kept."""
    connection.execute("SAVEPOINT first")
    _place_order(connection, dice, number)
    connection.execute("ROLLBACK TO first")
    connection.execute("SAVEPOINT second")
    move_stock(connection, dice, number)
    connection.execute("RELEASE second")


_Deed = Callable[[Connection, random.Random, int], None]
_DEEDS: tuple[_Deed, ...] = (
    *(_place_order,) * 4,
    *(move_stock,) * 3,
    _add_line,
    _renumber_orders,
    _drop_orders,
    _remake_order,
    swap_shelves,
    _shift_shelves,
    _fill_basket,
    _empty_basket,
    _think_again,
)
