"""Reading a shop's schema: what there is, bounded, and nothing of it said aloud."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from aethermart.core.errors import AetherMartError, BadInput, NotFound, Unavailable
from aethermart.packs.discovery.captured_types import captured_type
from aethermart.packs.discovery.discover import SAMPLE_ROWS, discovered

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, photo BLOB);
CREATE TABLE "order lines" (a INTEGER REFERENCES customers (id), b INTEGER,
  price DECIMAL(10,2), PRIMARY KEY (a, b));
CREATE TABLE loose (code TEXT NOT NULL, n INTEGER NOT NULL, UNIQUE (code, n));
CREATE TABLE bare (x TEXT);
CREATE VIEW v_customers AS SELECT id FROM customers;
"""


@pytest.fixture
def dsn(tmp_path: Path) -> str:
    file = tmp_path / "a shop.db"
    connection = sqlite3.connect(file)
    connection.executescript(SHOP)
    connection.executemany(
        "INSERT INTO customers VALUES (?, ?, NULL)",
        [(n, f"ada{n}@example.org") for n in range(1, SAMPLE_ROWS + 101)],
    )
    connection.commit()
    connection.close()
    return f"sqlite:///{file}"


@pytest.mark.promise("90")
def test_tables_keys_references_and_views_are_found(dsn: str) -> None:
    with discovered(dsn) as found:
        tables = found.facts.tables
    assert sorted(tables) == ["bare", "customers", "loose", "order lines"]
    assert tables["customers"].key == ("id",)
    assert list(tables["customers"].columns) == ["id", "email"]  # bytes are not read
    assert tables["order lines"].key == ("a", "b")
    assert [(k.columns, k.table) for k in tables["order lines"].foreign_keys] == [
        (("a",), "customers")
    ]
    assert tables["loose"].key == ("code", "n")
    assert tables["bare"].key == ("rowid",)
    assert found.facts.views == ("v_customers",)


def test_a_sample_is_bounded_and_never_shown(dsn: str) -> None:
    with discovered(dsn) as found:
        customers = found.facts.tables["customers"]
    assert (customers.rows, len(customers.sample)) == (SAMPLE_ROWS + 100, SAMPLE_ROWS)
    assert "example.org" not in repr(found.facts)


def test_the_connection_cannot_write(dsn: str) -> None:
    from aethermart.packs.discovery.address import read_only

    with read_only(dsn) as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM customers")


@pytest.mark.parametrize(
    "dsn, error, cause",
    [
        ("oracle://u:secret@h/db", BadInput, "a DSN cannot begin with 'oracle'"),
        ("shop.db", BadInput, "a DSN cannot begin with 'nothing'"),
        ("sqlite:///no/such.db", NotFound, "there is no file"),
        ("sqlite:///", BadInput, "names no file"),
        ("postgresql://u:secret@127.0.0.1:1/db", Unavailable, "does not answer"),
        ("postgresql://u:secret@host:port/db", BadInput, "the postgresql DSN cannot be read"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_its_secret(
    tmp_path: Path, dsn: str, error: type[AetherMartError], cause: str
) -> None:
    with pytest.raises(error) as refused, discovered(dsn, folder=tmp_path):
        pass
    assert cause in refused.value.cause
    assert "secret" not in str(refused.value)
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    "engine, declared, kind",
    [
        ("postgresql", "NUMERIC(12, 2)", "decimal(12,2)"),
        ("postgresql", "NUMERIC", "decimal(38,9)"),
        ("postgresql", "UUID", "text"),
        ("postgresql", "DOUBLE PRECISION", "double"),
        ("postgresql", "BIGINT", "integer"),
        ("mysql", "TINYINT(1)", "boolean"),
        ("mysql", "BIGINT(20) UNSIGNED", "integer"),
        ("mysql", "DECIMAL(10, 2)", "decimal(10,2)"),
        ("mysql", "DATETIME", "timestamp"),
        ("sqlite", "DATETIME", "text"),
        ("sqlite", "NUMERIC", "decimal(38,9)"),
        ("sqlite", "VARCHAR(20)", "text"),
        ("sqlite", "BOOLEAN", "boolean"),
        ("sqlite", "REAL", "double"),
    ],
)
def test_a_column_has_the_type_it_is_captured_in(engine: str, declared: str, kind: str) -> None:
    assert str(captured_type(engine, declared)) == kind
