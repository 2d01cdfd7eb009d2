"""Take the tax out of a line that includes it: by the line's own tax or rate, or by the one rate at
which every sampled order is taxed. Where nothing tells it, there is no line before tax."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from aethermart.packs.mapping.agreement import Sampled, line_tax, orders_with, sums_of
from aethermart.packs.mapping.expressions import Aliases
from aethermart.packs.mapping.fields import money, ranked
from aethermart.packs.mapping.variants import CENT, Number, Variant, money_sql

_FEW = 3  # orders below which one rate proves nothing

Sql = Callable[[Aliases], str]


def without_tax(variant: Variant, sampled: Sampled) -> tuple[Sql, str] | None:
    """SQL of the line without its tax, and how; None where nothing tells the tax of a line."""
    tax = line_tax(sampled)
    if tax is None:
        return _at_one_rate(variant, sampled)
    if tax.part is None:
        return (
            lambda al: f"({variant.sql(al)} - COALESCE({tax.number.sql(al)}, 0))",
            f"{variant.says} includes tax: {tax.name} is taken off",
        )
    return (
        money_sql(lambda al: f"({variant.sql(al)}) / (1 + {tax.rate_sql(al)})"),
        f"{variant.says} includes tax: it is divided by 1 + {tax.name}",
    )


def _at_one_rate(variant: Variant, sampled: Sampled) -> tuple[Sql, str] | None:
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
    sums = sums_of(variant.values, sampled.owners)
    taxed = [(i, o) for i, o in orders_with(header, sampled.key, sums) if taxes[i] and totals[i]]
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


def _at_rate(variant: Variant, tax: Number, rate: Decimal) -> Sql:
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
