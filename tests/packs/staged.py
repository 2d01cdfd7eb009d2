"""A shop's rows in a mirror as capture would have written them, and what gold makes of them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg

from aethermart.packs.discovery.as_captured import as_captured
from aethermart.packs.discovery.discover import discovered
from aethermart.packs.pack import Shop
from aethermart.warehouse.mirror_tables import ensure_mirror_tables
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.swap import swap

if TYPE_CHECKING:
    from tests.mariadb import MariadbServer

SHOPS = Path(__file__).parent / "shops"


@dataclass(frozen=True)
class Numbers:
    revenue: dict[str, str]
    orders: int
    lines: int
    customers: int
    quarantined: dict[str, int]


def sqlite_shop(name: str, folder: Path) -> str:
    """The DSN of a new SQLite file with the shop's tables and rows."""
    file = folder / f"{name}.db"
    connection = sqlite3.connect(file)
    connection.executescript((SHOPS / f"{name}.sql").read_text(encoding="utf-8"))
    connection.commit()
    connection.close()
    return f"sqlite:///{file}"


def postgres_shop(name: str, dsn: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute((SHOPS / f"{name}.sql").read_text(encoding="utf-8").encode())
    return dsn


def mariadb_shop(name: str, server: MariadbServer) -> str:
    """The DSN of a user who may only SELECT in a new database with the shop's tables and rows."""
    database = f"shop_{name}"
    server.sql(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
    text = (SHOPS / f"{name}.sql").read_text(encoding="utf-8")
    with closing(server.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = 'ANSI_QUOTES'")
        for statement in filter(None, map(str.strip, re.split(r";\s*\n", text))):
            cursor.execute(statement)
    return server.dsn(database, *server.select_only_user(database))


def fill(connection: duckdb.DuckDBPyConnection, shop: Shop, dsn: str) -> None:
    """Copy every row of the pack's tables into the mirror, in the types the pack declares."""
    zone = ZoneInfo(shop.zone)
    with discovered(dsn) as found:
        for table in shop.pack.tables.values():
            names = list(table.columns)
            marks = ", ".join("?" for _ in names)
            quoted = ", ".join('"' + n + '"' for n in names)
            for row in found.peek.rows(table.name, names, 10_000):
                values = [as_captured(row[n], table.columns[n], zone) for n in names]
                connection.execute(
                    f'INSERT INTO mirror."{shop.mirror_table(table.name)}" ({quoted}) '
                    f"VALUES ({marks})",
                    values,
                )


def lake_of(
    shops: Mapping[str, tuple[Shop, str]], compiled: CompiledProject, file: Path
) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(file)
    connection.execute("SET TimeZone = 'UTC'")
    ensure_mirror_tables(connection, [shop for shop, _ in shops.values()])
    for shop, dsn in shops.values():
        fill(connection, shop, dsn)
    swap(connection, compiled)
    return connection


def numbers_of(connection: duckdb.DuckDBPyConnection, shop: str) -> Numbers:
    """Revenue and orders from gold, the rest from silver; not by way of the metrics."""

    def rows(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql, [shop]).fetchall()

    return Numbers(
        revenue={
            currency: str(amount)
            for currency, amount in rows(
                "SELECT currency, SUM(revenue) FROM gold.v_fct_sales WHERE shop = ? GROUP BY 1"
            )
        },
        orders=_one(
            rows(
                "SELECT COUNT(*) FROM gold.v_fct_orders "
                "WHERE shop = ? AND status IS DISTINCT FROM 'CANCELLED'"
            )
        ),
        lines=_one(rows("SELECT COUNT(*) FROM silver.order_items WHERE shop = ?")),
        customers=_one(rows("SELECT COUNT(*) FROM silver.customers WHERE shop = ?")),
        quarantined=dict(
            rows("SELECT rule, COUNT(*) FROM silver.quarantine WHERE shop = ? GROUP BY 1")
        ),
    )


def _one(rows: Iterable[tuple[Any, ...]]) -> int:
    return int(next(iter(rows))[0])
