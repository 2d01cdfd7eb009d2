"""Orders whose lines cannot be had, or bear no price: the order's own sum before tax and shipping
is then its one line. Revenue is right; what was sold is not told."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from aethermart.packs.mapping.expressions import Aliases
from aethermart.packs.mapping.fields import money, of_the_row, ranked
from aethermart.packs.mapping.found import Entity, Guess, Mapping
from aethermart.packs.mapping.relations import Link, Relation
from aethermart.packs.mapping.roles import Sale
from aethermart.packs.mapping.variants import CENT, FITS, Number, Scales, money_sql


def orders_as_lines(mapping: Mapping, scales: Scales, *, tax_elsewhere: str, why: str) -> bool:
    """Each order as one line, where its own columns tell what it came to before tax and shipping.

    tax_elsewhere  a table that has tax as rows: a total is then not known to be before tax
    why            there are no lines
    """
    orders = mapping.entities.get("orders")
    if orders is None or orders.grouped_by:
        return False
    found = _net_of_order(orders.relation, scales, tax_elsewhere)
    if found is None:
        return False
    parts, says, supposed = found
    entity = Entity("order_items", orders.relation, 0.6, Aliases(orders.table), only=orders.only)
    aliases = entity.aliases
    key = aliases.own(mapping.touches[orders.table])
    total = money_sql(
        lambda al: " ".join(
            f"{sign} {n.sql(al)}" if i == 0 else f"{sign} ABS(COALESCE({n.sql(al)}, 0))"
            for i, (sign, n) in enumerate(parts)
        ).removeprefix("+ ")
    )(aliases)
    entity.columns = {
        "line_id": Guess(key, 0.9, "the order"),
        "order_id": Guess(key, 0.97, "the order"),
        "quantity": Guess("1", 0.6, "1"),
        "unit_price": Guess(f"CAST({total} AS DECIMAL(18,4))", 0.6, says),
        "line_total": Guess(total, 0.7, says),
    }
    mapping.entities["order_items"] = entity
    mapping.note(
        "order_items",
        f"{why}: each order counts as one line of {says}; what was sold is not told{supposed}",
    )
    mapping.todo("order_items", "the lines of an order are not told", "product_id")
    return True


def _net_of_order(
    header: Relation, scales: Scales, tax_elsewhere: str
) -> tuple[list[tuple[str, Number]], str, str] | None:
    """The columns that make an order's sum before tax and shipping, with their signs; in words,
    and what had to be supposed."""
    lists = {
        column: [
            n
            for n in scales.numbers(
                [s for s in ranked(header, "orders", column, of_the_row(money)) if s.score >= 0.5],
                2,
            )
            if any(n.values)
        ]
        for column in (
            "subtotal",
            "total_amount",
            "tax_amount",
            "shipping_amount",
            "discount_amount",
        )
    }
    taxes = {n.field for n in lists["tax_amount"]}
    if not taxes and (tax_elsewhere or _speaks_of_tax(header)):
        return None
    for before, total in product(lists["subtotal"], lists["total_amount"]):
        for tax, ship, off in product(
            [None, *lists["tax_amount"]],
            [None, *lists["shipping_amount"]],
            [None, *lists["discount_amount"]],
        ):
            # Where the shop has tax, it must be in the sum, or nothing shows what is before it.
            if (tax is None) == bool(lists["tax_amount"]):
                continue
            if _adds_up(before, total, tax, ship, off):
                parts = [("+", before), *([("-", off)] if off else [])]
                return parts, " less ".join(n.name for _, n in parts), ""
    totals = lists["total_amount"]
    if not totals:
        return None
    named_gross = "gross" in totals[0].field.concepts
    if named_gross and not lists["tax_amount"]:
        return None
    parts = [("+", totals[0])]
    parts += [("-", n) for c in ("tax_amount", "shipping_amount") for n in lists[c][:1]]
    unsaid = [c for c in ("tax", "shipping") if not lists[f"{c}_amount"]]
    supposed = f"; nothing says what of it is {' or '.join(unsaid)}" if unsaid else ""
    return parts, " less ".join(n.name for _, n in parts), supposed


def _speaks_of_tax(header: Relation) -> bool:
    """A column that has to do with tax, which nothing made out."""
    return any(
        "tax" in f.concepts and f.join is None and any(Number(f, 1.0).values)
        for f in header.fields.values()
    )


def _adds_up(
    before: Number, total: Number, tax: Number | None, ship: Number | None, off: Number | None
) -> bool:
    zero = [Decimal(0)] * len(total.values)
    columns = [n.values if n else zero for n in (tax, ship, off)]
    pairs = [
        (b + (t or 0) + (s or 0) - abs(o or Decimal(0)), whole)
        for b, t, s, o, whole in zip(before.values, *columns, total.values, strict=True)
        if b is not None and whole is not None
    ]
    return bool(pairs) and sum(abs(a - b) <= CENT for a, b in pairs) >= FITS * len(pairs)


def payments_as_lines(relations: list[Relation], header: Relation) -> Sale | None:
    """What was paid for an order, where neither it nor lines of it say what it came to: a table of
    payments whose rows are all money that came in."""
    for relation in relations:
        about = set(relation.concepts)
        if "payment" not in about or about & {"method", "type", "status", "refund", "return"}:
            continue
        if any(
            {"status", "type"} & set(f.concepts) for f in relation.fields.values() if not f.join
        ):
            continue  # one that failed or paid back may be among them
        link: Link | None = relation.link_to(header.table.name)
        amounts = ranked(relation, "order_items", "line_total", of_the_row(money))
        if link is not None and amounts and amounts[0].score >= 0.5:
            return Sale(relation, header, link, 0.6)
    return None
