"""The change queue on MariaDB: what its triggers cost writers, how fast it drains, how far behind.

Writers: the same writes into three equal tables in turn, without triggers, with those that write
the key, with those that write the row. A client does them, one transaction a row; then a procedure
of the server's own, so that no client's time hides the triggers', one transaction a row and one
statement for all. Commits do not wait for the disk. Drain: our source reads the queue to Arrow.
Lag: eight clients write at a steady rate beside our source; from the client's commit to the entry.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aethermart.capture.mariadb.queue.layout import RowsAs
from aethermart.capture.mariadb.queue.source import MariadbQueueSource, MariadbShop
from aethermart.capture.source import CaptureState
from aethermart.core.entries import Chunk, Entry, Position
from aethermart.log.chunks import ChunkStore
from benchmarks.options import main, parser
from benchmarks.result import Aim, Result, Spread, versions
from benchmarks.usage import used

if TYPE_CHECKING:
    from tests.mariadb import MariadbServer

_SIDES: tuple[RowsAs | None, ...] = (None, "key", "image")
_AIMS = {"key": 0.75, "image": 0.70}
_WRITERS = 8
_TABLE = """
CREATE TABLE orders (
    order_id     BIGINT AUTO_INCREMENT PRIMARY KEY,
    customer_id  BIGINT NOT NULL,
    address_id   BIGINT NOT NULL,
    channel      VARCHAR(20) NOT NULL,
    status       VARCHAR(20) NOT NULL,
    currency     CHAR(3) NOT NULL DEFAULT 'EUR',
    ordered_at   DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    updated_at   DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    tax_amount   DECIMAL(12, 2) NOT NULL DEFAULT 0,
    total_amount DECIMAL(12, 2) NOT NULL,
    KEY (updated_at)
)
"""
_INSERT = "INSERT INTO orders (customer_id, address_id, channel, status, total_amount) "
_SINGLE = {
    "insert": f"{_INSERT} VALUES (i, i, 'web', 'PENDING', 12.34)",
    "update": "UPDATE orders SET status = 'PAID', updated_at = NOW(6)"
    " WHERE order_id = 1 + MOD(i * 7919, 20000)",
}
_BULK = {
    "insert": f"{_INSERT} SELECT seq, seq, 'web', 'PENDING', MOD(seq, 10000)"
    " FROM seq_1_to_{rows}",
    "update": "UPDATE orders SET status = 'SHIPPED', total_amount = total_amount + 1"
    " ORDER BY order_id DESC LIMIT {rows}",
}


@dataclass(frozen=True, slots=True)
class _Rate:
    rows_per_s: float
    ms_per_1000: float  # of CPU


class _Shop:
    """A database with one table; `rows_as` None: without triggers."""

    def __init__(self, server: MariadbServer, rows_as: RowsAs | None, folder: Path) -> None:
        self.server = server
        self.database = server.new_database()
        self.connection = server.connect(self.database)
        self._position: Position | None = None
        self.sql(_TABLE)
        self.sql(_BULK["insert"].format(rows=20_000))
        for kind, statement in _SINGLE.items():
            self.sql(
                f"CREATE PROCEDURE sp_{kind}(first INT, past INT)"
                " BEGIN DECLARE i INT DEFAULT first;"
                f" WHILE i < past DO {statement}; SET i = i + 1; END WHILE; END"
            )
        self._source = MariadbQueueSource(
            MariadbShop(
                self.database,
                server.dsn(self.database, "bench", "bench"),
                ("orders",),
                allow_ddl=True,
                rows_as=rows_as or "image",
            ),
            _state(),
            ChunkStore(folder / self.database),
        )
        if rows_as is not None:
            for _ in self.drain():
                pass

    def sql(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)

    def drain(self) -> Iterator[Entry]:
        for entry in self._source.read(self._position, heartbeat=False):
            self._position = entry.end
            yield entry
        if self._position is not None:
            self._source.acknowledge(self._position)

    def close(self) -> None:
        self._source.close()
        self.connection.close()


def _state() -> CaptureState:
    from tests.capture.memory import MemoryState

    return MemoryState()


@contextmanager
def _server() -> Iterator[MariadbServer]:
    from tests.mariadb import MariadbServer

    server = MariadbServer()
    try:
        server.start()
        server.sql("CREATE USER bench@'%' IDENTIFIED BY 'bench'")
        server.sql("GRANT ALL ON *.* TO bench@'%'")
        yield server
    finally:
        server.stop()


def measure(options: argparse.Namespace) -> Result:
    rates: dict[str, dict[RowsAs | None, list[_Rate]]] = {}
    drained: dict[RowsAs, list[_Rate]] = {"key": [], "image": []}
    with _server() as server, tempfile.TemporaryDirectory() as name:
        shops = {side: _Shop(server, side, Path(name)) for side in _SIDES}
        for _ in range(options.repetitions):
            for side, shop in shops.items():
                for kind in ("insert", "update"):
                    rate = _by_client(shop, kind, options.client_rows)
                    rates.setdefault(f"a client's {kind}s", {}).setdefault(side, []).append(rate)
                    rate = _single(shop, kind, options.single_rows)
                    rates.setdefault(f"the server's own {kind}s", {}).setdefault(side, []).append(
                        rate
                    )
                    rate = _bulk(shop, kind, options.bulk_rows)
                    rates.setdefault(f"one statement's {kind}s", {}).setdefault(side, []).append(
                        rate
                    )
                if side is not None:
                    drained[side].append(_drained(shop))
        lags = _lags(shops["image"], options)
        for shop in shops.values():
            shop.close()
    return _result(options, rates, drained, lags)


def _by_client(shop: _Shop, kind: str, rows: int) -> _Rate:
    """One transaction a row, each sent when the one before was answered."""

    def write() -> None:
        for number in range(rows):
            shop.sql(_SINGLE[kind].replace("(i, i,", "(1, 1,").replace("i * 7919", str(number)))

    return _timed(shop, rows, write)


def _single(shop: _Shop, kind: str, rows: int) -> _Rate:
    """One transaction a row."""
    return _timed(shop, rows, lambda: shop.sql(f"CALL sp_{kind}(0, {rows})"))


def _bulk(shop: _Shop, kind: str, rows: int) -> _Rate:
    return _timed(shop, rows, lambda: shop.sql(_BULK[kind].format(rows=rows)))


def _timed(shop: _Shop, rows: int, write: Callable[[], None]) -> _Rate:
    before = shop.server.process.cpu_times()
    with used() as elapsed:
        write()
    after = shop.server.process.cpu_times()
    server_s = after.user + after.system - before.user - before.system
    return _Rate(rows / elapsed.wall_s, server_s / rows * 1e6)


def _drained(shop: _Shop) -> _Rate:
    """Changes as the queue has them; the CPU is ours."""
    with shop.connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM aethermart_change_queue")
        waiting = int(cursor.fetchall()[0][0])
    with used() as elapsed:
        for _ in shop.drain():
            pass
    return _Rate(waiting / elapsed.wall_s, elapsed.cpu_s / waiting * 1e6)


def _lags(shop: _Shop, options: argparse.Namespace) -> list[float]:
    """Milliseconds of each row from its writer's commit to its entry."""
    committed: dict[int, float] = {}
    seen: dict[int, float] = {}
    stop = threading.Event()
    writers = [
        threading.Thread(target=_write, args=(shop, options.rate / _WRITERS, committed, stop))
        for _ in range(_WRITERS)
    ]
    for thread in writers:
        thread.start()
    until = time.monotonic() + options.lag_s
    while time.monotonic() < until:
        for entry in shop.drain():
            now = time.monotonic()
            for part in entry.parts:
                if not isinstance(part, Chunk):
                    keys = part.rows.column("order_id").to_pylist()
                    seen |= {key: now for key in keys if key is not None}
    stop.set()
    for thread in writers:
        thread.join()
    return sorted(max(0.0, seen[key] - at) * 1000 for key, at in committed.items() if key in seen)


def _write(shop: _Shop, rate: float, committed: dict[int, float], stop: threading.Event) -> None:
    with closing(shop.server.connect(shop.database)) as connection, connection.cursor() as cursor:
        due = time.monotonic()
        while not stop.is_set():
            cursor.execute(f"{_INSERT} VALUES (1, 1, 'web', 'PENDING', 1)")
            committed[cursor.lastrowid] = time.monotonic()
            due = max(due + 1 / rate, time.monotonic() - 1)
            stop.wait(max(0.0, due - time.monotonic()))


def _result(
    options: argparse.Namespace,
    rates: dict[str, dict[RowsAs | None, list[_Rate]]],
    drained: dict[RowsAs, list[_Rate]],
    lags: list[float],
) -> Result:
    ratio: dict[str, Spread] = {}
    measures: list[tuple[str, dict[str, Spread | float | str]]] = []
    aims = []
    for kind, by_side in rates.items():
        plain = by_side[None]
        measures.append((f"{kind}, without triggers", _row(plain)))
        for side, aim in _AIMS.items():
            with_it = by_side[side]  # type: ignore[index]
            pairs = [*zip(with_it, plain, strict=True)]
            spread = Spread.of(w.rows_per_s / p.rows_per_s for w, p in pairs)
            ratio[f"{kind}, triggers that write the {side} / none, rows/s"] = spread
            ratio[f"{kind}, none / triggers that write the {side}, server CPU"] = Spread.of(
                p.ms_per_1000 / w.ms_per_1000 for w, p in pairs
            )
            measures.append((f"{kind}, with the {side}", _row(with_it)))
            if kind.startswith("a client"):
                text = f"{kind} with triggers that write the {side}: {aim} of the rate without"
                aims.append(Aim(text, f"{spread.median:.2f}", spread.median >= aim))
    for side, found in drained.items():
        row: dict[str, Spread | float | str] = {
            "rows/s": Spread.of(rate.rows_per_s for rate in found),
            "our CPU ms / 1000 rows": Spread.of(rate.ms_per_1000 for rate in found),
        }
        measures.append((f"drain, {side}", row))
    at = {p: lags[min(int(len(lags) * p / 100), len(lags) - 1)] for p in (50, 95)}
    measures.append(
        (f"lag under {_WRITERS} writers", {"p50 ms": round(at[50], 1), "p95 ms": round(at[95], 1)})
    )
    return Result(
        name="mariadb_triggers",
        claim="triggers on MariaDB leave writers most of their speed",
        sizes={
            "a client's rows": options.client_rows,
            "the server's own rows": options.single_rows,
            "rows a bulk statement": options.bulk_rows,
            "writers of the lag": _WRITERS,
            "their rows a second together": options.rate,
            "seconds of the lag": options.lag_s,
            "rows of the lag": len(lags),
            "repetitions": options.repetitions,
        },
        seed=options.seed,
        ratio=ratio,
        measures=measures,
        versions=versions("pymysql", "pyarrow"),
        aims=aims,
        notes=[
            "The aims are for a client's transactions; the others show the triggers alone.",
            "Drain: from the queue to Arrow, chunks included; an update's row counts as one.",
        ],
    )


def _row(rates: list[_Rate]) -> dict[str, Spread | float | str]:
    return {
        "rows/s": Spread.of(rate.rows_per_s for rate in rates),
        "server CPU ms / 1000 rows": Spread.of(rate.ms_per_1000 for rate in rates),
    }


if __name__ == "__main__":
    made = parser(__doc__, repetitions=5)
    made.add_argument("--client-rows", type=int, default=5_000, help="(%(default)s)")
    made.add_argument("--single-rows", type=int, default=20_000, help="(%(default)s)")
    made.add_argument("--bulk-rows", type=int, default=50_000, help="(%(default)s)")
    made.add_argument("--rate", type=float, default=400.0, help="rows a second (%(default)s)")
    made.add_argument("--lag-s", type=float, default=10.0, help="(%(default)s)")
    main(made, measure)
