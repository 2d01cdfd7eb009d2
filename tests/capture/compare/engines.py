"""The engines that compare capture reads, each with an empty shop: one suite runs on all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from aethermart.capture.sqlite.reader import SqliteReader
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

    def selected(self, table: str, order: str) -> list[Row]:
        cursor = self._connection.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def objects(self) -> list[Any]:
        return [
            *self._connection.execute("SELECT type, name FROM sqlite_master ORDER BY 1, 2"),
            *sorted(path.name for path in self.path.parent.iterdir() if path.is_file()),
        ]

    def close(self) -> None:
        self._connection.close()
