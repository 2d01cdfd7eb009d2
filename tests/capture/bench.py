"""A shop's database on the bench: SQL on one side, a source read into a replay on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from aethermart.capture.postgres.source import PostgresShop, PostgresSource
from aethermart.core.clock import Clock, utc_now
from aethermart.core.entries import Entry
from aethermart.log.chunks import ChunkStore
from tests.capture.memory import MemoryState
from tests.capture.replay import Replay, Row, follow

SHOP = "corner_shop"


class Bench:
    """`sql` runs a statement in the shop, `pump` reads what is new, `same` compares the two."""

    def __init__(self, dsn: str, folder: Path, *, clock: Clock = utc_now, **settings: Any) -> None:
        self.dsn = dsn
        self.folder = folder
        self.state = MemoryState()
        self.chunks = ChunkStore(folder / "chunks")
        self.replay = Replay(self.chunks)
        self.connection = psycopg.connect(dsn, autocommit=True)
        self._clock = clock
        self._settings = {"allow_ddl": True, "tables": (), **settings}
        self.source = self.opened()

    def opened(self, **settings: Any) -> PostgresSource:
        """A source of its own; `settings` replaces those of the bench from here on."""
        self._settings.update(settings)
        shop = PostgresShop(name=SHOP, **{"dsn": self.dsn, **self._settings})
        return PostgresSource(shop, self.state, self.chunks, self._clock)

    def restart(self, **settings: Any) -> None:
        """As a new process would begin."""
        self.source.close()
        self.source = self.opened(**settings)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []

    def read(self, *, heartbeat: bool = True) -> Iterator[Entry]:
        return self.source.read(self.replay.end, heartbeat=heartbeat)

    def pump(
        self,
        *,
        heartbeat: bool = True,
        check: Callable[[Replay, Entry], None] | None = None,
        strict: bool = True,
    ) -> int:
        """Read to the end and acknowledge, as the runner does; returns the number of entries."""
        count = follow(self.replay, self.read(heartbeat=heartbeat), check=check, strict=strict)
        if self.replay.end is not None:
            self.source.acknowledge(self.replay.end)
        return count

    def selected(self, table: str, columns: str = "*") -> list[Row]:
        """What the shop says, by key."""
        query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(columns), sql.Identifier(table))
        with self.connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(query).fetchall()
        key = self.replay.schemas[table].key
        return sorted(rows, key=lambda row: tuple(row[name] for name in key))

    def same(self, *tables: str) -> bool:
        return all(self.replay.table(table) == self.selected(table) for table in tables)

    def waiting(self) -> int:
        return int(self.sql("SELECT count(*) FROM aethermart_capture.change_queue")[0][0])

    def close(self) -> None:
        self.source.close()
        self.connection.close()
