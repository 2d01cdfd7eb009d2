"""The archive's real files under the models: history and drift as `serve` sees them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from aethermart.core.entries import (
    META,
    Batch,
    Column,
    Control,
    Entry,
    LoggedEntry,
    Position,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
    Truncate,
)
from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore
from aethermart.packs.pack import Shop
from aethermart.warehouse.bronze_views import BronzeViews

START = datetime(2026, 3, 1, tzinfo=UTC)
PRODUCTS = pa.schema(
    [("product_id", pa.int64()), ("sku", pa.string()), ("price", pa.decimal128(12, 2))]
)
SCHEMA = TableSchema(
    "products", tuple(Column(f.name, str(f.type)) for f in PRODUCTS), ("product_id",)
)


class Lake:
    def __init__(self, engine: Engine, archive: Archive, shops: tuple[Shop, ...]) -> None:
        self.engine = engine
        self.archive = archive
        self.views = BronzeViews(engine, archive, shops)
        self.offset = 0

    def log(self, *controls: Control, rows: list[tuple[Any, ...]] = (), minute: int = 0) -> None:  # type: ignore[assignment]
        """Append one entry; rows are (op, product_id, sku, price)."""
        self.offset += 1
        moment, name = START + timedelta(minutes=minute), f"{self.offset:04}"
        columns: dict[str, list[Any]] = {
            "product_id": [row[1] for row in rows],
            "sku": [row[2] for row in rows],
            "price": [None if row[3] is None else Decimal(row[3]) for row in rows],
            "_op": [row[0] for row in rows],
            "_position": list(range(len(rows))),
            "_committed_at": [moment] * len(rows),
            "_entry": [name] * len(rows),
        }
        batch = Batch("products", pa.table(columns, schema=pa.schema([*PRODUCTS, *META])))
        entry = Entry(
            shop="aethermart",
            id=name,
            start=None,
            end=Position(name),
            captured_at=moment,
            time_kind="commit",
            committed_at=moment if rows else None,
            parts=(batch,) if rows else (),
            controls=controls,
        )
        self.archive.apply([LoggedEntry(self.offset, moment, entry)])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.engine.read() as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def lake(empty_lake_file: Path, shops: tuple[Shop, ...], tmp_path: Path) -> Iterator[Lake]:
    shutil.copy(empty_lake_file, tmp_path / "lake.duckdb")
    engine = Engine(tmp_path / "lake.duckdb", EngineSettings())
    try:
        chunks = ChunkStore(tmp_path / "chunks")
        yield Lake(engine, Archive(tmp_path / "a b=c" / "bronze", chunks), shops)
    finally:
        engine.close()


VERSIONS = (
    "SELECT product_id, CAST(price AS VARCHAR), valid_from, valid_to FROM gold.dim_product"
    " WHERE shop = 'aethermart' AND product_id <> 'unknown' ORDER BY product_id, valid_from"
)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


@pytest.mark.promise("91")
def test_history_is_read_from_the_archives_own_files(lake: Lake) -> None:
    assert lake.rows(VERSIONS) == []
    lake.log(SCHEMA, SnapshotBegin("s1", ("products",)))
    lake.log(rows=[("r", 1, "A", "10.00"), ("r", 2, "B", "5.00")], minute=1)
    lake.log(SnapshotEnd("s1", ("products",)), minute=1)
    lake.log(rows=[("u", 1, "A", "12.00"), ("d", 2, None, None)], minute=5)
    lake.views.renew()
    assert lake.rows(VERSIONS) == [
        ("1", "10.0000", at(1), at(5)),
        ("1", "12.0000", at(5), None),
        ("2", "5.0000", at(1), at(5)),
    ]
    # A new snapshot lacks product 1 and brings 2 back; then the table is emptied.
    lake.log(SnapshotBegin("s2", ("products",)), minute=7)
    lake.log(rows=[("r", 2, "B", "5.00")], minute=7)
    lake.log(SnapshotEnd("s2", ("products",)), minute=7)
    lake.log(Truncate("products", 0), minute=9)
    lake.views.renew()
    assert lake.rows(VERSIONS) == [
        ("1", "10.0000", at(1), at(5)),
        ("1", "12.0000", at(5), at(7)),
        ("2", "5.0000", at(1), at(5)),
        ("2", "5.0000", at(7), at(9)),
    ]


def test_a_look_at_an_unchanged_archive_writes_nothing(lake: Lake) -> None:
    lake.log(SCHEMA, rows=[("c", 1, "A", "1.00")])
    lake.views.renew()
    views = lake.rows("SELECT view_name, sql FROM duckdb_views() WHERE schema_name = 'bronze'")
    lake.engine.write(lambda connection: connection.execute("DROP VIEW bronze._resets") and None)
    lake.views.renew()
    assert len(lake.rows("SELECT 1 FROM duckdb_views() WHERE schema_name = 'bronze'")) == (
        len(views) - 1
    )


@pytest.mark.promise("90")
def test_drift_stands_in_gold_with_what_was_done(lake: Lake) -> None:
    lake.log(SCHEMA, rows=[("c", 1, "A", "1.00")])
    more = (*SCHEMA.columns, Column("colour", "string"))
    lake.log(TableSchema("products", more, ("product_id",)), minute=3)
    renamed = tuple(Column("code" if c.name == "sku" else c.name, c.type) for c in more)
    lake.log(TableSchema("products", renamed, ("product_id",)), minute=4)
    lake.views.renew()
    found = lake.rows(
        "SELECT table_name, column_name, change, before, after, noticed_at, log_offset,"
        " done LIKE 'table stopped in the mirror: %sku is missing%'"
        " FROM gold.schema_drift ORDER BY log_offset"
    )
    assert found == [
        ("products", "colour", "added", None, "string", at(3), 2, False),
        ("products", "sku", "renamed", "sku", "code", at(4), 3, True),
    ]
    lake.log(rows=[("u", 1, "A", "2.00")], minute=5)
    lake.views.renew()
    assert lake.rows("SELECT COUNT(*) FROM gold.schema_drift") == [(2,)]
