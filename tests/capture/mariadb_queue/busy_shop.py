"""The shop of tests/capture/busy_shop.py on MariaDB, with what MariaDB's writers do besides."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pymysql

from tests.capture import writers
from tests.capture.writers import move_stock, swap_shelves
from tests.mariadb import MariadbServer

_GIVEN_UP = (1205, 1213, 1062, 1020)
TABLES = ("orders", "lines", "stock", "basket", "shelf")
STOCK = 100_000
_MAKE = """
CREATE TABLE orders (id INT PRIMARY KEY, line_count INT NOT NULL, note TEXT);
CREATE TABLE `lines` (
    order_id INT NOT NULL, line INT NOT NULL, amount DECIMAL(12, 2), PRIMARY KEY (order_id, line)
);
CREATE TABLE stock (place INT PRIMARY KEY, quantity INT NOT NULL);
CREATE TABLE basket (id INT PRIMARY KEY, owner VARCHAR(60), code VARCHAR(20) UNIQUE);
CREATE TABLE shelf (slot INT PRIMARY KEY, product VARCHAR(60));
CREATE TABLE numbers (i INT PRIMARY KEY)
"""


def make_shop(connection: Any) -> None:
    with connection.cursor() as cursor:
        for statement in _MAKE.split(";"):
            cursor.execute(statement)
        cursor.executemany("INSERT INTO numbers VALUES (%s)", [(i,) for i in range(1, 301)])
        cursor.execute("INSERT INTO stock SELECT i, 5000 FROM numbers WHERE i <= 20")
        cursor.execute("INSERT INTO orders SELECT -i, 2, 'old' FROM numbers")
        cursor.execute(
            "INSERT INTO `lines` SELECT -n.i, m.i, n.i * m.i FROM numbers AS n, numbers AS m"
            " WHERE m.i <= 2"
        )
        cursor.execute(
            "INSERT INTO shelf SELECT i, CONCAT('product ', i) FROM numbers WHERE i <= 50"
        )


class Writers(writers.Writers[Any]):
    """A session is a cursor. mortal: the server is killed under them, which ends a writer"""

    def __init__(
        self,
        server: MariadbServer,
        database: str,
        seed: int,
        *,
        count: int = 8,
        held_open_s: float = 0.3,
        mortal: bool = False,
    ) -> None:
        super().__init__(seed, count)
        self._server = server
        self._database = database
        self._held_open_s = held_open_s
        self._mortal = mortal

    @contextmanager
    def session(self) -> Iterator[Any]:
        connection = self._server.connect(self._database)
        connection.autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = 5")
            yield cursor
        connection.close()

    def expects(self, error: BaseException) -> bool:
        return self._mortal and isinstance(error, pymysql.MySQLError)

    def transaction(self, session: Any, dice: random.Random, number: int) -> bool:
        connection = session.connection
        slow = dice.random() < 0.03  # and then it holds nothing that the others wait for
        try:
            connection.begin()
            for _ in range(dice.randint(1, 4)):
                deed = _place_order if slow else dice.choice(_DEEDS)
                deed(session, dice, number)
            if slow:
                time.sleep(dice.random() * self._held_open_s)
            if dice.random() < 0.1:
                connection.rollback()
                return False
            connection.commit()
        except pymysql.MySQLError as error:
            if error.args[0] not in _GIVEN_UP:
                raise
            connection.rollback()
            return False
        return True


def _place_order(cursor: Any, dice: random.Random, number: int) -> None:
    order, lines = dice.randint(1, 1_000_000) * 10 + number, dice.randint(1, 5)
    cursor.execute("INSERT INTO orders VALUES (%s, %s, 'new')", [order, lines])
    cursor.execute(
        "INSERT INTO `lines` SELECT %s, i, i * 1.25 FROM numbers WHERE i <= %s", [order, lines]
    )


def _add_line(cursor: Any, dice: random.Random, number: int) -> None:
    cursor.execute(
        "SELECT id FROM orders WHERE id >= %s ORDER BY id LIMIT 1 FOR UPDATE",
        [dice.randint(-300, 9_000_000)],
    )
    for (order,) in cursor.fetchall():
        cursor.execute("UPDATE orders SET line_count = line_count + 1 WHERE id = %s", [order])
        cursor.execute(
            "INSERT INTO `lines` SELECT %s, COALESCE(MAX(line), 0) + 1, 0 FROM `lines`"
            " WHERE order_id = %s",
            [order, order],
        )


def _renumber_orders(cursor: Any, dice: random.Random, number: int) -> None:
    """Keys of many rows in one statement, of two tables in one transaction."""
    at = dice.randint(0, 9_000_000)
    span = [at, at + 200_000]
    cursor.execute(
        "UPDATE orders SET id = id + 100000000 WHERE id BETWEEN %s AND %s ORDER BY id DESC", span
    )
    cursor.execute(
        "UPDATE `lines` SET order_id = order_id + 100000000 WHERE order_id BETWEEN %s AND %s", span
    )


def _drop_orders(cursor: Any, dice: random.Random, number: int) -> None:
    at = dice.randint(0, 9_000_000)
    span = [at, at + 100_000]
    cursor.execute("DELETE FROM orders WHERE id BETWEEN %s AND %s", span)
    cursor.execute("DELETE FROM `lines` WHERE order_id BETWEEN %s AND %s", span)


def _remake_order(cursor: Any, dice: random.Random, number: int) -> None:
    order = -dice.randint(1, 300)
    cursor.execute("DELETE FROM orders WHERE id = %s", [order])
    cursor.execute("DELETE FROM `lines` WHERE order_id = %s", [order])
    cursor.execute("INSERT INTO orders VALUES (%s, 1, 'remade')", [order])
    cursor.execute("INSERT INTO `lines` VALUES (%s, 1, 7)", [order])


def _shift_shelves(cursor: Any, dice: random.Random, number: int) -> None:
    cursor.execute(
        "UPDATE shelf SET slot = slot + 1000 WHERE slot BETWEEN 1 AND 50 ORDER BY slot DESC"
    )
    cursor.execute("UPDATE shelf SET slot = 1051 - slot WHERE slot > 1000")


def _fill_basket(cursor: Any, dice: random.Random, number: int) -> None:
    at = dice.randint(1, 240)
    cursor.execute(
        "INSERT INTO basket SELECT i, %s, NULL FROM numbers WHERE i BETWEEN %s AND %s"
        " ON DUPLICATE KEY UPDATE owner = CONCAT(LEFT(owner, 50), '!')",
        [f"writer {number}", at, at + dice.randint(0, 60)],
    )


def _replace_in_basket(cursor: Any, dice: random.Random, number: int) -> None:
    """By either of two unique keys: one new row may take the place of two."""
    for _ in range(dice.randint(1, 5)):
        cursor.execute(
            "REPLACE INTO basket VALUES (%s, %s, %s)",
            [dice.randint(1, 300), f"writer {number}", f"code {dice.randint(1, 40)}"],
        )
    cursor.execute(
        "INSERT IGNORE INTO basket VALUES (%s, 'ignored or not', %s)",
        [dice.randint(1, 300), f"code {dice.randint(1, 40)}"],
    )


def _empty_basket(cursor: Any, dice: random.Random, number: int) -> None:
    if dice.random() < 0.15:
        cursor.execute("DELETE FROM basket")
        cursor.execute("INSERT INTO basket VALUES (%s, 'after', NULL)", [dice.randint(1, 300)])


def _think_again(cursor: Any, dice: random.Random, number: int) -> None:
    """A savepoint that is given up, and one that is kept."""
    cursor.execute("SAVEPOINT first")
    _place_order(cursor, dice, number)
    cursor.execute("ROLLBACK TO first")
    cursor.execute("SAVEPOINT second")
    move_stock(cursor, dice, number)
    cursor.execute("RELEASE SAVEPOINT second")


_Deed = Callable[[Any, random.Random, int], None]
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
    _replace_in_basket,
    _empty_basket,
    _think_again,
)
