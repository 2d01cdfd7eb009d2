"""Make a sample shop in a database of yours, to try a shipped pack on it.

    python examples/shops/load.py classicmodels mysql://root:secret@127.0.0.1:3306/classicmodels
    python examples/shops/load.py star_shop postgresql://shop:secret@127.0.0.1/star_shop
    python examples/shops/load.py ecommerce sqlite:///ecommerce.db

The database must exist and be empty: a table that is already there is an error, never replaced.
"""

from __future__ import annotations

import csv
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

SHOPS = Path(__file__).parent


def load(shop: str, dsn: str) -> dict[str, int]:
    """Table -> rows, in the order in which the tables refer to each other."""
    folder = SHOPS / shop
    connection, mark = connected(dsn)
    loaded = {}
    try:
        cursor = connection.cursor()
        for statement in statements_of(folder / "tables.sql"):
            cursor.execute(statement)
            table = statement.partition("CREATE TABLE ")[2].partition(" ")[0]
            columns, rows = rows_of(folder / "rows" / f"{table}.csv")
            marks = ", ".join([mark] * len(columns))
            cursor.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - names of our own files
                rows,
            )
            loaded[table] = len(rows)
        connection.commit()
    finally:
        connection.close()
    return loaded


def statements_of(file: Path) -> list[str]:
    """Without the lines that are comments; no statement of ours holds a semicolon."""
    lines = file.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    return [part.strip() for part in text.split(";") if part.strip()]


def rows_of(file: Path) -> tuple[list[str], list[list[str | None]]]:
    """Names of the columns, and the rows; what is empty is NULL."""
    with file.open(newline="", encoding="utf-8") as content:
        lines = csv.reader(content)
        columns = next(lines)
        return columns, [[value or None for value in line] for line in lines]


def connected(dsn: str) -> tuple[Any, str]:
    """A connection by the database's own driver, and what stands for a value in its SQL."""
    address = urlsplit(dsn)
    if address.scheme == "sqlite":
        return sqlite3.connect(dsn.removeprefix("sqlite:///")), "?"
    if address.scheme in ("postgresql", "postgres"):
        import psycopg  # noqa: PLC0415 - only the driver that is asked for must be there

        return psycopg.connect(dsn), "%s"
    if address.scheme in ("mysql", "mariadb"):
        import pymysql  # noqa: PLC0415

        options = dict(part.split("=", 1) for part in address.query.split("&") if part)
        return pymysql.connect(
            host=address.hostname,
            port=address.port or 3306,
            user=unquote(address.username or ""),
            password=unquote(address.password or ""),
            database=address.path.removeprefix("/"),
            unix_socket=options.get("unix_socket"),
            charset="utf8mb4",
        ), "%s"
    raise SystemExit(
        f"{address.scheme!r} is no scheme of a database: use mysql, postgresql, sqlite"
    )


def main(arguments: Sequence[str]) -> int:
    known = sorted(file.parent.name for file in SHOPS.glob("*/tables.sql"))
    if len(arguments) != 2 or arguments[0] not in known:
        sys.stderr.write(f"{__doc__}\nShops: {', '.join(known)}\n")
        return 2
    for table, rows in load(*arguments).items():
        sys.stdout.write(f"{table}: {rows} rows\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
