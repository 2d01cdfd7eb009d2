"""A guessed pack follows changes: kept gold equals its views after each change of any table,
also where a row reaches its order by meta rows, look-ups and names with spaces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from aethermart.packs.pack import Shop
from aethermart.sinks.mirror.touched import Touched
from aethermart.sinks.mirror.touching import Touching
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.kept import compare_kept
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.refresh import Refresh
from aethermart.warehouse.routes import mirror_routes
from tests.packs.conftest import packed
from tests.packs.staged import lake_of, sqlite_shop

NAMES = ("woo", "legacy", "star", "cents", "hpos", "coupons")
# One changed row in each kind of table; the new value shows in gold.
CHANGES = [
    ("woo", "wp_woocommerce_order_itemmeta", "meta_id = 9", "meta_value = '11.50'"),
    ("woo", "wp_postmeta", "meta_id = 25", "meta_value = 'CH'"),
    ("woo", "wp_posts", '"ID" = 202', "post_status = 'wc-cancelled'"),
    ("woo", "wp_woocommerce_order_items", "order_item_id = 5", "order_id = 201"),
    ("legacy", "Order Details", '"OrderID" = 10248 AND "ProductID" = 42', '"Quantity" = 20'),
    ("legacy", "Order Details", '"OrderID" = 10249', '"Quantity" = NULL'),
    ("legacy", "Orders", '"OrderID" = 10250', "\"ShipCountry\" = 'Chile'"),
    ("star", "dim_customer", "customer_key = 1", "country = 'Chile'"),
    ("star", "dim_currency", "currency_key = 1", "currency_code = 'CAD'"),
    ("cents", "order_status", "code = 2", "label = 'Cancelled'"),
    ("cents", "order", "id = 3", "is_deleted = 1"),
    # Refunds among the orders, and an order of a table that feeds other things too.
    ("hpos", "wp_wc_order_product_lookup", "order_item_id = 7", "product_net_revenue = -5"),
    ("hpos", "wp_wc_order_stats", "order_id = 104", "date_created = '2025-03-01 10:00:00'"),
    ("hpos", "wp_wc_order_stats", "order_id = 102", "status = 'limbo'"),
    ("hpos", "wp_wc_order_addresses", "id = 2", "country = 'CH'"),
    # A discount shared by the lines, refunds two tables away, one of which fails.
    ("coupons", "orders", "id = 1", "discount_total = 5"),
    ("coupons", "payment_transactions", "id = 5", "amount = 6"),
    ("coupons", "payment_transactions", "id = 5", "is_success = FALSE"),
    ("coupons", "payments", "id = 4", "order_id = 2"),
]


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Shop, str]]:
    folder = tmp_path_factory.mktemp("changing_shops")
    dsns = {name: sqlite_shop(name, folder) for name in NAMES}
    return {name: (packed(name, dsn, folder), dsn) for name, dsn in dsns.items()}


@pytest.fixture(scope="module")
def compiled(
    shops: dict[str, tuple[Shop, str]], tmp_path_factory: pytest.TempPathFactory
) -> CompiledProject:
    folder = tmp_path_factory.mktemp("compiled")
    return compile_warehouse([s for s, _ in shops.values()], folder, folder / "logs")


@pytest.fixture(scope="module")
def unchanged(
    shops: dict[str, tuple[Shop, str]],
    compiled: CompiledProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    file = tmp_path_factory.mktemp("unchanged") / "lake.duckdb"
    lake_of(shops, compiled, file).close()
    return file


@pytest.fixture
def lake(unchanged: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy: to make all views anew takes longer than the test."""
    file = tmp_path / "lake.duckdb"
    file.write_bytes(unchanged.read_bytes())
    with duckdb.connect(file) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.mark.nightly
@pytest.mark.parametrize("shop, table, where, to", CHANGES)
def test_gold_follows_a_changed_row_of_any_table(
    lake: duckdb.DuckDBPyConnection,
    shops: dict[str, tuple[Shop, str]],
    compiled: CompiledProject,
    shop: str,
    table: str,
    where: str,
    to: str,
) -> None:
    all_shops = [s for s, _ in shops.values()]
    refresh = Refresh(compiled, all_shops)
    refresh.start(lake)
    before = lake.execute("SELECT * FROM gold.fct_sales ORDER BY ALL").fetchall()
    target = f'mirror."{shop}__{table}"'
    lake.execute("BEGIN TRANSACTION")
    lake.execute(f"CREATE TEMP TABLE changed AS SELECT * FROM {target} WHERE {where}")
    lake.execute(f"UPDATE changed SET {to}, _offset = 1")
    touching = Touching(lake, shop, mirror_routes(all_shops), lambda _: True)
    touching.rows_of(table, values_of(lake, touching.asks_of(table), "changed", target, where))
    touched = touching.answer()
    assert touched is not None
    lake.execute(f"DELETE FROM {target} WHERE {where}")
    lake.execute(f"INSERT INTO {target} SELECT * FROM changed")
    # The rows are in place; the look-ups through other tables know old values and new.
    refresh.refresh(lake, {shop: Touched(touched.whole, touched.keys)})
    lake.execute("COMMIT")
    differing = [d for d in compare_kept(lake, compiled) if d.only_in_table or d.only_in_view]
    assert differing == []
    assert lake.execute("SELECT * FROM gold.fct_sales ORDER BY ALL").fetchall() != before


@pytest.mark.nightly
def test_a_table_with_a_blank_in_its_name_has_a_history(compiled: CompiledProject) -> None:
    archived = compiled.model("archived_legacy__customers")
    assert archived.depends_on == ('"lake"."bronze"."legacy__Web Customers"',)


def values_of(
    lake: duckdb.DuckDBPyConnection, column: str | None, changed: str, target: str, where: str
) -> set[str]:
    if column is None:
        return set()
    rows = lake.execute(
        f'SELECT "{column}"::VARCHAR FROM {changed}'
        f' UNION SELECT "{column}"::VARCHAR FROM {target} WHERE {where}'
    ).fetchall()
    return {value for (value,) in rows if value is not None}
