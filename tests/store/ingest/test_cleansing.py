"""Cleansing what stands in the store: told first, done with a log, undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aethermart.core.errors import NotFound

if TYPE_CHECKING:
    from tests.store.ingest.shops import FileShop

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise("5")]


@pytest.fixture
def messy(files: FileShop) -> FileShop:
    """Names as people write them, and a product whose name is shortened."""
    files.rows("DELETE FROM products")
    for number, name in enumerate(
        ("Black Steel Kettle", "Black Steel Pan", "Black Cotton Towel", "Blk Steel Pot",
         "Organic Cotton Pillow", "Organic Cotton Sheet", "Organic Wool Sheet", "Org. Cotton Rug",
         "Mr. Steel No. 5", "USB Cup  big")
    ):  # fmt: skip
        files.rows(
            "INSERT INTO products (product_id, sku, name, category_id, price)"
            f" VALUES ({number + 1}, 'KB-{number}', '{name}', 1, {number})"
        )
    files.rows(
        "INSERT INTO products (product_id, sku, name, category_id, price)"
        " VALUES (11, 'kb 0', 'Black Steel Kettle', 1, 9)"
    )
    files.rows(
        "INSERT INTO customers (customer_id, email, first_name, last_name, phone) VALUES"
        " (4, 'anna+x@y.de', 'ANNA', 'miller', '0151 2345678'),"
        " (5, 'anna@y.de', 'Anna', 'Miller', NULL),"
        " (6, 'Bo@y.de', 'Bo', 'Li', 'n/a'),"
        " (7, 'bo@y.de', 'Bo', 'Ng', NULL)"
    )
    files.rows(
        "INSERT INTO customer_addresses (customer_id, street, city, postal_code, country)"
        " VALUES (4, 'Hauptstr. 5', 'BERLIN', '10115', 'DE')"
    )
    return files


def test_told_is_not_done(messy: FileShop) -> None:
    before = messy.kept()

    told = messy.rows("CALL sp_cleanse_customers(FALSE)")

    assert told == [
        ("person_name_respelled", 2, None),
        ("phone_respelled", 1, None),
        ("place_name_respelled", 1, None),
        ("street_written_out", 2, None),
    ]
    assert messy.kept() == before
    assert messy.rows("SELECT COUNT(*) FROM cleansing_runs") == [(0,)]


def test_done_is_logged_and_can_be_undone(messy: FileShop) -> None:
    before = messy.kept()

    done = messy.rows("CALL sp_cleanse_customers(TRUE)")
    run = done[0][2]
    changed = messy.rows(
        "SELECT email, first_name, last_name, phone FROM customers WHERE customer_id >= 4"
    )
    log = messy.rows(
        "SELECT table_name, column_name, row_id, rule, old_value, new_value FROM cleansing_log"
        " WHERE table_name = 'customers' ORDER BY column_name"
    )
    messy.rows("UPDATE customers SET last_name = 'Moved' WHERE customer_id = 4")
    undone = messy.rows(f"CALL sp_cleanse_undo({run})")

    # Bo@y.de would be another customer's, and of n/a nothing would be left: both stay.
    assert changed == [
        ("anna+x@y.de", "Anna", "Miller", "+491512345678"),
        ("anna@y.de", "Anna", "Miller", None),
        ("Bo@y.de", "Bo", "Li", "n/a"),
        ("bo@y.de", "Bo", "Ng", None),
    ]
    assert log == [
        ("customers", "first_name", 4, "person_name_respelled", "ANNA", "Anna"),
        ("customers", "last_name", 4, "person_name_respelled", "miller", "Miller"),
        ("customers", "phone", 4, "phone_respelled", "0151 2345678", "+491512345678"),
    ]
    assert undone == [(5, 1)]  # the name that was changed since stays as it is
    messy.rows("UPDATE customers SET last_name = 'miller' WHERE customer_id = 4")
    assert messy.kept() == before
    with pytest.raises(NotFound):
        messy.rows(f"CALL sp_cleanse_undo({run})")


def test_shortened_words_are_written_out_from_the_shops_own_names(messy: FileShop) -> None:
    messy.rows("CALL sp_cleanse_products(TRUE)")

    assert messy.rows("SELECT old_value, new_value, rule FROM cleansing_log ORDER BY row_id") == [
        ("Blk Steel Pot", "Black Steel Pot", "name_written_out"),
        ("Org. Cotton Rug", "Organic Cotton Rug", "name_written_out"),
        ("USB Cup  big", "USB Cup big", "blanks_removed"),
    ]


def test_duplicates_are_linked_and_nothing_is_merged(messy: FileShop) -> None:
    messy.rows("CALL sp_cleanse_customers(TRUE)")

    messy.rows("CALL sp_cleanse_duplicates(TRUE)")
    messy.rows("CALL sp_cleanse_duplicates(TRUE)")

    assert messy.rows("SELECT * FROM duplicate_links ORDER BY entity") == [
        ("customer", 5, 4, "mailbox"),
        ("product", 11, 1, "sku"),
    ]
    assert messy.rows("SELECT COUNT(*) FROM customers") == [(7,)]


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(*[st.text("abcde", max_size=8)] * 2), min_size=1, max_size=10))
def test_likeness_is_the_measure_that_silver_uses(
    files: FileShop, pairs: list[tuple[str, str]]
) -> None:
    # DuckDB counts bytes, we letters: the same where there are no others, as in names made bare.
    with duckdb.connect() as lake:
        silver = [
            lake.execute("SELECT JARO_WINKLER_SIMILARITY(?, ?)", pair).fetchall()[0][0]
            for pair in pairs
        ]
    with files.session() as session:
        store = [
            session.rows("SELECT fn_likeness(%(one)s, %(other)s)", {"one": a, "other": b})[0][0]
            for a, b in pairs
        ]

    assert store == pytest.approx(silver, abs=1e-9)
