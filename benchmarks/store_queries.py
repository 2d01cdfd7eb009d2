"""The twelve heaviest queries of the app and the systems, with and without the store's indexes.

One server, one store: filled, measured as it is without `schema/023_indexes.sql`, then again when
that file is applied. Each query is asked many times, with other values each time, on one
connection; its plan stands beside it (`ALL` reads a table whole). Then what no query used, and what
stands twice.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from aethermart.servers.mariadb import EmbeddedMariadb
from aethermart.store.connect import connect
from aethermart.store.schema import apply_schema, sql_folder
from aethermart.store.session import StoreSession
from benchmarks.options import main, parser
from benchmarks.result import Aim, Result, Spread, versions
from benchmarks.store_fill import fill

_INDEXES = "schema/023_indexes.sql"
_MOST_MS = 50.0  # of a query that a page waits for, p95
_HEAVY = 10  # a query that reads much is asked a tenth as often


@dataclass(frozen=True, slots=True)
class Query:
    """asked by  who waits for it; `whole` reads a whole period and no index can spare that"""

    name: str
    asked_by: str
    sql: str
    whole: bool = False


QUERIES = (
    Query(
        "order history",
        "a customer's page",
        "SELECT order_id, status, ordered_at, total_amount FROM orders"
        " WHERE customer_id = {customer} ORDER BY ordered_at DESC LIMIT 20",
    ),
    Query(
        "product page",
        "the shop: newest reviews of a product",
        "SELECT rating, title, body, reviewed_at FROM reviews"
        " WHERE product_id = {product} ORDER BY reviewed_at DESC LIMIT 10",
    ),
    Query(
        "orders to send",
        "the warehouse's list",
        "SELECT order_id, customer_id, ordered_at FROM orders"
        " WHERE status = 'PAID' ORDER BY ordered_at LIMIT 50",
    ),
    Query(
        "customer 360",
        "Demand Insights: what a customer did last",
        "SELECT event_type, product_id, occurred_at FROM clickstream_events"
        " WHERE customer_id = {customer} ORDER BY occurred_at DESC LIMIT 20",
    ),
    Query(
        "review feed",
        "Market Pulse: the newest bad reviews",
        "SELECT review_id, product_id, rating, body FROM reviews"
        " WHERE rating <= 2 ORDER BY reviewed_at DESC LIMIT 50",
    ),
    Query(
        "refused payments",
        "Compliance Guardian: of the last three days",
        "SELECT p.order_id, o.customer_id, p.amount FROM payments AS p"
        " INNER JOIN orders AS o ON o.order_id = p.order_id"
        " WHERE p.status = 'FAILED' AND p.paid_at > CURRENT_TIMESTAMP - INTERVAL 3 DAY",
    ),
    Query(
        "session funnel",
        "the console: a day's visits by step",
        "SELECT event_type, channel, COUNT(DISTINCT session_id) FROM clickstream_events"
        " WHERE occurred_at >= CURRENT_DATE - INTERVAL {day} DAY"
        " AND occurred_at < CURRENT_DATE - INTERVAL {day} - 1 DAY GROUP BY event_type, channel",
    ),
    Query(
        "bought together",
        "Retail Copilot: what else buyers of a product took",
        "SELECT other.product_id, COUNT(*) AS times FROM order_items AS this"
        " INNER JOIN order_items AS other"
        " ON other.order_id = this.order_id AND other.product_id <> this.product_id"
        " WHERE this.product_id = {product} GROUP BY other.product_id ORDER BY times DESC LIMIT 10",
    ),
    Query(
        "stock history",
        "Demand Insights: a product's sales by day",
        "SELECT DATE(moved_at), -SUM(quantity_change) FROM inventory_movements"
        " WHERE product_id = {product} AND reason = 'SALE'"
        " AND moved_at > CURRENT_TIMESTAMP - INTERVAL 90 DAY GROUP BY DATE(moved_at)",
    ),
    Query(
        "low stock",
        "product management: v_stock_status",
        "SELECT product_id, days_left FROM v_stock_status WHERE is_low = 1",
        whole=True,
    ),
    Query(
        "supplier impact",
        "Market Intelligence: sp_supplier_impact",
        "CALL sp_supplier_impact({supplier}, NULL)",
        whole=True,
    ),
    Query(
        "quarterly sales", "everybody: v_quarterly_sales", "SELECT * FROM v_quarterly_sales", True
    ),
)


@dataclass(frozen=True, slots=True)
class Measured:
    p50_ms: float
    p95_ms: float
    plan: str


def measure(options: argparse.Namespace) -> Result:
    with tempfile.TemporaryDirectory() as name:
        server = EmbeddedMariadb(Path(name) / "mariadb")
        server.start()
        try:
            server.create_database("store")
            with closing(connect(server.dsn("store"))) as session:
                return compare(session, options, Path(name) / "sql")
        finally:
            server.destroy()


def compare(session: StoreSession, options: argparse.Namespace, folder: Path) -> Result:
    """On an empty database; `folder` will hold the SQL without the indexes."""
    apply_schema(session, _without_indexes(folder))
    rows = fill(session, options.orders, options.seed)
    before = _measure_all(session, rows, options)
    apply_schema(session)
    session.rows(f"ANALYZE TABLE {', '.join(rows)}")
    session.rows("SET GLOBAL userstat = 1")
    try:
        after = _measure_all(session, rows, options)
        notes = [_needless(session), _unused(session)]
    finally:
        session.rows("SET GLOBAL userstat = 0")
    return _result(options, rows, before, after, notes)


def _without_indexes(folder: Path) -> Path:
    shutil.copytree(sql_folder("mariadb"), folder)
    (folder / _INDEXES).unlink()
    return folder


def _measure_all(
    session: StoreSession, rows: dict[str, int], options: argparse.Namespace
) -> dict[str, Measured]:
    made = random.Random(options.seed)

    def values() -> dict[str, int]:
        return {
            "customer": 1 + int(rows["customers"] * made.random() ** 2),
            "product": 1 + int(rows["products"] * made.random() ** 2),
            "supplier": made.randint(1, rows["suppliers"]),
            "day": made.randint(1, 60),
        }

    return {q.name: _measured(session, q, values, options.times) for q in QUERIES}


def _measured(
    session: StoreSession, query: Query, values: Callable[[], dict[str, int]], times: int
) -> Measured:
    asked = [query.sql.format(**values()) for _ in range(times // _HEAVY if query.whole else times)]
    session.rows(asked[0])  # what was never read is read from the disk once
    walls = []
    for statement in asked:
        began = time.perf_counter()
        session.rows(statement)
        walls.append((time.perf_counter() - began) * 1000)
    return Measured(statistics.median(walls), _p95(walls), _plan(session, asked[-1]))


def _p95(walls: Sequence[float]) -> float:
    return sorted(walls)[min(len(walls) - 1, int(len(walls) * 0.95))]


def _plan(session: StoreSession, statement: str) -> str:
    """Table and key of each step that reads over 1 % of the most rows read."""
    if statement.startswith("CALL"):
        return "in the routine"
    steps = session.rows(f"EXPLAIN {statement}")
    read = [(str(s[2]), s[5], int(s[8] or 0), str(s[9] or "")) for s in steps if s[2]]
    most = max(rows for *_, rows, _ in read)
    told = [
        f"{table}: {key or 'ALL'}{', sorted' * ('filesort' in extra)}"
        for table, key, rows, extra in read
        if rows * 100 >= most and not table.startswith("<")
    ]
    return "; ".join(dict.fromkeys(told))


def _needless(session: StoreSession) -> str:
    found = session.rows("SELECT table_name, index_name, beside_index FROM v_duplicate_indexes")
    told = [f"{table}.{index} beside {other}" for table, index, other in found]
    return f"Indexes that stand twice (v_duplicate_indexes): {', '.join(told) or 'none'}."


def _unused(session: StoreSession) -> str:
    found = session.rows(
        "SELECT table_name, index_name FROM v_unused_indexes WHERE is_of_foreign_key = 0"
        " AND table_name <> 'aethermart_schema_files' ORDER BY 1, 2"
    )
    told = [f"{table}.{index}" for table, index in found]
    return (
        "Indexes that none of the twelve used and no foreign key needs (v_unused_indexes): "
        f"{', '.join(told) or 'none'}."
    )


def _result(
    options: argparse.Namespace,
    rows: dict[str, int],
    before: dict[str, Measured],
    after: dict[str, Measured],
    notes: list[str],
) -> Result:
    slowest = max((after[q.name].p95_ms, q.name) for q in QUERIES if not q.whole)
    return Result(
        name="store_queries",
        claim="the store's indexes carry the queries that people wait for",
        sizes={"orders": rows["orders"], "order lines": rows["order_items"]}
        | {"clicks": rows["clickstream_events"], "times a query": options.times},
        seed=options.seed,
        ratio={
            f"{q.name}: p50 before / after": Spread.of(
                [before[q.name].p50_ms / after[q.name].p50_ms]
            )
            for q in QUERIES
        },
        measures=[
            (
                f"{q.name} ({q.asked_by})",
                {
                    "p50 ms before": round(before[q.name].p50_ms, 3),
                    "p95 ms before": round(before[q.name].p95_ms, 3),
                    "p50 ms after": round(after[q.name].p50_ms, 3),
                    "p95 ms after": round(after[q.name].p95_ms, 3),
                    "read by, before": before[q.name].plan,
                    "read by, after": after[q.name].plan,
                },
            )
            for q in QUERIES
        ],
        versions=versions("pymysql"),
        aims=[
            Aim(
                f"each of the nine that a page waits for has p95 <= {_MOST_MS:g} ms",
                f"{slowest[0]:.1f} ms ({slowest[1]})",
                slowest[0] <= _MOST_MS,
            )
        ],
        notes=[
            (
                "The client's time is counted with it. low stock, supplier impact and quarterly"
                " sales read a whole period, which no index spares; they are asked"
                f" {options.times // _HEAVY} times each."
            ),
            *notes,
        ],
    )


def _parser() -> argparse.ArgumentParser:
    made = parser(__doc__, repetitions=1)
    made.add_argument("--orders", type=int, default=100_000, help="(%(default)s)")
    made.add_argument("--times", type=int, default=100, help="(%(default)s)")
    return made


if __name__ == "__main__":
    main(_parser(), measure)
