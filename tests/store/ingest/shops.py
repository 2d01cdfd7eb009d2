"""A small shop in MariaDB to load files into."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from aethermart.servers.mysql_client import parse_address
from aethermart.store.ingest.entities import entity_named
from aethermart.store.ingest.load import Loaded, load_file
from aethermart.store.ingest.local_infile import connect
from aethermart.store.ingest.records import Format, source_of
from aethermart.store.ingest.staging import How
from aethermart.store.mariadb.session import MariadbSession
from aethermart.store.schema import apply_schema
from tests.mariadb import MariadbServer

SHOP = """
INSERT INTO categories (category_id, name) VALUES (1, 'Kitchen');
INSERT INTO products (product_id, sku, name, category_id, price)
VALUES (1, 'CUP', 'Cup', 1, 4.99), (2, 'PAN', 'Pan', 1, 35.00);
INSERT INTO customers (customer_id, email, first_name, last_name)
VALUES (1, 'ada@example.org', 'Ada', 'Byron'), (2, 'max@example.org', 'Max', 'Born'),
    (3, 'eve@example.org', 'Eve', 'Moneypenny');
INSERT INTO customer_addresses (address_id, customer_id, street, city, postal_code, country)
VALUES (11, 1, 'Long Lane 1', 'London', 'E1 6AN', 'GB'),
    (12, 2, 'Hauptstr. 2', 'Berlin', '10115', 'DE')
"""
# Tables that a load may write, without what every run makes anew.
KEPT = {
    "categories": "name, parent_id",
    "suppliers": "name, country, email",
    "products": "sku, name, description, category_id, price, currency, stock_quantity, is_active",
    "inventory_movements": "(SELECT p.sku FROM products AS p WHERE p.product_id = t.product_id),"
    " quantity_change, reason",
    "customers": "email, first_name, last_name, phone",
    "customer_addresses": "customer_id, street, city, postal_code, country",
    "orders": "idempotency_key, customer_id, address_id, channel, status, currency, ordered_at,"
    " shipping_amount, tax_amount, total_amount",
    "order_items": "(SELECT o.idempotency_key FROM orders AS o WHERE o.order_id = t.order_id),"
    " line_number, product_id, quantity, unit_price, discount_amount",
    "order_events": "(SELECT o.idempotency_key FROM orders AS o WHERE o.order_id = t.order_id),"
    " from_status, to_status, changed_at",
    "reviews": "product_id, customer_id, rating, title, body",
}


class FileShop:
    """A database of a server; `folder` is one that the server reads, too."""

    def __init__(self, server: MariadbServer, database: str, folder: Path) -> None:
        self.server, self.folder = server, folder
        socket = server.folder / "s.sock"
        self.dsn = f"mysql://root@localhost/{database}?unix_socket={socket}"

    def make(self) -> None:
        with closing(self.session()) as session:
            apply_schema(session)

    def empty(self) -> None:
        with closing(self.session()) as session:
            session.rows("SET foreign_key_checks = 0")
            # TRUNCATE makes a table anew, which costs more than a few rows.
            for table in sorted(session.tables() - {"masking_salt"}):
                session.rows(f"DELETE FROM {table}")
            session.rows("SET foreign_key_checks = 1")
            for statement in SHOP.split(";\n"):
                session.rows(statement)

    def session(self) -> MariadbSession:
        return MariadbSession(connect(parse_address(self.dsn, "the store")))

    def file(self, name: str, content: str | bytes) -> Path:
        file = self.folder / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(0o644)
        return file

    def load(
        self,
        entity: str,
        content: str | bytes,
        *,
        name: str | None = None,
        form: Format | None = None,
        encoding: str = "utf-8",
        how: How = "local",
        columns: Mapping[str, str] | None = None,
        again: bool = False,
        batch: int = 5_000,
    ) -> Loaded:
        file = self.file(name or f"{entity}.csv", content)
        with closing(self.session()) as session:
            return load_file(
                session,
                entity_named(entity),
                source_of(file, form=form, encoding=encoding),
                how=how,
                columns=columns,
                again=again,
                batch=batch,
            )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(MariadbSession.connect(self.dsn)) as session:
            return session.rows(query)

    def kept(self) -> dict[str, list[tuple[Any, ...]]]:
        """What stands in the core tables, in an order of its own."""
        return {
            table: sorted(self.rows(f"SELECT {columns} FROM {table} AS t"), key=repr)
            for table, columns in KEPT.items()
        }
