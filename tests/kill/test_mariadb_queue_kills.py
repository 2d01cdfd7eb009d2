"""The capture of a MariaDB shop, or its server, dies by SIGKILL: the log stays exactly the shop.

The log is read strictly (truth.py): a change that comes twice, a creation of what is there or a
deletion of what is not fails, and so would one that a crash of the server took back.
"""

from __future__ import annotations

import random
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from aethermart.servers.postgres import EmbeddedPostgres
from tests.capture.mariadb_queue import busy_shop
from tests.capture.mariadb_queue.bench import capture_dsn
from tests.capture.mariadb_queue.busy_shop import Writers
from tests.conftest import running
from tests.kill.mariadb_home import MariadbHome
from tests.kill.shop_home import run, seed_of, start, stop
from tests.kill.test_capture_kills import points
from tests.kill.truth import assert_log_equals_shop, assert_mirror_equals_shop, replayed
from tests.mariadb import MariadbServer
from tests.services import require_service

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.service("postgres")]
KILLED = -signal.SIGKILL
CHILD = "mariadb_capture_child"
MakeHome = Callable[[MariadbServer], MariadbHome]


class MortalServer(MariadbServer):
    """One that is killed and started again on its data; what it acknowledged is on the disk."""

    def start(self) -> None:
        super().start()
        self.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1")

    def kill(self) -> None:
        self.process.kill()
        assert self._process is not None
        self._process.wait()

    def _make_data(self) -> None:
        if not (self.folder / "data" / "mysql").is_dir():
            super()._make_data()


@pytest.fixture
def mortal() -> Iterator[MariadbServer]:
    require_service("mariadb")
    yield from running(MortalServer())


@pytest.fixture
def make_home(postgres: EmbeddedPostgres, tmp_path: Path) -> Iterator[MakeHome]:
    """A busy shop that nobody has captured yet, and an empty platform."""
    made: list[str] = []

    def make(server: MariadbServer) -> MariadbHome:
        platform, database = f"platform_{secrets.token_hex(6)}", server.new_database()
        postgres.create_database(platform)
        made.append(platform)
        connection = server.connect(database)
        busy_shop.make_shop(connection)
        connection.close()
        dsn = capture_dsn(server, database)
        return MariadbHome.empty(tmp_path / "my project", dsn, postgres.dsn(platform))

    yield make
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        for name in made:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def churn(server: MariadbServer, home: MariadbHome, seed: int, seconds: float = 0.4) -> None:
    database = home.shop_dsn.rpartition("/")[2]
    with Writers(server, database, seed, count=3, held_open_s=0.1):
        time.sleep(seconds)


def die_then_complete(server: MariadbServer, home: MariadbHome, kill_at: str, seed: int) -> None:
    """Die there; what the log names is whole; the shop goes on; the next capture completes it."""
    assert run(CHILD, home, kill_at=kill_at) == KILLED
    replayed(home)
    churn(server, home, seed + 1)
    assert run(CHILD, home) == 0
    assert_log_equals_shop(home)
    assert_mirror_equals_shop(home)


@pytest.mark.nightly
@pytest.mark.promise(47)
@points(
    "log.appended:4",
    nightly=("capture.chunk_written:2", "log.appended:1", "log.appended:8", "capture.queue_read:1"),
)
def test_killed_in_its_first_snapshot(
    mariadb: MariadbServer, make_home: MakeHome, kill_at: str
) -> None:
    home = make_home(mariadb)
    churn(mariadb, home, seed := seed_of())
    die_then_complete(mariadb, home, kill_at, seed)


@pytest.mark.promise(47)
@points(
    "capture.queue_read:1",
    "capture.chunk_written:3",
    nightly=("log.appended:1", "capture.chunk_written:1", "capture.queue_read:2"),
)
def test_killed_in_a_window_of_many_chunks(
    mariadb: MariadbServer, make_home: MakeHome, kill_at: str
) -> None:
    home = make_home(mariadb)
    assert run(CHILD, home) == 0
    churn(mariadb, home, seed := seed_of())
    home.sql("INSERT INTO orders SELECT -i - 10000, 2, 'bulk' FROM numbers")
    home.sql(
        "INSERT INTO `lines` SELECT -n.i - 10000, m.i, 1.5 FROM numbers AS n, numbers AS m"
        " WHERE m.i <= 2"
    )
    die_then_complete(mariadb, home, kill_at, seed)


@pytest.mark.promise(47)
@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.nightly)])
def test_the_server_killed_under_its_writers(
    mortal: MariadbServer, make_home: MakeHome, kills: int
) -> None:
    """What the capture saw of a transaction that a crash took back would stay in the log."""
    assert isinstance(mortal, MortalServer)
    home, seed = make_home(mortal), seed_of()
    assert run(CHILD, home) == 0
    database = home.shop_dsn.rpartition("/")[2]
    dice = random.Random(seed)
    capture = start(CHILD, home, "run")
    for number in range(kills):
        with Writers(mortal, database, seed + number, held_open_s=0.5, mortal=True) as writers:
            time.sleep(1 + dice.random())
            mortal.kill()
        assert writers.committed > 0
        mortal.start()
    assert stop(CHILD, home, capture) == 0
    assert run(CHILD, home) == 0
    snapshots = [e for e in replayed(home).entries if e.start is None]
    assert len(snapshots) == 1
    assert_log_equals_shop(home)
    assert_mirror_equals_shop(home)
