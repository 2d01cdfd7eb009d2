"""The rows that vectors are made of: silver's, read where the mirror has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import duckdb
import pyarrow as pa

from aethermart.core.entries import Chunk, LoggedEntry, SnapshotEnd, Truncate
from aethermart.engine.engine import Engine
from aethermart.packs.pack import Shop
from aethermart.warehouse.project import CompiledProject

_TIMEOUT_S = 300.0
_AT_ONCE = 2000
# Models whose captured tables a change must be in to show in an entity's rows. What customers are
# told of products is left out: the sink knows when a product's text changed.
_READS = {
    "products": ("silver.products", "silver.categories", "silver.reviews"),
    "customers": ("silver.customers", "gold.fct_sales"),
    "reviews": ("silver.reviews",),
}
_BUYERS = """
SELECT DISTINCT customer_id
FROM gold.fct_sales
WHERE shop = $shop
  AND document_id IN (SELECT unnest($orders::VARCHAR[]))
  AND customer_id IS NOT NULL
"""
_ORDERS_LIMIT = 20_000  # with more, all customers are read
Keys = frozenset[str] | None


class SilverRows:
    """sinks/vectors' Rows, over the lake of this process."""

    def __init__(self, engine: Engine, compiled: CompiledProject, shops: Sequence[Shop]) -> None:
        self._engine = engine
        self._fed = _captured_tables(compiled)
        self._order_keys = {
            (shop.name, table.name): table.touches
            for shop in shops
            for table in shop.pack.tables.values()
            if table.touches
        }

    def reflects(self, shop: str) -> int:
        with self._engine.read() as connection:
            return _offset(connection, shop)

    def concerned(self, shop: str, entries: Sequence[LoggedEntry]) -> Mapping[str, Keys]:
        tables, orders = self._touched(shop, entries)
        changed = {(shop, table) for table in tables}
        found: dict[str, Keys] = {e: None for e, fed in self._fed.items() if changed & fed}
        if "customers" in found and orders is not None:
            found["customers"] = self._buyers(shop, orders) if orders else frozenset()
        return found

    @contextmanager
    def read(
        self, shop: str, entity: str, keys: Keys
    ) -> Iterator[tuple[int, Iterable[Mapping[str, Any]]]]:
        text = files("aethermart.operations").joinpath("sql", f"vectors_of_{entity}.sql")
        asked = {"shop": shop, "keys": None if keys is None else sorted(keys)}
        with self._engine.read(_TIMEOUT_S) as connection:
            offset = _offset(connection, shop)
            reply = connection.execute(text.read_text(encoding="utf-8"), asked)
            names = [str(each[0]) for each in reply.description or ()]
            yield offset, _each(reply, names)

    def _buyers(self, shop: str, orders: frozenset[str]) -> frozenset[str]:
        """Customers of orders, as the mirror has them now."""
        with self._engine.read(_TIMEOUT_S) as connection:
            rows = connection.execute(_BUYERS, {"shop": shop, "orders": sorted(orders)}).fetchall()
        return frozenset(str(customer) for (customer,) in rows)

    def _touched(self, shop: str, entries: Sequence[LoggedEntry]) -> tuple[frozenset[str], Keys]:
        """Tables that changed, and the keys of the orders; None where the entries do not say."""
        tables: set[str] = set()
        orders: set[str] | None = set()
        for each in entries:
            for part in each.entry.parts:
                tables.add(part.table)
                keys = None if isinstance(part, Chunk) else self._keys(shop, part.table, part.rows)
                orders = None if orders is None or keys is None else orders | keys
            for control in each.entry.controls:
                if isinstance(control, SnapshotEnd | Truncate):
                    orders = None
                    tables |= set(
                        control.tables if isinstance(control, SnapshotEnd) else [control.table]
                    )
        if orders is not None and len(orders) > _ORDERS_LIMIT:
            orders = None
        return frozenset(tables), None if orders is None else frozenset(orders)

    def _keys(self, shop: str, table: str, rows: pa.Table) -> set[str] | None:
        """Order keys of changed rows; none of a table without. None where one was deleted."""
        if (shop, table) not in self._fed_customers:
            return set()
        if "d" in rows.column("_op").to_pylist():
            return None  # whose it was, nothing says any more
        column = self._order_keys.get((shop, table))
        if column is None:
            return set()  # a customer's own row: it says nothing of what was bought
        if column not in rows.column_names:
            return None
        return {str(value) for value in rows.column(column).to_pylist() if value is not None}

    @property
    def _fed_customers(self) -> set[tuple[str, str]]:
        return self._fed["customers"]


def _each(reply: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    while rows := reply.fetchmany(_AT_ONCE):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def _offset(connection: duckdb.DuckDBPyConnection, shop: str) -> int:
    row = connection.execute(
        "SELECT log_offset FROM mirror._offsets WHERE shop = ?", [shop]
    ).fetchone()
    return int(row[0]) if row else 0


def _captured_tables(compiled: CompiledProject) -> dict[str, set[tuple[str, str]]]:
    """Entity -> (shop, table) of every captured table that its rows are made of."""
    captured = {source.relation: (source.shop, source.table) for source in compiled.sources}
    below: dict[str, set[tuple[str, str]]] = {}
    for model in compiled.models:  # each after those it reads
        below[model.relation] = set().union(
            *(
                {captured[one]} if one in captured else below.get(one, set())
                for one in model.depends_on
            )
        )
    named = {f"{model.schema}.{model.table}": model.relation for model in compiled.models}
    return {
        entity: set().union(*(below[named[table]] for table in tables))
        for entity, tables in _READS.items()
    }
