"""A shop whose tables stand in several schemas, by both ways of capture and by `pack init`."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from aethermart.capture.compare.source import ComparedShop, CompareSource
from aethermart.capture.postgres.compared import PostgresReader
from aethermart.log.chunks import ChunkStore
from aethermart.operations.pack_init import Wanted, init_pack
from aethermart.packs.load import load_pack
from tests.capture.bench import SHOP
from tests.capture.compare.bench import SMALL
from tests.capture.conftest import MakeBench
from tests.capture.memory import MemoryState
from tests.capture.replay import Replay, follow

pytestmark = pytest.mark.service("postgres")

SCHEMAS = "sales, Catalogue"
MADE = """
CREATE SCHEMA sales; CREATE SCHEMA "Catalogue"; CREATE SCHEMA stock;
CREATE TABLE "Catalogue".items (id INT PRIMARY KEY, name TEXT, price NUMERIC(8,2));
CREATE TABLE sales.orders (id INT PRIMARY KEY, ordered_at TIMESTAMP, status TEXT, currency TEXT);
CREATE TABLE sales.items (id INT PRIMARY KEY, order_id INT REFERENCES sales.orders,
  product_id INT REFERENCES "Catalogue".items, quantity INT, price NUMERIC(8,2));
CREATE TABLE stock.places (id INT PRIMARY KEY, name TEXT);
INSERT INTO "Catalogue".items VALUES (7, 'Mug', 5), (8, 'Cup', 4);
INSERT INTO sales.orders VALUES (1, '2026-01-31', 'paid', 'EUR'), (2, '2026-02-01', 'paid', 'EUR');
INSERT INTO sales.items VALUES (1, 1, 7, 2, 5), (2, 2, 8, 1, 4);
"""
TABLES = ("orders", "items", "Catalogue.items")
CHANGES = """
INSERT INTO sales.items VALUES (3, 2, 7, 1, 5);
UPDATE "Catalogue".items SET price = 6 WHERE id = 7;
DELETE FROM "Catalogue".items WHERE id = 9;
INSERT INTO "Catalogue".items VALUES (9, 'Jug', 9);
"""


def kept(replay: Replay) -> dict[str, list[tuple[object, ...]]]:
    """Table -> key and one more column."""
    second = {"orders": "status", "items": "quantity", "Catalogue.items": "name"}
    return {
        table: sorted((row["id"], row[column]) for row in replay.live[table].values())
        for table, column in second.items()
    }


FIRST = {
    "orders": [(1, "paid"), (2, "paid")],
    "items": [(1, 2), (2, 1)],
    "Catalogue.items": [(7, "Mug"), (8, "Cup")],
}
THEN = FIRST | {
    "items": [(1, 2), (2, 1), (3, 1)],
    "Catalogue.items": [(7, "Mug"), (8, "Cup"), (9, "Jug")],
}


def test_the_queue_takes_each_table_from_its_schema(make_bench: MakeBench) -> None:
    bench = make_bench(tables=TABLES, schema=SCHEMAS)
    bench.sql(MADE)
    bench.pump()
    assert kept(bench.replay) == FIRST
    bench.sql(CHANGES)
    bench.pump()
    assert kept(bench.replay) == THEN
    assert {row["price"] for row in bench.replay.table("Catalogue.items") if row["id"] == 7} == {6}
    bench.restart()
    bench.sql("UPDATE sales.items SET quantity = 9 WHERE id = 1")
    bench.pump()
    assert kept(bench.replay)["items"] == [(1, 9), (2, 1), (3, 1)]


def test_comparing_takes_each_table_from_its_schema(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(MADE)
        chunks = ChunkStore(tmp_path / "chunks")
        replay = Replay(chunks)
        source = CompareSource(
            ComparedShop(SHOP, TABLES, tmp_path / "compare", every_s=0, settings=SMALL),
            lambda: PostgresReader(SHOP, database, schema=SCHEMAS),
            MemoryState(),
            chunks,
        )
        follow(replay, source.read(replay.end, heartbeat=True))
        assert kept(replay) == FIRST
        owner.execute(CHANGES)
        follow(replay, source.read(replay.end, heartbeat=True))
        assert kept(replay) == THEN
        source.close()


@pytest.mark.promise("90")
def test_a_pack_of_several_schemas_names_each_table_by_its_own(
    database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(MADE)
    report = init_pack(tmp_path, database, "corner", Wanted(schema=SCHEMAS))
    staged = {entity.entity: entity.table for entity in report.entities}
    assert staged == {"orders": "orders", "order_items": "items", "products": "Catalogue.items"}
    pack = load_pack(tmp_path / "packs" / "corner")
    assert sorted(pack.tables) == ["Catalogue.items", "items", "orders"]
    assert pack.tables["Catalogue.items"].feeds == ("products",)
    assert pack.reading("products").tables == ("Catalogue.items",)
