"""Our source over one table, its log in memory only: what a benchmark of capture alone needs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from aethermart.capture.postgres.source import PostgresShop, PostgresSource
from aethermart.capture.state import PlatformCaptureState
from aethermart.core.entries import Batch, Entry, Position
from aethermart.log.chunks import ChunkStore
from aethermart.platform_db.migrate import platform_engine


class Captured:
    """Reads one table of the shop on and on; `position` is where the next read begins."""

    def __init__(self, source: PostgresSource, chunks: ChunkStore) -> None:
        self.source = source
        self._chunks = chunks
        self.position: Position | None = None

    def drain(self) -> Iterator[Entry]:
        """All that is there now, then acknowledged."""
        for entry in self.source.read(self.position, heartbeat=False):
            yield entry
            self.position = entry.end
        if self.position is not None:
            self.source.acknowledge(self.position)

    def rows_of(self, entry: Entry) -> list[pa.Table]:
        return [
            part.rows if isinstance(part, Batch) else self._chunks.read(part)
            for part in entry.parts
        ]


@contextmanager
def captured(store: str, platform: str, table: str, folder: Path) -> Iterator[Captured]:
    """The table with our triggers on it, its snapshot read."""
    chunks = ChunkStore(folder / "chunks")
    engine = platform_engine(platform)
    shop = PostgresShop(f"s{secrets.token_hex(4)}", store, (table,), allow_ddl=True)
    source = PostgresSource(shop, PlatformCaptureState(engine), chunks)
    made = Captured(source, chunks)
    try:
        for _ in made.drain():
            pass
        yield made
    finally:
        source.close()
        engine.dispose()
