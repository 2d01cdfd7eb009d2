"""Addresses that refer to their order, several a row: each kind of them as columns of the order."""

from __future__ import annotations

from aethermart.packs.discovery.facts import Row, ShopFacts, TableFacts, Value
from aethermart.packs.discovery.peek import Peek
from aethermart.packs.mapping.links import subject_of
from aethermart.packs.mapping.relations import Link, Lookup
from aethermart.packs.mapping.values import known
from aethermart.packs.mapping.words import concepts_of

# Where it went to counts before who paid.
_KINDS = ("shipping", "billing")
_MOST = 300


def address_kinds(
    table: TableFacts, links: dict[str, tuple[Link, ...]], facts: ShopFacts, peek: Peek
) -> list[tuple[Lookup, str]]:
    """The joins from a table's key to one kind of the addresses that refer to it, with the kind."""
    found = []
    for name, of in links.items():
        other = facts.tables[name]
        if "address" not in subject_of(name, facts) or name == table.name:
            continue
        for link in of:
            if link.table != table.name or (link.referred,) != table.key:
                continue
            for column, value, kind in _kinds(other, peek):
                if _one_each(other, link.column, column, value, peek):
                    join = Lookup(name, link.referred, link.column, where=(column, value))
                    found.append((join, kind))
    # A shop that ships nothing has billing addresses alone.
    found.sort(key=lambda f: _KINDS.index(f[1]))
    return found


def _kinds(table: TableFacts, peek: Peek) -> list[tuple[str, Value, str]]:
    for column, facts in table.columns.items():
        if facts.kind.kind != "text" or concepts_of(column)[-1:] != ("type",):
            continue
        return [
            (column, value, kind)
            for value, _ in peek.distinct(table.name, column)
            for kind in _KINDS
            if kind in concepts_of(str(value))
        ]
    return []


def _one_each(table: TableFacts, owner: str, column: str, value: Value, peek: Peek) -> bool:
    """No order has two of the kind, and none of them is empty."""
    rows: list[Row] = peek.rows(table.name, [owner, column], _MOST, where=(column, (value,)))
    owners = known(row[owner] for row in rows)
    return bool(owners) and len(set(owners)) == len(owners)
