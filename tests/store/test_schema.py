"""The schema: applied once, whole, by any number of copies, and never changed behind its back."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from aethermart.store.schema import SchemaChanged, apply_schema

pytestmark = pytest.mark.service("postgres")

SQL = Path(str(apply_schema.__globals__["_SQL"]))
TABLES = [
    "categories",
    "clickstream_events",
    "customer_addresses",
    "customers",
    "device_telemetry",
    "exchange_rates",
    "inventory_movements",
    "order_events",
    "order_items",
    "orders",
    "payments",
    "product_suppliers",
    "products",
    "promotions",
    "returns",
    "reviews",
    "social_posts",
    "suppliers",
    "support_chats",
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(SQL, tmp_path / "sql")


def tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    )
    return [name for (name,) in rows]


def test_a_new_database_gets_every_table(database: str) -> None:
    with psycopg.connect(database) as connection:
        applied = apply_schema(connection)
        assert applied[:4] == [
            "schema/001_catalogue.sql",
            "schema/002_customers.sql",
            "schema/003_orders.sql",
            "schema/004_inventory.sql",
        ]
        assert len(applied) == len(set(applied)) == len(list(SQL.rglob("*.sql")))
        assert tables(connection) == TABLES


def test_applied_twice_changes_nothing(database: str) -> None:
    with psycopg.connect(database) as connection:
        apply_schema(connection)
        assert apply_schema(connection) == []


def test_every_file_runs_twice_without_harm(shop: psycopg.Connection) -> None:
    for path in sorted(SQL.rglob("*.sql")):
        shop.execute(path.read_bytes())
    assert shop.execute("SELECT count(*) FROM products").fetchone() == (3,)


def test_eight_copies_at_once_apply_it_once(database: str) -> None:
    def apply(_: int) -> int:
        with psycopg.connect(database) as connection:
            return len(apply_schema(connection))

    with ThreadPoolExecutor(8) as pool:
        counts = sorted(pool.map(apply, range(8)))
    assert counts[:7] == [0] * 7
    assert counts[7] > 0


def test_a_changed_numbered_file_is_refused(database: str, copy: Path) -> None:
    with psycopg.connect(database) as connection:
        apply_schema(connection, copy)
        with (copy / "schema" / "002_customers.sql").open("a") as file:
            file.write("ALTER TABLE customers ADD COLUMN fax text;\n")
        (copy / "schema" / "098_more.sql").write_text("CREATE TABLE more (id int);\n")
        with pytest.raises(SchemaChanged, match=r"schema/002_customers\.sql was changed after"):
            apply_schema(connection, copy)
        assert tables(connection) == TABLES


def test_a_changed_function_is_replaced(database: str, copy: Path) -> None:
    with psycopg.connect(database) as connection:
        apply_schema(connection, copy)
        (copy / "functions" / "fn_is_bulk.sql").write_text(
            "CREATE OR REPLACE FUNCTION fn_is_bulk() RETURNS boolean "
            "LANGUAGE sql AS $$ SELECT true $$;"
        )
        assert apply_schema(connection, copy) == ["functions/fn_is_bulk.sql"]
        assert connection.execute("SELECT fn_is_bulk()").fetchone() == (True,)


def test_a_failing_file_leaves_nothing_of_the_others(database: str, copy: Path) -> None:
    (copy / "triggers" / "trg_broken.sql").write_text("CREATE TRIGGER nonsense;\n")
    with psycopg.connect(database) as connection:
        with pytest.raises(psycopg.errors.SyntaxError):
            apply_schema(connection, copy)
        assert tables(connection) == []


def test_a_newer_releases_store_is_refused(database: str, copy: Path) -> None:
    newer = copy / "schema" / "099_newer.sql"
    newer.write_text("CREATE TABLE newer (id int);\n")
    with psycopg.connect(database) as connection:
        apply_schema(connection, copy)
        newer.unlink()
        with pytest.raises(SchemaChanged, match=r"it has schema/099_newer\.sql, which this one la"):
            apply_schema(connection, copy)


def test_every_foreign_key_has_an_index(shop: psycopg.Connection) -> None:
    without = shop.execute(
        """
        SELECT c.conrelid::regclass::text, c.conname
        FROM pg_constraint AS c
        WHERE c.contype = 'f' AND NOT EXISTS (
            SELECT FROM pg_index AS i
            WHERE
                i.indrelid = c.conrelid
                AND i.indkey[0] = ANY(c.conkey)
        )
        """
    ).fetchall()
    assert without == []


@pytest.mark.parametrize("path", sorted(SQL.rglob("*.sql")), ids=lambda path: path.name)
def test_every_file_states_its_grain_and_its_errors(path: Path) -> None:
    head = path.read_text().split("CREATE", 1)[0]
    assert "-- Grain:" in head
    assert path.parent.name == "schema" or "Errors:" in head
