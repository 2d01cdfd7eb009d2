"""The shipped packs on real servers: captured whole, right to the cent, and changes appear.

Expected numbers are asked of the shop itself, in its own SQL, and added up in Decimal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from aethermart.capture.mariadb.reader import MariadbReader
from aethermart.operations.pack_check import check_pack
from aethermart.packs.load import load_shipped
from aethermart.packs.schema_check import check_schema
from aethermart.servers.mariadb import mariadb_prefix
from aethermart.warehouse.reconcile import count_lake
from tests.packs.shipped import EXAMPLES, Captured, MysqlShop, captured, loader
from tests.services import mysql_prefix, require_service

if TYPE_CHECKING:
    from aethermart.servers.postgres import EmbeddedPostgres

pytestmark = pytest.mark.service("postgres")  # it holds the log

MODELS = {"mariadb": "models", "mysql": "models_mysql"}
COMMERCE = "commerce"
STARS = {"queue": "star", "compare": "star_compared"}


class Shops:
    """What there is, by the shop's name: servers that cannot be had are left out."""

    def __init__(self) -> None:
        self.mysql: dict[str, MysqlShop] = {}
        self.star: dict[str, str] = {}  # shop -> DSN of its owner
        self.sections: dict[str, str] = {}


@pytest.fixture(scope="module")
def shops(request: pytest.FixtureRequest, postgres: EmbeddedPostgres) -> Iterator[Shops]:
    made = Shops()
    with ExitStack() as stack:
        there = {"mariadb": mariadb_prefix(), "mysql": mysql_prefix()}
        for engine in filter(there.get, there):
            shop = MysqlShop.made(request.getfixturevalue(engine), "classicmodels", MODELS[engine])
            stack.callback(shop.dropped)
            made.mysql[MODELS[engine]] = shop
            made.sections[MODELS[engine]] = f'pack = "classicmodels"\ndsn = "{shop.dsn}"\n'
        if there["mariadb"]:
            # As the documents call it: the grants name it.
            shop = MysqlShop.made(request.getfixturevalue("mariadb"), "ecommerce", "ecommerce")
            stack.callback(shop.dropped)
            made.mysql[COMMERCE] = shop
            made.sections[COMMERCE] = f'pack = "ecommerce"\ndsn = "{shop.dsn}"\n'
        for mode, name in STARS.items():
            postgres.create_database(name)
            dsn = made.star[name] = postgres.dsn(name)
            stack.callback(_drop, postgres.dsn(), name)
            loader().load("star_shop", dsn)
            how = "allow_ddl = true" if mode == "queue" else 'capture = "compare"'
            made.sections[name] = f'pack = "star_shop"\ndsn = "{dsn}"\n{how}\n'
        yield made


@pytest.fixture(scope="module")
def platform(
    shops: Shops, postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Captured]:
    """One project over all of them: the models are compiled once."""
    postgres.create_database("shipped_platform")
    with captured(
        tmp_path_factory.mktemp("shipped"), postgres.dsn("shipped_platform"), shops.sections
    ) as all_captured:
        yield all_captured
    _drop(postgres.dsn(), "shipped_platform")


def _drop(dsn: str, database: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())


def models_of(shops: Shops, engine: str) -> tuple[str, MysqlShop]:
    require_service(engine)
    return MODELS[engine], shops.mysql[MODELS[engine]]


def kept(platform: Captured, shop: str) -> tuple[dict[str, int], dict[str, int]]:
    with platform.lake.engine.read(60.0) as connection:
        counts = count_lake(connection, platform.lake.shops)[shop]
    return counts.kept, {table: rows for table, rows in counts.quarantined.items() if rows}


# ---------------------------------------------------------------------------- Classic Models


@pytest.mark.promise("67", "68")
@pytest.mark.parametrize("engine", MODELS)
def test_classic_models_eight_tables_become_a_star_equal_to_the_source_to_the_cent(
    shops: Shops, platform: Captured, engine: str
) -> None:
    name, shop = models_of(shops, engine)
    platform.step(name)
    assert kept(platform, name) == (
        {
            "productlines": 7,
            "products": 110,
            "customers": 122,
            "orders": 326,
            "orderdetails": 2996,
            "payments": 273,
        },
        {},
    )
    for table in load_shipped("classicmodels").tables:
        ((rows,),) = shop.sql(f"SELECT COUNT(*) FROM {table}")
        assert platform.one(f'SELECT COUNT(*) FROM mirror."{name}__{table}"') == rows
        assert platform.one(f'SELECT COUNT(*) FROM bronze."{name}__{table}"') == rows
    assert models_agree(platform, name, shop) == Decimal("9604190.61")
    assert platform.one(
        "SELECT SUM(revenue) FROM gold.fct_sales WHERE shop = ?", [name]
    ) == Decimal("9365336.43")
    assert platform.kept_tables_are_their_views()


def models_agree(platform: Captured, name: str, shop: MysqlShop) -> Decimal:
    """Facts against the shop's own SQL, in several cuts; returns the total of all lines."""
    amount = "SUM(d.quantityOrdered * d.priceEach)"
    lines = "orderdetails AS d INNER JOIN orders AS o ON o.orderNumber = d.orderNumber"
    assert platform.rows(
        "SELECT strftime(ordered_on, '%Y-%m'), SUM(line_total), SUM(revenue) FROM gold.fct_sales"
        " WHERE shop = ? GROUP BY 1 ORDER BY 1",
        [name],
    ) == shop.sql(
        f"SELECT DATE_FORMAT(o.orderDate, '%%Y-%%m') AS m, {amount},"
        " SUM(IF(o.status = 'Cancelled', 0, d.quantityOrdered * d.priceEach))"
        f" FROM {lines} WHERE %s GROUP BY m ORDER BY m",
        [1],
    )
    assert platform.rows(
        "SELECT p.category_id, SUM(s.line_total) FROM gold.fct_sales AS s"
        " INNER JOIN silver.products AS p ON p.shop = s.shop AND p.product_id = s.product_id"
        " WHERE s.shop = ? GROUP BY 1 ORDER BY 1",
        [name],
    ) == shop.sql(
        f"SELECT p.productLine, {amount} FROM {lines}"
        " INNER JOIN products AS p ON p.productCode = d.productCode"
        " GROUP BY p.productLine ORDER BY p.productLine"
    )
    assert platform.rows(
        "SELECT customer_id::INTEGER, country, city, SUM(revenue) FROM gold.fct_sales"
        " WHERE shop = ? AND order_status <> 'CANCELLED' GROUP BY 1, 2, 3 ORDER BY 1",
        [name],
    ) == shop.sql(
        f"SELECT o.customerNumber, TRIM(MIN(c.country)), TRIM(MIN(c.city)), {amount} FROM {lines}"
        " INNER JOIN customers AS c ON c.customerNumber = o.customerNumber"
        " WHERE o.status <> 'Cancelled' GROUP BY o.customerNumber ORDER BY o.customerNumber"
    )
    # The way a customer's sales representative, and that one's office, is reached.
    assert platform.rows(
        'SELECT e."employeeNumber", MIN(f.city), SUM(s.revenue) FROM gold.fct_sales AS s'
        " INNER JOIN silver.customers AS c"
        "   ON c.shop = s.shop AND c.customer_id = s.customer_id"
        f' INNER JOIN mirror."{name}__employees" AS e'
        '   ON e."employeeNumber" = c.sales_rep::BIGINT'
        f' INNER JOIN mirror."{name}__offices" AS f ON f."officeCode" = e."officeCode"'
        " WHERE s.shop = ? AND s.order_status <> 'CANCELLED' GROUP BY 1 ORDER BY 1",
        [name],
    ) == shop.sql(
        f"SELECT e.employeeNumber, MIN(f.city), {amount} FROM {lines}"
        " INNER JOIN customers AS c ON c.customerNumber = o.customerNumber"
        " INNER JOIN employees AS e ON e.employeeNumber = c.salesRepEmployeeNumber"
        " INNER JOIN offices AS f ON f.officeCode = e.officeCode"
        " WHERE o.status <> 'Cancelled' GROUP BY e.employeeNumber ORDER BY e.employeeNumber"
    )
    day = "({} AT TIME ZONE 'America/Los_Angeles')::DATE"
    assert platform.rows(
        f"SELECT order_id::INTEGER, {day.format('shipped_at')}, {day.format('due_at')}"
        " FROM silver.orders WHERE shop = ? ORDER BY 1",
        [name],
    ) == shop.sql("SELECT orderNumber, shippedDate, requiredDate FROM orders ORDER BY orderNumber")
    total: Decimal = platform.one(
        "SELECT SUM(line_total) FROM gold.fct_sales WHERE shop = ?", [name]
    )
    return total


@pytest.mark.promise("67")
def test_classic_models_words_become_ours(shops: Shops, platform: Captured) -> None:
    name, shop = models_of(shops, "mariadb")
    platform.step(name)
    told = dict(
        platform.rows(
            "SELECT o.status || ' ' || m.\"status\", COUNT(*) FROM silver.orders AS o"
            f' INNER JOIN mirror."{name}__orders" AS m ON m."orderNumber" = o.order_id::BIGINT'
            " WHERE o.shop = ? GROUP BY 1",
            [name],
        )
    )
    assert told == {
        "PENDING In Process": 6,
        "PENDING On Hold": 4,
        "SHIPPED Shipped": 303,
        "DELIVERED Disputed": 3,
        "DELIVERED Resolved": 4,
        "CANCELLED Cancelled": 6,
    }
    assert platform.rows(
        "SELECT supplier_id, products FROM gold.dim_supplier"
        " WHERE shop = ? AND supplier_id <> 'unknown' ORDER BY 1",
        [name],
    ) == shop.sql(
        "SELECT productVendor, COUNT(*) FROM products GROUP BY productVendor ORDER BY productVendor"
    )
    assert platform.rows(
        "SELECT paid_on, SUM(net_amount), COUNT(*) FROM gold.fct_payments"
        " WHERE shop = ? GROUP BY 1 ORDER BY 1",
        [name],
    ) == shop.sql(
        "SELECT paymentDate, SUM(amount), COUNT(*) FROM payments"
        " GROUP BY paymentDate ORDER BY paymentDate"
    )
    assert platform.rows(
        "SELECT DISTINCT split_part(payment_id, '|', 1), order_member, method"
        " FROM gold.fct_payments WHERE shop = ? AND payment_id LIKE '103|%'",
        [name],
    ) == [("103", "unknown", "check")]
    assert platform.rows(
        "SELECT ordered_on, ordered_at, city, country, order_amount, segment"
        " FROM gold.fct_orders WHERE shop = ? AND order_id = '10100'",
        [name],
    ) == [
        # The day begins in California.
        (date(2003, 1, 6), datetime(2003, 1, 6, 8, tzinfo=UTC), "Nashua", "USA",
         Decimal("10223.83"), "premium")
    ]  # fmt: skip


@pytest.mark.promise("67")
@pytest.mark.parametrize("engine", MODELS)
def test_what_changes_and_what_is_deleted_in_classic_models_appears(
    shops: Shops, platform: Captured, engine: str
) -> None:
    name, shop = models_of(shops, engine)
    platform.step(name)
    before = models_agree(platform, name, shop)
    shop.sql("UPDATE orderdetails SET quantityOrdered = 31 WHERE orderNumber = 10100"
             " AND productCode = 'S18_1749'")  # fmt: skip
    shop.sql("DELETE FROM orderdetails WHERE orderNumber = 10425")
    shop.sql("DELETE FROM orders WHERE orderNumber = 10425")
    shop.sql("INSERT INTO orders VALUES (10426, '2005-06-01', '2005-06-09', NULL, 'In Process',"
             " NULL, 103)")  # fmt: skip
    shop.sql("INSERT INTO orderdetails VALUES (10426, 'S18_1749', 2, 0.01, 1)")
    shop.sql("UPDATE orders SET status = 'Cancelled' WHERE orderNumber = 10424")
    shop.sql("UPDATE customers SET city = 'Brest' WHERE customerNumber = 103")
    shop.sql("UPDATE products SET productLine = 'Planes' WHERE productCode = 'S18_1749'")
    platform.step(name)
    assert models_agree(platform, name, shop) != before
    assert platform.kept_tables_are_their_views()
    assert platform.rows(
        "SELECT order_id, city FROM gold.fct_orders WHERE shop = ? AND customer_id = '103'"
        " AND ordered_on > DATE '2005-01-01' ORDER BY 1",
        [name],
    ) == [("10426", "Brest")]
    # A line of the past keeps the product line that it was sold in.
    assert platform.rows(
        "SELECT DISTINCT category FROM gold.fct_sales_as_ordered"
        " WHERE shop = ? AND product_member = 'S18_1749'",
        [name],
    ) == [("Vintage Cars",)]
    # The order that was deleted is gone from what is, and known of what was.
    assert platform.one("SELECT COUNT(*) FROM gold.fct_orders WHERE order_id = '10425'"
                        " AND shop = ?", [name]) == 0  # fmt: skip
    assert platform.rows(
        "SELECT status, is_current FROM gold.dim_order_status"
        " WHERE shop = ? AND order_id = '10425'",
        [name],
    ) == [("PENDING", False)]
    assert platform.rows(
        "SELECT status FROM gold.dim_order_status WHERE shop = ? AND order_id = '10424'"
        " ORDER BY valid_from",
        [name],
    ) == [("PENDING",), ("CANCELLED",)]


# ---------------------------------------------------------------------------- the star


@pytest.mark.promise("151", "93", "94")
@pytest.mark.parametrize("mode", STARS)
def test_a_star_of_sales_comes_to_its_own_numbers(
    shops: Shops, platform: Captured, mode: str
) -> None:
    """By triggers and a queue, and by SELECT alone."""
    name = STARS[mode]
    platform.step(name)
    assert kept(platform, name) == (
        {"dim_users": 5, "dim_products": 5, "fact_sales": 9},
        {"fact_sales": 2},
    )
    assert platform.rows(
        "SELECT row_key, entity, rule FROM silver.quarantine WHERE shop = ? ORDER BY 1::INTEGER",
        [name],
    ) == [("9", "orders", "order_total_not_negative"), ("10", "orders", "quantity_positive")]
    star_agrees(platform, name, shops.star[name])
    assert platform.rows(
        "SELECT order_id, order_amount, segment FROM gold.fct_orders"
        " WHERE shop = ? AND order_id IN ('1', '3') ORDER BY 1",
        [name],
    ) == [("1", Decimal("500.00"), "premium"), ("3", Decimal("499.99"), "standard")]


def star_agrees(platform: Captured, name: str, dsn: str) -> None:
    with psycopg.connect(dsn) as shop:
        sound = "s.quantity > 0 AND s.total_amount >= 0"
        by_city = shop.execute(
            "SELECT COALESCE(u.city, 'unknown'), SUM(s.total_amount),"
            " COALESCE(SUM(s.total_amount) FILTER (WHERE s.total_amount >= 500), 0)"
            " FROM fact_sales AS s INNER JOIN dim_users AS u ON u.user_id = s.user_id"
            f" WHERE s.status <> 'CANCELLED' AND {sound} GROUP BY 1 ORDER BY 1".encode()
        ).fetchall()
        by_status = shop.execute(
            f"SELECT s.status, COUNT(*), SUM(s.total_amount) FROM fact_sales AS s WHERE {sound}"
            " GROUP BY 1 ORDER BY 1".encode()
        ).fetchall()
        by_category = shop.execute(
            "SELECT COALESCE(p.category, 'unknown'), SUM(s.total_amount) FROM fact_sales AS s"
            " INNER JOIN dim_products AS p ON p.product_id = s.product_id"
            f" WHERE {sound} GROUP BY 1 ORDER BY 1".encode()
        ).fetchall()
    assert (
        platform.rows(
            "SELECT city, revenue, premium_amount FROM gold.mart_city_performance"
            " WHERE shop = ? ORDER BY 1",
            [name],
        )
        == by_city
    )
    assert (
        platform.rows(
            "SELECT status, COUNT(*), SUM(order_amount) FROM gold.fct_orders"
            " WHERE shop = ? GROUP BY 1 ORDER BY 1",
            [name],
        )
        == by_status
    )
    assert (
        platform.rows(
            "SELECT category, SUM(line_total) FROM gold.fct_sales_as_ordered"
            " WHERE shop = ? GROUP BY 1 ORDER BY 1",
            [name],
        )
        == by_category
    )


@pytest.mark.promise("151", "91")
@pytest.mark.parametrize("mode", STARS)
def test_a_star_keeps_what_its_users_and_sales_were(
    shops: Shops, platform: Captured, mode: str
) -> None:
    name = STARS[mode]
    platform.step(name)
    with psycopg.connect(shops.star[name], autocommit=True) as shop:
        for statement in (
            "UPDATE fact_sales SET status = 'SHIPPED', updated_at = now() WHERE sale_id = 5",
            "UPDATE dim_users SET email = 'ada@new.example.org', city = 'Paris' WHERE user_id = 1",
            "DELETE FROM fact_sales WHERE sale_id = 7",
            "INSERT INTO fact_sales VALUES (12, 1, 4, 1, 3.25, 'PENDING')",
        ):
            shop.execute(statement)
    platform.step(name)
    with psycopg.connect(shops.star[name], autocommit=True) as shop:
        shop.execute("UPDATE fact_sales SET status = 'DELIVERED' WHERE sale_id = 5")
    platform.step(name)
    star_agrees(platform, name, shops.star[name])
    assert platform.kept_tables_are_their_views()
    assert platform.rows(
        "SELECT status, is_current FROM gold.dim_order_status WHERE shop = ? AND order_id = '5'"
        " ORDER BY valid_from",
        [name],
    ) == [("PENDING", False), ("SHIPPED", False), ("DELIVERED", True)]
    assert platform.rows(
        "SELECT email FROM gold.dim_customer WHERE shop = ? AND customer_id = '1'"
        " ORDER BY valid_from",
        [name],
    ) == [("ada@example.org",), ("ada@new.example.org",)]
    # Where a user lived is in bronze, and what is sold counts for where the user lives.
    assert platform.rows(
        f'SELECT city FROM bronze."{name}__dim_users" WHERE user_id = 1 ORDER BY _position'
    ) == [("London",), ("Paris",)]
    assert platform.rows(
        "SELECT order_id, city FROM gold.fct_orders WHERE shop = ? AND customer_id = '1'"
        " ORDER BY order_id::INTEGER",
        [name],
    ) == [("1", "Paris"), ("2", "Paris"), ("12", "Paris")]


# ---------------------------------------------------------------------------- ecommerce


@pytest.mark.promise("152")
@pytest.mark.service("mariadb")
def test_ecommerce_is_captured_with_the_tables_of_five_systems_beside_the_shops_own(
    shops: Shops, platform: Captured
) -> None:
    name, shop = COMMERCE, shops.mysql[COMMERCE]
    platform.step(name)
    assert kept(platform, name) == (
        {
            "categories": 3,
            "customers": 3,
            "products": 4,
            "orders": 6,
            "order_items": 7,
            "returns": 2,
            "payments": 5,
            "reviews": 2,
        },
        {"orders": 1, "order_items": 1},
    )
    tables = [table for (table,) in shop.sql("SHOW TABLES")]
    assert sorted(tables) == sorted(load_shipped("ecommerce").tables)
    for table in tables:
        ((rows,),) = shop.sql(f"SELECT COUNT(*) FROM {table}")
        assert rows
        assert platform.one(f'SELECT COUNT(*) FROM bronze."{name}__{table}"') == rows, table
    commerce_agrees(platform, name, shop)
    assert platform.rows(
        "SELECT entity, rule FROM silver.quarantine WHERE shop = ? ORDER BY 1", [name]
    ) == [("order_items", "order_quarantined"), ("orders", "order_status_known")]


def commerce_agrees(platform: Captured, name: str, shop: MysqlShop) -> None:
    lines = (
        "SELECT o.currency AS currency, o.order_id AS order_id,"
        " i.quantity * i.unit_price - i.discount_amount AS amount"
        " FROM order_items AS i INNER JOIN orders AS o ON o.order_id = i.order_id"
        " WHERE o.status NOT IN ('cancelled', 'quoted')"
        " UNION ALL SELECT o.currency, o.order_id, -r.refund_amount"
        " FROM returns AS r INNER JOIN orders AS o ON o.order_id = r.order_id"
    )
    assert platform.rows(
        "SELECT currency, order_id, SUM(revenue) FROM gold.fct_sales"
        " WHERE shop = ? AND order_status <> 'CANCELLED' GROUP BY 1, 2 ORDER BY 1, 2",
        [name],
    ) == shop.sql(
        "SELECT currency, CAST(order_id AS CHAR), SUM(amount)"
        f" FROM ({lines}) AS l GROUP BY currency, order_id ORDER BY 1, 2"
    )
    assert platform.rows(
        "SELECT o.currency, p.status, SUM(p.amount) FROM gold.fct_payments AS p"
        " INNER JOIN gold.fct_orders AS o ON o.shop = p.shop AND o.order_id = p.order_id"
        " WHERE p.shop = ? GROUP BY 1, 2 ORDER BY 1, 2",
        [name],
    ) == [
        ("EUR", "CAPTURED", Decimal("70.31")),
        ("EUR", "FAILED", Decimal("41.65")),
        ("EUR", "REFUNDED", Decimal("5.94")),
    ]


@pytest.fixture(params=MODELS)
def ecommerce(request: pytest.FixtureRequest) -> Iterator[MysqlShop]:
    """A database of that name, on each engine."""
    require_service(request.param)
    if request.param == "mariadb":
        yield request.getfixturevalue("shops").mysql[COMMERCE]
        return
    shop = MysqlShop.made(request.getfixturevalue("mysql"), "ecommerce", "ecommerce")
    yield shop
    shop.dropped()


@pytest.mark.promise("115", "152")
def test_the_grants_of_ecommerce_are_enough_and_no_more(ecommerce: MysqlShop) -> None:
    """The pack fits as the granted user sees it, and the server refuses that user all else."""
    import pymysql

    shop = ecommerce
    for statement in loader().statements_of(EXAMPLES / "ecommerce" / "grants.sql"):
        shop.sql(statement)
    shop.sql("CREATE TABLE IF NOT EXISTS payroll (id INT PRIMARY KEY)")
    dsn = shop.server.dsn("ecommerce", "aethermart_capture", "change-me")
    granted = sorted(row[0] for row in shop.sql("SHOW GRANTS FOR aethermart_capture@'%'"))
    tables = sorted(load_shipped("ecommerce").tables)
    assert [line.partition(" TO ")[0] for line in granted if "USAGE" not in line] == [
        f"GRANT SELECT ON `ecommerce`.`{table}`" for table in tables
    ]
    try:
        assert same_rows_seen(shop, dsn)
        user = {"user": "aethermart_capture", "password": "change-me", "host": "127.0.0.1"}
        connection = pymysql.connect(port=shop.server.port, database="ecommerce", **user)
        with connection, connection.cursor() as cursor:
            for refused in (
                "INSERT INTO categories VALUES (9, 'x', NULL)",
                "UPDATE orders SET status = 'paid'",
                "DELETE FROM returns",
                "CREATE TABLE mine (id INT PRIMARY KEY)",
                "SELECT * FROM payroll",
                "SELECT * FROM mysql.user",
            ):
                with pytest.raises(pymysql.err.MySQLError, match="denied"):
                    cursor.execute(refused)
    finally:
        shop.sql("DROP TABLE payroll")
        shop.sql("DROP USER aethermart_capture@'%'")
    assert shop.sql("SELECT COUNT(*) FROM returns") == [(2,)]


def same_rows_seen(shop: MysqlShop, dsn: str) -> bool:
    """Every table that the pack names, by capture's own reader, as the granted user."""
    with closing(MariadbReader("ecommerce", dsn)) as reader:
        tables = load_shipped("ecommerce").tables
        with reader.view([*tables]):
            found = reader.discover([*tables])
            assert {name for name, table in found.items() if table.fault is None} == {*tables}
            schemas = [table.announced for table in found.values()]
        assert [check_schema(load_shipped("ecommerce"), schema) for schema in schemas] == [
            [] for _ in tables
        ]
        counted = {table: shop.sql(f"SELECT COUNT(*) FROM {table}")[0][0] for table in tables}
        return {table: reader.count(table) for table in tables} == counted


# ---------------------------------------------------------------------------- all of them


@pytest.mark.parametrize("sample", ["classicmodels", "ecommerce"])
def test_a_sample_shop_can_be_tried_without_a_server(sample: str, tmp_path: Path) -> None:
    """`pack check` on a SQLite file finds what SQLite lacks (dates), and nothing else."""
    dsn = f"sqlite:///{tmp_path / 'shop.db'}"
    loaded = loader().load(sample, dsn)
    assert sorted(loaded) == sorted(load_shipped(sample).tables)
    assert all(loaded.values())


@pytest.mark.nightly  # each check compiles the models
@pytest.mark.service("mariadb")
def test_every_sample_shop_fits_its_pack(shops: Shops) -> None:
    dsns = {
        "star_shop": shops.star["star_compared"],
        "classicmodels": shops.mysql[MODELS["mariadb"]].dsn,
        "ecommerce": shops.mysql[COMMERCE].dsn,
    }
    for sample, dsn in dsns.items():
        checked = check_pack(sample, load_shipped(sample), dsn)
        assert (checked.faults, checked.warnings, checked.no_revenue) == ([], [], ""), sample
        assert checked.kept["order_items"] >= 7, sample
