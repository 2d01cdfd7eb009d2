"""The sale of a shop: its orders, and their lines with product and money."""

from __future__ import annotations

from decimal import Decimal

from aethermart.core.money import minor_digits
from aethermart.packs.discovery.facts import Value
from aethermart.packs.mapping import currency as currencies
from aethermart.packs.mapping import fields
from aethermart.packs.mapping.agreement import Sampled
from aethermart.packs.mapping.build import Builder
from aethermart.packs.mapping.expressions import Aliases
from aethermart.packs.mapping.found import Entity, Guess, Mapping, listed
from aethermart.packs.mapping.lineless import orders_as_lines
from aethermart.packs.mapping.money import LineMoney, line_money
from aethermart.packs.mapping.orders import fill_orders
from aethermart.packs.mapping.others import map_others
from aethermart.packs.mapping.picking import Picker
from aethermart.packs.mapping.refund_rows import RefundLines, refund_rows, without_refunds
from aethermart.packs.mapping.relations import Field, Relation
from aethermart.packs.mapping.roles import Sale, order_number
from aethermart.packs.mapping.tax_rows import tax_rows
from aethermart.packs.mapping.variants import Scales, integer_scale
from aethermart.packs.mapping.words import concepts_of

_TRIED_ORDERS = 80  # orders whose lines are read whole to try the sums
_TRIED_LINES = 4_000
MONEY_IN = {"cents": 100, "units": 1}
# What lines refer to besides what was sold.
_NO_PRODUCT = frozenset(
    "order customer manager supplier address status tax currency store discount shipping shipment"
    " invoice cart return refund type unit payment region city country parent line date time"
    " transaction channel".split()
)


class SaleMapping:
    """The sale of one shop, as it is mapped."""

    def __init__(
        self,
        mapping: Mapping,
        builder: Builder,
        relations: list[Relation],
        candidates: list[Sale],
        currency: str | None,
        money_in: str | None,
    ) -> None:
        self._mapping = mapping
        self._builder = builder
        self._relations = relations
        self._sale = candidates[0]
        chosen = (self._sale.lines.table.name, self._sale.header and self._sale.header.table.name)
        rest = [
            c
            for c in candidates[1:]
            if (c.lines.table.name, c.header and c.header.table.name) != chosen
            and (c.header is not None or self._sale.header is None)
        ]
        self._runner_up = f"{rest[0].title} at {rest[0].score:.2f}" if rest else ""
        sold = [r for r in (self._sale.header, self._sale.lines) if r is not None]
        mapping.currency = currencies.of_shop(mapping.facts, builder.peek, sold, currency)
        digits = minor_digits(mapping.currency.code)
        integers = MONEY_IN.get(money_in or "")
        if integers is None:
            integers = integer_scale(self._sale.lines, self._sale.header)
        if integers is None and digits == 0:
            integers = 1
        self._scales = Scales(10**digits, integers)
        self._refunds = refund_rows(self._sale, builder)
        self._tax_rows = tax_rows(self._sale, builder)

    def map(self) -> None:
        sale = self._sale
        if sale.header is not None and sale.link is not None:
            self._mapping.touches[sale.header.table.name] = sale.link.referred
            self._mapping.touches[sale.lines.table.name] = sale.link.column
            self._orders_of(sale.header, sale.link.referred)
        else:
            self._flat_orders()
        self._lines()
        map_others(self._mapping, self._builder, self._relations, sale, self._scales)

    def _entity(self, name: str, relation: Relation) -> Entity:
        return Entity(
            name,
            relation,
            self._sale.score,
            Aliases(relation.table.name),
            runner_up=self._runner_up,
        )

    def _orders_of(self, header: Relation, key: str) -> None:
        picker = Picker(self._mapping, self._entity("orders", header), self._scales)
        picker.entity.columns["order_id"] = Guess(picker.own(key), 0.97, key)
        if self._refunds is not None and header.where is None:
            without_refunds(picker.entity, self._refunds, self._refunds.field)
        fill_orders(picker, self._builder, self._relations)

    def _flat_orders(self) -> None:
        """Orders out of their lines, which share a number; without one each row is an order."""
        lines = self._sale.lines
        number = order_number(lines)
        key = number.field.column if number else lines.table.key[0]
        if number is None:
            self._mapping.note("orders", f"each row of {lines.title} counts as one order")
        self._mapping.touches[lines.table.name] = key
        picker = Picker(self._mapping, self._entity("orders", lines), self._scales)
        entity = picker.entity
        entity.columns["order_id"] = Guess(picker.own(key), number.score if number else 0.6, key)
        entity.grouped_by = picker.own(key)
        if self._refunds is not None:
            without_refunds(entity, self._refunds, self._refunds.field)
        fill_orders(picker, self._builder, self._relations, whole_orders=number is None)

    def _lines(self) -> None:
        sale, mapping = self._sale, self._mapping
        lines = sale.lines
        picker = Picker(mapping, self._entity("order_items", lines), self._scales)
        entity = picker.entity
        order_key = mapping.touches[lines.table.name]
        entity.columns["line_id"] = Guess(picker.row_key(), 0.97, ", ".join(lines.table.key))
        entity.columns["order_id"] = Guess(picker.own(order_key), 0.97, order_key)
        picker.number("line_number", enough=0.55)
        self._product(picker)
        money = self._money(picker)
        for column, (sql, confidence, source) in money.columns.items():
            entity.columns[column] = Guess(sql, confidence, source)
        for note in money.notes:
            mapping.note("order_items", note)
        picker.soft_deletes()
        if money.missing:
            mapping.todo("order_items", money.missing, "line_total", self._runner_up)
            del mapping.touches[lines.table.name]
            if sale.header is None:
                mapping.entities.pop("orders", None)
                mapping.todo("orders", "orders stand in the same table as their lines")
            else:
                orders_as_lines(
                    mapping, self._scales, tax_elsewhere=self._tax_rows, why="no line has a price"
                )
            return
        mapping.taxed = money.taxed
        self._excluded_rows(lines)
        mapping.entities["order_items"] = entity
        if self._refunds is not None and "orders" in mapping.entities:
            RefundLines(mapping, sale, self._refunds, self._scales).map(entity, self._money)

    def _excluded_rows(self, lines: Relation) -> None:
        if lines.where is None:
            return
        values = self._builder.peek.distinct(lines.table.name, lines.where.column)
        others = [str(v) for v, _ in values if v not in lines.where.values]
        if others:
            self._mapping.note(
                "order_items",
                f"rows whose {lines.where.column} is {listed(others)} are no lines of goods",
            )

    def _product(self, picker: Picker) -> None:
        relation, columns = picker.relation, picker.entity.columns
        for words in ({"product", "sku"}, {"item"}):
            for link in relation.links:
                about = set(relation.fields[link.column].concepts)
                if words & about and link.table != relation.table.name:
                    columns["product_id"] = Guess(
                        picker.own(link.column), 0.95 if link.declared else 0.85, link.column
                    )
                    return

        def names_another(field: Field) -> float:
            own_key = field.join is None and relation.table.key == (field.column,)
            return 0.0 if own_key else fields.identifier(field)

        if picker.text("product_id", fits=names_another) is None and not self._thing(picker):
            self._mapping.todo("order_items", "no column names the product", "product_id")

    def _thing(self, picker: Picker) -> bool:
        """The one thing that lines refer to besides their order: `TrackId`, `CourseId`."""
        relation = picker.relation
        sold = {relation.table.name, *([self._sale.header.table.name] if self._sale.header else [])}
        things = [
            link
            for link in relation.links
            if link.table not in sold
            and not _NO_PRODUCT & {*relation.fields[link.column].concepts, *concepts_of(link.table)}
        ]
        if len({link.table for link in things}) != 1:
            return False
        link = things[0]
        picker.entity.columns["product_id"] = Guess(picker.own(link.column), 0.65, link.column)
        self._mapping.note(
            "order_items",
            f"{link.column} is all that lines refer to besides their order: a product",
        )
        return True

    def _money(self, picker: Picker) -> LineMoney:
        lines, header = self._sale.lines, self._sale.header
        order_key = self._mapping.touches[lines.table.name]
        if header is None or self._sale.link is None:
            owners = [row[order_key] for row in lines.rows]
            return line_money(
                Sampled(lines, owners, self._scales, tax_rows=self._tax_rows), picker.aliases
            )
        key = self._sale.link.referred
        tried = list({str(r[key]): r for r in header.rows}.values())[:_TRIED_ORDERS]
        ids: list[Value] = [row[key] for row in tried]
        kinds = (
            lines.table.columns[order_key].kind.kind,
            header.table.columns[key].kind.kind,
        )
        if kinds[0] != kinds[1]:
            ids = [_as(kinds[0], i) for i in ids]
        where = None if lines.where is None else (lines.where.column, lines.where.values)
        rows = self._builder.peek.rows(
            lines.table.name, lines.table.columns, _TRIED_LINES, among=(order_key, ids), where=where
        )
        if not rows:
            owners = [row[order_key] for row in lines.rows]
            return line_money(
                Sampled(lines, owners, self._scales, tax_rows=self._tax_rows), picker.aliases
            )
        whole = self._builder.with_rows(lines, rows)
        of_them = self._builder.with_rows(header, tried)
        owners = [row[order_key] for row in rows]
        sampled = Sampled(whole, owners, self._scales, of_them, key, order_key, self._tax_rows)
        return line_money(sampled, picker.aliases)


def _as(kind: str, value: Value) -> Value:
    if kind == "integer":
        return int(str(value)) if str(value).isdigit() else -1
    return str(value) if kind == "text" else Decimal(str(value))
