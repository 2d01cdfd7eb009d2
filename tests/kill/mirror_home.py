"""The mirror of a home whose processes are killed, and sums kept beside it by touched keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb

from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.sinks.mirror.mirror import Mirror
from aethermart.sinks.mirror.touched import Route, Touched
from tests.kill.shop_home import SHOP, Home

ROUTES = {(SHOP, "orders"): Route("id"), (SHOP, "lines"): Route("order_id")}
# What is kept beside the mirror by touched keys, and what it must equal.
SUMS = """
SELECT o.id::VARCHAR AS order_id, count(l.order_id) AS lines, sum(l.amount) AS amount
FROM mirror.corner_shop__orders AS o
LEFT JOIN mirror.corner_shop__lines AS l ON l.order_id = o.id
GROUP BY o.id
"""


@contextmanager
def open_mirror(home: Home) -> Iterator[tuple[Engine, Mirror]]:
    engine = Engine(home.lake_file, EngineSettings(checkpoint_interval_s=0.1))
    try:
        mirror = Mirror(
            engine,
            home.chunks,
            routes=ROUTES,
            gate=lambda _shop, _schema: [],
            on_applied=keep_sums,
        )
        yield engine, mirror
    finally:
        engine.close()


def feed(home: Home, mirror: Mirror, batch: int) -> None:
    """To the log's end."""
    log = home.log()
    while entries := log.read(SHOP, mirror.applied(SHOP), batch):
        mirror.apply(entries)
    log.close()


def keep_sums(connection: duckdb.DuckDBPyConnection, touched: Mapping[str, Touched]) -> None:
    """As the warehouse does: only the touched orders are computed again."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS kept (order_id VARCHAR, lines BIGINT, amount DECIMAL(38, 2))"
    )
    for told in touched.values():
        chosen = "true" if told.whole else "order_id IN (SELECT unnest(?::VARCHAR[]))"
        values: list[Any] = [] if told.whole else [list(told.keys)]
        connection.execute(f"DELETE FROM kept WHERE {chosen}", values)
        connection.execute(f"INSERT INTO kept SELECT * FROM ({SUMS}) WHERE {chosen}", values)
