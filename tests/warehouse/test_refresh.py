"""Kept tables stay what their views are, whatever a batch changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethermart.packs.pack import Shop
from aethermart.sinks.mirror.touched import Route
from aethermart.warehouse import day_totals
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.refresh import Refresh
from aethermart.warehouse.routes import mirror_routes
from aethermart.warehouse.swap import swap
from tests.warehouse.lake import Lake

KEYS = {
    "orders": "order_id",
    "order_items": "order_item_id",
    "order_events": "order_event_id",
    "returns": "return_id",
    "customer_addresses": "address_id",
    "products": "product_id",
    "payments": "payment_id",
    "reviews": "review_id",
}


@dataclass(frozen=True)
class Change:
    """Write a row (columns) or delete it (None)."""

    table: str
    key: int
    columns: dict[str, Any] | None


def changes() -> st.SearchStrategy[Change]:
    order_ids = st.integers(1, 4)
    amounts = st.sampled_from([Decimal("-5.00"), Decimal("0.00"), Decimal("12.34")])
    columns: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "orders": {
            "status": st.sampled_from(["PENDING", "PAID", "CANCELLED", "RETURNED", "LOST"]),
            "total_amount": amounts,
            "address_id": st.integers(1, 3),
            "currency": st.sampled_from(["EUR", "USD"]),
        },
        "order_items": {"order_id": order_ids, "line_total": amounts},
        "order_events": {"order_id": order_ids},
        "returns": {
            "order_id": order_ids,
            "order_item_id": st.integers(1, 5),
            "refund_amount": amounts,
        },
        "customer_addresses": {"country": st.sampled_from(["DE", "FR"])},
        "products": {"price": amounts},
        "payments": {"order_id": order_ids, "amount": amounts},
        "reviews": {"rating": st.sampled_from([0, 5])},
    }
    return st.one_of(
        st.builds(
            Change,
            st.just(table),
            st.integers(1, 5),
            st.one_of(st.none(), st.fixed_dictionaries(of_table)),
        )
        for table, of_table in columns.items()
    )


@pytest.fixture(scope="module")
def kept_lake(
    empty_lake_file: Path,
    shops: tuple[Shop, ...],
    compiled: CompiledProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lake]:
    """One lake with three orders for many examples, each of which is rolled back."""
    file = tmp_path_factory.mktemp("kept") / "lake.duckdb"
    shutil.copy(empty_lake_file, file)
    with duckdb.connect(file) as connection:
        lake = Lake(connection, shops, compiled, Refresh(compiled, shops), offset=1)
        for key in (1, 2, 3):
            lake.put("customer_addresses", address_id=key, country="NL")
            lake.order(key, "10.00", address_id=key % 3 + 1)
            lake.put("products", product_id=key, price=Decimal("-1.00"))
        lake.applied(whole=True)
        yield lake


def apply(lake: Lake, batch: list[Change], routes: dict[tuple[str, str], Route]) -> None:
    """As the mirror does: note what is touched before and after, then tell."""
    touched: set[object] = set()
    links: dict[str, set[object]] = {}
    for change in batch:
        key = KEYS[change.table]
        route = routes.get(("aethermart", change.table))
        values = values_of(lake, route, change)
        if change.columns is not None:
            lake.remove(change.table, **{key: change.key})
            lake.put(change.table, **{key: change.key}, **change.columns)
            values |= values_of(lake, route, change)
        else:
            lake.remove(change.table, **{key: change.key})
        if route and route.via:
            links.setdefault(change.table, set()).update(values)
        else:
            touched |= values
    for table, of_table in links.items():
        touched |= linked(lake, routes["aethermart", table], of_table)
    lake.renew(touched, tables=tuple({change.table for change in batch}))


def values_of(lake: Lake, route: Route | None, change: Change) -> set[object]:
    if route is None:
        return set()
    found = lake.rows(
        f"SELECT {route.column} FROM mirror.aethermart__{change.table} "
        f"WHERE {KEYS[change.table]} = ?",
        change.key,
    )
    return {value for (value,) in found}


def linked(lake: Lake, route: Route, values: set[object]) -> set[object]:
    found = lake.rows(
        f"SELECT {route.key} FROM mirror.aethermart__{route.via} "
        f"WHERE list_contains(?, {route.via_column})",
        list(values),
    )
    return {value for (value,) in found}


@settings(max_examples=settings.default.max_examples // 10)
@given(st.lists(st.lists(changes(), min_size=1, max_size=6), min_size=1, max_size=4))
def test_touched_refresh_equals_the_views_after_any_changes(
    kept_lake: Lake, batches: list[list[Change]]
) -> None:
    routes = mirror_routes(kept_lake.shops)
    kept_lake.connection.execute("BEGIN TRANSACTION")
    try:
        for batch in batches:
            apply(kept_lake, batch, routes)
        assert kept_lake.differences() == {}
    finally:
        kept_lake.connection.execute("ROLLBACK")


def test_a_line_that_moves_to_another_order_leaves_the_first(lake: Lake) -> None:
    lake.order(1, "10.00", "5.00")
    lake.order(2, "1.00")
    lake.applied([1, 2])
    lake.connection.execute(
        "UPDATE mirror.aethermart__order_items SET order_id = 2 WHERE order_item_id = 12"
    )
    lake.applied([1, 2])
    assert lake.rows("SELECT line_id, order_id FROM gold.fct_sales ORDER BY line_id") == [
        ("11", "1"),
        ("12", "2"),
        ("21", "2"),
    ]
    assert lake.rows("SELECT order_id, items, total FROM gold.fct_orders ORDER BY order_id") == [
        ("1", 1, Decimal("10.00")),
        ("2", 2, Decimal("6.00")),
    ]


def test_only_touched_orders_are_renewed(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.order(2, "20.00")
    lake.applied([1])
    assert lake.rows("SELECT order_id FROM gold.fct_orders") == [("1",)]


def test_a_snapshot_renews_the_whole_of_its_shop_and_no_other(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.order(1, "20.00", shop="north")
    lake.applied(shop="north", whole=True)
    assert lake.rows("SELECT shop, total FROM gold.fct_orders") == [("north", Decimal("20.00"))]
    lake.applied(whole=True)
    assert lake.rows("SELECT shop, total FROM gold.fct_orders ORDER BY shop") == [
        ("aethermart", Decimal("10.00")),
        ("north", Decimal("20.00")),
    ]


def test_the_same_key_in_two_shops_is_two_orders(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.order(1, "20.00", shop="north")
    lake.applied(whole=True)
    lake.applied(shop="north", whole=True)
    lake.remove("orders", order_id=1)
    lake.remove("order_items", order_id=1)
    lake.applied([1])
    assert lake.rows("SELECT shop, line_total FROM gold.fct_sales") == [("north", Decimal("20.00"))]


def test_a_batch_told_twice_changes_nothing(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.put("products", product_id=1, price=Decimal("-1.00"))
    lake.applied([1])
    before = [lake.rows(f"SELECT * FROM gold.{t}") for t in ("fct_sales", "fct_quarantine")]
    lake.applied([1])
    after = [lake.rows(f"SELECT * FROM gold.{t}") for t in ("fct_sales", "fct_quarantine")]
    assert [len(rows) for rows in before] == [1, 1]
    assert after == before


def test_a_product_changes_the_quarantine_without_any_order(lake: Lake) -> None:
    lake.put("products", product_id=1, price=Decimal("-1.00"))
    lake.applied()
    assert lake.rows("SELECT row_key, rule FROM gold.fct_quarantine") == [
        ("1", "product_price_not_negative")
    ]
    lake.remove("products", product_id=1)
    lake.applied()
    assert lake.rows("SELECT COUNT(*) FROM gold.fct_quarantine") == [(0,)]


def test_a_batch_of_some_tables_leaves_the_others_alone(lake: Lake) -> None:
    """Tables that were not in the batch are not asked, whatever their names are made of."""
    lake.put("customer_addresses", address_id=1)
    lake.order(1, "10.00")
    lake.applied([1], tables=("orders", "order_items"))
    assert lake.rows("SELECT order_id, revenue FROM gold.fct_sales") == [("1", Decimal("10.00"))]
    assert lake.differences() == {}


def test_a_flood_of_rows_without_an_order_renews_the_whole_shop(lake: Lake) -> None:
    lake.connection.execute(
        "INSERT INTO mirror.aethermart__products (product_id, sku, price, _offset) "
        "SELECT i, 'A-' || i, -1, 1 FROM range(50001) AS t(i)"
    )
    lake.order(1, "10.00")
    lake.applied()
    assert lake.rows("SELECT COUNT(*) FROM gold.fct_quarantine") == [(50_001,)]
    assert lake.differences() == {}


def test_keys_of_an_unknown_shop_and_of_no_order_change_nothing(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.applied([1])
    lake.applied(["1"], shop="gone")
    lake.applied(["404", "not a number", ""])
    assert lake.rows("SELECT order_id FROM gold.fct_orders") == [("1",)]
    assert lake.differences() == {}


def test_a_refresh_leaves_nothing_behind_when_its_transaction_is_rolled_back(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.connection.execute("BEGIN TRANSACTION")
    lake.renew([1])
    lake.connection.execute("ROLLBACK")
    assert lake.rows("SELECT COUNT(*) FROM gold.fct_sales") == [(0,)]
    lake.applied([1])
    assert lake.rows("SELECT COUNT(*) FROM gold.fct_sales") == [(1,)]


def test_a_comparison_counts_rows_that_only_one_side_has(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.applied([1])
    lake.connection.execute("INSERT INTO gold.fct_sales SELECT * FROM gold.fct_sales")
    lake.connection.execute("UPDATE gold.fct_orders SET total = 9.99")
    assert lake.differences() == {
        "gold.fct_sales": (1, 0),
        "gold.fct_sales_by_day": (1, 1),
        "gold.fct_orders": (1, 1),
    }


def test_day_totals_move_with_their_orders_and_are_folded_into_a_row_a_day(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.order(1, "10.00", "2.50")
    lake.applied([1])
    lake.remove("orders", order_id=1)
    lake.put("orders", order_id=1, status="CANCELLED")
    lake.order(2, "7.00")
    lake.applied([1, 2])
    totals = "SELECT order_status, rows, revenue FROM gold.fct_sales_by_day ORDER BY ALL"
    assert lake.rows(totals) == [
        ("CANCELLED", 2, Decimal("0.00")),
        ("PAID", -1, Decimal("-5.50")),  # two lines off, one of the new order on
        ("PAID", 2, Decimal("12.50")),
    ]
    assert lake.differences() == {}
    monkeypatch.setattr(day_totals, "_FOLD_AT", 0)
    lake.order(3, "1.00")
    lake.applied([3])
    assert lake.rows(totals) == [
        ("CANCELLED", 2, Decimal("0.00")),
        ("PAID", 2, Decimal("8.00")),
    ]
    assert lake.differences() == {}


@pytest.mark.nightly
def test_totals_that_were_never_built_are_built_with_the_next_swap(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.applied([1])
    lake.connection.execute("DROP TABLE gold.fct_sales_by_day")
    lake.connection.execute("DELETE FROM gold._kept WHERE name = 'fct_sales_by_day'")
    assert swap(lake.connection, lake.compiled) == ()
    assert lake.rows("SELECT rows, revenue FROM gold.fct_sales_by_day") == [(1, Decimal("10.00"))]


def test_a_refresh_that_fails_says_why_until_one_does_not(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.connection.execute("ALTER TABLE gold.fct_sales RENAME TO put_away")
    with pytest.raises(duckdb.CatalogException, match="fct_sales"):
        lake.applied(whole=True)
    lake.connection.execute("ROLLBACK")
    assert "fct_sales" in str(lake.refresh.failure("aethermart"))
    assert lake.refresh.failure("north") is None
    lake.connection.execute("ALTER TABLE gold.put_away RENAME TO fct_sales")
    lake.applied(whole=True)
    assert lake.refresh.failure("aethermart") is None
