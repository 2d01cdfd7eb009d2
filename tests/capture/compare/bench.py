"""A shop of any engine on the bench: SQL on one side, passes read into a replay on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from aethermart.capture.compare.differ import Load
from aethermart.capture.compare.reader import ShopReader
from aethermart.capture.compare.settings import CompareSettings
from aethermart.capture.compare.source import ComparedShop, CompareSource
from aethermart.core.entries import Entry
from aethermart.log.chunks import ChunkStore
from tests.capture.memory import MemoryState
from tests.capture.replay import Replay, Row, follow

SHOP = "corner_shop"
SMALL = CompareSettings(range_rows=40, leaf_rows=4, page_rows=7, statement_timeout_s=30)


class Engine(Protocol):
    """A server or file with an empty shop in it; `sql` may write, the reader only SELECTs."""

    name: str

    def sql(self, *statements: str, values: Sequence[Any] = ()) -> None: ...

    def reader(self, timeout_s: float) -> ShopReader: ...

    def selected(self, table: str) -> list[Row]:
        """The rows as they travel, by the engine's own client."""
        ...

    def objects(self) -> list[Any]:
        """Everything there is in the shop, by name: to show that nothing was made."""
        ...


class Bench:
    """`sql` writes into the shop, `pump` makes a pass."""

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        tables: Sequence[str],
        settings: CompareSettings = SMALL,
    ) -> None:
        self.engine = engine
        self.folder = folder
        self.tables = tables
        self.settings = settings
        self.state = MemoryState()
        self.chunks = ChunkStore(folder / "chunks")
        self.replay = Replay(self.chunks)
        self.source = self.opened()

    def opened(self) -> CompareSource:
        shop = ComparedShop(
            SHOP, tuple(self.tables), self.folder / "compare", every_s=0, settings=self.settings
        )
        timeout_s = self.settings.statement_timeout_s
        return CompareSource(shop, lambda: self.engine.reader(timeout_s), self.state, self.chunks)

    def restart(self, tables: Sequence[str] | None = None) -> None:
        """As a new process would begin."""
        self.source.close()
        self.tables = tables or self.tables
        self.source = self.opened()

    def sql(self, *statements: str, values: Sequence[Any] = ()) -> None:
        self.engine.sql(*statements, values=values)

    def read(self, *, heartbeat: bool = True) -> Iterator[Entry]:
        return self.source.read(self.replay.end, heartbeat=heartbeat)

    def pump(
        self,
        *,
        heartbeat: bool = True,
        check: Callable[[Replay, Entry], None] | None = None,
    ) -> int:
        """One pass, read to its end; returns the number of entries."""
        return follow(self.replay, self.read(heartbeat=heartbeat), check=check)

    def rows(self, table: str) -> list[Row]:
        """What the log says, in the order of the shop's key values."""
        return list(self.replay.live[table].values())

    def same(self, *tables: str) -> bool:
        for table in tables or self.tables:
            ours = sorted(map(repr, map(_ordered, self.rows(table))))
            theirs = sorted(map(repr, map(_ordered, self.engine.selected(table))))
            assert ours == theirs, table
        return True

    def loaded(self) -> Load:
        """What the last passes asked of the shop; counts anew from here."""
        load, self.source.load = self.source.load, Load()
        return load

    def close(self) -> None:
        self.source.close()


def _ordered(row: Row) -> list[tuple[str, Any]]:
    return sorted(row.items())
