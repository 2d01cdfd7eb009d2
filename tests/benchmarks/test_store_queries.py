"""The script that measures the store's heavy queries, at a size that tells nothing of times."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mariadb import MariadbServer

pytestmark = pytest.mark.service("mariadb")


@pytest.mark.promise("18")
@pytest.mark.promise("31")
def test_twelve_queries_have_plans_and_times_before_and_after_the_indexes(
    mariadb: MariadbServer, tmp_path: Path
) -> None:
    from aethermart.store.mariadb.session import MariadbSession
    from benchmarks.store_queries import compare

    options = argparse.Namespace(orders=1500, times=10, seed=3)
    with closing(MariadbSession(mariadb.connect(mariadb.new_database()))) as session:
        result = compare(session, options, tmp_path / "sql")
        ((orders,),) = session.rows("SELECT COUNT(*) FROM orders")
    assert orders == 1500
    assert len(result.measures) == len(result.ratio) == 12
    plans = {}
    for name, row in result.measures:
        for side in ("before", "after"):
            assert 0 < float(str(row[f"p50 ms {side}"])) <= float(str(row[f"p95 ms {side}"]))
        plans[name.partition(" (")[0]] = (row["read by, before"], row["read by, after"])
    assert plans["order history"] == (
        "orders: orders_customer, sorted",
        "orders: orders_of_customer_by_time",
    )
    assert plans["review feed"] == ("reviews: ALL, sorted", "reviews: reviews_by_time")
    assert plans["customer 360"][0] == "clickstream_events: ALL, sorted"
    assert "Indexes that stand twice (v_duplicate_indexes): none." in result.notes
