"""Refunds that stand among the orders: a type or a mark of their own, a total below 0, or, where
lines are all there is, a quantity below 0. They are no orders, and their lines are no sales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aethermart.packs.mapping import fields
from aethermart.packs.mapping.build import Builder
from aethermart.packs.mapping.expressions import (
    flag_sql,
    number_sql,
    text_literal,
    text_of,
    time_sql,
)
from aethermart.packs.mapping.fields import of_the_row, ranked
from aethermart.packs.mapping.found import Entity, Guess, Mapping, listed
from aethermart.packs.mapping.money import LineMoney
from aethermart.packs.mapping.picking import Picker
from aethermart.packs.mapping.relations import Field, Relation
from aethermart.packs.mapping.roles import Sale
from aethermart.packs.mapping.values import known, number_form, number_of
from aethermart.packs.mapping.variants import Scales

_BACK = {"refund", "return"}


@dataclass(frozen=True, slots=True)
class RefundRows:
    """field: of the orders, or of the lines where there are no orders; test: of its SQL."""

    field: Field
    test: Callable[[str], str]
    says: str


def refund_rows(sale: Sale, builder: Builder) -> RefundRows | None:
    """How refunds among the orders are told, None where there are none."""
    if sale.header is None:
        return _below_zero(sale.lines, "order_items", "quantity")
    header = sale.header
    if header.where is not None:
        kinds = builder.kinds_of(header.table.name)
        back = sorted(v for v, concepts in kinds.items() if _BACK & set(concepts))
        if not back:
            return None
        field = header.fields[header.where.column]
        values = ", ".join(text_literal(v) for v in back)
        return RefundRows(
            field, lambda sql: f"{sql} IN ({values})", f"{field.name} is {listed(back)}"
        )
    return _marked(header) or _below_zero(header, "orders", "total_amount")


def _marked(header: Relation) -> RefundRows | None:
    """`is_return`, where it is set in some rows and not in others."""
    for field in header.fields.values():
        about = set(field.concepts)
        if field.join is not None or len(about) != 2 or "is" not in about or not about & _BACK:
            continue
        if fields.flag(field) and len({str(v).lower() for v in known(field.values)}) > 1:
            return RefundRows(field, partial(flag_sql, field=field), f"{field.name} marks them")
    return None


def _below_zero(relation: Relation, entity: str, column: str) -> RefundRows | None:
    scored = next(iter(ranked(relation, entity, column, of_the_row(fields.money))), None)
    if scored is None or scored.score < 0.5:
        return None
    field = scored.field
    form = number_form(field.values)
    numbers = [n for n in (number_of(v, form) for v in field.values) if n is not None]
    if not any(n < 0 for n in numbers) or not any(n > 0 for n in numbers):
        return None
    return RefundRows(
        field, lambda sql: f"{number_sql(sql, field)} < 0", f"{field.name} is below 0"
    )


def without_refunds(entity: Entity, rows: RefundRows, field: Field) -> None:
    """Leave the refunds out of orders or lines. field: `rows.field` as the entity reaches it."""
    entity.only = f"NOT COALESCE({rows.test(entity.aliases.column(field))}, FALSE)"


class RefundLines:
    """The lines of refunds among the orders, staged as returns. They name no order: the document
    that they touch is their own, so that a change of one is followed."""

    def __init__(self, mapping: Mapping, sale: Sale, rows: RefundRows, scales: Scales) -> None:
        self._mapping = mapping
        self._sale = sale
        self._rows = rows
        self._scales = scales

    def field_of_line(self, of_orders: Field) -> Field | None:
        """A column of the orders as their lines reach it."""
        sale = self._sale
        if sale.header is None or sale.link is None:
            return of_orders
        if of_orders.join is not None:
            return None
        name = f"{sale.link.column} -> {sale.header.table.name}.{of_orders.column}"
        return sale.lines.fields.get(name)

    def map(self, items: Entity, money: Callable[[Picker], LineMoney]) -> None:
        """items: the staged lines, which are left without those of refunds."""
        told_by = self.field_of_line(self._rows.field)
        if told_by is None:
            self._todo("the lines do not reach what tells them")
            return
        entity = Entity(
            "returns", items.relation, items.confidence, type(items.aliases)(items.table)
        )
        picker = Picker(self._mapping, entity, self._scales)
        found = money(picker).columns
        key = picker.own(self._mapping.touches[items.table])
        entity.columns["return_id"] = Guess(picker.row_key(), 0.95, "the line's key")
        entity.columns["document_number"] = Guess(key, 0.95, "the refund itself")
        product = items.columns.get("product_id")
        if product is not None and product.source in items.relation.fields:
            entity.columns["product_id"] = Guess(
                picker.own(product.source), product.confidence, product.source
            )
        quantity, total = found.get("quantity"), found.get("line_total")
        if quantity is None or total is None or not self._when(picker):
            self._todo("when they were or what they paid back is not told")
            return
        entity.columns["quantity"] = Guess(f"ABS({quantity[0]})", quantity[1], quantity[2])
        entity.columns["refund_amount"] = Guess(f"ABS({total[0]})", total[1], total[2])
        self._of_orders(picker)
        entity.only = f"COALESCE({self._rows.test(entity.aliases.column(told_by))}, FALSE)"
        without_refunds(items, self._rows, told_by)
        self._mapping.entities["returns"] = entity
        self._mapping.note(
            "returns",
            f"refunds stand among the orders ({self._rows.says}): they are no orders, and their "
            "lines are taken off; a refund without lines is not",
        )

    def _source(self, column: str) -> Field | None:
        """The lines' field of what an order's column comes from."""
        orders = self._mapping.entities["orders"]
        guess = orders.columns.get(column)
        of_orders = orders.relation.fields.get(guess.source) if guess else None
        return None if of_orders is None else self.field_of_line(of_orders)

    def _when(self, picker: Picker) -> bool:
        field = self._source("ordered_at")
        sql = None if field is None else time_sql(picker.aliases.column(field), field)
        if field is not None and sql is not None:
            picker.entity.columns["returned_at"] = Guess(sql, 0.9, field.name)
        return sql is not None

    def _of_orders(self, picker: Picker) -> None:
        columns = picker.entity.columns
        for column in ("customer_id", "country", "channel"):
            field = self._source(column)
            if field is not None:
                sql = text_of(picker.aliases.column(field), field)
                columns[column] = Guess(sql, 0.8, field.name)
        field = self._source("currency")
        if field is not None:
            sql = f"UPPER({text_of(picker.aliases.column(field), field)})"
            columns["currency"] = Guess(sql, 0.9, field.name)
        else:
            columns["currency"] = Guess("{{ shop_currency(shop) }}", 0.9, "the shop's")

    def _todo(self, why: str) -> None:
        self._mapping.todo(
            "returns", f"refunds stand among the orders ({self._rows.says}), but {why}"
        )
