"""Every table and view of the lake: owner, key, columns and their classes of personal data.

Silver and gold are told by the models' contracts, bronze and the mirror by the shops' packs: both
hold before the first row has come. How many rows there are is counted when somebody asks, little by
little, and remembered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from aethermart.core.errors import NotFound
from aethermart.packs.pack import Shop, SourceTable
from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse.masking import LakeTable, Sight, lake_tables
from aethermart.warehouse.project import CompiledProject, Model
from aethermart.warehouse.tables.declared import list_tables

Layer = Literal["bronze", "mirror", "silver", "gold"]
_OWNER_OF_CAPTURED = "architect"
_COUNTED_S = 60.0
_BUDGET_S = 1.5  # of one look; what is left over is counted at the next


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """pii: class of personal data. masked: the asker sees a pseudonym or a coarser value."""

    name: str
    type: str
    description: str | None = None
    pii: str | None = None
    masked: bool = False


@dataclass(frozen=True, slots=True)
class TableInfo:
    """name: bare of a gold table, `layer.name` of any other. rows: None where not counted yet."""

    name: str
    layer: Layer
    description: str
    owner: str | None
    shop: str | None
    key: tuple[str, ...]
    columns: tuple[ColumnInfo, ...]
    time: str | None
    rows: int | None
    readable: bool
    about_customers: bool


class Catalogue:
    """The tables of one compiled project and its shops."""

    def __init__(self, compiled: CompiledProject, shops: Sequence[Shop]) -> None:
        self.tables: Mapping[str, LakeTable] = lake_tables(compiled)
        self._models = {
            f"{model.schema}.{model.table}": model
            for model in compiled.models
            if model.schema in ("silver", "gold")
        }
        layers: tuple[Layer, ...] = ("bronze", "mirror")
        self._captured = {
            f"{layer}.{shop.mirror_table(table.name)}": (layer, shop.name, table)
            for layer in layers
            for shop in shops
            for table in shop.pack.tables.values()
        }
        self._counts = RowCounts(
            [name for name in (*self._captured, *self._models) if not name.startswith("bronze.")]
        )

    def full_name(self, name: str) -> str:
        """`gold.fct_sales` for `fct_sales`. Raises NotFound for a table that is not here."""
        full = name if "." in name else f"gold.{name}"
        if full not in self._models and full not in self._captured:
            raise NotFound(
                f"there is no table {name!r} in the lake",
                fix="GET /lake/tables lists those there are",
            )
        return full

    def list_tables(
        self, connection: duckdb.DuckDBPyConnection, sight: Sight
    ) -> tuple[TableInfo, ...]:
        """All of them, gold first."""
        counts = self._counts.counted(connection)
        names = [*sorted(self._models), *sorted(self._captured)]
        return tuple(self.table(name, sight, counts) for name in names)

    def table(
        self, full_name: str, sight: Sight, counts: Mapping[str, int] | None = None
    ) -> TableInfo:
        """counts: full name -> rows; the ones last counted where None"""
        known = self._counts.last if counts is None else counts
        if full_name in self._captured:
            layer, shop, table = self._captured[full_name]
            return _captured(full_name, layer, shop, table, known.get(full_name))
        model, modelled = self._models[full_name], self.tables[full_name]
        return _modelled(model, modelled, sight, known.get(full_name))


class RowCounts:
    """Rows of tables and views, counted when asked for and then known for a minute.

    Counting a view takes as long as reading it, so one look counts for a second or two and leaves
    the rest to the next one.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._lock = threading.Lock()
        self._counted_at: dict[str, float] = {}
        self.last: dict[str, int] = {}

    def counted(self, connection: duckdb.DuckDBPyConnection) -> Mapping[str, int]:
        """While somebody counts, the others take what is known."""
        if self._lock.acquire(blocking=False):
            try:
                self._count(connection)
            finally:
                self._lock.release()
        return dict(self.last)

    def _count(self, connection: duckdb.DuckDBPyConnection) -> None:
        started = time.monotonic()
        due = [
            name
            for name in self._names
            if started - self._counted_at.get(name, float("-inf")) > _COUNTED_S
        ]
        for name in sorted(due, key=lambda name: self._counted_at.get(name, float("-inf"))):
            if time.monotonic() - started > _BUDGET_S:
                return
            schema, _, table = name.partition(".")
            row = connection.execute(
                f"SELECT COUNT(*) FROM {quoted(schema)}.{quoted(table)}"  # noqa: S608 - quoted
            ).fetchone()
            self.last[name] = int(row[0]) if row else 0
            self._counted_at[name] = time.monotonic()


def _modelled(model: Model, table: LakeTable, sight: Sight, rows: int | None) -> TableInfo:
    masked = table.masked(sight)
    notes = {note.name: note for note in model.notes}
    times = {declared.name: declared.time for declared in list_tables()}
    return TableInfo(
        name=model.table if model.schema == "gold" else table.full_name,
        layer="gold" if model.schema == "gold" else "silver",
        description=model.description,
        owner=model.owner,
        shop=None,
        key=model.key,
        columns=tuple(
            ColumnInfo(name, kind, notes[name].description, notes[name].pii, name in masked)
            for name, kind in model.columns
        ),
        time=times.get(model.table) if model.schema == "gold" else None,
        rows=rows,
        readable=sight.customer_rows or not table.about_customers,
        about_customers=table.about_customers,
    )


def _captured(
    name: str, layer: Layer, shop: str, table: SourceTable, rows: int | None
) -> TableInfo:
    what = "Every captured change" if layer == "bronze" else "The current rows"
    return TableInfo(
        name=name,
        layer=layer,
        description=f"{what} of the table {table.name} of the shop {shop}.",
        owner=_OWNER_OF_CAPTURED,
        shop=shop,
        key=table.key,
        columns=tuple(
            ColumnInfo(column, kind.duckdb, pii=(table.pii or {}).get(column))
            for column, kind in table.columns.items()
        ),
        time=None,
        rows=rows,
        readable=False,
        about_customers=bool(table.pii),
    )
