"""The engines that compare capture reads, each with an empty shop: one suite runs on all."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from aethermart.capture.postgres.compared import PostgresReader
from aethermart.capture.sqlite.reader import SqliteReader, quoted
from tests.capture.replay import Row


class SqliteEngine:
    name = "sqlite"

    def __init__(self, folder: Path, *, wal: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "shop's file.sqlite"
        self._folder = folder
        with closing(sqlite3.connect(self.path)) as connection:
            if wal:
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("VACUUM")
        self._connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)

    def sql(self, *statements: str, values: Sequence[Any] = ()) -> None:
        self._connection.execute("BEGIN")
        for statement in statements:
            self._connection.execute(statement, values)
        self._connection.execute("COMMIT")

    def reader(self) -> SqliteReader:
        return SqliteReader("corner_shop", self.path, self._folder / "copies", timeout_s=10)

    def selected(self, table: str) -> list[Row]:
        cursor = self._connection.execute(f"SELECT * FROM {quoted(table)}")
        names = [column[0] for column in cursor.description]
        declared = {r[1]: r[2] for r in self._connection.execute(f"PRAGMA table_info({quoted(table)})")}
        return [
            {name: _as_declared(declared[name], value) for name, value in zip(names, row, strict=True)}
            for row in cursor.fetchall()
        ]

    def objects(self) -> list[Any]:
        return [
            *self._connection.execute("SELECT type, name FROM sqlite_master ORDER BY 1, 2"),
            *sorted(path.name for path in self.path.parent.iterdir() if path.is_file()),
        ]

    def close(self) -> None:
        self._connection.close()


class PostgresEngine:
    """A role that may SELECT, in an empty database; `sql` runs as the owner."""

    name = "postgres"

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._connection = psycopg.connect(dsn, autocommit=True)

    def sql(self, *statements: str, values: Sequence[Any] = ()) -> None:
        with self._connection.transaction():
            for statement in statements:
                self._connection.execute(
                    statement.replace("?", "%s") if values else statement, values or None
                )

    def reader(self) -> PostgresReader:
        return PostgresReader("corner_shop", self.dsn, timeout_s=30)

    def selected(self, table: str) -> list[Row]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(
                sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
            ).fetchall()

    def objects(self) -> list[Any]:
        return self._connection.execute(
            "SELECT nspname, relkind, relname FROM pg_class"
            " INNER JOIN pg_namespace AS n ON n.oid = relnamespace"
            " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
            " UNION ALL SELECT 'trigger', 't', tgname FROM pg_trigger WHERE NOT tgisinternal"
            " UNION ALL SELECT 'function', 'f', proname FROM pg_proc AS p"
            " INNER JOIN pg_namespace AS n ON n.oid = p.pronamespace"
            " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
            " ORDER BY 1, 2, 3"
        ).fetchall()

    def close(self) -> None:
        self._connection.close()


def _as_declared(declared: str, value: Any) -> Any:
    """As the value travels: SQLite keeps a decimal as a double."""
    if declared.startswith("DECIMAL") and value is not None:
        return Decimal(f"{value:.2f}")
    return value
