"""Map a shop: choose the sale, stage orders and lines, then whatever else can be told."""

from __future__ import annotations

from aethermart.packs.discovery.facts import ShopFacts
from aethermart.packs.discovery.peek import Peek
from aethermart.packs.mapping import currency as currencies
from aethermart.packs.mapping.build import Builder
from aethermart.packs.mapping.expressions import Aliases
from aethermart.packs.mapping.found import Entity, Guess, Mapping, listed
from aethermart.packs.mapping.lineless import orders_as_lines, payments_as_lines
from aethermart.packs.mapping.orders import fill_orders
from aethermart.packs.mapping.others import map_others
from aethermart.packs.mapping.picking import Picker
from aethermart.packs.mapping.relations import Relation
from aethermart.packs.mapping.roles import ENOUGH, SALES, Sale, headers, sales
from aethermart.packs.mapping.sale import MONEY_IN, SaleMapping
from aethermart.packs.mapping.variants import Scales
from aethermart.packs.mapping.words import concepts_of


def map_shop(
    facts: ShopFacts, peek: Peek, *, currency: str | None = None, money_in: str | None = None
) -> Mapping:
    """The mapping of everything that was found.

    currency  of the shop, where its owner says it
    money_in  `cents` or `units`: what whole numbers of money count
    """
    mapping = Mapping(facts)
    for table, why in facts.unread.items():
        mapping.note("tables", f"{table} is left out: {why}")
    keyless = [name for name, table in facts.tables.items() if not table.key]
    if keyless:
        mapping.note(
            "tables",
            f"{listed(keyless)} without a primary key: capture cannot follow such a table, "
            "so it is left out",
        )
    builder = Builder(facts, peek)
    relations = [r for r in builder.relations() if r.table.key]
    candidates = sales(relations)
    if candidates and candidates[0].score >= ENOUGH:
        SaleMapping(mapping, builder, relations, candidates, currency, money_in).map()
    else:
        _without_lines(mapping, builder, relations, candidates, currency, money_in)
    return mapping


def _without_lines(
    mapping: Mapping,
    builder: Builder,
    relations: list[Relation],
    candidates: list[Sale],
    currency: str | None,
    money_in: str | None,
) -> None:
    best = f"{candidates[0].title} at {candidates[0].score:.2f}" if candidates else ""
    scales = Scales(100, MONEY_IN.get(money_in or ""))
    found = headers(relations)
    mapping.currency = currencies.of_shop(mapping.facts, builder.peek, [], currency)
    if found:
        header, score = found[0]
        entity = Entity("orders", header, score, Aliases(header.table.name))
        entity.runner_up = f"{found[1][0].title} at {found[1][1]:.2f}" if len(found) > 1 else ""
        key = header.table.single_keys[0]
        mapping.touches[header.table.name] = key
        picker = Picker(mapping, entity, scales)
        entity.columns["order_id"] = Guess(picker.own(key), 0.95, key)
        fill_orders(picker, builder, relations)
        alone = "no table looks like order lines"
        if not orders_as_lines(mapping, scales, tax_elsewhere="", why=alone):
            paid = payments_as_lines(relations, header)
            if paid is not None:
                mapping.clear()
                sold = SaleMapping(mapping, builder, relations, [paid], currency, money_in)
                mapping.note(
                    "order_items",
                    f"{alone}, and orders have no sum: what was paid ({paid.lines.title}) counts, "
                    "with whatever tax and shipping is in it",
                )
                sold.map()
                return
            mapping.todo("order_items", alone, runner_up=best)
    else:
        mapping.todo("order_items", "no table looks like order lines", runner_up=best)
        mapping.todo("orders", _no_orders(mapping.facts))
    map_others(mapping, builder, relations, None, scales)


def _no_orders(facts: ShopFacts) -> str:
    """Perhaps a table that looks like orders could not be taken."""
    unread = [name for name in facts.unread if SALES.keys() & set(concepts_of(name))]
    if not unread:
        return "no table looks like orders"
    return (
        f"no table that can be followed looks like orders ({unread[0]}: {facts.unread[unread[0]]})"
    )


def sale_score(facts: ShopFacts, peek: Peek) -> float:
    """How much the tables look like a sale, 0 to 1: which of several schemas is the shop's."""
    relations = [r for r in Builder(facts, peek).relations() if r.table.key]
    return max((sale.score for sale in sales(relations)), default=0.0)
