"""The names of tables and columns as people say them, for the relations of the compiled models.

`gold.fct_sales` is one table, though a view `v_fct_sales` computes what it keeps. A captured table
is `mirror.SHOP__TABLE` and `bronze.SHOP__TABLE`; behind both stands the shop's own,
`shop.SHOP.TABLE`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aethermart.packs.pack import Shop, SourceTable
from aethermart.warehouse.project import CompiledProject, Model

Layer = Literal["shop", "mirror", "bronze", "staging", "silver", "gold", "project"]
_RATES = ("rate_date", "currency", "quote_currency", "rate")
_RATES_RELATION = '"lake"."reporting"."rates_file"'
_LAYERS: dict[str, Layer] = {"staging": "staging", "silver": "silver", "gold": "gold"}


@dataclass(frozen=True, slots=True)
class Node:
    """computed: no column is its source."""

    node: str
    layer: Layer
    table: str
    column: str | None
    shop: str | None
    pii: str | None
    computed: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` flows into `target`; transformation: by these steps, None where unchanged."""

    source: str
    target: str
    transformation: str | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    """origin: name of the shop's table that it is a copy of. pii: column -> class."""

    layer: Layer
    name: str
    columns: tuple[str, ...]
    pii: Mapping[str, str]
    shop: str | None = None
    origin: str | None = None


class Names:
    """models  relation -> SQL, each after those it reads
    known   relation -> columns, of what is no model
    """

    def __init__(self, compiled: CompiledProject, shops: Sequence[Shop]) -> None:
        self._compiled = compiled
        self.models = {model.relation: model.sql for model in compiled.models}
        self.known: dict[str, tuple[str, ...]] = {_RATES_RELATION: _RATES}
        self._tables = {"project.rates_file": _Table("project", "rates_file", _RATES, {})}
        self._of_relation = {_RATES_RELATION: "project.rates_file"}
        for shop in shops:
            for table in shop.pack.tables.values():
                self._add_captured(shop, table)
        for model in compiled.models:
            self._add_model(model)
        self._spelt = {
            (name, column.lower()): column
            for name, table in self._tables.items()
            for column in table.columns
        }

    def has_table(self, name: str) -> bool:
        return name in self._tables

    def has_column(self, name: str) -> bool:
        table, _, column = name.rpartition(".")
        return table in self._tables and column in self._tables[table].columns

    def table_edges(self) -> list[Edge]:
        reads = [
            Edge(self._of_relation[relation], self._of_relation[model.relation])
            for model in self._compiled.models
            for relation in dict.fromkeys(model.depends_on)
            if relation in self._of_relation
        ]
        return self._copies() + reads

    def column_edges(self, flows: Mapping[str, Mapping[str, Sequence[Any]]]) -> list[Edge]:
        """flows: as `flow` prints them"""
        copies = [
            Edge(f"{copy.source}.{column}", f"{copy.target}.{column}")
            for copy in self._copies()
            for column in self._tables[copy.source].columns
        ]
        read = [
            Edge(
                self._column(source, of_source),
                self._column(relation, column),
                "\n".join(steps) or None,
            )
            for relation, of_model in flows.items()
            for column, inputs in of_model.items()
            for source, of_source, steps in inputs
            if source in self._of_relation
        ]
        return copies + read

    def node(self, name: str, has_source: bool) -> Node:
        if name in self._tables:
            of, column = self._tables[name], None
        else:
            table, _, column = name.rpartition(".")
            of = self._tables[table]
        computed = bool(column) and not has_source and of.layer not in ("shop", "project")
        pii = of.pii.get(column) if column else None
        return Node(name, of.layer, of.name, column, of.shop, pii, computed)

    def _copies(self) -> list[Edge]:
        """From each shop's own table to its copies in the mirror and in bronze."""
        return [Edge(t.origin, name) for name, t in self._tables.items() if t.origin]

    def _column(self, relation: str, column: str) -> str:
        name = self._of_relation[relation]
        return f"{name}.{self._spelt.get((name, column), column)}"

    def _add_captured(self, shop: Shop, table: SourceTable) -> None:
        columns, pii = tuple(table.columns), table.pii or {}
        origin = f"shop.{shop.name}.{table.name}"
        self._tables[origin] = _Table("shop", table.name, columns, pii, shop.name)
        copy = shop.mirror_table(table.name)
        layers: tuple[Layer, ...] = ("mirror", "bronze")
        for layer in layers:
            name, relation = f"{layer}.{copy}", f'"lake"."{layer}"."{copy}"'
            self._tables[name] = _Table(layer, copy, columns, pii, shop.name, origin)
            self._of_relation[relation] = name
            self.known[relation] = columns

    def _add_model(self, model: Model) -> None:
        """Of a staging model, which has no contract, the columns are known once it is read."""
        name = f"{model.schema}.{model.table}"
        columns = tuple(column for column, _ in model.columns)
        pii = {note.name: note.pii for note in model.notes if note.pii}
        self._tables[name] = _Table(_LAYERS[model.schema], model.table, columns, pii)
        self._of_relation[model.relation] = name
        if model.kept_by:
            kept = f'"lake"."{model.schema}"."{model.table}"'
            self._of_relation[kept] = name
            self.known[kept] = columns
