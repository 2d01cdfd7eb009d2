"""Rows in each shop's own tables, asked of the shop itself and of nothing of ours."""

from __future__ import annotations

from contextlib import closing

import pyarrow.parquet as pq

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
    with closing(wiring.shop_reader(project, shop)) as reader:
        return {table: reader.count(table) for table in shop.pack.tables}
