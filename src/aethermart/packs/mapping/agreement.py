"""Do the readings of a line add up to what the orders themselves say? On sampled orders with all
their lines it is tried which of an order's totals a reading meets, and whether tax, shipping and a
discount of the order have to be added for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from aethermart.packs.discovery.facts import Value
from aethermart.packs.mapping.expressions import Aliases
from aethermart.packs.mapping.fields import money, of_the_row, ranked
from aethermart.packs.mapping.relations import Relation
from aethermart.packs.mapping.variants import CENT, FITS, Number, Scales, Variant


@dataclass(frozen=True, slots=True)
class Sampled:
    """lines: of sampled orders, whole; owners: each line's order; header: those orders, by key.

    link       column of the lines that refers to the header
    tax_rows   a table that has tax as rows of its own, in words; empty where there is none
    """

    lines: Relation
    owners: Sequence[Value]
    scales: Scales
    header: Relation | None = None
    key: str = ""
    link: str = ""
    tax_rows: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a variant's sums meet the orders' own totals.

    with_tax      tax had to be added
    tax_there     something in the shop speaks of tax
    own_discount  of the order, which had to be taken off
    """

    share: float = 0.0
    with_tax: bool = False
    tax_there: bool = False
    own_discount: Number | None = None
    says: str = ""

    @property
    def holds(self) -> bool:
        return self.share >= FITS


@dataclass(frozen=True, slots=True)
class LineTax:
    """A line's own tax: a sum, or a rate where `part` turns it into a share of the line."""

    number: Number
    part: Decimal | None = None

    def of(self, variant: Variant) -> list[Decimal | None]:
        if self.part is None:
            return self.number.values
        return [
            None if v is None else v * (r or 0) * self.part
            for v, r in zip(variant.values, self.number.values, strict=True)
        ]

    @property
    def name(self) -> str:
        return self.number.name

    def rate_sql(self, aliases: Aliases) -> str:
        """A share: 0.19."""
        part = "" if self.part == 1 else f" * {self.part}"
        return f"COALESCE({self.number.sql(aliases)}, 0){part}"


def line_tax(sampled: Sampled) -> LineTax | None:
    """A sum comes before a rate; `tax` of no more than 1 in every line is a rate."""
    for column in ("tax_amount", "tax_rate"):
        found = ranked(sampled.lines, "order_items", column, of_the_row(money))
        for scored in found[:1]:
            divided_by = sampled.scales.of(scored.field) if column == "tax_amount" else 1
            if scored.score < 0.5 or divided_by is None:
                continue
            number = Number(scored.field, scored.score, divided_by)
            values = [v for v in number.values if v]
            if not values:
                continue
            small = all(abs(v) <= 1 for v in values)
            if column == "tax_rate" or (
                small and not {"amount", "total", "cents"} & set(scored.field.concepts)
            ):
                return LineTax(number, Decimal(1) if small else Decimal("0.01"))
            return LineTax(number)
    return None


def agreed(variant: Variant, sampled: Sampled) -> Agreement:
    header, scales = sampled.header, sampled.scales
    tax = line_tax(sampled)
    speaks = tax is not None or bool(sampled.tax_rows)
    if header is None:
        return Agreement(tax_there=speaks)
    sums = sums_of(variant.values, sampled.owners)
    orders = orders_with(header, sampled.key, sums)
    if not orders:
        return Agreement(tax_there=speaks)
    lists = {
        column: scales.numbers(
            [s for s in ranked(header, "orders", column, money) if s.score >= 0.4], 6
        )
        for column in ("total_amount", "tax_amount", "shipping_amount", "discount_amount")
    }
    speaks = speaks or any(any(n.values[i] for i, _ in orders) for n in lists["tax_amount"][:1])
    best = Agreement(tax_there=speaks)
    for total, of_tax, shipping, off in product(
        lists["total_amount"],
        list(_taxes(lists["tax_amount"], tax, variant, sampled, header)),
        [None, *lists["shipping_amount"][:2]],
        [None, *lists["discount_amount"][:2]],
    ):
        name, taxes = of_tax
        share = _tried(sums, orders, total, (taxes, _values(shipping), _values(off)))
        with_tax = taxes is not None and any(taxes[i] for i, _ in orders)
        # Where lines and tax add up to a total, the tax is not in them: another total may be the
        # one before it (`item_total` beside `total`).
        if (share >= FITS, share >= FITS and with_tax, share) > (
            best.holds,
            best.holds and best.with_tax,
            best.share + 1e-9,
        ):
            parts = [f" + {part}" for part in (name, shipping.name if shipping else "") if part]
            best = Agreement(
                share=share,
                with_tax=with_tax,
                tax_there=speaks,
                own_discount=off,
                says=f"lines{''.join(parts)}{f' - {off.name}' if off else ''} = {total.name}",
            )
    return best


def sums_of(values: Sequence[Decimal | None], owners: Sequence[Value]) -> dict[str, Decimal]:
    """Order -> sum of its lines; an order with a line that cannot be read is left out."""
    sums: dict[str, Decimal] = {}
    spoiled: set[str] = set()
    for owner, value in zip(owners, values, strict=True):
        if value is None:
            spoiled.add(str(owner))
        else:
            sums[str(owner)] = sums.get(str(owner), Decimal(0)) + value
    return {order: total for order, total in sums.items() if order not in spoiled}


def orders_with(header: Relation, key: str, sums: Mapping[str, Decimal]) -> list[tuple[int, str]]:
    """Number of the header's row and its key, of the orders that have a sum."""
    return [(i, str(row[key])) for i, row in enumerate(header.rows) if str(row[key]) in sums]


def _values(number: Number | None) -> Sequence[Decimal | None] | None:
    return None if number is None else number.values


def _taxes(
    of_orders: list[Number],
    of_lines: LineTax | None,
    variant: Variant,
    sampled: Sampled,
    header: Relation,
) -> Iterator[tuple[str, Sequence[Decimal | None] | None]]:
    """What may have to be added as tax: nothing, the order's own, the sum of its lines'."""
    yield "", None
    for number in of_orders[:2]:
        yield number.name, number.values
    if of_lines is not None:
        sums = sums_of([v or Decimal(0) for v in of_lines.of(variant)], sampled.owners)
        yield f"{of_lines.name} of each", [sums.get(str(r[sampled.key])) for r in header.rows]


def _tried(
    sums: Mapping[str, Decimal],
    orders: Sequence[tuple[int, str]],
    total: Number,
    parts: tuple[Sequence[Decimal | None] | None, ...],
) -> float:
    totals = total.values
    good = 0
    counted = 0
    for i, order in orders:
        there = totals[i]
        if there is None:
            continue
        counted += 1
        value = sums[order]
        for sign, column in zip((1, 1, -1), parts, strict=True):
            part = column[i] if column is not None else None
            value += (abs(part) * sign if sign < 0 else part) if part is not None else 0
        good += abs(value - there) <= CENT * 2
    return good / counted if counted else 0.0
