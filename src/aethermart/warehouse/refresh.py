"""Keep the kept gold tables equal to their views, batch by batch, inside the mirror's transaction.

A batch touches order keys (`mirror_routes` says how a row leads to them). Rows of those orders are
deleted from each kept table and computed again from captured tables narrowed to them. Rows that
belong to no order (a product, a customer) matter to the quarantine alone; which of them changed is
found here, by the offset that the mirror writes beside each row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import duckdb

from aethermart.packs.pack import Shop
from aethermart.warehouse import day_totals
from aethermart.warehouse.kept import (
    KEY_NUMBER,
    delete_kept,
    kept_columns,
    kept_select,
    table_of,
)
from aethermart.warehouse.narrowed import Changed, Narrowing
from aethermart.warehouse.project import CompiledProject, Model
from aethermart.warehouse.steps import Steps, steps_of

_OFFSETS = """
CREATE TABLE IF NOT EXISTS gold._kept_offsets (
  shop VARCHAR,
  log_offset BIGINT
)
"""


class Touched(Protocol):
    """What a batch changed of one shop; as the mirror's sink says it.

    whole  everything may have changed
    keys   otherwise the order keys, as text, of all rows changed: old and new values
    tables those whose rows changed; None where that is not known
    """

    @property
    def whole(self) -> bool: ...

    @property
    def keys(self) -> tuple[str, ...]: ...

    @property
    def tables(self) -> tuple[str, ...] | None: ...


class Refresh:
    """The refresh of all kept tables, prepared for these shops."""

    def __init__(self, compiled: CompiledProject, shops: Sequence[Shop]) -> None:
        self._compiled = compiled
        self._shops = {shop.name: _ShopRefresh(compiled, shop) for shop in shops}
        self._failures: dict[str, str] = {}

    def start(self, connection: duckdb.DuckDBPyConnection) -> None:
        """After a swap: the kept tables reflect what the mirror holds now."""
        connection.execute(_OFFSETS)
        for shop in self._shops.values():
            shop.remember(connection)

    def refresh(
        self, connection: duckdb.DuckDBPyConnection, touched: Mapping[str, Touched]
    ) -> None:
        """Renew what was touched, in the caller's transaction; an unknown shop is passed over."""
        for name, of_shop in touched.items():
            shop = self._shops.get(name)
            if shop is None:
                continue
            try:
                if of_shop.whole:
                    shop.renew_all(connection)
                else:
                    shop.renew(connection, of_shop)
            except Exception as error:
                self._failures[name] = str(error)
                raise
            self._failures.pop(name, None)

    def failure(self, shop: str) -> str | None:
        """Why the kept tables of a shop were not renewed last; None where they were."""
        return self._failures.get(shop)


class _ShopRefresh:
    def __init__(self, compiled: CompiledProject, shop: Shop) -> None:
        self._shop = shop
        self._kept = compiled.kept
        self._compiled = compiled
        self._narrowing = Narrowing(compiled, shop)
        self._prepared: dict[tuple[bool, frozenset[str]], Steps] = {}
        self._loose = 0  # rows that were put beside the day totals since they were folded

    def remember(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Everything the mirror holds of this shop is reflected."""
        self._remember(connection, self._narrowing.newest_offset(connection))

    def renew_all(self, connection: duckdb.DuckDBPyConnection) -> None:
        for model in self._kept:
            table = table_of(model)
            connection.execute(f"DELETE FROM {table} WHERE shop = ?", [self._shop.name])
            connection.execute(
                f"INSERT INTO {table} ({kept_columns(model)}) "
                f"{kept_select(model, model.relation)} WHERE shop = ? ORDER BY {KEY_NUMBER}",
                [self._shop.name],
            )
            totals = day_totals.totals_of(table)
            if totals is not None:
                day_totals.build_shop(connection, totals, self._shop.name)
        self.remember(connection)

    def renew(self, connection: duckdb.DuckDBPyConnection, touched: Touched) -> None:
        changed = self._narrowing.changed(
            connection, touched.keys, touched.tables, self._reflected(connection)
        )
        if changed is None:
            self.renew_all(connection)
            return
        steps = self._steps_for(bool(touched.keys), changed.entities)
        for step in steps.steps:
            connection.execute(
                f'CREATE OR REPLACE TEMP TABLE "{step.name}" AS {step.sql}',
                changed.bound_in(step.sql),
            )
        for model in self._kept:
            if model.name in steps.results:
                self._replace(connection, model, changed, steps.results[model.name])
        for step in steps.steps:
            connection.execute(f'DROP TABLE temp."{step.name}"')
        if day_totals.needs_folding(self._loose):
            self._fold(connection)
        if changed.newest_offset is not None:
            self._remember(connection, changed.newest_offset)

    def _steps_for(self, orders: bool, entities: frozenset[str]) -> Steps:
        """Prepared once for each kind of batch; a shop has few kinds."""
        kind = (orders, entities)
        if kind not in self._prepared:
            models = [m for m in self._kept if (entities if _holds_entities(m) else orders)]
            self._prepared[kind] = steps_of(
                self._compiled, self._shop.name, models, self._narrowing.selects, entities
            )
        return self._prepared[kind]

    def _replace(
        self,
        connection: duckdb.DuckDBPyConnection,
        model: Model,
        changed: Changed,
        sql: str,
    ) -> None:
        table = table_of(model)
        totals = day_totals.totals_of(table)
        moved = day_totals.moved_columns(totals) if totals else ""
        entities = sorted(changed.entities) if _holds_entities(model) else None
        gone = delete_kept(connection, model, self._shop.name, changed.keys, moved, entities)
        come = connection.execute(
            f"INSERT INTO {table} ({kept_columns(model)}) "
            f"{kept_select(model, f'({sql}) AS renewed')}"
            f"{f' RETURNING {moved}' if moved else ''}",
            changed.bound_in(sql),
        ).fetchall()
        if totals:
            self._loose += day_totals.move(connection, totals, gone, come)

    def _fold(self, connection: duckdb.DuckDBPyConnection) -> None:
        for model in self._kept:
            totals = day_totals.totals_of(table_of(model))
            if totals is not None:
                day_totals.fold(connection, totals, self._shop.name)
        self._loose = 0

    def _reflected(self, connection: duckdb.DuckDBPyConnection) -> int:
        row = connection.execute(
            "SELECT log_offset FROM gold._kept_offsets WHERE shop = ?", [self._shop.name]
        ).fetchone()
        return int(row[0]) if row else 0

    def _remember(self, connection: duckdb.DuckDBPyConnection, offset: int) -> None:
        connection.execute("DELETE FROM gold._kept_offsets WHERE shop = ?", [self._shop.name])
        connection.execute(
            "INSERT INTO gold._kept_offsets VALUES (?, ?)", [self._shop.name, offset]
        )


def _holds_entities(model: Model) -> bool:
    """Whether rows of several entities are in it, each renewed for itself: the quarantine."""
    return any(name == "entity" for name, _ in model.columns)
