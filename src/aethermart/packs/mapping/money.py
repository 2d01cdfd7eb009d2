"""Which columns of an order line make its net total: told by arithmetic, names only come first.

Every reading of a line's total that the columns allow is a variant (variants.py); it is tried which
variant adds up to the orders' own totals (agreement.py). So it is seen, not supposed, whether lines
are before tax, and whether a discount is a sum, a percentage or a share.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from aethermart.packs.mapping.agreement import Agreement, Sampled, agreed
from aethermart.packs.mapping.expressions import Aliases
from aethermart.packs.mapping.fields import money, of_the_row, ranked, whole
from aethermart.packs.mapping.relations import Relation
from aethermart.packs.mapping.taxes import without_tax
from aethermart.packs.mapping.variants import Number, Variant, quantity_sql, variants


@dataclass(frozen=True, slots=True)
class LineMoney:
    """The outcome: SQL for the money columns of order_items, or why there is none."""

    columns: dict[str, tuple[str, float, str]] = field(default_factory=dict)
    missing: str = ""
    notes: tuple[str, ...] = ()
    taxed: bool = False


def line_money(sampled: Sampled, aliases: Aliases) -> LineMoney:
    """aliases: of the staging file that the SQL is for."""
    lines = sampled.lines
    quantity = next(iter(ranked(lines, "order_items", "quantity", of_the_row(whole))), None)
    amount = None
    if quantity is not None and quantity.score >= 0.5:
        amount = Number(quantity.field, quantity.score)
    readings = list(variants(lines, amount, sampled.scales))
    if not readings:
        return LineMoney(missing=_why_none(lines))
    return _chosen([(v, agreed(v, sampled)) for v in readings], amount, sampled, aliases)


def _why_none(lines: Relation) -> str:
    integers = [
        s.field.name
        for column in ("line_total", "unit_price")
        for s in ranked(lines, "order_items", column, of_the_row(money))
        if s.field.kind.kind == "integer" and s.score >= 0.5
    ]
    if integers:
        return (
            f"{integers[0]} holds whole numbers and nothing says whether they are cents: "
            "run pack init again with --money-in cents or --money-in units"
        )
    return "no column of the lines looks like a price or a total that was paid"


def _chosen(
    found: list[tuple[Variant, Agreement]],
    quantity: Number | None,
    sampled: Sampled,
    aliases: Aliases,
) -> LineMoney:
    def rank(pair: tuple[Variant, Agreement]) -> tuple[bool, bool, bool, float]:
        variant, agreement = pair
        net = _net_basis(variant, agreement) != "gross"
        held = agreement.holds
        return held, held and net, not agreement.own_discount, variant.score

    variant, agreement = max(found, key=rank)
    notes: list[str] = []
    confidence = variant.score
    if agreement.holds:
        confidence = 0.7 if variant.score < 0.5 else min(0.99, variant.score + 0.05)
    elif variant.doubt:
        notes.append(f"{variant.says}: {variant.doubt}")
    if confidence < 0.5:
        return LineMoney(missing=f"{variant.says} is too doubtful: {variant.doubt or 'weak names'}")
    if agreement.holds and agreement.own_discount is not None:
        variant, how = _less_share_of_discount(variant, agreement.own_discount, sampled)
        notes.append(how)
    basis = _net_basis(variant, agreement)
    sql = variant.sql
    if basis == "gross":
        taken_out = without_tax(variant, sampled)
        if taken_out is None:
            return _gross_alone(found, variant, quantity, sampled, aliases, notes)
        sql, how = taken_out
        notes.append(how)
        confidence = min(confidence, 0.75) if "another rate" in how else confidence
        variant = replace(variant, price=None)
    else:
        note, sure = _supposed(variant, basis, agreement)
        notes += [note] if note else []
        confidence = round(confidence * sure, 2)
        if confidence < 0.5:
            return LineMoney(missing=f"whether {variant.says} includes tax is not told")
    shown = agreement if agreement.holds else None
    written = _written(variant, sql(aliases), quantity, confidence, shown, notes, aliases)
    return replace(written, taxed=agreement.tax_there or basis == "net")


def _supposed(variant: Variant, basis: str, agreement: Agreement) -> tuple[str, float]:
    """What is to be known of a line taken as before tax, and how sure that leaves it."""
    if basis == "net":
        return "", 1.0
    if basis == "unknown" and agreement.tax_there:
        return f"that {variant.says} is before tax could not be checked; it was supposed", 0.75
    told = (
        f"nothing here speaks of tax: {variant.says} is taken as before tax; if the shop's "
        "prices include it, so does revenue"
    )
    return told, 1.0


def _less_share_of_discount(variant: Variant, off: Number, sampled: Sampled) -> tuple[Variant, str]:
    """A discount of the whole order, taken off its lines in proportion to their totals.

    Rounded so that the lines of an order add up to the cent: each takes what the discount on the
    lines up to it leaves over that on the lines before it.
    """
    header = sampled.header
    name = f"{sampled.link} -> {header.table.name}.{off.field.column}" if header else ""
    shown = sampled.lines.fields.get(name)
    if shown is None:
        return variant, (
            f"orders have a discount of their own ({off.name}) that no line shows: revenue, the "
            "sum of line totals, is before it"
        )
    discount = Number(shown, off.score, off.divided_by)
    keys = sampled.lines.table.key

    def sql(aliases: Aliases) -> str:
        total = variant.sql(aliases)
        of_order = f"PARTITION BY {aliases.own(sampled.link)}"
        in_order = ", ".join(aliases.own(k) for k in keys)
        all_lines = f"SUM({total}) OVER ({of_order})"
        up_to = f"SUM({total}) OVER ({of_order} ORDER BY {in_order})"
        off_sql = f"ABS(COALESCE({discount.sql(aliases)}, 0))"

        def share(of: str) -> str:
            part = f"ROUND({off_sql} * ({of}) / NULLIF({all_lines}, 0), 2)"
            return f"COALESCE(CAST({part} AS DECIMAL(18,2)), 0)"

        return f"{total} - ({share(up_to)} - {share(f'{up_to} - {total}')})"

    less = replace(
        variant, says=f"{variant.says} less its share of {off.name}", sql=sql, price=None
    )
    return less, (
        f"orders have a discount of their own ({off.name}): it is taken off their lines in "
        "proportion, to the cent"
    )


def _gross_alone(
    found: list[tuple[Variant, Agreement]],
    gross: Variant,
    quantity: Number | None,
    sampled: Sampled,
    aliases: Aliases,
    notes: list[str],
) -> LineMoney:
    """Of lines whose tax nothing tells: the reading that is named before tax, or none."""
    named = _named_net(found, gross)
    if named is None:
        rows = f" ({sampled.tax_rows} has tax as rows)" if sampled.tax_rows else ""
        return LineMoney(
            missing=f"{gross.says} includes tax, and no column says how much of a line is "
            f"tax{rows}: write stg_order_items.sql's line_total yourself if you know the rate"
        )
    notes.append(
        f"{named.says} is before tax by its name; the orders' totals come from {gross.says}, "
        "which includes it"
    )
    confidence = round(named.score * 0.9, 2)
    written = _written(named, named.sql(aliases), quantity, confidence, None, notes, aliases)
    return replace(written, taxed=True)


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
    if agreement.holds and agreement.tax_there and variant.basis != "net":
        return "net" if agreement.with_tax else "gross"
    if agreement.holds and variant.basis == "unknown":
        return "untaxed"
    return variant.basis


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
