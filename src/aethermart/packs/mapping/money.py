"""Which columns of an order line make its net total: told by arithmetic, names only come first.

Every reading of a line's total that the columns allow is a variant. On sampled orders with all
their lines it is tried which variant adds up to the order's own total, and whether tax, shipping
and a discount of the order have to be added for that. So it is seen, not supposed, whether lines
are before tax, and whether a discount is a sum, a percentage or a share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

from aethermart.packs.discovery.facts import Value
from aethermart.packs.mapping.expressions import Aliases, jinja_text, number_sql
from aethermart.packs.mapping.fields import Scored, money, ranked, whole
from aethermart.packs.mapping.relations import Field, Lookup, Relation
from aethermart.packs.mapping.values import known, number_form, number_of

_CENT = Decimal("0.01")
_FITS = 0.9  # share of orders, or of lines, whose sums must agree
_FEW = 3  # orders below which agreement proves nothing against names

Numbers = Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class Number:
    """A field read as a number."""

    field: Field
    score: float
    divided_by: int = 1

    @property
    def values(self) -> list[Decimal | None]:
        form = number_form(self.field.values)
        found = [number_of(value, form) for value in self.field.values]
        return [None if v is None else v / self.divided_by for v in found]

    def sql(self, aliases: Aliases) -> str:
        return number_sql(aliases.column(self.field), self.field, self.divided_by)

    @property
    def name(self) -> str:
        return self.field.name


@dataclass(frozen=True, slots=True)
class Variant:
    """One reading of a line's total. basis: net, gross, or unknown as far as names go."""

    says: str
    score: float
    basis: str
    values: Numbers
    sql: Callable[[Aliases], str]
    price: Number | None = None
    doubt: str = ""


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


class Scales:
    """By what a column of whole numbers is divided: 100 where it counts cents.

    integers: what the values or the caller say of whole numbers; None where nothing does.
    """

    def __init__(self, cents: int, integers: int | None) -> None:
        self._cents = cents
        self.integers = integers

    def of(self, field: Field) -> int | None:
        if "cents" in field.concepts:
            return self._cents
        form = number_form(field.values)
        if field.kind.kind == "integer":
            return self.integers
        if form == "plain" and not any("." in str(v) for v in known(field.values)):
            return 1
        return 1

    def numbers(self, scored: Sequence[Scored], most: int) -> list[Number]:
        found = []
        for s in scored[:most]:
            divided_by = self.of(s.field)
            if divided_by is not None:
                found.append(Number(s.field, s.score, divided_by))
        return found


def integer_scale(lines: Relation, header: Relation | None) -> int | None:
    """Whether whole numbers of money are cents, where a neighbour tells: a column named so in the
    same table, or a product's price in units that the line's price is a hundred times of."""
    relations = [r for r in (lines, header) if r is not None]
    for relation in relations:
        if any("cents" in f.concepts and f.join is None for f in relation.fields.values()):
            return 100
    whole_prices = [
        s.field
        for s in ranked(lines, "order_items", "unit_price", money)
        if s.field.kind.kind == "integer" and s.field.join is None
    ]
    decimals = [
        f
        for f in lines.fields.values()
        if isinstance(f.join, Lookup)
        and "price" in f.concepts
        and f.kind.kind in ("decimal", "double")
    ]
    for mine, theirs in product(whole_prices, decimals):
        pairs = [
            (Decimal(str(a)), Decimal(str(b)))
            for a, b in zip(mine.values, theirs.values, strict=True)
            if a is not None and b
        ]
        for scale in (100, 1):
            if pairs and sum(a == b * scale for a, b in pairs) >= 0.5 * len(pairs):
                return scale
    return None


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
    variants = list(_variants(lines, amount, sampled.scales))
    if not variants:
        return LineMoney(missing=_why_none(lines))
    return _chosen([(v, _agreement(v, sampled)) for v in variants], amount, sampled, aliases)


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


def _variants(lines: Relation, quantity: Number | None, scales: Scales) -> Iterator[Variant]:
    own = replace(
        lines, fields={n: f for n, f in lines.fields.items() if not isinstance(f.join, Lookup)}
    )

    def numbers(column: str, most: int) -> list[Number]:
        found = scales.numbers(ranked(own, "order_items", column, money), most)
        return [n for n in found if quantity is None or n.field is not quantity.field]

    totals = [(n, _basis(n)) for n in numbers("line_total", 4) if n.score >= 0.5]
    totals += [(n, "gross") for n in numbers("gross_total", 2) if n.score >= 0.5]
    prices = [(n, _basis(n)) for n in numbers("unit_price", 3) if n.score >= 0.5]
    prices += [(n, "gross") for n in numbers("gross_price", 2) if n.score >= 0.5]
    discounts = [n for n in numbers("discount_amount", 2) if n.score >= 0.5 and any(n.values)]
    of_prices: list[Variant] = []
    if quantity is not None:
        for price, basis in prices:
            of_prices += _priced(quantity, price, basis, discounts)
    elif not totals:
        # A row is one piece: its price is its total.
        of_prices = [_plain(price, basis) for price, basis in prices]
    for total, basis in totals:
        yield from _totalled(total, basis, of_prices, discounts, bool(prices and quantity))
    yield from of_prices


def _basis(number: Number) -> str:
    concepts = set(number.field.concepts)
    if "gross" in concepts:
        return "gross"
    return "net" if "net" in concepts else "unknown"


def _plain(number: Number, basis: str) -> Variant:
    return Variant(number.name, number.score, basis, _cents(number.values), _money(number.sql))


def _totalled(
    total: Number, basis: str, priced: list[Variant], discounts: list[Number], checkable: bool
) -> Iterator[Variant]:
    """The total as it stands; less the discount where it is quantity times price before it."""
    plain = _plain(total, basis)
    agreeing = [v for v in priced if _same(plain.values, v.values)]
    price = agreeing[0].price if agreeing else None
    if price is None and checkable:
        doubt = "it is not quantity times price"
        yield replace(plain, score=plain.score * 0.8, doubt=doubt)
        return
    before_discount = any(" - " not in v.says and " * (1" not in v.says for v in agreeing)
    if before_discount and discounts:
        off = discounts[0]
        yield Variant(
            f"{total.name} - {off.name}",
            min(total.score + 0.05, 0.99),
            basis,
            _cents(_each(total.values, off.values, lambda a, d: a - abs(d))),
            _money(lambda al: f"{total.sql(al)} - ABS(COALESCE({off.sql(al)}, 0))"),
            price,
        )
        yield replace(plain, score=plain.score - 0.1, price=price, doubt="a discount is not in it")
        return
    yield replace(plain, score=min(plain.score + 0.05, 0.99), price=price)


def _priced(quantity: Number, price: Number, basis: str, discounts: list[Number]) -> list[Variant]:
    """Quantity times price, with each reading of a discount."""
    whole_sum = [
        None if q is None or p is None else q * p
        for q, p in zip(quantity.values, price.values, strict=True)
    ]

    def times(al: Aliases) -> str:
        return f"{_quantity_sql(quantity, al)} * {price.sql(al)}"

    name = f"{quantity.name} * {price.name}"
    score = (quantity.score + price.score) / 2
    if not discounts:
        return [Variant(name, score, basis, _cents(whole_sum), _money(times), price)]
    off = discounts[0]
    readings = _readings_of_discount(off, whole_sum)
    found = []
    for reading, sure in readings.items():
        rate = Decimal(1) if reading == "share" else Decimal("0.01")
        if reading == "sum":
            values = _each(whole_sum, off.values, lambda s, d: s - abs(d))
            sql = _money(lambda al: f"{times(al)} - ABS(COALESCE({off.sql(al)}, 0))")
            says = f"{name} - {off.name}"
        elif reading == "each":
            off_all = _each(off.values, quantity.values, lambda d, q: abs(d) * q)
            values = _each(whole_sum, off_all, lambda s, d: s - d)
            sql = _money(
                lambda al: (
                    f"{_quantity_sql(quantity, al)} * "
                    f"({price.sql(al)} - ABS(COALESCE({off.sql(al)}, 0)))"
                )
            )
            says = f"{quantity.name} * ({price.name} - {off.name})"
        else:
            values = _each(whole_sum, off.values, lambda s, d, r=rate: s * (1 - d * r))  # type: ignore[misc]
            part = "" if reading == "share" else " * 0.01"
            sql = _money(lambda al, p=part: f"{times(al)} * (1 - COALESCE({off.sql(al)}, 0){p})")  # type: ignore[misc]
            says = f"{name} * (1 - {off.name}{' %' if part else ''})"
        doubt = "" if sure >= 0.8 else f"whether {off.name} is a sum or a percentage is not told"
        found.append(Variant(says, score * sure, basis, _cents(values), sql, price, doubt))
    undiscounted = Variant(
        name, score * 0.5, basis, _cents(whole_sum), _money(times), price, f"without {off.name}"
    )
    return [*found, undiscounted]


def _readings_of_discount(off: Number, sums: Numbers) -> dict[str, float]:
    """sum, each (of one piece), percent or share -> how sure its name and values make it."""
    values = [v for v in off.values if v]
    concepts = set(off.field.concepts)
    if {"percent", "rate"} & concepts:
        return {"share": 1.0} if all(abs(v) <= 1 for v in values) else {"percent": 1.0}
    if {"amount", "total", "price", "cents"} & concepts:
        return {"sum": 1.0, "each": 0.6}
    if all(0 < v < 1 for v in values):
        typical = sorted(s for s in sums if s is not None)
        if typical and typical[len(typical) // 2] > 5:
            return {"share": 0.9, "sum": 0.5}
    if any(v < 0 for v in values) or any(v != v.to_integral_value() for v in values):
        return {"sum": 0.9, "each": 0.6, "percent": 0.5}
    beyond = any(s is not None and v and v > s for s, v in zip(sums, off.values, strict=True))
    return {"percent": 0.85} if beyond else {"sum": 0.5, "percent": 0.5, "each": 0.4}


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
        if tried > best.share + 1e-9:
            parts = [f" + {n.name}" for n in (tax, shipping) if n] + (
                [f" - {off.name}"] if off else []
            )
            best = Agreement(
                share=tried,
                with_tax=tax is not None and any(tax.values[i] for i, _ in orders),
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
        good += abs(value - (totals[i] or 0)) <= _CENT * 2
    return good / counted if counted else 0.0


def _chosen(
    found: list[tuple[Variant, Agreement]],
    quantity: Number | None,
    sampled: Sampled,
    aliases: Aliases,
) -> LineMoney:
    def rank(pair: tuple[Variant, Agreement]) -> tuple[bool, bool, bool, float]:
        variant, agreement = pair
        agrees = agreement.share >= _FITS
        net = _net_basis(variant, agreement) != "gross"
        return agrees, agrees and net, not agreement.own_discount, variant.score

    variant, agreement = max(found, key=rank)
    agrees = agreement.share >= _FITS
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
            return LineMoney(
                missing=f"{variant.says} includes tax, and no column says how much of a line is "
                "tax: write stg_order_items.sql's line_total yourself if you know the rate"
            )
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


def _net_basis(variant: Variant, agreement: Agreement) -> str:
    if agreement.share >= _FITS and agreement.tax_there:
        return "net" if agreement.with_tax else "gross"
    if agreement.share >= _FITS and variant.basis == "unknown":
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
            _money(lambda al: f"({variant.sql(al)}) / (1 + COALESCE({rate.sql(al)}, 0){part})"),
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
    return _money(
        lambda al: f"({variant.sql(al)}) / CASE WHEN {tax.sql(al)} <> 0 THEN {1 + rate} ELSE 1 END"
    )


def _rate(pairs: Sequence[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
    """The one rate that gives each (sum with tax, tax) to the cent; None where there is none."""
    there = [(b, t) for b, t in pairs if b is not None and t is not None and b > t > 0]
    if len(there) < _FEW or len(there) < len(pairs):
        return None
    base, tax = max(there)
    rate = (tax / (base - tax)).quantize(Decimal("0.001"))
    return rate if all(abs(b * rate / (1 + rate) - t) <= _CENT for b, t in there) else None


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
    pieces = "1" if quantity is None else _quantity_sql(quantity, aliases)
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


def _quantity_sql(quantity: Number, aliases: Aliases) -> str:
    column = aliases.column(quantity.field)
    if quantity.field.kind.kind == "integer":
        return column
    if quantity.field.kind.kind == "text":
        # '2.0000' is two; the text as BIGINT would be unreadable.
        inner = f"try_cast({jinja_text(column)}, 'DECIMAL(18,4)')"
        return f"CAST({{{{ {inner} }}}} AS BIGINT)"
    return f"CAST({column} AS BIGINT)"


def _money(expression: Callable[[Aliases], str]) -> Callable[[Aliases], str]:
    """Rounded half up to the minor unit, as everywhere."""

    def sql(aliases: Aliases) -> str:
        inner = expression(aliases)
        if "{{" in inner:  # a macro within a macro's argument: written out
            return f"TRY_CAST(ROUND({inner}, 2) AS DECIMAL(18,2))"
        return f"{{{{ money({jinja_text(inner)}) }}}}"

    return sql


def _each(
    a: Numbers, b: Numbers, what: Callable[[Decimal, Decimal], Decimal]
) -> list[Decimal | None]:
    """A missing second value of a discount counts as none."""
    return [None if x is None else what(x, y or Decimal(0)) for x, y in zip(a, b, strict=True)]


def _cents(values: Numbers) -> list[Decimal | None]:
    return [None if v is None else v.quantize(_CENT, rounding=ROUND_HALF_UP) for v in values]


def _same(a: Numbers, b: Numbers) -> bool:
    both = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    return bool(both) and sum(abs(x - y) <= _CENT for x, y in both) >= _FITS * len(both)
