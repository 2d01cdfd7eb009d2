"""Indexes that stand twice or that nobody reads are told; ours are neither."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.store.mariadb.sales import order, shop

if TYPE_CHECKING:
    from aethermart.store.mariadb.session import MariadbSession

pytestmark = pytest.mark.service("mariadb")

DUPLICATES = "SELECT table_name, index_name, beside_index FROM v_duplicate_indexes ORDER BY 1, 2"


@pytest.fixture
def probe(store: MariadbSession) -> Iterator[MariadbSession]:
    store.execute(
        "CREATE TABLE probe (a INT NOT NULL PRIMARY KEY, b INT, c INT,"
        " INDEX b_alone (b), INDEX b_and_c (b, c), INDEX b_and_c_again (b, c),"
        " INDEX c_and_b (c, b), UNIQUE c_once (c), INDEX c_alone (c), INDEX a_again (a))"
    )
    yield store
    store.execute("DROP TABLE probe")


@pytest.mark.promise("18")
def test_no_index_of_the_store_stands_twice(store: MariadbSession) -> None:
    assert store.rows(DUPLICATES) == []


def test_indexes_that_stand_twice_are_told_beside_which(probe: MariadbSession) -> None:
    found = [(index, beside) for _, index, beside in probe.rows(DUPLICATES)]
    assert found == [
        ("a_again", "PRIMARY"),
        ("b_alone", "b_and_c"),
        ("b_alone", "b_and_c_again"),
        ("b_and_c_again", "b_and_c"),
        ("c_alone", "c_and_b"),
        ("c_alone", "c_once"),
    ]


def test_an_index_that_nobody_read_is_told_while_the_server_counts(probe: MariadbSession) -> None:
    unused = "SELECT index_name FROM v_unused_indexes WHERE table_name = 'probe' ORDER BY 1"
    assert probe.rows(unused) == []  # nothing is counted yet
    probe.execute("INSERT INTO probe VALUES (1, 2, 3)")
    probe.rows("SET GLOBAL userstat = 1")
    try:
        assert probe.rows("SELECT a FROM probe FORCE INDEX (b_alone) WHERE b = 2") == [(1,)]
        assert probe.rows(unused) == [
            ("a_again",),
            ("b_and_c",),
            ("b_and_c_again",),
            ("c_alone",),
            ("c_and_b",),
        ]
    finally:
        probe.rows("SET GLOBAL userstat = 0")


@pytest.mark.promise("18")
@pytest.mark.parametrize(
    "query, index",
    [
        (
            (
                "SELECT total_amount FROM orders AS t WHERE customer_id = 1"
                " ORDER BY ordered_at DESC LIMIT 20"
            ),
            "orders_of_customer_by_time",
        ),
        (
            "SELECT customer_id FROM orders AS t WHERE status = 'PAID' ORDER BY ordered_at LIMIT 5",
            "orders_in_status_by_time",
        ),
        (
            "SELECT order_id, quantity FROM order_items AS t WHERE product_id = 2",
            "order_items_of_product",
        ),
    ],
)
def test_the_plan_of_a_frequent_query_is_its_index_without_sorting(
    store: MariadbSession, query: str, index: str
) -> None:
    shop(store, products=50, customers=30)
    for number in range(1, 61):
        order(
            store,
            number,
            f"2026-01-01 {number // 60:02}:{number % 60:02}",
            (1 + number % 50, 1, "1.00"),
            customer=1 + number % 30,
            status="PAID" if number % 10 == 0 else "DELIVERED",
        )
    store.rows("ANALYZE TABLE orders, order_items")
    ((step,),) = [[s for s in store.rows(f"EXPLAIN {query}") if s[2] == "t"]]
    assert step[5] == index
    assert "filesort" not in str(step[9])
