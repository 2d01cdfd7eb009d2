"""A small shop: two customers with an address each, three products."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.store.schema import apply_schema

CATALOGUE = """
INSERT INTO categories (category_id, name) VALUES (1, 'Kitchen');
INSERT INTO products (product_id, sku, name, category_id, price)
VALUES (1, 'CUP', 'Cup', 1, 4.99), (2, 'PAN', 'Pan', 1, 35.00), (3, 'SPOON', 'Spoon', 1, 0.10);
SELECT sp_change_stock(1, 10, 'RESTOCK'), sp_change_stock(2, 5, 'RESTOCK'),
    sp_change_stock(3, 1, 'RESTOCK');
INSERT INTO customers (customer_id, email, first_name, last_name)
VALUES (1, 'ada@example.org', 'Ada', 'Byron'), (2, 'max@example.org', 'Max', 'Born');
INSERT INTO customer_addresses (address_id, customer_id, street, city, postal_code, country)
VALUES (11, 1, 'Long Lane 1', 'London', 'E1 6AN', 'GB'),
    (12, 2, 'Hauptstr. 2', 'Berlin', '10115', 'DE');
ALTER TABLE categories ALTER category_id RESTART WITH 50;
ALTER TABLE products ALTER product_id RESTART WITH 50;
ALTER TABLE customers ALTER customer_id RESTART WITH 50;
ALTER TABLE customer_addresses ALTER address_id RESTART WITH 50;
"""


@pytest.fixture(scope="session")
def store_database(postgres: EmbeddedPostgres) -> str:
    postgres.create_database("small_shop")
    with psycopg.connect(postgres.dsn("small_shop")) as connection:
        apply_schema(connection)
    return postgres.dsn("small_shop")


@pytest.fixture
def shop_dsn(store_database: str) -> str:
    """Emptied and filled for each test, which costs a twentieth of a database of its own."""
    with psycopg.connect(store_database) as connection:
        tables = connection.execute(
            "SELECT string_agg(tablename, ', ') FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
        assert tables is not None
        connection.execute(f"TRUNCATE {tables[0]} RESTART IDENTITY".encode())
        connection.execute(CATALOGUE)
    return store_database


@pytest.fixture
def shop(shop_dsn: str) -> Iterator[psycopg.Connection]:
    """A connection without a transaction open."""
    with psycopg.connect(shop_dsn, autocommit=True) as connection:
        yield connection
