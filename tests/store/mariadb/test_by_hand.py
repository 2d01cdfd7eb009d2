"""The store's routines for who has no session of ours: the mariadb client, another program."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from aethermart.servers.mariadb import mariadb_prefix
from aethermart.store.schema import sql_folder
from aethermart.store.session import StoreSession
from tests.store.shop import CATALOGUE, run

if TYPE_CHECKING:
    from aethermart.store.mariadb.session import MariadbSession
    from tests.mariadb import MariadbServer

pytestmark = pytest.mark.service("mariadb")

PLACE = "CALL sp_place_order(1, 11, 'web', %s, %s, 'EUR', 0, 0)"
SPOON = '[{"product_id": 3, "quantity": 1}]'
CUP = '[{"product_id": 1, "quantity": 1}]'


@pytest.fixture
def shop(store: MariadbSession) -> StoreSession:
    run(store, CATALOGUE)
    return store


@pytest.fixture
def hand(mariadb: MariadbServer, mariadb_store: str, shop: StoreSession) -> Iterator[Any]:
    """A connection as the driver gives it: autocommit, the server's own settings."""
    with closing(mariadb.connect(mariadb_store)) as connection:
        yield connection


def call(connection: Any, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        rows = list(cursor.fetchall())
        while cursor.nextset():
            pass
    return rows


def orders(shop: StoreSession) -> int:
    ((count,),) = shop.rows("SELECT COUNT(*) FROM orders")
    return int(count)


def test_a_call_without_a_transaction_is_one(hand: Any, shop: StoreSession) -> None:
    (placed,) = call(hand, PLACE, SPOON, None)
    assert placed[1:] == (Decimal("0.10"), "EUR", 0)
    shop.execute("UPDATE products SET stock_quantity = 5")
    # It fails in the last step, with the order written: nothing of it stays.
    shop.execute(
        "CREATE TRIGGER late BEFORE INSERT ON inventory_movements FOR EACH ROW"
        " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'late'"
    )
    try:
        with pytest.raises(Exception, match="late"):
            call(hand, PLACE, CUP, None)
    finally:
        shop.execute("DROP TRIGGER late")
    assert orders(shop) == 1
    assert shop.rows("SELECT stock_quantity FROM products WHERE product_id = 1") == [(5,)]
    assert call(hand, "SELECT @@in_transaction") == [(0,)]


def test_a_call_within_a_transaction_is_a_part_of_it(hand: Any, shop: StoreSession) -> None:
    call(hand, "START TRANSACTION")
    call(hand, PLACE, CUP, None)
    with pytest.raises(Exception, match="SPOON"):
        call(hand, PLACE, '[{"product_id": 3, "quantity": 2}]', None)
    assert call(hand, "SELECT @@in_transaction, COUNT(*) FROM orders") == [(1, 1)]
    assert orders(shop) == 0
    call(hand, "ROLLBACK")
    assert orders(shop) == 0


def test_a_program_that_commits_itself_keeps_its_transaction(hand: Any, shop: StoreSession) -> None:
    hand.autocommit(False)
    call(hand, PLACE, CUP, None)
    assert orders(shop) == 0
    hand.rollback()
    assert orders(shop) == 0
    call(hand, PLACE, CUP, None)
    hand.commit()
    assert orders(shop) == 1


def test_a_deadlock_is_told_as_one_though_it_takes_the_savepoint_along(
    hand: Any, shop: StoreSession, mariadb: MariadbServer, mariadb_store: str
) -> None:
    with closing(mariadb.connect(mariadb_store)) as rival, ThreadPoolExecutor(1) as pool:
        rival.begin()
        call(rival, "UPDATE customers SET phone = '1'")
        call(rival, "UPDATE products SET name = 'x' WHERE product_id = 2")
        call(hand, "START TRANSACTION")
        call(hand, "UPDATE products SET name = 'y' WHERE product_id = 1")
        crossing = pool.submit(call, rival, "UPDATE products SET name = 'x'")
        with pytest.raises(Exception, match="Deadlock") as refused:
            call(hand, PLACE, '[{"product_id": 2, "quantity": 1}]', None)
        crossing.result()
        rival.rollback()
    assert refused.value.args[0] == 1213
    assert orders(shop) == 0


def test_nobody_switches_the_triggers_off_for_an_order(hand: Any, shop: StoreSession) -> None:
    call(hand, "SET @aethermart_bulk = 1")
    ((order_id, *_),) = call(hand, PLACE, SPOON, None)
    call(hand, "SET @aethermart_bulk = 1")
    call(hand, "CALL sp_cancel_order(%s)", order_id)
    assert shop.rows("SELECT quantity_change FROM inventory_movements WHERE order_id > 0") == [
        (-1,),
        (1,),
    ]


def test_times_are_right_in_any_time_zone(hand: Any, shop: StoreSession) -> None:
    call(hand, "SET time_zone = '+05:30'")
    post = '{"platform": "f", "author": "a", "body": "b", "posted_at": "2026-03-10T12:00:00Z"}'
    call(hand, f"CALL sp_record_posts('[{post}]')")
    ((at,),) = shop.rows("SELECT posted_at FROM social_posts")
    assert f"{at:%Y-%m-%d %H:%M}" == "2026-03-10 12:00"
    call(hand, "CALL sp_start_campaign('Spring', '[1]', 50, 60)")
    (placed,) = call(hand, PLACE, CUP, None)
    assert placed[1] == Decimal("2.49")  # half of 4.99 is 2.495, the discount 2.50


def test_a_refusal_says_its_state_its_cause_and_its_fix(
    mariadb: MariadbServer, mariadb_store: str, shop: StoreSession
) -> None:
    said = client(mariadb, mariadb_store, "CALL sp_cancel_order(77000)", fails=True)
    assert "ERROR 31007 (AM007)" in said
    assert "there is no order '77000'\n  fix: look the order up by its number" in said


def test_every_file_runs_by_the_client(
    mariadb: MariadbServer, mariadb_store: str, shop: StoreSession
) -> None:
    files = [
        path
        for kind in ("schema", "functions", "procedures", "triggers")
        for path in sorted((sql_folder("mariadb") / kind).glob("*.sql"))
        if "\nDELIMITER" in path.read_text(encoding="utf-8") or kind == "schema"
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    client(mariadb, mariadb_store, text)
    assert len(files) > 50
    assert orders(shop) == 0


def client(server: MariadbServer, database: str, text: str, *, fails: bool = False) -> str:
    prefix = mariadb_prefix()
    assert prefix is not None
    done = subprocess.run(
        [
            *(prefix / "bin" / "mariadb", "--no-defaults", "--user=root", database),
            *(f"--socket={server.folder / 's.sock'}", "--default-character-set=utf8mb4"),
        ],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) is fails, done.stderr
    return done.stderr
