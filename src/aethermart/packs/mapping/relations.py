"""Tables as the mapping sees them: a base table, perhaps only some of its rows, with the fields of
its own columns, of look-up tables behind its foreign keys, and of a key/value table beside it.

So a shop that keeps an order as a post with meta rows, or a status as a code, looks like one that
has a column for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aethermart.packs.discovery.facts import Row, TableFacts, Value
from aethermart.packs.mapping.words import concepts_of
from aethermart.packs.types import ColumnType

TEXT = ColumnType("text")


@dataclass(frozen=True, slots=True)
class Lookup:
    """Another table joined by its key: base.own = table.referred; at most one row of it.

    where  column and value that make one row of several: the language of a name
    """

    table: str
    own: str
    referred: str
    as_text: bool = False
    where: tuple[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class Pivot:
    """A table of key/value rows of a base row: base.own = table.owner, a value where key = name."""

    table: str
    own: str
    owner: str
    key: str
    value: str
    as_text: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """Of several rows of a base row (base.own = table.owner) the first one's value.

    first_by  the column that orders them, before the value; falling: the largest first
    """

    table: str
    own: str
    owner: str
    value: str
    first_by: str | None = None
    falling: bool = False
    as_text: bool = False


Join = Lookup | Pivot


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a relation's rows.

    column  of the base table, of the look-up table, or the pivot's key as the table holds it
    label   what the pivot's key means where it is a number
    values  of the relation's sampled rows, in their order
    """

    name: str
    column: str
    kind: ColumnType
    concepts: tuple[str, ...]
    values: Sequence[Value] = field(repr=False, default=())
    join: Join | None = None
    comment: str = ""

    def __hash__(self) -> int:
        return hash((self.name, self.column, self.join))


@dataclass(frozen=True, slots=True)
class Where:
    """Rows whose `column` holds one of `values`."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Values of `column` are values of `referred` in `table`. declared: by a foreign key."""

    column: str
    table: str
    referred: str
    declared: bool
    containment: float = 1.0


@dataclass(frozen=True, slots=True)
class Relation:
    """title: the table, and the value that chooses its rows."""

    table: TableFacts
    concepts: tuple[str, ...]
    fields: Mapping[str, Field]
    rows: Sequence[Row] = field(repr=False)
    where: Where | None = None
    links: tuple[Link, ...] = ()

    @property
    def title(self) -> str:
        if self.where is None:
            return self.table.name
        values = "/".join(map(str, self.where.values))
        return f"{self.table.name} where {self.where.column} is {values}"

    @property
    def empty(self) -> bool:
        return not self.rows

    def own(self, column: str) -> Field:
        return self.fields[column]

    def link_to(self, table: str) -> Link | None:
        """The best link to a table, a declared one before an inferred one."""
        found = [link for link in self.links if link.table == table]
        return max(found, key=lambda link: (link.declared, link.containment), default=None)


def own_fields(table: TableFacts, rows: Sequence[Row]) -> dict[str, Field]:
    return {
        name: Field(
            name=name,
            column=name,
            kind=column.kind,
            concepts=concepts_of(name),
            values=[row[name] for row in rows],
            comment=column.comment,
        )
        for name, column in table.columns.items()
    }
