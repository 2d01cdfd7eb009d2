"""A MariaDB shop on the bench: SQL on one side, its queue read into a replay on the other."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from aethermart.capture.mariadb.queue.install import QUEUE
from aethermart.capture.mariadb.queue.source import MariadbQueueSource, MariadbShop
from aethermart.capture.mariadb.reader import MariadbReader
from aethermart.core.entries import Entry
from aethermart.log.chunks import ChunkStore
from tests.capture.memory import MemoryState
from tests.capture.replay import Replay, Row, follow
from tests.mariadb import MariadbServer

SHOP = "corner_shop"


class Bench:
    """`sql` runs statements as the shop, `pump` reads what is new, `same` compares the two."""

    def __init__(
        self, server: MariadbServer, database: str, folder: Path, *tables: str, **settings: Any
    ) -> None:
        self.server = server
        self.database = database
        self.tables = tables
        self.state = MemoryState()
        self.chunks = ChunkStore(folder / "chunks")
        self.replay = Replay(self.chunks)
        self.dsn = capture_dsn(server, database)
        self._settings = {"allow_ddl": True, "tables": tables, **settings}
        self.connection = server.connect(database)
        self.source = self.opened()

    def opened(self, **settings: Any) -> MariadbQueueSource:
        """A source of its own; `settings` replaces those of the bench from here on."""
        self._settings.update(settings)
        shop = MariadbShop(name=SHOP, **{"dsn": self.dsn, **self._settings})
        return MariadbQueueSource(shop, self.state, self.chunks)

    def restart(self, **settings: Any) -> None:
        """As a new process would begin."""
        self.source.close()
        self.source = self.opened(**settings)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def other(self) -> Any:
        """Another connection of the shop, with a transaction begun."""
        connection = self.server.connect(self.database)
        connection.begin()
        return connection

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

    def selected(self, table: str) -> list[Row]:
        """What plain SELECTs say, read by what compare capture reads with, by key."""
        reader = MariadbReader(SHOP, self.dsn, time_zone=self._settings.get("time_zone", "UTC"))
        with closing(reader), reader.view([table]):
            found = reader.discover([table])[table]
            blocks = [block.rows for block in reader.pages(table, None, None, 10_000)]
        rows = pa.concat_tables(blocks).to_pylist() if blocks else []
        return sorted(rows, key=lambda row: tuple(row[name] for name in found.key))

    def same(self, *tables: str) -> bool:
        return all(
            self.replay.table(table) == self.selected(table) for table in tables or self.tables
        )

    def waiting(self) -> int:
        return int(self.sql(f"SELECT COUNT(*) FROM {QUEUE}")[0][0])

    def close(self) -> None:
        self.source.close()
        self.connection.close()


def capture_dsn(server: MariadbServer, database: str, *rights: str) -> str:
    """Of a new user with the rights that queue capture needs, or those given."""
    name, password = f"c_{secrets.token_hex(4)}", secrets.token_hex(8)
    server.sql(f"CREATE USER {name}@'%' IDENTIFIED BY '{password}'")
    for right in rights or needed(database):
        server.sql(f"GRANT {right} TO {name}@'%'")
    return server.dsn(database, name, password)


def needed(database: str) -> Sequence[str]:
    return (
        "PROCESS ON *.*",
        f"CREATE, DROP, TRIGGER, SELECT, INSERT, UPDATE, DELETE ON {database}.*",
    )
