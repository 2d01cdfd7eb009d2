"""Which columns of an order line make its net total: told by arithmetic, names only come first.

Every reading of a line's total that the columns allow is a variant. On sampled orders with all
their lines it is tried which variant adds up to the order's own total, and whether tax, shipping
and a discount of the order have to be added for that. So it is seen, not supposed, whether lines
are before tax, and whether a discount is a sum, a percentage or a share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import product

from aethermart.packs.discovery.facts import Value
from aethermart.packs.mapping.expressions import Aliases
from aethermart.packs.mapping.fields import money, ranked, whole
from aethermart.packs.mapping.relations import Field, Lookup, Relation
from aethermart.packs.mapping.variants import (
    CENT,
    FITS,
    Number,
    Scales,
    Variant,
    money_sql,
    quantity_sql,
    variants,
)

_FEW = 3  # orders below which agreement proves nothing against names


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a variant's sums meet the orders' own totals. with_tax: tax had to be added."""

    share: float = 0.0
    with_tax: bool = False
    tax_there: bool = False
    own_discount: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class LineMoney:
    """The outcome: SQL for the money columns of order_items, or why there is none."""

    columns: dict[str, tuple[str, float, str]] = field(default_factory=dict)
    missing: str = ""
    notes: tuple[str, ...] = ()
    uses: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampled:
    """lines: of sampled orders, whole; owners: each line's order; header: those orders, by key.

    link  column of the lines that refers to the header
    """

    lines: Relation
    owners: Sequence[Value]
    scales: Scales
    header: Relation | None = None
    key: str = ""
    link: str = ""


def line_money(sampled: Sampled, aliases: Aliases) -> LineMoney:
    """aliases: of the staging file that the SQL is for."""
    lines = sampled.lines
    quantity = next(iter(ranked(lines, "order_items", "quantity", whole)), None)
    amount = None
    if quantity is not None and quantity.score >= 0.5:
        amount = Number(quantity.field, quantity.score)
    readings = list(variants(lines, amount, sampled.scales))
    if not readings:
        return LineMoney(missing=_why_none(lines))
    return _chosen([(v, _agreement(v, sampled)) for v in readings], amount, sampled, aliases)


def _why_none(lines: Relation) -> str:
    integers = [
        s.field.name
        for column in ("line_total", "unit_price")
        for s in ranked(lines, "order_items", column, money)
        if s.field.kind.kind == "integer" and s.score >= 0.5
    ]
    if integers:
        return (
            f"{integers[0]} holds whole numbers and nothing says whether they are cents: "
            "run pack init again with --money-in cents or --money-in units"
        )
    return "no column of the lines looks like a price or a total that was paid"


def _agreement(variant: Variant, sampled: Sampled) -> Agreement:
    header, scales = sampled.header, sampled.scales
    if header is None:
        return Agreement()
    sums = _sums(variant, sampled.owners)
    orders = _orders(header, sampled.key, sums)
    if not orders:
        return Agreement()
    lists = {
        column: scales.numbers(
            [s for s in ranked(header, "orders", column, money) if s.score >= 0.4], 3
        )
        for column in ("total_amount", "tax_amount", "shipping_amount", "discount_amount")
    }
    tax_there = any(any(n.values[i] for i, _ in orders) for n in lists["tax_amount"][:1])
    best = Agreement(tax_there=tax_there)
    for total, tax, shipping, off in product(
        lists["total_amount"][:3],
        [None, *lists["tax_amount"][:2]],
        [None, *lists["shipping_amount"][:2]],
        [None, *lists["discount_amount"][:2]],
    ):
        tried = _tried(sums, orders, total, (tax, shipping, off))
        with_tax = tax is not None and any(tax.values[i] for i, _ in orders)
        # Where lines and tax add up to a total, the tax is not in them: another total may be the
        # one before it (`item_total` beside `total`).
        if (tried >= FITS, tried >= FITS and with_tax, tried) > (
            best.share >= FITS,
            best.share >= FITS and best.with_tax,
            best.share + 1e-9,
        ):
            parts = [f" + {n.name}" for n in (tax, shipping) if n] + (
                [f" - {off.name}"] if off else []
            )
            best = Agreement(
                share=tried,
                with_tax=with_tax,
                tax_there=tax_there,
                own_discount=off.name if off else "",
                says=f"lines{''.join(parts)} = {total.name}",
            )
    return best


def _sums(variant: Variant, owners: Sequence[Value]) -> dict[str, Decimal]:
    """Order -> sum of its lines; an order with a line that cannot be read is left out."""
    sums: dict[str, Decimal] = {}
    spoiled: set[str] = set()
    for owner, value in zip(owners, variant.values, strict=True):
        if value is None:
            spoiled.add(str(owner))
        else:
            sums[str(owner)] = sums.get(str(owner), Decimal(0)) + value
    return {order: total for order, total in sums.items() if order not in spoiled}


def _orders(header: Relation, key: str, sums: Mapping[str, Decimal]) -> list[tuple[int, str]]:
    """Number of the header's row and its key, of the orders that have a sum."""
    return [(i, str(row[key])) for i, row in enumerate(header.rows) if str(row[key]) in sums]


def _tried(
    sums: dict[str, Decimal],
    orders: list[tuple[int, str]],
    total: Number,
    parts: tuple[Number | None, Number | None, Number | None],
) -> float:
    columns = [None if n is None else n.values for n in parts]
    totals = total.values
    good = 0
    counted = 0
    for i, order in orders:
        if totals[i] is None:
            continue
        counted += 1
        value = sums[order]
        for sign, column in zip((1, 1, -1), columns, strict=True):
            part = column[i] if column is not None else None
            value += (abs(part) * sign if sign < 0 else part) if part is not None else 0
        good += abs(value - (totals[i] or 0)) <= CENT * 2
    return good / counted if counted else 0.0


def _chosen(
    found: list[tuple[Variant, Agreement]],
    quantity: Number | None,
    sampled: Sampled,
    aliases: Aliases,
) -> LineMoney:
    def rank(pair: tuple[Variant, Agreement]) -> tuple[bool, bool, bool, float]:
        variant, agreement = pair
        agrees = agreement.share >= FITS
        net = _net_basis(variant, agreement) != "gross"
        return agrees, agrees and net, not agreement.own_discount, variant.score

    variant, agreement = max(found, key=rank)
    agrees = agreement.share >= FITS
    basis = _net_basis(variant, agreement)
    notes: list[str] = []
    confidence = min(0.99, variant.score + 0.05) if agrees else variant.score
    if agrees and variant.score < 0.5:
        confidence = 0.7
    if not agrees and variant.doubt:
        notes.append(f"{variant.says}: {variant.doubt}")
    if confidence < 0.5:
        return LineMoney(missing=f"{variant.says} is too doubtful: {variant.doubt or 'weak names'}")
    sql = variant.sql
    if basis == "gross":
        taken_out = _without_tax(variant, sampled)
        if taken_out is None:
            return _gross_alone(found, variant, quantity, aliases, notes)
        sql, how = taken_out
        notes.append(how)
        confidence = min(confidence, 0.75) if "another rate" in how else confidence
        variant = replace(variant, price=None)
    elif basis == "unknown" and agreement.tax_there:
        confidence = round(confidence * 0.75, 2)
        notes.append(f"that {variant.says} is before tax could not be checked; it was supposed")
        if confidence < 0.5:
            return LineMoney(missing=f"whether {variant.says} includes tax is not told")
    if agreement.own_discount and agrees:
        notes.append(
            f"orders have a discount of their own ({agreement.own_discount}) that no line shows: "
            "revenue, the sum of line totals, is before it"
        )
    shown = agreement if agrees else None
    return _written(variant, sql(aliases), quantity, confidence, shown, notes, aliases)


def _gross_alone(
    found: list[tuple[Variant, Agreement]],
    gross: Variant,
    quantity: Number | None,
    aliases: Aliases,
    notes: list[str],
) -> LineMoney:
    """Of lines whose tax nothing tells: the reading that is named before tax, or none."""
    named = _named_net(found, gross)
    if named is None:
        return LineMoney(
            missing=f"{gross.says} includes tax, and no column says how much of a line is "
            "tax: write stg_order_items.sql's line_total yourself if you know the rate"
        )
    notes.append(
        f"{named.says} is before tax by its name; the orders' totals come from {gross.says}, "
        "which includes it"
    )
    confidence = round(named.score * 0.9, 2)
    return _written(named, named.sql(aliases), quantity, confidence, None, notes, aliases)


def _named_net(found: list[tuple[Variant, Agreement]], gross: Variant) -> Variant | None:
    """A reading that is before tax by its name, in no line more than the one that includes it."""
    net = [
        v
        for v, _ in found
        if v.basis == "net"
        and v.score >= 0.6
        and any(v.values)
        and all(
            a is None or b is None or abs(a) <= abs(b)
            for a, b in zip(v.values, gross.values, strict=True)
        )
    ]
    return max(net, key=lambda v: v.score, default=None)


def _net_basis(variant: Variant, agreement: Agreement) -> str:
    if agreement.share >= FITS and agreement.tax_there:
        return "net" if agreement.with_tax else "gross"
    if agreement.share >= FITS and variant.basis == "unknown":
        return "untaxed"
    return variant.basis


def _without_tax(variant: Variant, sampled: Sampled) -> tuple[Callable[[Aliases], str], str] | None:
    """SQL of the line without its tax, and how; None where nothing tells the tax of a line."""
    lines, scales = sampled.lines, sampled.scales
    own = [
        s
        for s in ranked(lines, "order_items", "tax_amount", money)
        if not isinstance(s.field.join, Lookup)  # a sum of the whole order is no line's
    ]
    taxes = scales.numbers(own, 1)
    if taxes and taxes[0].score >= 0.5 and any(taxes[0].values):
        tax = taxes[0]
        return (
            lambda al: f"({variant.sql(al)} - COALESCE({tax.sql(al)}, 0))",
            f"{variant.says} includes tax: {tax.name} is taken off",
        )
    rates = [s for s in ranked(lines, "order_items", "tax_rate", money) if s.score >= 0.5]
    if rates and any(Number(rates[0].field, 1.0).values):
        rate = Number(rates[0].field, rates[0].score)
        part = "" if all(v is None or abs(v) <= 1 for v in rate.values) else " * 0.01"
        return (
            money_sql(lambda al: f"({variant.sql(al)}) / (1 + COALESCE({rate.sql(al)}, 0){part})"),
            f"{variant.says} includes tax: it is divided by 1 + {rate.name}",
        )
    return _at_one_rate(variant, sampled)


def _at_one_rate(variant: Variant, sampled: Sampled) -> tuple[Callable[[Aliases], str], str] | None:
    """Where each sampled order is taxed at one and the same rate, or not at all, lines are too."""
    header = sampled.header
    if header is None:
        return None
    found = [
        sampled.scales.numbers(ranked(header, "orders", column, money), 1)
        for column in ("tax_amount", "total_amount")
    ]
    name = f"{sampled.link} -> {header.table.name}.{found[0][0].field.column}" if found[0] else ""
    tax_of_line = sampled.lines.fields.get(name)
    if not all(found) or tax_of_line is None:
        return None
    taxes, totals = found[0][0].values, found[1][0].values
    sums = _sums(variant, sampled.owners)
    taxed = [(i, o) for i, o in _orders(header, sampled.key, sums) if taxes[i] and totals[i]]
    tax = Number(tax_of_line, 1.0)
    for bases in ([totals[i] for i, _ in taxed], [sums[o] for _, o in taxed]):
        rate = _rate([(b, taxes[i]) for b, (i, _) in zip(bases, taxed, strict=True)])
        if rate is not None:
            how = (
                f"{variant.says} includes tax: all {len(taxed)} orders tried are taxed at "
                f"{(rate * 100).normalize():f} %, which is taken out of each line of a taxed "
                "order; an order at another rate would come out wrong"
            )
            return _at_rate(variant, tax, rate), how
    return None


def _at_rate(variant: Variant, tax: Number, rate: Decimal) -> Callable[[Aliases], str]:
    return money_sql(
        lambda al: f"({variant.sql(al)}) / CASE WHEN {tax.sql(al)} <> 0 THEN {1 + rate} ELSE 1 END"
    )


def _rate(pairs: Sequence[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
    """The one rate that gives each (sum with tax, tax) to the cent; None where there is none."""
    there = [(b, t) for b, t in pairs if b is not None and t is not None and b > t > 0]
    if len(there) < _FEW or len(there) < len(pairs):
        return None
    base, tax = max(there)
    rate = (tax / (base - tax)).quantize(Decimal("0.001"))
    return rate if all(abs(b * rate / (1 + rate) - t) <= CENT for b, t in there) else None


def _written(
    variant: Variant,
    total: str,
    quantity: Number | None,
    confidence: float,
    agreement: Agreement | None,
    notes: list[str],
    aliases: Aliases,
) -> LineMoney:
    why = variant.says + (f"; {agreement.says}" if agreement else "")
    pieces = "1" if quantity is None else quantity_sql(quantity, aliases)
    if quantity is None:
        notes.append("the lines have no quantity: each row counts as one piece")
    elif any(v is not None and v != v.to_integral_value() for v in quantity.values):
        notes.append(f"{quantity.name} holds fractions: each line counts as one piece")
        pieces, variant = "1", replace(variant, price=None)
    if variant.price is not None:
        price = (variant.price.sql(aliases), variant.price.score, variant.price.name)
    else:
        derived = total if pieces == "1" else f"{total} / NULLIF({pieces}, 0)"
        price = (f"CAST({derived} AS DECIMAL(18,4))", confidence, "line total by quantity")
    return LineMoney(
        columns={
            "quantity": (
                pieces,
                quantity.score if quantity else 0.6,
                quantity.name if quantity else "1",
            ),
            "unit_price": price,
            "line_total": (total, round(confidence, 2), why),
        },
        notes=tuple(notes),
    )
