"""What the mapping found: staged entities, what is left to do, the tables they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aethermart.core.money import UNKNOWN_CURRENCY
from aethermart.packs.discovery.facts import ShopFacts
from aethermart.packs.mapping.entities import cost_of
from aethermart.packs.mapping.expressions import Aliases
from aethermart.packs.mapping.relations import Relation
from aethermart.packs.pack import Rule


@dataclass(frozen=True, slots=True)
class Guess:
    """SQL for one canonical column; source: in words, where it comes from."""

    sql: str
    confidence: float
    source: str


@dataclass(frozen=True, slots=True)
class Todo:
    """What was not mapped and why; level `todo` costs something, `note` is to be known."""

    entity: str
    reason: str
    column: str | None = None
    runner_up: str = ""
    level: str = "todo"

    @property
    def costs(self) -> str:
        return cost_of(self.entity, self.column) if self.level == "todo" else ""


@dataclass(slots=True)
class Entity:
    """One entity to stage.

    grouped_by  SQL of the key that several rows are one row of the entity by; empty: one row each
    extra       columns beyond the canonical ones, for rules: name -> SQL
    only        SQL of a condition that the table's rows of this entity fulfil; empty: all do
    """

    name: str
    relation: Relation
    confidence: float
    aliases: Aliases
    columns: dict[str, Guess] = field(default_factory=dict)
    grouped_by: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    only: str = ""
    runner_up: str = ""

    @property
    def table(self) -> str:
        return self.relation.table.name


@dataclass(frozen=True, slots=True)
class Currency:
    """source: in words."""

    code: str
    source: str

    @property
    def known(self) -> bool:
        return self.code != UNKNOWN_CURRENCY


@dataclass(slots=True)
class Mapping:
    facts: ShopFacts
    currency: Currency = field(default_factory=lambda: Currency(UNKNOWN_CURRENCY, "unknown"))
    entities: dict[str, Entity] = field(default_factory=dict)
    todos: list[Todo] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    taxed: bool = False  # whether something in the shop speaks of tax
    touches: dict[str, str] = field(default_factory=dict)  # table -> column of the order's key
    through: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    # table -> (other table, its column, own column)

    def clear(self) -> None:
        """Forget what was staged, and why other things were not; what was found out stays."""
        self.entities.clear()
        self.rules.clear()
        self.touches.clear()
        self.through.clear()
        self.todos[:] = [t for t in self.todos if t.entity == "tables"]

    def note(self, entity: str, reason: str, column: str | None = None) -> None:
        self.todos.append(Todo(entity, reason, column, level="note"))

    def todo(
        self, entity: str, reason: str, column: str | None = None, runner_up: str = ""
    ) -> None:
        self.todos.append(Todo(entity, reason, column, runner_up))

    def used(self) -> dict[str, set[str]]:
        """Table -> columns that staging reads, its key and what leads to orders."""
        found: dict[str, set[str]] = {}
        for entity in self.entities.values():
            found.setdefault(entity.table, set())
            if entity.relation.where is not None:
                found[entity.table].add(entity.relation.where.column)
            for table, column in entity.aliases.used:
                found.setdefault(table, set()).add(column)
        for table, (other, column, own) in self.through.items():
            if table in found:
                found[table].add(own)
                found.setdefault(other, set()).add(column)
        for table, columns in found.items():
            columns.update(self.facts.tables[table].key)
            if table in self.touches:
                columns.add(self.touches[table])
        return found


def listed(names: Sequence[object], most: int = 8) -> str:
    shown = ", ".join(map(str, names[:most]))
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
