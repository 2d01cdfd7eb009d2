"""What a pass of compare capture costs a PostgreSQL shop, against reading it whole again.

Orders and their lines of a filled store. Each repetition reads all of it anew, then makes passes:
with nothing changed, with 10 rows, with 1% of the rows at its end (as a shop's newest orders are)
and with 1% spread over all (its worst case). Bytes are those that the server sent, counted on the
wire; rows are those that it hashed, those whose keys it sent, and those that it sent whole.
"""

from __future__ import annotations

import argparse
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from aethermart.capture.compare.differ import Load
from aethermart.capture.compare.source import ComparedShop, CompareSource
from aethermart.capture.postgres.compared import PostgresReader
from aethermart.capture.state import PlatformCaptureState
from aethermart.core.entries import Position
from aethermart.log.chunks import ChunkStore
from aethermart.platform_db.migrate import platform_engine
from benchmarks.options import main, parser
from benchmarks.processes import SideFailed, server_cpu_s
from benchmarks.result import Aim, Result, Spread, versions
from benchmarks.store import TABLES, embedded, fill, new_platform, new_store
from benchmarks.usage import peak_rss_mb, used

_SHOP = "compared"
_RELOAD = "read whole"
_QUIET = "pass, nothing changed"
_FEW = "pass, 10 rows changed"
_NEWEST = "pass, 1% of the orders changed, the newest"
_SPREAD = "pass, 1% of the orders changed, spread"
_FEW_ROWS = 10
_AIM_BYTES = 0.01

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


class _Side:
    """The shop, read by compare capture through the counting wire."""

    def __init__(self, dsn: str, platform: str, folder: Path) -> None:
        parts = conninfo_to_dict(dsn)
        self._dsn = dsn
        self._wire = _Wire(str(parts["host"]), int(str(parts["port"])))
        self._counted = make_conninfo(dsn, host="127.0.0.1", port=self._wire.port)
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
        shop = ComparedShop(_SHOP, TABLES, folder / "state", every_s=0)
        chunks = ChunkStore(folder / "chunks")
        self._source = CompareSource(
            shop, lambda: PostgresReader(_SHOP, self._counted), self._state, chunks
        )
        self._end = None
        return self.a_pass()

    def a_pass(self) -> Sample:
        assert self._source is not None
        self._source.load = Load()
        before, server, found = self._wire.received, server_cpu_s(self._dsn), 0
        with used() as ours:
            for entry in self._source.read(self._end, heartbeat=True):
                self._end = entry.end
                found += entry.rows
        return {
            "server CPU s": server_cpu_s(self._dsn) - server,
            "client CPU s": ours.cpu_s,
            "wall s": ours.wall_s,
            "MB sent": (self._wire.received - before) / 2**20,
            **{f"{name}": float(value) for name, value in asdict(self._source.load).items()},
            "found": float(found),
        }


def measure(options: argparse.Namespace) -> Result:
    samples: dict[str, list[Sample]] = {}
    with (
        tempfile.TemporaryDirectory() as name,
        embedded(Path(name) / "postgres") as server,
        ExitStack() as stack,
    ):
        dsn = new_store(server)
        sizes = fill(dsn, options.orders)
        side = _Side(dsn, new_platform(server), Path(name))
        stack.callback(side.close)
        one_percent = max(options.orders // 100, 1)
        changes = {
            _QUIET: ("false", 0),
            _FEW: (f"order_id % {options.orders // _FEW_ROWS} = 0", _FEW_ROWS),
            _NEWEST: (f"order_id > {options.orders - one_percent}", one_percent),
            _SPREAD: (f"order_id % {options.orders // one_percent} = 0", one_percent),
        }
        for _ in range(options.repetitions):
            samples.setdefault(_RELOAD, []).append(side.reload())
            for label, (condition, rows) in changes.items():
                _change(dsn, condition)
                with _found(side, rows) as sample:
                    samples.setdefault(label, []).append(sample)
    return _result(options, sizes, samples)


def _change(dsn: str, condition: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")  # no trigger of ours
        connection.execute(
            f"UPDATE orders SET tax_amount = tax_amount + 0.01 WHERE {condition}".encode()
        )


@contextmanager
def _found(side: _Side, rows: int) -> Iterator[Sample]:
    sample = side.a_pass()
    if sample["found"] != rows:
        raise SideFailed(f"{rows} rows changed, {sample['found']:g} were found")
    yield sample


def _result(
    options: argparse.Namespace, sizes: dict[str, int], samples: dict[str, list[Sample]]
) -> Result:
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
    few = ratio[f"{_FEW} / {_RELOAD}, bytes"]
    return Result(
        name="compare_capture",
        claim="a shop that lets us only SELECT is not read whole to find what changed in it",
        sizes={**sizes, "repetitions": options.repetitions},
        seed=options.seed,
        ratio=ratio,
        measures=[(label, _row(those)) for label, those in samples.items()],
        versions=versions("psycopg", "pyarrow"),
        aims=[
            Aim(
                f"10 changed rows: at most {_AIM_BYTES:.0%} of the bytes of reading it whole",
                f"{few.median:.2%}",
                few.median <= _AIM_BYTES,
            )
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
    made.add_argument(
        "--orders", type=int, default=285_000, help="with 2.5 lines each (%(default)s)"
    )
    main(made, measure)
