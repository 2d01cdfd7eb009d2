"""From nothing but a DSN to the numbers that were added up by hand before (shops/expected.toml)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest
from psycopg import sql

from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.warehouse.compile import compile_warehouse
from tests.packs.conftest import DAILY, EXPECTED, packed
from tests.packs.staged import Numbers, lake_of, mariadb_shop, numbers_of, postgres_shop

if TYPE_CHECKING:
    from tests.mariadb import MariadbServer

# Tables and types that PostgreSQL understands as SQLite does.
ON_POSTGRES = (
    "saas",
    "woo",
    "magento",
    "shopify",
    "legacy",
    "german",
    "star",
    "nested",
    "french",
    "bytes_postgres",
)
# On MariaDB text is no key, and a bare NUMERIC has no decimals: the others, a few of them in
# `make test`.
ON_MARIADB = ("saas", "woo", "legacy", "german", "spree", "bytes_mariadb")
# Keys of bytes: 2 * 5.00 + 4.00 and 3 * 5.00, the third order cancelled.
BYTES = Numbers(revenue={"EUR": "29.00"}, orders=2, lines=4, customers=2, quarantined={})
NOT_ON_MARIADB = ("nested", "orphans", "till", "gross")
ALL_ON_MARIADB = (*(n for n in EXPECTED if n not in NOT_ON_MARIADB), "bytes_mariadb")


def expected(name: str) -> Numbers:
    if name.startswith("bytes_"):
        return BYTES
    told = {key: value for key, value in EXPECTED[name].items() if key != "options"}
    return Numbers(**told)


@pytest.mark.promise("90")
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in DAILY else pytest.mark.nightly) for name in EXPECTED],
)
def test_an_unseen_sqlite_shop_comes_to_the_numbers_added_up_by_hand(
    sqlite_lake: duckdb.DuckDBPyConnection, name: str
) -> None:
    assert numbers_of(sqlite_lake, name) == expected(name)


@pytest.mark.nightly
@pytest.mark.promise("90")
@pytest.mark.service("postgres")
def test_unseen_postgresql_shops_come_to_the_numbers_added_up_by_hand(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    """As a user who may only SELECT."""
    shops = {}
    for name in ON_POSTGRES:
        database = f"shop_{name}"
        postgres.create_database(database)
        dsn = postgres_shop(name, postgres.dsn(database))
        reader = reader_of(dsn, f"reader_{name}")
        shops[name] = (packed(name, reader, tmp_path), reader)
    compiled = compile_warehouse([s for s, _ in shops.values()], tmp_path / "wh", tmp_path / "logs")
    with lake_of(shops, compiled, tmp_path / "lake.duckdb") as lake:
        found = {name: numbers_of(lake, name) for name in shops}
    assert found == {name: expected(name) for name in ON_POSTGRES}


@pytest.mark.nightly
@pytest.mark.promise("90")
@pytest.mark.parametrize(
    "names", [ON_MARIADB, pytest.param(ALL_ON_MARIADB, marks=pytest.mark.nightly)], ids=len
)
def test_unseen_mariadb_shops_come_to_the_numbers_added_up_by_hand(
    mariadb: MariadbServer, names: tuple[str, ...], tmp_path: Path
) -> None:
    """As a user who may only SELECT."""
    shops = {}
    try:
        for name in names:
            dsn = mariadb_shop(name, mariadb)
            shops[name] = (packed(name, dsn, tmp_path), dsn)
        compiled = compile_warehouse(
            [s for s, _ in shops.values()], tmp_path / "wh", tmp_path / "logs"
        )
        with lake_of(shops, compiled, tmp_path / "lake.duckdb") as lake:
            found = {name: numbers_of(lake, name) for name in shops}
    finally:
        for name in names:
            mariadb.sql(f"DROP DATABASE IF EXISTS shop_{name}")
    assert found == {name: expected(name) for name in names}


def reader_of(dsn: str, role: str) -> str:
    """The DSN of a role that may SELECT in schema public, and nothing else."""
    name = sql.Identifier(role)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'reads'").format(name))
        connection.execute(
            sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(name)
        )
    _, _, host = dsn.rpartition("@")
    return f"postgresql://{role}:reads@{host}"


def test_what_a_shop_refuses_to_tell_is_not_invented(
    sqlite_lake: duckdb.DuckDBPyConnection,
) -> None:
    """A dollar sign is no currency, a shop without a status has none, and no column is filled."""
    flat = sqlite_lake.execute(
        "SELECT DISTINCT currency, unit_price IS NULL FROM gold.v_fct_sales WHERE shop = 'flat'"
    ).fetchall()
    assert flat == [("XXX", False)]
    star = sqlite_lake.execute(
        "SELECT DISTINCT status FROM silver.orders WHERE shop = 'star'"
    ).fetchall()
    assert star == [(None,)]
