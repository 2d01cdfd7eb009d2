"""Build a shop's relations: split tables by their type column, join look-ups and meta tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from aethermart.packs.discovery.facts import Row, ShopFacts, TableFacts, Value
from aethermart.packs.discovery.peek import Peek
from aethermart.packs.mapping.addresses_of import address_kinds
from aethermart.packs.mapping.links import is_language, links_of, longest_prefix, subject_of
from aethermart.packs.mapping.relations import (
    Field,
    Link,
    Lookup,
    Pivot,
    Relation,
    Where,
    own_fields,
)
from aethermart.packs.mapping.values import known
from aethermart.packs.mapping.words import concepts_of, words_of

_SPLIT_ROWS = 300  # sampled of each part of a split table
_PIVOT_KEYS = 80
# A line of these types is no line of goods.
_NO_GOODS = {"shipping", "tax", "payment", "cost", "discount", "refund"}
# Values of a type column that make its rows a thing of their own.
_KINDS = {"order", "product", "line", "item", "refund", "return", "customer", "invoice", "sale"}


class Builder:
    """Reads only what it is asked to build."""

    def __init__(self, facts: ShopFacts, peek: Peek) -> None:
        self.facts = facts
        self.peek = peek
        self._types = {
            table.name: types for table in facts.tables.values() if (types := self._typed(table))
        }
        kinds = {name: list(values.values()) for name, (_, values) in self._types.items()}
        self.links = links_of(facts, peek, kinds)
        self._pivots = _pivot_tables(facts, self.links)

    def kinds_of(self, table: str) -> dict[str, tuple[str, ...]]:
        """What the values of a table's type column say; empty where it has none."""
        return self._types[table][1] if table in self._types else {}

    @property
    def meta_tables(self) -> set[str]:
        return {pivot.table for pivots in self._pivots.values() for pivot in pivots}

    def relations(self) -> list[Relation]:
        """Every table, and every part of a table with a type column."""
        found: list[Relation] = []
        for table in self.facts.tables.values():
            if table.name in self.meta_tables:
                continue
            found += self._parts(table) or [self._relation(table, table.sample, None, ())]
        return found

    def with_rows(self, relation: Relation, rows: Sequence[Row]) -> Relation:
        """The same relation with other sampled rows."""
        made = self._relation(relation.table, rows, relation.where, ())
        return replace(made, concepts=relation.concepts)

    def _typed(self, table: TableFacts) -> tuple[str, dict[str, tuple[str, ...]]] | None:
        """The column that says what a row is, and its values with what they say."""
        for column in table.columns:
            if concepts_of(column)[-1:] != ("type",) or table.columns[column].kind.kind != "text":
                continue
            found = self.peek.distinct(table.name, column)
            # A credit card gives nothing back.
            values = {
                v: () if "card" in words_of(v) else concepts_of(v)
                for v, _ in found
                if isinstance(v, str)
            }
            if len(values) > 1 and any(_KINDS & set(concepts) for concepts in values.values()):
                return column, values
        return None

    def _parts(self, table: TableFacts) -> list[Relation]:
        if table.name not in self._types:
            return []
        column, kinds = self._types[table.name]
        if {"line", "item"} & set(subject_of(table.name, self.facts)):
            return self._goods(table, column, kinds)
        parts = []
        for value, concepts in kinds.items():
            if _KINDS & set(concepts):
                where = Where(column, (value,))
                rows = self.peek.rows(
                    table.name, table.columns, _SPLIT_ROWS, where=(column, (value,))
                )
                parts.append(self._relation(table, rows, where, concepts))
        return parts

    def _goods(
        self, table: TableFacts, column: str, kinds: Mapping[str, tuple[str, ...]]
    ) -> list[Relation]:
        """Of a table of lines with a type, the lines that are not shipping, tax and the like."""
        goods = tuple(v for v, concepts in kinds.items() if not _NO_GOODS & set(concepts))
        if len(goods) == len(kinds) or not goods:
            return []
        rows = self.peek.rows(table.name, table.columns, _SPLIT_ROWS, where=(column, goods))
        return [self._relation(table, rows, Where(column, goods), ())]

    def _relation(
        self,
        table: TableFacts,
        rows: Sequence[Row],
        where: Where | None,
        kind: tuple[str, ...],
    ) -> Relation:
        subject = subject_of(table.name, self.facts)
        # A part is what its type says: a post of type `shop_order` is an order.
        concepts = kind or subject
        fields = own_fields(table, rows)
        links = self.links[table.name]
        for pivot in self._pivots.get(table.name, ()):
            fields |= self._pivoted(table, rows, pivot)
        for link in links:
            fields |= self._looked_up(table, rows, link)
        for join, role in address_kinds(table, self.links, self.facts, self.peek):
            fields |= self._beside(table, rows, join, role)
        return Relation(table, concepts, fields, rows, where, links)

    def _pivoted(self, table: TableFacts, rows: Sequence[Row], pivot: Pivot) -> dict[str, Field]:
        owners = list(dict.fromkeys(row[pivot.own] for row in rows))[:_SPLIT_ROWS]
        if not owners:
            return {}
        asked: list[Value] = [str(o) for o in owners] if pivot.as_text else list(owners)
        found = self.peek.rows(
            pivot.table,
            [pivot.owner, pivot.key, pivot.value],
            len(owners) * _PIVOT_KEYS,
            among=(pivot.owner, asked),
        )
        by_key: dict[Value, dict[str, Value]] = {}
        for row in found:
            by_key.setdefault(row[pivot.key], {})[str(row[pivot.owner])] = row[pivot.value]
        labels = self._labels(pivot)
        kind = self.facts.tables[pivot.table].columns[pivot.value].kind
        fields = {}
        for key, values in list(by_key.items())[:_PIVOT_KEYS]:
            label = labels.get(str(key), str(key))
            if any(mark in str(key) for mark in "'{}\\"):
                continue
            name = f"{pivot.table}[{label}]"
            fields[name] = Field(
                name=name,
                column=str(key),
                kind=kind,
                concepts=concepts_of(label),
                values=[values.get(str(row[pivot.own])) for row in rows],
                join=pivot,
            )
        return fields

    def _labels(self, pivot: Pivot) -> dict[str, str]:
        """What a pivot's keys mean, where they refer to a table of attributes."""
        for link in self.links[pivot.table]:
            if link.column != pivot.key:
                continue
            attributes = self.facts.tables[link.table]
            named = [c for c in attributes.columns if concepts_of(c)[-1:] in (("code",), ("name",))]
            if named:
                rows = self.peek.rows(link.table, [link.referred, named[0]], 5_000)
                return {str(row[link.referred]): str(row[named[0]]) for row in rows}
        return {}

    def _looked_up(self, table: TableFacts, rows: Sequence[Row], link: Link) -> dict[str, Field]:
        other = self.facts.tables[link.table]
        where = self._language(other)
        if (link.referred not in other.single_keys and where is None) or other.name == table.name:
            return {}
        kinds = (table.columns[link.column].kind.kind, other.columns[link.referred].kind.kind)
        values = _as_kind([row[link.column] for row in rows], *kinds)[:_SPLIT_ROWS]
        found: dict[str, Row] = {}
        if values:
            filtered = None if where is None else (where[0], (where[1],))
            looked = self.peek.rows(
                other.name,
                other.columns,
                len(values),
                among=(link.referred, values),
                where=filtered,
            )
            found = {str(row[link.referred]): row for row in looked}
        join = Lookup(other.name, link.column, link.referred, kinds[0] != kinds[1], where)
        about = tuple(c for c in concepts_of(link.column) if c not in ("id", "key", "number"))
        fields = {}
        for name, column in other.columns.items():
            if name == link.referred and column.kind.kind == "integer":
                continue
            title = f"{link.column} -> {other.name}.{name}"
            fields[title] = Field(
                name=title,
                column=name,
                kind=column.kind,
                concepts=(*about, *concepts_of(name)),
                values=[found.get(str(row[link.column]), {}).get(name) for row in rows],
                join=join,
                comment=column.comment,
            )
        return fields

    def _beside(
        self, table: TableFacts, rows: Sequence[Row], join: Lookup, role: str
    ) -> dict[str, Field]:
        """Columns of the one row of another table that refers to each row."""
        other = self.facts.tables[join.table]
        owners = list(dict.fromkeys(known(row[join.own] for row in rows)))[:_SPLIT_ROWS]
        where = (join.where[0], (join.where[1],)) if join.where else None
        looked = (
            self.peek.rows(
                other.name, other.columns, len(owners), among=(join.referred, owners), where=where
            )
            if owners
            else []
        )
        found = {str(row[join.referred]): row for row in looked}
        return {
            f"{other.name}[{role}].{name}": Field(
                name=f"{other.name}[{role}].{name}",
                column=name,
                kind=column.kind,
                concepts=(role, *concepts_of(name)),
                values=[found.get(str(row[join.own]), {}).get(name) for row in rows],
                join=join,
                comment=column.comment,
            )
            for name, column in other.columns.items()
            if name != join.referred
        }

    def _language(self, other: TableFacts) -> tuple[str, Value] | None:
        """Of a table of names by language, the language whose words are the most."""
        spoken = [c for c in other.key if is_language(c)]
        if len(other.key) != 2 or len(spoken) != 1:
            return None
        languages = self.peek.distinct(other.name, spoken[0])
        ranked = sorted(languages, key=lambda v: (-v[1], str(v[0])))
        return (spoken[0], ranked[0][0]) if ranked else None


def _as_kind(values: Sequence[Value], own: str, theirs: str) -> list[Value]:
    """Distinct values, in the type of the column they are looked up in."""
    there = list(dict.fromkeys(known(values)))
    if own == theirs:
        return there
    if theirs == "integer":
        return [int(str(v)) for v in there if str(v).isdigit()]
    return [str(v) for v in there]


def _pivot_tables(facts: ShopFacts, links: Mapping[str, Sequence[Link]]) -> dict[str, list[Pivot]]:
    """Base table -> the key/value tables beside it."""
    found: dict[str, list[Pivot]] = {}
    for table in facts.tables.values():
        pivot = _pivot(table, links[table.name], facts)
        if pivot is not None:
            base, made = pivot
            found.setdefault(base, []).append(made)
    return found


def _pivot(table: TableFacts, links: Sequence[Link], facts: ShopFacts) -> tuple[str, Pivot] | None:
    if not 3 <= len(table.columns) <= 7:
        return None
    named = {name: concepts_of(name) for name in table.columns}
    values = [n for n, c in named.items() if c[-1:] == ("amount",)]  # value
    ends = ("key", "name", "code", "id", "meta")
    keys = [n for n, c in named.items() if "meta" in c and c[-1] in ends]
    keys = [n for n in keys if n not in table.key] or [
        n for n, c in named.items() if c in (("key",), ("name",), ("code",)) and n not in table.key
    ]
    if len(values) != 1 or not keys:
        return None
    owners = [link for link in links if link.column not in (*keys, *table.key)]
    owners += [link for link in links if link.column in table.key and link.column not in keys]
    named_after = [link for link in owners if table.name.startswith(link.table)]
    # `entity_id` says nothing of its table: then its own name does (product_entity_varchar).
    if not named_after:
        base = longest_prefix(table.name, facts)
        entity = next(
            (n for n in table.columns if n.lower() in ("entity_id", "parent_id", "object_id")), None
        )
        if base is not None and entity is not None and facts.tables[base].key:
            named_after = [Link(entity, base, facts.tables[base].key[0], declared=False)]
    chosen = (named_after or owners)[:1]
    if not chosen:
        return None
    link = chosen[0]
    kinds = {
        table.columns[link.column].kind.kind,
        facts.tables[link.table].columns[link.referred].kind.kind,
    }
    return link.table, Pivot(
        table.name, link.referred, link.column, keys[0], values[0], as_text=len(kinds) > 1
    )
