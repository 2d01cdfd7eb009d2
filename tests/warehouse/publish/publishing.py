"""A lake under its engine, as `serve` holds it, and what a reader finds of it in the folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from aethermart.engine.engine import Engine
from aethermart.packs.pack import Shop
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.publish.manifest import Publication, read_publication
from aethermart.warehouse.publish.publisher import Publisher
from aethermart.warehouse.publish.tables import published_tables
from aethermart.warehouse.refresh import Refresh
from aethermart.warehouse.settings import PublishSettings
from tests.warehouse.lake import Lake

# Planning all fifty takes a second and a half; most tests need a few of them.
FEW = "gold.fct_sales, gold.dim_*, silver.categories, silver.orders"
AS_OF = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)


@dataclass(repr=False)
class Publishing:
    engine: Engine
    shops: tuple[Shop, ...]
    compiled: CompiledProject
    folder: Path
    offset: int = 1

    def publisher(self, tables: str = FEW, **settings: Any) -> Publisher:
        settings["tables"] = tables
        return Publisher(self.engine, self.compiled, self.folder, PublishSettings(**settings))

    def change(self, job: Callable[[Lake], None], shop: str = "aethermart") -> None:
        """Rows written by `job`, its orders renewed, the offset moved on: one transaction."""
        self.offset += 1

        def applied(connection: duckdb.DuckDBPyConnection) -> None:
            connection.execute("BEGIN TRANSACTION")
            refresh = Refresh(self.compiled, self.shops)
            lake = Lake(connection, self.shops, self.compiled, refresh, offset=self.offset)
            job(lake)
            lake.renew(shop=shop, whole=True)
            connection.execute("DELETE FROM mirror._offsets WHERE shop = ?", [shop])
            connection.execute(
                "INSERT INTO mirror._offsets VALUES (?, ?, ?, ?, ?)",
                [shop, self.offset, AS_OF, AS_OF, AS_OF],
            )
            connection.execute("COMMIT")

        self.engine.write(applied)

    def order(self, order_id: int, *totals: str, shop: str = "aethermart", **columns: Any) -> None:
        self.change(lambda lake: lake.order(order_id, *totals, shop=shop, **columns), shop)

    def publication(self) -> Publication:
        found = read_publication(self.folder)
        assert found is not None
        return found

    def table(self, name: str) -> DeltaTable:
        """As the manifest says to open it."""
        state = self.publication().tables[name]
        return DeltaTable(self.folder / state.path, version=state.version)

    def rows(self, name: str) -> list[dict[str, Any]]:
        return self.table(name).to_pyarrow_table().to_pylist()

    def in_lake(self, name: str) -> pa.Table:
        """What the lake itself says is in a published table."""
        (table,) = [t for t in published_tables(self.compiled) if t.name == name]
        with self.engine.read(60.0) as connection:
            return connection.sql(table.sql).to_arrow_table()


def sorted_rows(rows: pa.Table) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows.to_pylist())


def revenue(state: Publication) -> Decimal:
    return Decimal(state.tables["gold.fct_sales"].sums["revenue"].get("EUR", "0"))
