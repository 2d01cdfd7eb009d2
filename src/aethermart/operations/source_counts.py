"""Rows in each shop's own tables, asked of the shop itself and of nothing of ours."""

from __future__ import annotations

import psycopg
import pyarrow.parquet as pq
from psycopg import sql

from aethermart import wiring
from aethermart.packs.pack import Shop
from aethermart.wiring import Project


def source_rows(project: Project) -> dict[str, dict[str, int]]:
    """Shop -> table -> rows, counted where the rows live."""
    return {shop.name: _rows_of(project, shop) for shop in wiring.shops(project)}


def _rows_of(project: Project, shop: Shop) -> dict[str, int]:
    file = wiring.shop_file(project, shop.name)
    if file is not None:
        table = next(iter(shop.pack.tables))
        return {table: pq.ParquetFile(file).metadata.num_rows}
    schema = project.settings.shops[shop.name].schema
    with psycopg.connect(project.shop_dsn(shop.name)) as connection:
        return {table: _count(connection, schema, table) for table in shop.pack.tables}


def _count(connection: psycopg.Connection[tuple[int]], schema: str, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
    row = connection.execute(query).fetchone()
    return row[0] if row else 0
