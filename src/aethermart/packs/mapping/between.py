"""A table between products and categories, where a product may be in several: which one counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aethermart.packs.discovery.facts import ShopFacts, TableFacts
from aethermart.packs.mapping.relations import Chosen, Link
from aethermart.packs.mapping.values import known
from aethermart.packs.mapping.words import concepts_of, words_of

_MOST_COLUMNS = 7  # with more it is a thing of its own
_PRIMARY = {"primary", "main", "default"}
_PLACE = {"position", "pos", "rank", "ordering", "sort", "sequence", "priority"}


@dataclass(frozen=True, slots=True)
class Between:
    """to: the link to the categories. several: of the products sampled, those in more than one."""

    chosen: Chosen
    to: Link
    several: int
    sampled: int

    @property
    def told(self) -> str:
        by = f"its {self.chosen.first_by}" if self.chosen.first_by else "its category's key"
        return (
            f"a product may be in several categories ({self.several} of {self.sampled} sampled"
            f" are): the first row of {self.chosen.table} by {by} stands for it; sales by category"
            " count the product there alone, and products have no versions"
        )


def between(
    facts: ShopFacts, links: Mapping[str, tuple[Link, ...]], product: TableFacts, key: str
) -> Between | None:
    """The narrowest table that refers to the product's `key` and to a table of categories."""
    found: list[tuple[int, str, Between]] = []
    for table in facts.tables.values():
        if table.name == product.name or len(table.columns) > _MOST_COLUMNS:
            continue
        of = [k for k in links[table.name] if (k.table, k.referred) == (product.name, key)]
        to = [
            k
            for k in links[table.name]
            if k.table not in (product.name, table.name)
            and "category" in concepts_of(k.table) + concepts_of(k.column)
        ]
        if of and to and _only_them(table, of[0].column, to[0].column):
            made = _made(table, product, of[0], to[0])
            found.append((len(table.columns), table.name, made))
    return min(found, key=lambda f: f[:2])[2] if found else None


def _only_them(table: TableFacts, owner: str, value: str) -> bool:
    """A row is a pair of them: its key holds both, or is a number of its own."""
    named = set(table.key) & {owner, value}
    return owner != value and (named == {owner, value} or (not named and len(table.key) == 1))


def _made(table: TableFacts, product: TableFacts, of: Link, to: Link) -> Between:
    others = [name for name in table.columns if name not in (of.column, to.column)]
    marked = next((n for n in others if _PRIMARY & set(words_of(n))), None)
    placed = next(
        (
            n
            for n in others
            if _PLACE & set(words_of(n)) and table.columns[n].kind.kind == "integer"
        ),
        None,
    )
    owners = [str(v) for v in known(table.values(of.column))]
    chosen = Chosen(
        table=table.name,
        own=of.referred,
        owner=of.column,
        value=to.column,
        first_by=marked or placed,
        falling=marked is not None,
        as_text=table.columns[of.column].kind.kind != product.columns[of.referred].kind.kind,
    )
    several = sum(owners.count(owner) > 1 for owner in set(owners))
    return Between(chosen, to, several, len(set(owners)))
