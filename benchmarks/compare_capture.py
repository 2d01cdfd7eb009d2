"""What a pass of compare capture costs a shop, against reading it whole again.

One table of order lines. Each repetition reads all of it anew, then makes passes: with nothing
changed, with 0.01% and with 1% of the rows changed, at its end (as a shop's newest rows are) and
spread over all (its worst case). Bytes are those that the server sent, counted on the wire; rows
are those that it hashed, those whose keys it sent, and those that it sent whole.
"""

from __future__ import annotations

import argparse
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from aethermart.capture.compare.differ import Load
from aethermart.capture.compare.reader import ShopReader
from aethermart.capture.compare.source import ComparedShop, CompareSource
from aethermart.capture.mariadb.reader import MariadbReader
from aethermart.capture.postgres.compared import PostgresReader
from aethermart.capture.state import PlatformCaptureState
from aethermart.core.entries import Position
from aethermart.log.chunks import ChunkStore
from aethermart.platform_db.migrate import platform_engine
from aethermart.servers.postgres import EmbeddedPostgres
from benchmarks.options import main, parser
from benchmarks.processes import SideFailed, server_cpu_s
from benchmarks.result import Aim, Result, Spread, versions
from benchmarks.store import embedded, new_platform
from benchmarks.usage import peak_rss_mb, used

_SHOP, _TABLE = "compared", "order_items"
_RELOAD = "read whole"
_QUIET = "pass, nothing changed"
_AIM_BYTES = 0.02
_AIM_CPU = 1.0
_MADE = """
CREATE TABLE order_items (
    order_item_id BIGINT PRIMARY KEY, order_id BIGINT NOT NULL, product_id BIGINT NOT NULL,
    sku VARCHAR(40) NOT NULL, quantity INT NOT NULL, unit_price DECIMAL(12, 2) NOT NULL,
    discount_amount DECIMAL(12, 2) NOT NULL, line_total DECIMAL(12, 2) NOT NULL,
    note VARCHAR(100), updated_at TIMESTAMP NOT NULL
)
"""
_FILLED = """
INSERT INTO order_items
SELECT
    seq, 1 + seq / 3, 1 + MOD(seq * 17, 2000), CONCAT('SKU-', MOD(seq * 17, 2000)), 1 + MOD(seq, 5),
    1 + MOD(seq * 13, 9000) / 100.0, MOD(seq, 3) * 0.25, 1 + MOD(seq * 31, 9000) / 100.0,
    CASE WHEN MOD(seq, 4) = 0 THEN CONCAT('leave at door ', seq) END, '2026-01-01 00:00:00'
FROM {}
"""

Sample = dict[str, float]


class _Wire:
    """Passes connections on to a server and counts what the server sends."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.received = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(self._to)
            for ends in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with source, sink:
            try:
                while data := source.recv(1 << 18):
                    sink.sendall(data)
                    self.received += len(data) * counted
            except OSError:
                return


class _Shop(Protocol):
    """A server with a table of `rows` rows in it."""

    host: str
    port: int

    def sql(self, statement: str) -> None: ...

    def reader(self, port: int) -> ShopReader:
        """Through another port of this machine."""
        ...

    def cpu_s(self) -> float: ...


class _Postgres:
    def __init__(self, server: EmbeddedPostgres, rows: int) -> None:
        server.create_database("shop")
        self.dsn = server.dsn("shop")
        parts = conninfo_to_dict(self.dsn)
        self.host, self.port = str(parts["host"]), int(str(parts["port"]))
        self.sql(_MADE)
        self.sql(_FILLED.format(f"generate_series(1::bigint, {rows}) AS n(seq)"))
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.dsn) as connection:
            connection.execute(statement.encode())

    def reader(self, port: int) -> ShopReader:
        return PostgresReader(_SHOP, make_conninfo(self.dsn, host="127.0.0.1", port=port))

    def cpu_s(self) -> float:
        return server_cpu_s(self.dsn)


class _Mariadb:
    """server  that of the tests, whose machinery it shares"""

    host = "127.0.0.1"

    def __init__(self, server: Any, rows: int) -> None:
        self._server = server
        self.port = server.port
        self._database = server.new_database()
        self._user, self._password = server.select_only_user(self._database)
        self.sql(_MADE)
        self.sql(_FILLED.format(f"seq_1_to_{rows}"))
        self.sql("ANALYZE TABLE order_items")

    def sql(self, statement: str) -> None:
        with self._server.connect(self._database) as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def reader(self, port: int) -> ShopReader:
        login = f"{self._user}:{self._password}"
        return MariadbReader(_SHOP, f"mysql://{login}@127.0.0.1:{port}/{self._database}")

    def cpu_s(self) -> float:
        times = self._server.process.cpu_times()
        return float(times.user + times.system)


class _Side:
    """The shop, read by compare capture through the counting wire."""

    def __init__(self, shop: _Shop, platform: str, folder: Path) -> None:
        self._shop = shop
        self._wire = _Wire(shop.host, shop.port)
        self._state = PlatformCaptureState(platform_engine(platform))
        self._folder = folder
        self._source: CompareSource | None = None
        self._end: Position | None = None

    def close(self) -> None:
        if self._source is not None:
            self._source.close()
        self._wire.close()

    def reload(self) -> Sample:
        """As if nothing had ever been read."""
        if self._source is not None:
            self._source.close()
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        shop = ComparedShop(_SHOP, [_TABLE], folder / "state", every_s=0)
        chunks = ChunkStore(folder / "chunks")
        self._source = CompareSource(
            shop, lambda: self._shop.reader(self._wire.port), self._state, chunks
        )
        self._end = None
        return self.a_pass()

    def a_pass(self) -> Sample:
        assert self._source is not None
        self._source.load = Load()
        before, server, found = self._wire.received, self._shop.cpu_s(), 0
        with used() as ours:
            for entry in self._source.read(self._end, heartbeat=True):
                self._end = entry.end
                found += entry.rows
        return {
            "server CPU s": self._shop.cpu_s() - server,
            "client CPU s": ours.cpu_s,
            "wall s": ours.wall_s,
            "MB sent": (self._wire.received - before) / 2**20,
            **{f"{name}": float(value) for name, value in asdict(self._source.load).items()},
            "found": float(found),
        }


def measure(options: argparse.Namespace) -> Result:
    samples: dict[str, list[Sample]] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        server = stack.enter_context(embedded(Path(name) / "postgres"))
        shop = _shop(options, server, stack.callback)
        side = _Side(shop, new_platform(server), Path(name))
        stack.callback(side.close)
        for _ in range(options.repetitions):
            samples.setdefault(_RELOAD, []).append(side.reload())
            for label, (condition, rows) in _changes(options.rows).items():
                shop.sql(f"UPDATE order_items SET quantity = quantity + 1 WHERE {condition}")
                with _found(side, rows) as sample:
                    samples.setdefault(label, []).append(sample)
    return _result(options, samples)


def _changes(rows: int) -> dict[str, tuple[str, int]]:
    """Label -> which rows change, and how many they are."""
    changes = {_QUIET: ("1 = 0", 0)}
    for share, every in (("0.01%", 10_000), ("1%", 100)):
        some = max(rows // every, 1)
        newest, spread = f"order_item_id > {rows - some}", f"MOD(order_item_id, {rows // some}) = 0"
        changes[f"pass, {share} changed, the newest"] = (newest, some)
        changes[f"pass, {share} changed, spread"] = (spread, some)
    return changes


def _shop(
    options: argparse.Namespace,
    server: EmbeddedPostgres,
    at_end: Callable[[Callable[[], None]], Any],
) -> _Shop:
    if options.server == "postgres":
        return _Postgres(server, options.rows)
    from tests.mariadb import MariadbServer

    mariadb = MariadbServer()
    at_end(mariadb.stop)
    mariadb.start()
    return _Mariadb(mariadb, options.rows)


@contextmanager
def _found(side: _Side, rows: int) -> Iterator[Sample]:
    sample = side.a_pass()
    if sample["found"] != rows:
        raise SideFailed(f"{rows} rows changed, {sample['found']:g} were found")
    yield sample


def _result(options: argparse.Namespace, samples: dict[str, list[Sample]]) -> Result:
    whole = samples[_RELOAD]
    ratio = {}
    for label, those in samples.items():
        if label == _RELOAD:
            continue
        pairs = [*zip(those, whole, strict=True)]
        for short, column in (("server CPU", "server CPU s"), ("bytes", "MB sent")):
            ratio[f"{label} / {_RELOAD}, {short}"] = Spread.of(
                t[column] / max(w[column], 1e-9) for t, w in pairs
            )
    few = ratio[f"pass, 0.01% changed, spread / {_RELOAD}, bytes"]
    worst = ratio[f"pass, 1% changed, spread / {_RELOAD}, server CPU"]
    return Result(
        name="compare_capture",
        claim="a shop that lets us only SELECT is not read whole to find what changed in it",
        sizes={
            "server": options.server,
            "rows": options.rows,
            "repetitions": options.repetitions,
        },
        seed=options.seed,
        ratio=ratio,
        measures=[(label, _row(those)) for label, those in samples.items()],
        versions=versions("psycopg", "pymysql", "pyarrow"),
        aims=[
            Aim(
                f"0.01% of the rows, spread: at most {_AIM_BYTES:.0%} of the bytes of a full read",
                f"{few.median:.2%}",
                few.median <= _AIM_BYTES,
            ),
            Aim(
                "1% of the rows, spread: no more of the server's CPU than a full read",
                f"{worst.median:.2f}",
                worst.median <= _AIM_CPU,
            ),
        ],
        notes=[
            "Every pass found exactly the rows that had been changed before it.",
            f"Peak resident memory of the comparing process: {peak_rss_mb():.0f} MB.",
            "Client CPU counts the thread that passes the bytes on and counts them.",
            "Rows `hashed` in the shop; those whose `keys` and hashes it sent; `rows` sent whole.",
        ],
    )


def _row(those: list[Sample]) -> dict[str, Spread]:
    columns = [column for column in those[0] if column != "found"]
    return {column: Spread.of(sample[column] for sample in those) for column in columns}


if __name__ == "__main__":
    made = parser(__doc__, repetitions=3)
    made.add_argument("--rows", type=int, default=1_000_000, help="(%(default)s)")
    made.add_argument(
        "--server", choices=["postgres", "mariadb"], default="postgres", help="(%(default)s)"
    )
    main(made, measure)
