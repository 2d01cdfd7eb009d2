"""The schema: applied once, by any number of copies, and never changed behind its back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from aethermart.core.errors import Terminal
from aethermart.store.connect import connect
from aethermart.store.orders import LEGAL_MOVES
from aethermart.store.schema import (
    SchemaChanged,
    applied_files,
    apply_schema,
    sql_folder,
    store_files,
)
from aethermart.store.session import Kind, StoreSession
from tests.store.gaps import gap
from tests.store.shop import Shop, run

TABLES = {
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
}
LEDGER = {"postgres": "aethermart_store.schema_files", "mariadb": "aethermart_schema_files"}
HERE = {"postgres": "'public'", "mariadb": "DATABASE()"}
COLUMNS = (
    "SELECT table_name, column_name, data_type, is_nullable, column_default"
    " FROM information_schema.columns WHERE table_schema = {here} ORDER BY 1, 2"
)
CONSTRAINTS = (
    "SELECT table_name, constraint_name, constraint_type"
    " FROM information_schema.table_constraints"
    " WHERE constraint_schema = {here} AND constraint_name NOT LIKE '%%_not_null' ORDER BY 1, 2"
)
FILES = [path for kind in get_args(Kind) for path in sorted(sql_folder(kind).rglob("*.sql"))]
BASE = 10  # numbered files of the first release with a store


@pytest.fixture
def bare(bare_dsn: str) -> Iterator[StoreSession]:
    with closing(connect(bare_dsn)) as session:
        yield session


@pytest.fixture
def copy(kind: Kind, tmp_path: Path) -> Path:
    return shutil.copytree(sql_folder(kind), tmp_path / "sql")


def shape(session: StoreSession) -> list[list[tuple[object, ...]]]:
    return [
        session.rows(query.format(here=HERE[session.kind]), {}) for query in (COLUMNS, CONSTRAINTS)
    ]


@pytest.mark.promise("1")
def test_a_new_database_gets_every_table_once(bare: StoreSession) -> None:
    assert applied_files(bare) == {}
    applied = apply_schema(bare)
    assert applied[:4] == [
        "schema/001_catalogue.sql",
        "schema/002_customers.sql",
        "schema/003_orders.sql",
        "schema/004_inventory.sql",
    ]
    assert applied == [name for name, _ in store_files(bare.kind)] == [*dict.fromkeys(applied)]
    assert sorted(applied_files(bare)) == sorted(applied)
    if bare.kind == "postgres":
        assert bare.tables() == TABLES
    else:
        assert bare.tables() > TABLES
    assert apply_schema(bare) == []


@pytest.mark.promise("1")
def test_every_file_runs_twice_without_harm(shop: Shop) -> None:
    before = shape(shop.session)
    shop.sql(f"DELETE FROM {LEDGER[shop.kind]}")
    assert len(apply_schema(shop.session)) == len(store_files(shop.kind))
    assert shape(shop.session) == before
    assert shop.one("SELECT count(*) FROM products") == 3


def test_a_store_of_each_earlier_version_becomes_what_a_new_one_is(
    shop: Shop, copy: Path, bare: StoreSession
) -> None:
    numbered = sorted((copy / "schema").glob("*.sql"))
    later = numbered[BASE:]
    assert later
    for folder in set(copy.iterdir()) - {copy / "schema"}:
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    for path in later:
        path.rename(copy / path.name)
    apply_schema(bare, copy)
    run(
        bare,
        "INSERT INTO categories (category_id, name) VALUES (1, 'Kitchen');\n"
        "INSERT INTO products (product_id, sku, name, category_id, price, stock_quantity)"
        " VALUES (1, 'CUP', 'Cup', 1, 4.99, 3)",
    )
    for path in later:  # a version a file
        (copy / path.name).rename(path)
        assert apply_schema(bare, copy) == [f"schema/{path.name}"]
    assert f"schema/{later[-1].name}" not in apply_schema(bare)
    assert shape(bare) == shape(shop.session)
    assert bare.rows("SELECT sku, stock_quantity FROM products") == [("CUP", 3)]


def test_eight_copies_at_once_apply_it_once(bare_dsn: str) -> None:
    def apply(_: int) -> int:
        with closing(connect(bare_dsn)) as session:
            return len(apply_schema(session))

    with ThreadPoolExecutor(8) as pool:
        counts = sorted(pool.map(apply, range(8)))
    assert counts[:7] == [0] * 7
    assert counts[7] > 0


def test_a_changed_numbered_file_is_refused(shop: Shop, copy: Path) -> None:
    with (copy / "schema" / "002_customers.sql").open("a") as file:
        file.write("ALTER TABLE customers ADD COLUMN fax text;\n")
    (copy / "schema" / "998_more.sql").write_text("CREATE TABLE more (id int);\n")
    with pytest.raises(SchemaChanged, match=r"schema/002_customers\.sql was changed after"):
        apply_schema(shop.session, copy)
    assert "more" not in shop.session.tables()


def test_a_newer_releases_store_is_refused(bare: StoreSession, copy: Path) -> None:
    newer = copy / "schema" / "999_newer.sql"
    newer.write_text("CREATE TABLE newer (id int);\n")
    apply_schema(bare, copy)
    newer.unlink()
    with pytest.raises(SchemaChanged, match=r"it has schema/999_newer\.sql, which this one la"):
        apply_schema(bare, copy)


def test_a_changed_function_is_replaced(bare: StoreSession, copy: Path) -> None:
    apply_schema(bare, copy)
    file = copy / "functions" / "fn_is_bulk.sql"
    file.write_text(
        "CREATE OR REPLACE FUNCTION fn_is_bulk() RETURNS boolean "
        + {"postgres": "LANGUAGE sql AS $$ SELECT true $$;", "mariadb": "RETURN TRUE;"}[bare.kind]
    )
    assert apply_schema(bare, copy) == ["functions/fn_is_bulk.sql"]
    assert bare.rows("SELECT fn_is_bulk()") == [(True,)]


def test_a_failing_file_is_named_and_the_next_run_goes_on(bare: StoreSession, copy: Path) -> None:
    broken = copy / "schema" / "997_broken.sql"
    broken.write_text("CREATE TABLE IF NOT EXISTS half (id int);\nCREATE TABLE nonsense;\n")
    with pytest.raises(Terminal):
        apply_schema(bare, copy)
    if gap(bare.kind, "schema not atomic"):
        assert bare.tables() > TABLES | {"half"}
        assert "schema/997_broken.sql" not in applied_files(bare)
    else:
        assert bare.tables() == frozenset()
    broken.write_text("CREATE TABLE IF NOT EXISTS half (id int);\n")
    assert "schema/997_broken.sql" in apply_schema(bare, copy)
    assert apply_schema(bare, copy) == []


def test_every_foreign_key_has_an_index_in_postgres(
    kind: Kind, request: pytest.FixtureRequest
) -> None:
    if kind != "postgres":
        pytest.skip("InnoDB makes one with each foreign key")
    shop: Shop = request.getfixturevalue("shop")
    without = shop.sql(
        """
        SELECT c.conrelid::regclass::text, c.conname
        FROM pg_constraint AS c
        WHERE c.contype = 'f' AND NOT EXISTS (
            SELECT FROM pg_index AS i
            WHERE
                i.indrelid = c.conrelid
                AND i.indkey[0] = ANY(c.conkey)
        )
        """.strip()
    )
    assert without == []


def test_both_databases_know_the_same_legal_moves(shop: Shop) -> None:
    statuses = (None, *LEGAL_MOVES)
    legal = {
        (before, after)
        for before in statuses
        for after in LEGAL_MOVES
        if shop.one("SELECT fn_order_status_move_is_legal(%(a)s, %(b)s)", a=before, b=after)
    }
    ours = {(before, after) for before, moves in LEGAL_MOVES.items() for after in moves}
    assert legal == ours | {(None, "PENDING")}


def test_mariadb_has_every_procedure_and_trigger_of_postgres() -> None:
    def names(kind: Kind, *prefixes: str) -> set[str]:
        return {path.stem for path in FILES if path.is_relative_to(sql_folder(kind))} & {
            path.stem for path in FILES if path.stem.startswith(prefixes)
        }

    assert names("postgres", "sp_", "trg_") <= names("mariadb", "sp_", "trg_")
    assert "fn_order_total" in names("postgres", "fn_") & names("mariadb", "fn_")


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(path.parents[2]).as_posix()
)
def test_every_file_states_its_grain_and_its_errors(path: Path) -> None:
    head = path.read_text(encoding="utf-8").split("CREATE", 1)[0]
    assert "-- Grain:" in head
    assert path.parent.name == "schema" or "Errors:" in head


def test_every_file_has_one_object_of_its_own_name() -> None:
    wrong = [
        path.name
        for path in FILES
        if path.parent.name in ("functions", "procedures", "triggers", "views")
        and f" {path.stem}" not in path.read_text(encoding="utf-8").lower()
    ]
    assert wrong == []
