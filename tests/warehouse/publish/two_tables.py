"""A lake of two tables that must agree: lines, and their sum; and what a reader finds of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.warehouse.project import CompiledProject, Model
from aethermart.warehouse.publish.manifest import Publication, read_publication
from aethermart.warehouse.publish.publisher import Publisher
from aethermart.warehouse.settings import PublishSettings

_LINES = Model(
    schema="gold",
    name="fct_lines",
    relation='"lake"."gold"."fct_lines"',
    sql="SELECT shop, line_id, sold_on, note, amount, currency FROM mirror.corner__lines",
    columns=(
        ("shop", "VARCHAR"),
        ("line_id", "BIGINT"),
        ("sold_on", "DATE"),
        ("note", "VARCHAR"),
        ("amount", "DECIMAL(18,2)"),
        ("currency", "VARCHAR"),
    ),
    depends_on=('"lake"."mirror"."corner__lines"',),
    published_by_month="sold_on",
)
_TOTALS = Model(
    schema="gold",
    name="mart_totals",
    relation='"lake"."gold"."mart_totals"',
    sql="SELECT shop, COUNT(*) AS lines, CAST(SUM(amount) AS DECIMAL(18,2)) AS amount "
    "FROM gold.fct_lines GROUP BY shop",
    columns=(("shop", "VARCHAR"), ("lines", "BIGINT"), ("amount", "DECIMAL(18,2)")),
    depends_on=(_LINES.relation,),
)
COMPILED = CompiledProject("by hand", (_LINES, _TOTALS), (), ())


@dataclass(frozen=True)
class TwoTables:
    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "published"

    def opened(self) -> Engine:
        """A new lake is empty, with a shop at offset 0."""
        engine = Engine(self.home / "lake.duckdb", EngineSettings())
        engine.write(_prepare)
        return engine

    def publisher(self, engine: Engine, **settings: Any) -> Publisher:
        return Publisher(engine, COMPILED, self.folder, PublishSettings(**settings))

    def read(self) -> tuple[Publication, int, Decimal]:
        """The publication, its lines and their sum; fails where its two tables do not agree."""
        publication = read_publication(self.folder)
        assert publication is not None
        lines, totals = (
            DeltaTable(
                self.folder / publication.tables[name].path,
                version=publication.tables[name].version,
            ).to_pyarrow_table()
            for name in ("gold.fct_lines", "gold.mart_totals")
        )
        amount = sum((row["amount"] for row in lines.to_pylist()), Decimal(0))
        (told,) = totals.to_pylist()
        assert (told["lines"], told["amount"]) == (lines.num_rows, amount)
        said = publication.tables["gold.fct_lines"]
        assert (said.rows, Decimal(said.sums["amount"]["EUR"])) == (lines.num_rows, amount)
        assert publication.shops["corner"].log_offset == lines.num_rows
        return publication, lines.num_rows, amount

    def file_of(self, month: str) -> str:
        """Address of the one file of a month's lines."""
        state = self.read()[0].tables["gold.fct_lines"]
        files = DeltaTable(self.folder / state.path, version=state.version).file_uris()
        (found,) = [uri for uri in files if f"sold_month={month}/" in uri]
        return found

    def left_over(self) -> set[str]:
        """Data files that no publication which is kept names."""
        publication = read_publication(self.folder)
        assert publication is not None
        named = {
            uri
            for name, state in publication.tables.items()
            for version in publication.versions_of(name)
            for uri in DeltaTable(self.folder / state.path, version=version).file_uris()
        }
        found = {str(p) for p in self.folder.rglob("*.parquet") if "_delta_log" not in p.parts}
        assert named <= found
        return found - named


def add_lines(engine: Engine, count: int, note: str = "") -> None:
    """Lines of 0.01, 0.02, … over months; the offset is their number."""

    def job(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("BEGIN TRANSACTION")
        connection.execute(
            "INSERT INTO mirror.corner__lines "
            "SELECT 'corner', n + i, DATE '2026-01-01' + CAST((n + i) % 80 AS INTEGER), ?, "
            "CAST((n + i) AS DECIMAL(18,2)) / 100, 'EUR', n + i "
            "FROM range(1, ? + 1) AS r(i), (SELECT COUNT(*) AS n FROM mirror.corner__lines)",
            [note, count],
        )
        connection.execute(
            "UPDATE mirror._offsets SET log_offset = (SELECT COUNT(*) FROM mirror.corner__lines)"
        )
        connection.execute("COMMIT")

    engine.write(job)


def sum_of(lines: int) -> Decimal:
    return Decimal(lines * (lines + 1) // 2) / 100


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE SCHEMA IF NOT EXISTS mirror;
        CREATE SCHEMA IF NOT EXISTS gold;
        CREATE TABLE IF NOT EXISTS mirror.corner__lines (
          shop VARCHAR, line_id BIGINT, sold_on DATE, note VARCHAR, amount DECIMAL(18,2),
          currency VARCHAR, _offset BIGINT
        );
        CREATE TABLE IF NOT EXISTS mirror._offsets (
          shop VARCHAR, log_offset BIGINT, as_of TIMESTAMPTZ
        );
        INSERT INTO mirror._offsets
        SELECT 'corner', 0, NULL WHERE NOT EXISTS (FROM mirror._offsets);
        """
    )
    for model in COMPILED.models:
        connection.execute(f"CREATE OR REPLACE VIEW {model.relation} AS {model.sql}")
