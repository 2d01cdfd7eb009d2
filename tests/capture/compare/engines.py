"""The engines that compare capture reads, each with an empty shop: one suite runs on all."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from pymysql.cursors import DictCursor

from aethermart.capture.mariadb.reader import MariadbReader
from aethermart.capture.postgres.compared import PostgresReader
from aethermart.capture.sqlite.reader import SqliteReader, quoted
from tests.capture.replay import Row
from tests.mariadb import MariadbServer


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

    def reader(self, timeout_s: float = 30) -> SqliteReader:
        return SqliteReader("corner_shop", self.path, self._folder / "copies", timeout_s=timeout_s)

    def selected(self, table: str) -> list[Row]:
        cursor = self._connection.execute(f"SELECT * FROM {quoted(table)}")
        names = [column[0] for column in cursor.description]
        declared = {
            r[1]: r[2] for r in self._connection.execute(f"PRAGMA table_info({quoted(table)})")
        }
        return [
            {
                name: _as_declared(declared[name], value)
                for name, value in zip(names, row, strict=True)
            }
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
        self._dsn = dsn
        self._connection = psycopg.connect(dsn, autocommit=True)
        self.role, password = f"role_{secrets.token_hex(4)}", secrets.token_hex(8)
        self._connection.execute(f"CREATE ROLE {self.role} LOGIN PASSWORD '{password}'".encode())
        # SELECT alone, also on what is made later.
        self._connection.execute(
            f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {self.role}".encode()
        )
        parts = {**conninfo_to_dict(dsn), "user": self.role, "password": password}
        self.dsn = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**parts)

    def sql(self, *statements: str, values: Sequence[Any] = ()) -> None:
        with self._connection.transaction():
            for statement in statements:
                self._connection.execute(
                    statement.replace("?", "%s") if values else statement, values or None
                )

    def reader(self, timeout_s: float = 30) -> PostgresReader:
        return PostgresReader("corner_shop", self.dsn, timeout_s=timeout_s)

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
        self._connection.execute(f"DROP OWNED BY {self.role} CASCADE".encode())
        self._connection.execute(f"DROP ROLE {self.role}".encode())
        self._connection.close()


class MariadbEngine:
    """A user that may SELECT, in an empty database; `sql` runs as root.

    product  mariadb or mysql, where the two differ
    """

    name = "mariadb"

    def __init__(self, server: MariadbServer, product: str) -> None:
        self.server = server
        self.product = product
        self.database = server.new_database()
        user, password = server.select_only_user(self.database)
        self.dsn = server.dsn(self.database, user, password)
        self.time_zone = "UTC"
        self._connection = server.connect(self.database)
        with self._connection.cursor() as cursor:
            cursor.execute("SET sql_mode = ''")
            if product == "mysql":
                cursor.execute("SET SESSION cte_max_recursion_depth = 1000000")

    def sql(self, *statements: str, values: Sequence[Any] = ()) -> None:
        self._connection.begin()
        with self._connection.cursor() as cursor:
            for statement in statements:
                text = statement.replace("?", "%s") if values else statement
                cursor.execute(text, values or None)
        self._connection.commit()

    def reader(self, timeout_s: float = 30) -> MariadbReader:
        return MariadbReader("corner_shop", self.dsn, time_zone=self.time_zone, timeout_s=timeout_s)

    def selected(self, table: str) -> list[Row]:
        with self._connection.cursor(DictCursor) as cursor:
            cursor.execute(f"SELECT * FROM `{table.replace('`', '``')}`")
            return list(cursor.fetchall())

    def numbers(self, rows: int) -> str:
        """What to select `seq` from: 1 to `rows`."""
        if self.product == "mariadb":
            return f"seq_1_to_{rows}"
        return (
            "(WITH RECURSIVE n(seq) AS"
            f" (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < {rows})"
            " SELECT seq FROM n) AS numbers"
        )

    def objects(self) -> list[Any]:
        rows = self.server.sql(
            "SELECT TABLE_SCHEMA, TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES"
            " UNION ALL SELECT TRIGGER_SCHEMA, 'trigger', TRIGGER_NAME"
            " FROM information_schema.TRIGGERS"
            " UNION ALL SELECT ROUTINE_SCHEMA, 'routine', ROUTINE_NAME"
            " FROM information_schema.ROUTINES"
        )
        return sorted(row for row in rows if row[0] == self.database)

    def close(self) -> None:
        self._connection.close()
        self.server.sql(f"DROP DATABASE {self.database}")


def _as_declared(declared: str, value: Any) -> Any:
    """As the value travels: SQLite keeps a decimal as a double."""
    if declared.startswith("DECIMAL") and value is not None:
        return Decimal(f"{value:.2f}")
    return value
