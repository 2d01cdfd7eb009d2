"""A pack that gives a part: what can be had is right, what cannot is no number, and never 0."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aethermart.packs.pack import ENTITIES
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.metrics.declared import metric_named
from aethermart.warehouse.metrics.query import list_metrics, query_metric
from tests.packs.conftest import packed
from tests.packs.staged import lake_of

ORDERS_ALONE = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, currency TEXT, created_at TEXT);
INSERT INTO orders VALUES (1, 'paid', 'EUR', '2026-01-31'), (2, 'cancelled', 'EUR', '2026-01-31'),
  (3, 'open', 'EUR', '2026-02-01');
"""


@pytest.mark.nightly
def test_orders_without_lines_are_counted_and_have_no_revenue(tmp_path: Path) -> None:
    file = tmp_path / "part.db"
    connection = sqlite3.connect(file)
    connection.executescript(ORDERS_ALONE)
    connection.commit()
    connection.close()
    dsn = f"sqlite:///{file}"
    shop = packed("part", dsn, tmp_path)
    assert set(shop.pack.staging) == {"orders"}
    compiled = compile_warehouse([shop], tmp_path / "warehouse", tmp_path / "logs")
    now = datetime(2026, 2, 2, tzinfo=UTC)
    with lake_of({"part": (shop, dsn)}, compiled, tmp_path / "lake.duckdb") as lake:
        found = {
            name: [
                (row.currency, row.value)
                for row in query_metric(lake, name, "part", None, None, None, now).rows
            ]
            for name in ("order_count", "revenue", "average_order_value")
        }
        by_month = query_metric(lake, "revenue", "part", "month", None, None, now)
    assert found == {
        "order_count": [("EUR", 2)],
        "revenue": [("EUR", None)],
        "average_order_value": [("EUR", None)],
    }
    assert by_month.rows == ()
    (lack,) = by_month.quality.lacking
    assert (lack.shop, lack.entities) == ("part", ("order_items",))


def test_it_is_known_of_every_metric_what_it_needs() -> None:
    for metric in list_metrics():
        assert set(metric.needs) <= {*ENTITIES}, metric.name
    assert metric_named("refund_rate").needs == ("returns", "orders", "order_items")
