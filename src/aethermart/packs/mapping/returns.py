"""Refunds: a table of them that refers to an order, with what each paid back before tax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aethermart.packs.discovery.facts import Value
from aethermart.packs.mapping import fields
from aethermart.packs.mapping.expressions import Aliases, flag_sql, text_of
from aethermart.packs.mapping.fields import Scored, ranked
from aethermart.packs.mapping.finder import ENOUGH, Finder
from aethermart.packs.mapping.found import Entity, Guess
from aethermart.packs.mapping.picking import Picker
from aethermart.packs.mapping.relations import Field, Link, Relation
from aethermart.packs.mapping.statuses import understand
from aethermart.packs.mapping.values import known, number_form, number_of


def map_returns(finder: Finder) -> None:
    _Returns(finder).map()


class _Returns:
    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def map(self) -> None:
        mapping = self._finder.mapping
        if "returns" in mapping.entities:
            return  # they stand among the orders
        found = [
            (r, s)
            for r, s in self._finder.ranked("returns")
            if s >= ENOUGH * 0.5 and not {"line", "item"} & set(r.concepts)
        ]
        for relation, score in found:
            link = self._finder.to_order(relation)
            if link is not None:
                self._of_table(relation, score, link)
                return
        if any(self._through_payment(relation, score) for relation, score in found):
            return
        mapping.todo("returns", self._why_none())

    def _why_none(self) -> str:
        orders = self._finder.mapping.entities.get("orders")
        same = [
            r for r, _ in self._finder.ranked("returns") if orders and r.table.name == orders.table
        ]
        if same:
            return (
                f"refunds stand in the table of the orders ({same[0].title}): a change of one "
                "cannot be followed to its order"
            )
        sums = [
            f"{entity.table}.{field.name}"
            for entity in self._finder.mapping.entities.values()
            if entity.name in ("orders", "order_items")
            for field in entity.relation.fields.values()
            if "refund" in field.concepts and field.join is None and _any_number(field.values)
        ]
        if sums:
            return f"{sums[0]} holds what was refunded, but not when: it is not taken off"
        return "no table of refunds refers to an order"

    def _of_table(self, relation: Relation, score: float, link: Link) -> None:
        mapping = self._finder.mapping
        entity = Entity("returns", relation, score, Aliases(relation.table.name))
        picker = Picker(mapping, entity, self._finder.scales)
        if len(relation.table.key) != 1:
            mapping.todo("returns", f"{relation.title} has no key of one column")
            return
        mapping.touches[relation.table.name] = link.column
        for column in ("order_id", "document_number"):
            entity.columns[column] = Guess(picker.own(link.column), 0.95, link.column)
        if not self._refund_amount(picker, link) or not self._rest(picker, link):
            del mapping.touches[relation.table.name]

    def _rest(self, picker: Picker, link: Link | None) -> bool:
        entity = picker.entity
        key = entity.relation.table.key[0]
        entity.columns["return_id"] = Guess(picker.own(key), 0.95, "its key")
        if picker.number("quantity") is None:
            entity.columns["quantity"] = Guess("0", 0.6, "none: a refund of money, not of pieces")
        picker.time("returned_at")
        if picker.code("currency") is None:
            if link is not None:
                self._currency_of_order(picker, link)
            else:
                entity.columns["currency"] = Guess("{{ shop_currency(shop) }}", 0.7, "the shop's")
        picker.text("reason")
        self._line_of(picker)
        picker.soft_deletes()
        self._not_done(picker)
        self._failed(picker)
        return self._finder.keep(picker)

    def _through_payment(self, relation: Relation, score: float) -> bool:
        """Refunds that refer to a payment, and it to its order. Whether something was said."""
        mapping = self._finder.mapping
        orders = mapping.entities.get("orders")
        if orders is None or len(relation.table.key) != 1:
            return False
        for link in relation.links:
            for second in self._finder.builder.links.get(link.table, ()):
                name = f"{link.column} -> {link.table}.{second.column}"
                order = relation.fields.get(name)
                if order is None or second.table != orders.table:
                    continue
                if second.referred != mapping.touches.get(orders.table):
                    continue
                if mapping.taxed:
                    mapping.todo(
                        "returns",
                        f"{relation.title} pays back with tax and perhaps shipping in it, and "
                        "nothing says how much of it is goods before tax: it is not taken off",
                    )
                    return True
                return self._of_payment(relation, score, link, second, order)
        return False

    def _of_payment(
        self, relation: Relation, score: float, link: Link, second: Link, order: Field
    ) -> bool:
        mapping = self._finder.mapping
        before = dict(mapping.touches), dict(mapping.through)
        mapping.touches.setdefault(link.table, second.column)
        mapping.through[relation.table.name] = (link.table, link.referred, link.column)
        entity = Entity("returns", relation, score, Aliases(relation.table.name))
        picker = Picker(mapping, entity, self._finder.scales)
        for column in ("order_id", "document_number"):
            picker.put(column, text_of(picker.aliases.column(order), order), Scored(order, 0.85))
        number = picker.money("refund_amount")
        if number is not None:
            sql = f"CAST(ABS({number.sql(picker.aliases)}) AS DECIMAL(18,2))"
            picker.put("refund_amount", sql, Scored(number.field, number.score))
            if self._rest(picker, None):
                return True
        mapping.touches.clear()
        mapping.through.clear()
        mapping.touches.update(before[0])
        mapping.through.update(before[1])
        return number is not None

    def _failed(self, picker: Picker) -> None:
        """A mark of whether the money really went back."""
        for field in picker.relation.fields.values():
            about = set(field.concepts)
            if field.join is None and about & {"success", "succeeded"} and fields.flag(field):
                picker.entity.extra["_refund_paid"] = flag_sql(picker.aliases.column(field), field)
                picker.add_rule("refund_not_paid", "NOT _refund_paid")
                return

    def _line_of(self, picker: Picker) -> None:
        items = self._finder.mapping.entities.get("order_items")
        for link in picker.relation.links:
            if items and link.table == items.table and items.relation.table.key == (link.referred,):
                picker.entity.columns["line_id"] = Guess(picker.own(link.column), 0.9, link.column)

    def _not_done(self, picker: Picker) -> None:
        """A refund that was asked for, or refused, paid nothing back."""
        for scored in ranked(picker.relation, "returns", "status", fields.text):
            if scored.score < 0.6 or scored.field.join is not None:
                return
            values = {str(v) for v in known(scored.field.values)}
            found = understand(values)
            undone = sorted(v for v, s in found.meanings.items() if s in ("CANCELLED", "PENDING"))
            if undone:
                listed = ", ".join(f"'{v}'" for v in undone if "'" not in v)
                picker.entity.extra["_refund_status"] = picker.aliases.column(scored.field)
                picker.add_rule("refund_not_paid", f"_refund_status IN ({listed})")
                self._finder.mapping.note(
                    "returns",
                    f"refunds in status {', '.join(undone)} are quarantined: nothing was paid",
                )
            return

    def _currency_of_order(self, picker: Picker, link: Link) -> None:
        orders = self._finder.mapping.entities["orders"]
        currency = orders.columns["currency"]
        own = [f for f in orders.relation.fields.values() if f.name == currency.source]
        if not own:
            picker.entity.columns["currency"] = Guess(
                "{{ shop_currency(shop) }}", 0.9, "the shop's"
            )
            return
        if own[0].join is None:
            name = f"{link.column} -> {orders.table}.{own[0].column}"
            field = picker.relation.fields.get(name)
            if field is not None and picker.reaches(field.join):
                sql = f"UPPER({text_of(picker.aliases.column(field), field)})"
                picker.put("currency", sql, Scored(field, 0.9))
                return
        if len({str(v) for v in known(own[0].values)}) == 1:
            picker.entity.columns["currency"] = Guess(
                "{{ shop_currency(shop) }}", 0.8, "the shop's"
            )
            return
        self._finder.mapping.todo("returns", "the currency of a refund cannot be told", "currency")

    def _refund_amount(self, picker: Picker, link: Link) -> bool:
        """Refunds known to include tax are left out, unless a column says how much it is."""
        number = picker.money("refund_amount")
        if number is None:
            self._finder.mapping.todo(
                "returns", f"{picker.relation.title} has no amount that can be read"
            )
            return False
        guess = picker.entity.columns["refund_amount"]
        if all(v is None or v <= 0 for v in number.values) and any(number.values):
            guess = replace(guess, sql=f"ABS({guess.sql})")
        tax = picker.best("tax_amount", fields.money, enough=0.6)
        gross = "gross" in number.field.concepts or number.field.concepts[-1:] == ("total",)
        taxed = self._finder.mapping.taxed or self._shop_is_taxed()
        if tax is not None and gross and taxed:
            other = self._finder.scales.numbers([tax], 1)[0]
            guess = replace(guess, sql=f"{guess.sql} - COALESCE({other.sql(picker.aliases)}, 0)")
            self._finder.mapping.note("returns", f"{tax.field.name} is taken off {number.name}")
            shipping = picker.best("shipping_amount", fields.of_the_row(fields.money), enough=0.6)
            if shipping is not None:
                sent = self._finder.scales.numbers([shipping], 1)[0]
                guess = replace(guess, sql=f"{guess.sql} - COALESCE({sent.sql(picker.aliases)}, 0)")
        elif taxed and self._whole_total(picker, link, number.values):
            self._finder.mapping.todo(
                "returns",
                f"{number.name} includes tax, as refunds of whole orders show, and no column says "
                "how much of it is tax: left out",
            )
            return False
        elif taxed and "net" not in number.field.concepts:
            self._finder.mapping.note(
                "returns", f"that {number.name} is before tax could not be checked"
            )
        guess = replace(guess, sql=f"CAST({guess.sql} AS DECIMAL(18,2))")
        picker.entity.columns["refund_amount"] = guess
        return True

    def _shop_is_taxed(self) -> bool:
        orders = self._finder.mapping.entities.get("orders")
        if orders is None:
            return False
        for scored in ranked(orders.relation, "orders", "tax_amount", fields.money)[:1]:
            form = number_form(scored.field.values)
            return any(number_of(v, form) for v in scored.field.values)
        return False

    def _whole_total(self, picker: Picker, link: Link, refunds: Sequence[object]) -> bool:
        """Whether a refund equals its order's total, tax and shipping included."""
        orders = self._finder.mapping.entities["orders"]
        total = orders.columns.get("total_amount")
        field = (
            picker.relation.fields.get(f"{link.column} -> {orders.table}.{total.source}")
            if total
            else None
        )
        if field is None:
            return False
        form = number_form(field.values)
        totals = [number_of(v, form) for v in field.values]
        return any(r is not None and r == t for r, t in zip(refunds, totals, strict=True))


def _any_number(values: Sequence[Value]) -> bool:
    form = number_form(values)
    return any(number_of(v, form) for v in values)
