"""A store of our own schema in an embedded PostgreSQL, filled by arithmetic: always the same rows.

About 2.5 lines an order, 5 orders a customer. Only the tables that the benchmarks load are filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from aethermart.platform_db.migrate import migrate
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.store.postgres.session import PostgresSession
from aethermart.store.schema import apply_schema

TABLES = ("orders", "order_items")
_FILL = (
    """
    INSERT INTO categories (category_id, name) VALUES (1, 'everything')
    """,
    """
    INSERT INTO products (product_id, sku, name, category_id, price, stock_quantity)
    SELECT i, 'SKU-' || i, 'Product ' || i, 1, 1 + (i %% 9000) / 100.0, 1000000
    FROM generate_series(1, 2000) AS i
    """,
    """
    INSERT INTO customers (customer_id, email, first_name, last_name)
    SELECT i, 'c' || i || '@example.org', 'First ' || i, 'Last ' || i
    FROM generate_series(1, %(orders)s / 5 + 1) AS i
    """,
    """
    INSERT INTO customer_addresses (address_id, customer_id, street, city, postal_code, country)
    SELECT
        i,
        i,
        i || ' Main Street',
        'City ' || i %% 500,
        lpad((i %% 99999)::text, 5, '0'),
        (ARRAY['DE', 'FR', 'GB', 'NL', 'ES'])[1 + i %% 5]
    FROM generate_series(1, %(orders)s / 5 + 1) AS i
    """,
    """
    INSERT INTO orders (
        order_id, customer_id, address_id, channel, status, ordered_at, updated_at,
        idempotency_key, shipping_amount, tax_amount, total_amount
    )
    SELECT
        i,
        1 + i * 7919 %% (%(orders)s / 5 + 1),
        1 + i * 7919 %% (%(orders)s / 5 + 1),
        (ARRAY['web', 'mobile', 'popup', 'partner'])[1 + i %% 4],
        (ARRAY['DELIVERED', 'DELIVERED', 'DELIVERED', 'SHIPPED', 'PAID', 'CANCELLED'])[1 + i %% 6],
        '2024-01-01 00:00:00+00'::timestamptz + i * interval '61.803 seconds',
        '2024-01-02 00:00:00+00'::timestamptz + i * interval '61.803 seconds',
        md5(i::text),
        4.90,
        (i * 31 %% 9000) / 100.0,
        (i * 7 %% 40000) / 100.0 + 10
    FROM generate_series(1::bigint, %(orders)s) AS i
    """,
    """
    INSERT INTO order_items (
        order_item_id, order_id, line_number, product_id, quantity, unit_price, discount_amount
    )
    SELECT
        i * 4 + line,
        i,
        line,
        1 + (i * 17 + line * 131) %% 2000,
        1 + (i + line) %% 5,
        1 + (i * 13 + line * 7) %% 9000 / 100.0,
        (i %% 3) * 0.25
    FROM generate_series(1::bigint, %(orders)s) AS i, generate_series(1, 1 + i %% 4) AS line
    """,
)


@contextmanager
def embedded(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server of its own, for the block."""
    server = EmbeddedPostgres(folder)
    server.start()
    try:
        yield server
    finally:
        server.destroy()


def new_store(server: EmbeddedPostgres, name: str = "store") -> str:
    """DSN of a new database with our store's schema, empty."""
    server.create_database(name)
    with psycopg.connect(server.dsn(name)) as connection:
        apply_schema(PostgresSession(connection))
    return server.dsn(name)


def new_platform(server: EmbeddedPostgres, name: str = "platform") -> str:
    """DSN of a new database with the platform's tables: an empty log among them."""
    server.create_database(name)
    migrate(server.dsn(name))
    return server.dsn(name)


def fill(dsn: str, orders: int) -> dict[str, int]:
    """Fill an empty store; rows of each of TABLES."""
    with psycopg.connect(dsn) as connection:
        # Neither our triggers nor the foreign keys' checks: the rows are right by construction.
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in _FILL:
            connection.execute(statement.encode(), {"orders": orders})
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        # A checkpoint in the middle of a measured load would be charged to whoever runs then.
        connection.execute("CHECKPOINT")
        return {table: _count(connection, table) for table in TABLES}


def _count(connection: psycopg.Connection[tuple[int]], table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    return row[0] if row else 0
