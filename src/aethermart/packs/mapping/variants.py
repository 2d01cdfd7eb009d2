"""Every reading of an order line's total that its columns allow: a column as it stands, quantity
times price, less a discount that is a sum, of one piece, a percentage or a share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

from aethermart.packs.mapping.expressions import Aliases, jinja_text, number_sql
from aethermart.packs.mapping.fields import Scored, money, ranked
from aethermart.packs.mapping.relations import Field, Lookup, Relation
from aethermart.packs.mapping.values import known, number_form, number_of

CENT = Decimal("0.01")
FITS = 0.9  # share of orders, or of lines, whose sums must agree

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


def variants(lines: Relation, quantity: Number | None, scales: Scales) -> Iterator[Variant]:
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
    discounts = [n for n in numbers("discount_amount", 3) if n.score >= 0.5 and any(n.values)]
    # A sum says more than the percentage beside it, which may be rounded.
    discounts.sort(key=lambda n: bool({"percent", "rate"} & set(n.field.concepts)))
    of_prices: list[Variant] = []
    if quantity is not None:
        for price, basis in prices:
            of_prices += _priced(quantity, price, basis, discounts)
    elif not totals:
        # A row is one piece: its price is its total.
        of_prices = [_plain(price, basis) for price, basis in prices]
    for total, basis in totals:
        yield from _totalled(total, basis, of_prices, discounts, bool(prices and quantity))
    if any(_never_more(_plain(total, basis), of_prices) for total, basis in totals):
        of_prices = [replace(v, score=v.score * 0.8) for v in of_prices]
    yield from of_prices


def _basis(number: Number) -> str:
    concepts = set(number.field.concepts)
    if "gross" in concepts:
        return "gross"
    return "net" if "net" in concepts else "unknown"


def _plain(number: Number, basis: str) -> Variant:
    return Variant(number.name, number.score, basis, _cents(number.values), money_sql(number.sql))


def _totalled(
    total: Number, basis: str, priced: list[Variant], discounts: list[Number], checkable: bool
) -> Iterator[Variant]:
    """The total as it stands; less the discount where it is quantity times price before it."""
    plain = _plain(total, basis)
    agreeing = [v for v in priced if _same(plain.values, v.values)]
    price = agreeing[0].price if agreeing else None
    before_discount = any(" - " not in v.says and " * (1" not in v.says for v in agreeing)
    readings = list(_discounted(total, plain, discounts, price)) if discounts else []
    if price is None:
        # Whether the discount is in it already only the orders' own totals can tell.
        yield from (replace(v, score=min(v.score, 0.45)) for v, _ in readings)
        if not checkable or _never_more(plain, priced):
            yield plain  # in some lines less than quantity times price: a discount is in it
        else:
            doubt = "it is not quantity times price"
            yield replace(plain, score=plain.score * 0.8, doubt=doubt)
        return
    if before_discount and discounts:
        for variant, sure in readings:
            yield replace(variant, score=min(total.score + 0.05, 0.99) * sure)
        yield replace(plain, score=plain.score - 0.1, price=price, doubt="a discount is not in it")
        return
    yield replace(plain, score=min(plain.score + 0.05, 0.99), price=price)


def _never_more(total: Variant, priced: list[Variant]) -> bool:
    """Whether a total is quantity times price in some lines, and less in all others."""
    for variant in priced:
        both = [
            (t, p)
            for t, p in zip(total.values, variant.values, strict=True)
            if t is not None and p is not None
        ]
        same = sum(abs(t - p) <= CENT for t, p in both)
        if same and all(t <= p + CENT for t, p in both) and variant.basis == total.basis:
            return True
    return False


def _priced(quantity: Number, price: Number, basis: str, discounts: list[Number]) -> list[Variant]:
    """Quantity times price, with each reading of a discount."""
    whole_sum = [
        None if q is None or p is None else q * p
        for q, p in zip(quantity.values, price.values, strict=True)
    ]

    def times(al: Aliases) -> str:
        return f"{quantity_sql(quantity, al)} * {price.sql(al)}"

    name = f"{quantity.name} * {price.name}"
    score = (quantity.score + price.score) / 2
    plain = Variant(name, score, basis, _cents(whole_sum), money_sql(times), price)
    if not discounts:
        return [plain]
    found = [
        replace(variant, score=score * sure)
        for off in discounts[:2]
        for variant, sure in _less(off, name, whole_sum, times, plain)
    ]
    off = discounts[0]
    of_piece = _of_a_piece(off, whole_sum)
    if of_piece:
        off_all = _each(off.values, quantity.values, lambda d, q: abs(d) * q)
        sql = money_sql(
            lambda al: (
                f"{quantity_sql(quantity, al)} * "
                f"({price.sql(al)} - ABS(COALESCE({off.sql(al)}, 0)))"
            )
        )
        found.append(
            replace(
                plain,
                says=f"{quantity.name} * ({price.name} - {off.name})",
                score=score * of_piece,
                values=_cents(_each(whole_sum, off_all, lambda s, d: s - d)),
                sql=sql,
                doubt=_doubt(off, of_piece),
            )
        )
    return [*found, replace(plain, score=score * 0.5, doubt=f"without {off.name}")]


def _discounted(
    total: Number, plain: Variant, discounts: list[Number], price: Number | None
) -> Iterator[tuple[Variant, float]]:
    with_price = replace(plain, price=price)
    for off in discounts[:2]:
        yield from _less(off, total.name, total.values, total.sql, with_price)


def _less(
    off: Number, name: str, before: Numbers, sql: Callable[[Aliases], str], plain: Variant
) -> Iterator[tuple[Variant, float]]:
    """A total before its discount, less each reading of it, and how sure the reading is."""
    for reading, sure in _readings_of_discount(off, before).items():
        if reading == "sum":
            values = _each(before, off.values, lambda s, d: s - abs(d))
            less = money_sql(lambda al: f"{sql(al)} - ABS(COALESCE({off.sql(al)}, 0))")
            says = f"{name} - {off.name}"
        else:
            rate = Decimal(1) if reading == "share" else Decimal("0.01")
            values = _each(before, off.values, lambda s, d, r=rate: s * (1 - d * r))  # type: ignore[misc]
            part = "" if reading == "share" else " * 0.01"
            less = money_sql(lambda al, p=part: f"{sql(al)} * (1 - COALESCE({off.sql(al)}, 0){p})")  # type: ignore[misc]
            says = f"{name} * (1 - {off.name}{' %' if part else ''})"
        doubt = _doubt(off, sure)
        yield replace(plain, says=says, values=_cents(values), sql=less, doubt=doubt), sure


def _doubt(off: Number, sure: float) -> str:
    return "" if sure >= 0.8 else f"whether {off.name} is a sum or a percentage is not told"


def _of_a_piece(off: Number, sums: Numbers) -> float:
    """How sure it is that a discount is that of one piece."""
    values = [v for v in off.values if v]
    concepts = set(off.field.concepts)
    if {"percent", "rate"} & concepts:
        return 0.0
    if "unit" in concepts:
        return 0.5 if all(0 < v < 1 for v in values) else 1.0
    if {"amount", "total", "price", "cents"} & concepts:
        return 0.6
    return 0.4


def _readings_of_discount(off: Number, sums: Numbers) -> dict[str, float]:
    """sum, percent or share -> how sure its name and values make it; what is unsure is taken only
    where the orders' totals show it."""
    values = [v for v in off.values if v]
    concepts = set(off.field.concepts)
    shares = all(0 < v < 1 for v in values)
    if {"percent", "rate"} & concepts:
        return {"share": 1.0} if all(abs(v) <= 1 for v in values) else {"percent": 1.0}
    typical = sorted(s for s in sums if s is not None)
    worth = bool(typical) and typical[len(typical) // 2] > 5
    if shares and worth:
        # `unit_price_discount` of 0.02 is no sum of money either.
        named = {"amount", "total", "cents"} & concepts
        return {"sum": 0.9, "share": 0.5} if named else {"share": 0.9, "sum": 0.5}
    if "unit" in concepts:
        return {"sum": 0.5}
    if {"amount", "total", "price", "cents"} & concepts:
        return {"sum": 1.0}
    if any(v < 0 for v in values) or any(v != v.to_integral_value() for v in values):
        return {"sum": 0.9, "percent": 0.5}
    beyond = any(s is not None and v and v > s for s, v in zip(sums, off.values, strict=True))
    return {"percent": 0.85} if beyond else {"sum": 0.5, "percent": 0.5}


def quantity_sql(quantity: Number, aliases: Aliases) -> str:
    column = aliases.column(quantity.field)
    if quantity.field.kind.kind == "integer":
        return column
    if quantity.field.kind.kind == "text":
        # '2.0000' is two; the text as BIGINT would be unreadable.
        inner = f"try_cast({jinja_text(column)}, 'DECIMAL(18,4)')"
        return f"CAST({{{{ {inner} }}}} AS BIGINT)"
    return f"CAST({column} AS BIGINT)"


def money_sql(expression: Callable[[Aliases], str]) -> Callable[[Aliases], str]:
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
    return [None if v is None else v.quantize(CENT, rounding=ROUND_HALF_UP) for v in values]


def _same(a: Numbers, b: Numbers) -> bool:
    both = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    return bool(both) and sum(abs(x - y) <= CENT for x, y in both) >= FITS * len(both)
