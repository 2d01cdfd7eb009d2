"""Many at once, and what breaks off in the middle: nothing is sold twice, nothing left half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from aethermart.core.errors import Conflict, Transient, Unavailable
from aethermart.store.orders import OrderLine, cancel, place_order
from aethermart.store.products import change_stock
from aethermart.store.session import StoreSession
from tests.store.shop import Shop, count, everything, moved, request, run, status_of, stock

SOLD_OUT = "product 3 (SPOON) has 0 in stock, 1 are wanted"


@pytest.mark.promise("9")
def test_fifty_buy_the_last_unit_one_gets_it(shop: Shop) -> None:
    together = threading.Barrier(50)

    def buy(_: int) -> str:
        with shop.another() as session:
            together.wait(60)
            try:
                place_order(session, request(OrderLine(2, 1), OrderLine(3, 1)))
            except Conflict as refused:
                return refused.cause
            return "bought"

    with ThreadPoolExecutor(50) as pool:
        outcomes = Counter(pool.map(buy, range(50)))
    assert outcomes == {"bought": 1, SOLD_OUT: 49}
    assert stock(shop) == {1: 10, 2: 4, 3: 0}
    tables = ("orders", "order_items", "order_events", "inventory_movements")
    # The three first stocks are movements too.
    assert [count(shop, table) for table in tables] == [1, 2, 1, 3 + 2]


def test_buyers_of_the_same_products_in_opposite_orders_do_not_deadlock(shop: Shop) -> None:
    change_stock(shop.session, 1, 990)
    change_stock(shop.session, 2, 995)
    before = shop.deadlocks()

    def buy(turn: int) -> None:
        lines = (OrderLine(1, 1), OrderLine(2, 1))
        with shop.another() as session:
            for _ in range(10):
                place_order(session, request(*(lines if turn % 2 else lines[::-1])))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(buy, range(8)))
    assert stock(shop) == {1: 920, 2: 920, 3: 1}
    assert shop.deadlocks() == before


def test_twenty_cancel_at_once_the_stock_comes_back_once(shop: Shop) -> None:
    order_id = place_order(shop.session, request(OrderLine(1, 4))).order_id

    def give_up(_: int) -> bool:
        with shop.another() as session:
            try:
                cancel(session, order_id)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(give_up, range(20))).count(True) == 1
    assert status_of(shop, order_id) == "CANCELLED"
    assert moved(shop, order_id) == [(1, -4, "SALE"), (1, 4, "CANCELLATION")]
    assert stock(shop)[1] == 10


def test_twenty_take_the_last_unit_away_at_once_one_does(shop: Shop) -> None:
    together = threading.Barrier(20)

    def take(_: int) -> str:
        with shop.another() as session:
            together.wait(30)
            try:
                return str(change_stock(session, 3, -1, "ADJUSTMENT"))
            except Conflict as refused:
                return refused.cause

    with ThreadPoolExecutor(20) as pool:
        outcomes = Counter(pool.map(take, range(20)))
    assert outcomes == {"0": 1, SOLD_OUT: 19}


def be_found_first(shop: Shop, mine: StoreSession, theirs: StoreSession) -> None:
    """Of a deadlock of the two, `mine` is the one that the database ends."""
    if shop.kind == "postgres":
        # Each looks for a deadlock once, so long after it began to wait.
        run(mine, "SET deadlock_timeout = '500ms'")
        run(theirs, "SET deadlock_timeout = '1min'")
    else:
        # The one that changed fewer rows is ended.
        run(theirs, "UPDATE customers SET phone = '1';\nUPDATE customers SET phone = '2'")


def test_a_deadlock_is_tried_again(shop: Shop) -> None:
    """A rival takes two products in the wrong order; both succeed."""
    before = shop.deadlocks()
    with shop.another() as rival, ThreadPoolExecutor(1) as pool:
        with rival.transaction():
            be_found_first(shop, shop.session, rival)
            run(rival, "UPDATE products SET name = 'Big pan' WHERE product_id = 2")
            placing = pool.submit(
                place_order, shop.session, request(OrderLine(1, 1), OrderLine(2, 1))
            )
            shop.await_a_lock_wait()
            run(rival, "UPDATE products SET name = 'Mug' WHERE product_id = 1")
        placing.result()
    if shop.kind == "mariadb":  # PostgreSQL counts later
        assert shop.deadlocks() == before + 1
    assert shop.one("SELECT name FROM products WHERE product_id = 1") == "Mug"
    assert stock(shop) == {1: 9, 2: 4, 3: 1}
    assert count(shop, "orders") == 1


def lose(shop: Shop, session: StoreSession) -> None:
    """Ask for the pan, holding the cup."""
    with session.transaction():
        run(session, "UPDATE products SET name = 'Mug' WHERE product_id = 1")
        try:
            place_order(session, request(OrderLine(2, 1)))
        except Transient:
            if shop.kind == "mariadb":
                with pytest.raises(Transient):
                    run(session, "UPDATE customers SET phone = '3'")
            raise


def test_a_deadlock_in_the_callers_transaction_is_the_callers(shop: Shop) -> None:
    """What the caller does in it afterwards is not kept by itself."""
    with shop.another() as rival, ThreadPoolExecutor(1) as pool, shop.session.transaction():
        be_found_first(shop, rival, shop.session)
        shop.sql("UPDATE products SET name = 'Big pan' WHERE product_id = 2")
        losing = pool.submit(lose, shop, rival)
        shop.await_a_lock_wait()
        shop.sql("UPDATE products SET name = 'x'")
        with pytest.raises(Transient) as refused:
            losing.result()
    assert refused.value.exit_code == 75
    assert stock(shop) == {1: 10, 2: 5, 3: 1}
    assert shop.sql("SELECT DISTINCT name FROM products") == [("x",)]
    assert shop.sql("SELECT count(*) FROM customers WHERE phone = '3'") == [(0,)]


def test_a_lost_server_is_said_as_such(shop: Shop) -> None:
    with shop.another() as session:
        shop.kill(session)
        with pytest.raises(Unavailable):
            place_order(session, request())
    assert count(shop, "orders") == 0


def test_a_server_lost_in_a_transaction_is_said_as_such(shop: Shop) -> None:
    def place_and_lose(session: StoreSession) -> None:
        with session.transaction(), session.transaction():
            place_order(session, request())
            shop.kill(session)
            place_order(session, request())

    with shop.another() as session, pytest.raises(Unavailable):
        place_and_lose(session)
    assert count(shop, "orders") == 0


def test_a_client_killed_mid_order_leaves_nothing(shop: Shop) -> None:
    before = everything(shop)
    script = """
import sys, time
from aethermart.store.connect import connect
from aethermart.store.orders import OrderLine, OrderRequest, place_order
session = connect(sys.argv[1])
with session.transaction():
    place_order(session, OrderRequest(1, 11, "web", (OrderLine(1, 2), OrderLine(3, 1))))
    print("placed", flush=True)
    time.sleep(60)
"""
    client = subprocess.Popen(
        [sys.executable, "-c", script, shop.dsn], stdout=subprocess.PIPE, text=True
    )
    with client:
        assert client.stdout is not None
        assert client.stdout.readline() == "placed\n"
        os.kill(client.pid, signal.SIGKILL)
    # The server notices the closed connection; the product's lock is free when it has.
    assert place_order(shop.session, request(OrderLine(3, 1))).repeated is False
    with pytest.raises(Conflict):
        place_order(shop.session, request(OrderLine(3, 1)))
    assert stock(shop) == {1: 10, 2: 5, 3: 0}
    after = everything(shop)
    assert len(after["orders"]) == len(after["order_items"]) == len(after["order_events"]) == 1
    assert len(after["inventory_movements"]) == len(before["inventory_movements"]) + 1
