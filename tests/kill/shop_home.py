"""A project folder whose processes are killed: a busy shop, its log, and what opens both.

Children and the test open the same things through it. Chunks and blocks are small here, so that a
little work passes every point many times.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from aethermart.capture import chunking
from aethermart.capture.compare import source as compare_source
from aethermart.capture.compare.settings import CompareSettings
from aethermart.capture.compare.source import ComparedShop, CompareSource
from aethermart.capture.postgres import copying, window
from aethermart.capture.postgres.compared import PostgresReader
from aethermart.capture.postgres.source import PostgresShop, PostgresSource
from aethermart.capture.source import Source
from aethermart.capture.state import PlatformCaptureState
from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail
from aethermart.pipeline.status import DeadLetters, StatusBoard
from aethermart.platform_db.migrate import migrate, platform_engine
from tests.capture import busy_shop
from tests.capture.busy_shop import TABLES
from tests.capture.replay import Row
from tests.pipeline.fakes import NoArchive

ROOT = Path(__file__).resolve().parents[2]
SHOP = "corner_shop"
_SMALL = CompareSettings(range_rows=100, leaf_rows=8, page_rows=50)


@dataclass(frozen=True)
class Home:
    folder: str
    shop_dsn: str
    platform_dsn: str
    compared: bool = False

    @classmethod
    def made(
        cls, folder: Path, shop_dsn: str, platform_dsn: str, *, compared: bool = False
    ) -> Home:
        """A shop with some orders, an empty platform.

        compared  the shop is captured by compare, not by the queue
        """
        folder.mkdir()
        home = cls(str(folder), shop_dsn, platform_dsn, compared)
        (folder / "home.json").write_text(json.dumps(asdict(home)), encoding="utf-8")
        migrate(platform_dsn)
        with psycopg.connect(shop_dsn, autocommit=True) as connection:
            busy_shop.make_shop(connection)
        return home

    @classmethod
    def load(cls, folder: str) -> Home:
        home = cls(**json.loads((Path(folder) / "home.json").read_text(encoding="utf-8")))
        chunking.CHUNK_ROWS, chunking.INLINE_ROWS = 150, 50
        copying.BLOCK_BYTES = 2_000
        window.INLINE_ROWS = compare_source.INLINE_ROWS = 40
        return home

    @property
    def chunks(self) -> ChunkStore:
        return ChunkStore(Path(self.folder) / "chunks")

    @property
    def state(self) -> PlatformCaptureState:
        return PlatformCaptureState(platform_engine(self.platform_dsn))

    @property
    def board(self) -> StatusBoard:
        return StatusBoard(platform_engine(self.platform_dsn))

    @property
    def letters(self) -> DeadLetters:
        return DeadLetters(platform_engine(self.platform_dsn))

    def log(self) -> Log:
        return Log(PostgresTail(self.platform_dsn), NoArchive(), self.chunks)

    def source(self) -> Source:
        if self.compared:
            compared = ComparedShop(
                SHOP, TABLES, Path(self.folder) / "compare", every_s=0, settings=_SMALL
            )
            return CompareSource(
                compared, lambda: PostgresReader(SHOP, self.shop_dsn), self.state, self.chunks
            )
        shop = PostgresShop(SHOP, self.shop_dsn, TABLES, allow_ddl=True)
        return PostgresSource(shop, self.state, self.chunks)

    @property
    def lake_file(self) -> Path:
        return Path(self.folder) / "lake.duckdb"

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.shop_dsn, autocommit=True) as connection:
            connection.execute(statement.encode())

    def selected(self, table: str) -> list[Row]:
        """What the shop itself says, in no order."""
        with psycopg.connect(self.shop_dsn, row_factory=dict_row) as connection:
            return connection.execute(
                sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
            ).fetchall()


def ready(home: Home, module: str) -> Path:
    """The file by which a running child says that it hears signals now."""
    return Path(home.folder) / f"{module}.ready"


def start(module: str, home: Home, mode: str, kill_at: str = "") -> subprocess.Popen[bytes]:
    ready(home, module).unlink(missing_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.kill.{module}", home.folder, mode],
        cwd=ROOT,
        env={**os.environ, "AETHERMART_KILL_AT": kill_at, "PYTHONFAULTHANDLER": "1"},
    )


def stop(module: str, home: Home, child: subprocess.Popen[bytes]) -> int:
    """Ask a running child to leave, as soon as it can hear that; returns its exit status."""
    deadline = time.monotonic() + 60
    while not ready(home, module).exists() and child.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.terminate()
    try:
        return child.wait(timeout=60)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGABRT)  # it says where each of its threads is
        child.wait(timeout=60)
        raise


def run(module: str, home: Home, mode: str = "drain", kill_at: str = "") -> int:
    """Run a child to its end or to its death; returns the exit status, -9 when killed."""
    with start(module, home, mode, kill_at) as child:
        return child.wait(timeout=120)


def seed_of() -> int:
    """AETHERMART_SEED, or a new one; printed, so that a failure can be had again."""
    seed = int(os.environ.get("AETHERMART_SEED", "0")) or time.time_ns() % 2**32
    print(f"AETHERMART_SEED={seed}")
    return seed
