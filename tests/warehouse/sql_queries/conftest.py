"""A lake with one customer whose every personal value holds a canary, and somebody who asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aethermart.packs.pack import Shop
from aethermart.warehouse.masking import ALL, Sight, lake_tables
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.refresh import Refresh
from aethermart.warehouse.sql_queries.query import QueryAnswer, run_query
from tests.warehouse.lake import Lake, copied_lake

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
KEY = "a key of the tests"
MASKED = Sight(personal_data=False, customer_rows=True)  # product, marketing
NO_CUSTOMERS = Sight(personal_data=False, customer_rows=False)  # architect
CANARIES = ("canary", "777001", "5550199")


@dataclass(frozen=True)
class Asking:
    lake: Lake

    def ask(self, sql: str, sight: Sight = MASKED, limit: int = 1000) -> QueryAnswer:
        tables = lake_tables(self.lake.compiled)
        with self.lake.connection.cursor() as cursor:
            return run_query(cursor, sql, tables, sight, KEY, limit, NOW)

    def rows(self, sql: str, sight: Sight = MASKED) -> list[tuple[object, ...]]:
        return list(self.ask(sql, sight).rows)


def canaries_in(said: QueryAnswer | Exception) -> list[str]:
    if isinstance(said, QueryAnswer):
        # The text that was asked may name a canary itself.
        text = json.dumps([asdict(said)["rows"], asdict(said)["columns"]], default=str)
    else:
        text = str(said)
    return [canary for canary in CANARIES if canary in text.lower()]


@pytest.fixture(scope="module")
def asking(
    empty_lake_file: Path,
    shops: tuple[Shop, ...],
    compiled: CompiledProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Asking]:
    file = tmp_path_factory.mktemp("queries") / "lake.duckdb"
    with copied_lake(empty_lake_file, file) as connection:
        lake = Lake(connection, shops, compiled, Refresh(compiled, shops), offset=1)
        lake.put(
            "customers",
            customer_id=777001,
            email="Canary.Ada@canary.example",
            first_name="Canaryfirst",
            last_name="Canarylast",
            phone="+49 30 5550199",
        )
        lake.put("customers", customer_id=2, email="bob@example.org", first_name="Bob")
        lake.put(
            "customer_addresses", address_id=1, customer_id=777001, street="Canary Street 5",
            latitude=52.517389, longitude=13.395131,
        )  # fmt: skip
        lake.order(1, "10.10", "0.20", customer_id=777001)
        lake.order(2, "7.00", customer_id=777001)
        lake.order(3, "5.00", customer_id=2)
        lake.put("reviews", review_id=1, customer_id=777001, title="Canary", body="a canary wrote")
        lake.put("support_chats", chat_id=1, customer_id=777001, transcript="canary: hello")
        lake.put("suppliers", supplier_id=1, email="canary@mill.example")
        lake.put("social_posts", post_id=1, author="canary7", body="canary sings")
        lake.put("returns", return_id=1, order_id=1, order_item_id=11, reason="the canary died")
        # In quarantine, with its row: an order twice.
        lake.order(9, "1.00", customer_id=777001)
        lake.order(9, "1.00", customer_id=777001)
        lake.applied(whole=True)
        asking = Asking(lake)
        held = asking.ask("SELECT email, phone, customer_id FROM silver.customers", ALL)
        assert canaries_in(held) == ["canary", "777001", "5550199"]
        yield asking
