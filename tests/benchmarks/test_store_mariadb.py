"""The cost of the store's triggers is measured on two stores that differ in nothing else."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aethermart.store.connect import connect
from aethermart.store.schema import apply_schema
from benchmarks import store_mariadb

if TYPE_CHECKING:
    from tests.mariadb import MariadbServer


@pytest.mark.promise("12")
@pytest.mark.service("mariadb")
def test_orders_are_placed_and_paid_with_the_triggers_and_without(mariadb: MariadbServer) -> None:
    ours, bare = (connect(mariadb.store_dsn(mariadb.new_database())) for _ in range(2))
    with closing(ours), closing(bare):
        for session in (ours, bare):
            apply_schema(session)
            store_mariadb.fill(session)
        store_mariadb.drop_triggers(bare)
        options = argparse.Namespace(orders=3, repetitions=2, seed=1)
        result = store_mariadb.by_turns({"with triggers": ours, "without": bare}, options)
        counts = [
            session.rows(f"SELECT COUNT(*) FROM {table} WHERE order_id > 0")
            for session in (ours, bare)
            for table in ("orders", "inventory_movements", "order_events", "payments")
        ]
    # Three blocks of three orders of two lines, each placed and paid.
    assert counts == [[(9,)], [(18,)], [(18,)], [(9,)], [(9,)], [(0,)], [(0,)], [(0,)]]
    assert list(result.ratio) == ["place: rate with / without", "pay: rate with / without"]
    assert all(float(str(rate["a second"])) > 0 for _, rate in result.measures)
