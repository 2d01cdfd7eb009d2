"""Which relations are the sale: a header with its lines, or one table of lines, told by names,
links and what columns there are. Every candidate is scored; the best and the runner-up are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aethermart.packs.mapping import fields
from aethermart.packs.mapping.fields import Scored, ranked
from aethermart.packs.mapping.relations import Link, Lookup, Relation

ENOUGH = 0.55
SALES = {
    "order": 1.0,
    "sale": 0.9,
    "invoice": 0.8,
    "purchase": 0.7,
    "transaction": 0.7,
    "booking": 0.7,
}
_LINES = {"line", "item"}
# Words of a table's name that make it something else than the sale itself.
_OTHER = frozenset(
    "archive cart refund return shipment payment supplier status history discount tax meta stock"
    " address category movement description channel reason price cost manager group session note"
    " country currency test shipping type region rate email phone".split()
)
_FILLERS = frozenset("header id catalog dim fact main master data base store res entry".split())
_MISLEADING = 0.3
_BOUGHT = {"purchase", "order"}  # what the shop itself buys


@dataclass(frozen=True, slots=True)
class Sale:
    """header None: the lines are all there is; link: of the lines to their header."""

    lines: Relation
    header: Relation | None
    link: Link | None
    score: float

    @property
    def title(self) -> str:
        if self.header is None:
            return self.lines.title
        return f"{self.header.title} with {self.lines.title}"


def sales(relations: Sequence[Relation]) -> list[Sale]:
    """Every candidate, the best first."""
    pairs = list(_pairs(relations))
    # Lines that have a header are not a sale on their own.
    headed = {
        p.lines.title
        for p in pairs
        if p.header is not None and p.score >= ENOUGH and _header_name(p.header) >= 0.5
    }
    found = [*pairs, *(flat for flat in _flat(relations) if flat.lines.title not in headed)]
    return sorted(found, key=lambda sale: -sale.score)


def headers(relations: Sequence[Relation]) -> list[tuple[Relation, float]]:
    """Tables of orders for a shop whose lines cannot be had."""
    found = [
        (
            r,
            round(
                0.7 * _header_name(r)
                + 0.3 * (_has(r, "orders", ("ordered_at",), fields.time_of_order)),
                2,
            ),
        )
        for r in relations
        if r.table.single_keys
    ]
    return sorted((f for f in found if f[1] >= ENOUGH), key=lambda f: -f[1])


def name_of_thing(relation: Relation, wanted: Iterable[str], *, of_orders: bool = False) -> float:
    """How well a table's name says that it holds the wanted things and no others.

    of_orders  the things belong to orders, and their name may say so
    """
    about = set(relation.concepts)
    want = set(wanted)
    if not want & about:
        return 0.0
    score = 1.0
    for extra in about - want - _FILLERS - (set(SALES) if of_orders else set()):
        score *= _MISLEADING if extra in _OTHER | set(SALES) | _LINES else 0.6
    return score


def _pairs(relations: Sequence[Relation]) -> Iterable[Sale]:
    for lines in relations:
        for link in lines.links:
            for header in relations:
                if header.table.name != link.table or header.table.name == lines.table.name:
                    continue
                if link.referred not in header.table.single_keys:
                    continue
                score = (
                    0.27 * _lines_name(lines)
                    + 0.28 * _header_name(header)
                    + 0.13 * _quantity(lines)
                    + 0.14 * _priced(lines)
                    + 0.08 * _product(lines)
                    + 0.1 * _has(header, "orders", ("ordered_at",), fields.time_of_order)
                )
                if not link.declared:
                    score *= 0.95
                if lines.empty or header.empty:
                    score *= 0.8
                yield Sale(lines, header, link, round(score, 2))


def _flat(relations: Sequence[Relation]) -> Iterable[Sale]:
    for lines in relations:
        quantity, priced = _quantity(lines), _priced(lines)
        product = _product(lines)
        if not priced or not (quantity or product):
            continue
        if not lines.table.key:
            continue
        about = set(lines.concepts)
        named = max([SALES.get(word, 0.0) for word in about] + [0.7 if _LINES & about else 0.0])
        named *= _MISLEADING ** len(about & _OTHER) * (_MISLEADING if about >= _BOUGHT else 1.0)
        number = order_number(lines)
        score = (
            0.3 * named
            + 0.14 * quantity
            + 0.16 * priced
            + 0.1 * product
            + 0.2 * _has(lines, "orders", ("ordered_at",), fields.time_of_order)
            + (0.1 if number else 0.04)
        )
        yield Sale(lines, None, None, round(score * (0.8 if lines.empty else 1.0), 2))


def order_number(lines: Relation) -> Scored | None:
    """The column that several lines of one order share."""
    for scored in ranked(lines, "sale", "order_number", fields.anything):
        field = scored.field
        if field.join is None and lines.table.key != (field.column,) and scored.score >= 0.5:
            return scored
    return None


def _lines_name(relation: Relation) -> float:
    about = set(relation.concepts)
    sale = bool(about & set(SALES))
    if _LINES & about:
        score = 1.0 if sale else 0.7
    elif "product" in about and sale:
        score = 0.85
    elif sale:
        score = 0.5
    else:
        score = 0.1
    score *= _MISLEADING ** len(about & _OTHER)
    return score * (_MISLEADING if about >= _BOUGHT else 1.0)


def _header_name(relation: Relation) -> float:
    about = set(relation.concepts)
    score = max((SALES.get(word, 0.0) for word in about), default=0.0)
    score -= 0.02 * len(about - set(SALES) - _FILLERS)  # `order_stats` beside `orders`
    score *= _MISLEADING ** len(about & (_OTHER | _LINES))
    return score * (_MISLEADING if about >= _BOUGHT else 1.0)


def _has(relation: Relation, entity: str, columns: Iterable[str], fits: object) -> float:
    for column in columns:
        found = ranked(relation, entity, column, fits)  # type: ignore[arg-type]
        if found and found[0].score >= 0.5:
            return 1.0
    return 0.0


def _quantity(relation: Relation) -> float:
    return _has(relation, "order_items", ("quantity",), fields.whole)


def _priced(relation: Relation) -> float:
    """A price of its own: that of a product it refers to is not what was paid."""
    for column in ("unit_price", "line_total", "gross_total", "gross_price"):
        for scored in ranked(relation, "order_items", column, fields.money):
            if scored.score >= 0.5 and not isinstance(scored.field.join, Lookup):
                return 1.0
    return 0.0


def _product(relation: Relation) -> float:
    if _has(relation, "order_items", ("product_id",), fields.identifier):
        return 1.0
    return 0.7 * _has(relation, "order_items", ("product_name",), fields.text)
