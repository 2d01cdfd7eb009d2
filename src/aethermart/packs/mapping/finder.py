"""Choose the relation that feeds an entity beside orders and lines, and keep it if it is whole."""

from __future__ import annotations

from collections.abc import Sequence

from aethermart.packs.mapping.build import Builder
from aethermart.packs.mapping.entities import REQUIRED
from aethermart.packs.mapping.expressions import Aliases
from aethermart.packs.mapping.found import Entity, Guess, Mapping, Todo
from aethermart.packs.mapping.picking import Picker
from aethermart.packs.mapping.relations import Link, Relation
from aethermart.packs.mapping.roles import Sale, name_of_thing
from aethermart.packs.mapping.variants import Scales

ENOUGH = 0.6
_OF_ORDERS = ("returns", "order_status_changes")
_WANTED = {
    "customers": ("customer",),
    "products": ("product",),
    "categories": ("category",),
    "addresses": ("address",),
    "returns": ("return", "refund"),
    "order_status_changes": ("history", "status"),
    "inventory_movements": ("stock", "movement"),
}


class Finder:
    def __init__(
        self,
        mapping: Mapping,
        builder: Builder,
        relations: Sequence[Relation],
        sale: Sale | None,
        scales: Scales,
    ) -> None:
        self.mapping = mapping
        self.builder = builder
        self.scales = scales
        self._relations = relations
        self._sale = sale

    def ranked(self, entity: str, linked: str | None = None) -> list[tuple[Relation, float]]:
        """Relations that may be the entity, the surest first; linked: the sale refers to it."""
        found = []
        for relation in self._relations:
            score = name_of_thing(relation, _WANTED[entity], of_orders=entity in _OF_ORDERS)
            if relation.table.name == linked:
                score = max(0.9, score) + 0.1  # what the sale refers to comes first
            if self._is_sale(relation):
                score = 0.0
            if score >= 0.3:
                found.append((relation, round(score, 2)))
        return sorted(found, key=lambda f: (-f[1], len(f[0].table.name)))

    def _is_sale(self, relation: Relation) -> bool:
        entities = self.mapping.entities
        return any(
            e.relation.table.name == relation.table.name and e.relation.where == relation.where
            for e in (entities.get("orders"), entities.get("order_items"))
            if e is not None
        )

    def choose(self, entity: str, linked: str | None = None) -> Picker | None:
        found = self.ranked(entity, linked)
        if not found or found[0][1] < ENOUGH:
            best = f"{found[0][0].title} at {found[0][1]:.2f}" if found else ""
            self.mapping.todo(entity, "no table looks like it", runner_up=best)
            return None
        relation, score = found[0]
        made = Entity(entity, relation, min(score, 1.0), Aliases(relation.table.name))
        if len(found) > 1:
            made.runner_up = f"{found[1][0].title} at {found[1][1]:.2f}"
        return Picker(self.mapping, made, self.scales)

    def keep(self, picker: Picker) -> bool:
        """Whether all required columns are there; the entity is then the mapping's."""
        entity = picker.entity
        missing = [c for c in REQUIRED[entity.name] if c not in entity.columns]
        if missing:
            reason = f"{entity.relation.title} has no column for {', '.join(missing)}"
            self.mapping.todos.append(Todo(entity.name, reason, runner_up=entity.runner_up))
            return False
        self.mapping.entities[entity.name] = entity
        return True

    def linked(self, entity: str, *words: str) -> Link | None:
        """The sale's link whose column speaks of one of the words."""
        source = self.mapping.entities.get(entity)
        if source is None:
            return None
        for link in source.relation.links:
            about = set(source.relation.fields[link.column].concepts)
            if about & set(words) and link.table != source.table:
                return link
        return None

    def keyed(self, picker: Picker, column: str, link: Link | None) -> None:
        table = picker.relation.table
        key = link.referred if link and link.table == table.name else table.key[0]
        if len(table.key) == 1 or link:
            picker.entity.columns[column] = Guess(picker.own(key), 0.95, key)

    def to_order(self, relation: Relation) -> Link | None:
        orders = self.mapping.entities.get("orders")
        if orders is None:
            return None
        key = self.mapping.touches.get(orders.table)
        for link in relation.links:
            if link.table == orders.table and link.referred == key:
                return link
        return None
