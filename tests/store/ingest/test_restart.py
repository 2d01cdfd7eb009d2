"""A load that was killed anywhere and is started again ends with the same rows, none twice."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aethermart.core.errors import Unavailable
from aethermart.store.ingest.entities import entity_named
from aethermart.store.ingest.load import load_file
from aethermart.store.ingest.records import source_of

if TYPE_CHECKING:
    from tests.store.ingest.shops import FileShop

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise("4")]

LINES = 600
BATCH = 20
_PROGRAM = """
import sys
from contextlib import closing
from pathlib import Path
from aethermart.servers.mysql_client import parse_address
from aethermart.store.ingest.entities import entity_named
from aethermart.store.ingest.load import load_file
from aethermart.store.ingest.local_infile import connect
from aethermart.store.ingest.records import source_of
from aethermart.store.mariadb.session import MariadbSession

dsn, file, how, batch = sys.argv[1:]
with closing(MariadbSession(connect(parse_address(dsn, "the store")))) as session:
    print("begun", flush=True)
    load_file(
        session,
        entity_named("orders"),
        source_of(Path(file), form=None, encoding="utf-8"),
        how=how,
        batch=int(batch),
        progress=lambda done, total: print(done, flush=True),
    )
"""


def orders(lines: int = LINES) -> str:
    """Two lines an order; each tenth order names a product that is not there."""
    rows = ["order_reference,customer_email,ordered_at,sku,quantity,unit_price"]
    for number in range(lines):
        sku = "NONE" if number // 2 % 10 == 9 else ("CUP", "PAN")[number % 2]
        rows.append(f"R{number // 2:05d},ada@example.org,2026-01-05 10:00:00,{sku},1,4.99")
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("how", ["local", "python"])
def test_a_client_killed_anywhere_leaves_a_load_that_goes_on(files: FileShop, how: str) -> None:
    whole = files.load("orders", orders(), batch=BATCH)
    expected = files.kept()
    files.empty()
    file = files.file("orders.csv", orders())
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to run it again
    rng = random.Random(seed)

    for _ in range(2):
        _killed(files.dsn, str(file), how, after=rng.randrange(0, 12))
    ended = files.load("orders", orders(), how="local", batch=BATCH)

    assert ended.resumed or ended.again
    assert (ended.rows_in, ended.kept, ended.rejected) == (LINES, whole.kept, whole.rejected)
    assert ended.rules == whole.rules == {"product_unknown": LINES // 10}
    assert files.kept() == expected
    assert files.rows("SELECT COUNT(*), MIN(state) FROM loads") == [(1, "done")]
    assert files.rows("SELECT COUNT(*) FROM staging_orders") == [(0,)]


def _killed(dsn: str, file: str, how: str, after: int) -> None:
    """A load in a process of its own, killed when it has told its progress so often."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, dsn, file, how, str(BATCH)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for _ in range(1 + after):
            process.stdout.readline()
        process.kill()


def test_a_connection_lost_in_a_batch_takes_the_batch_with_it(files: FileShop) -> None:
    files.load("orders", orders(), batch=BATCH)
    expected = files.kept()
    files.empty()
    file = files.file("orders.csv", orders())
    with closing(files.session()) as session:
        ((number,),) = session.rows("SELECT CONNECTION_ID()")

        def lose(done: int, _: int) -> None:
            if done >= LINES // 2:
                killer = threading.Thread(target=files.rows, args=[f"KILL CONNECTION {number}"])
                killer.start()
                killer.join()
                time.sleep(0.05)

        with pytest.raises(Unavailable):
            load_file(
                session,
                entity_named("orders"),
                source_of(file, form=None, encoding="utf-8"),
                batch=BATCH,
                progress=lose,
            )
    half = files.rows("SELECT kept + rejected FROM loads")[0][0]

    ended = files.load("orders", orders(), batch=BATCH)

    assert LINES // 2 <= half < LINES
    assert (ended.resumed, ended.rows_in) == (True, LINES)
    assert files.kept() == expected


@pytest.mark.nightly
def test_a_server_killed_in_a_load_goes_on_where_it_was() -> None:
    from tests.mariadb import MariadbServer
    from tests.store.ingest.shops import FileShop

    server = MariadbServer()
    try:
        server.start()
        folder = server.folder / "files"
        folder.mkdir()
        files = FileShop(server, server.new_database(), folder)
        files.make()
        files.empty()
        files.load("orders", orders(), batch=BATCH)
        expected = files.kept()
        files.empty()
        file = files.file("orders.csv", orders())
        seed = random.randrange(2**32)
        print(f"seed {seed}")  # noqa: T201 - to run it again
        at = random.Random(seed).randrange(BATCH, LINES)

        def kill(done: int, _: int) -> None:
            if done >= at:
                server.process.kill()
                server.process.wait()

        with closing(files.session()) as session, pytest.raises(Unavailable):
            load_file(
                session,
                entity_named("orders"),
                source_of(file, form=None, encoding="utf-8"),
                batch=BATCH,
                progress=kill,
            )
        server.start()
        ended = files.load("orders", orders(), batch=BATCH)

        assert (ended.resumed, ended.rows_in) == (True, LINES)
        assert files.kept() == expected
    finally:
        server.stop()
