"""Customers, products, categories, addresses, refunds and histories: what a link from the sale or
a name says they are, with the columns that can be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aethermart.packs.mapping import fields
from aethermart.packs.mapping.build import Builder
from aethermart.packs.mapping.entities import REQUIRED
from aethermart.packs.mapping.expressions import Aliases, case_of, text_of
from aethermart.packs.mapping.fields import Scored, ranked
from aethermart.packs.mapping.found import Entity, Guess, Mapping, Todo
from aethermart.packs.mapping.picking import Picker
from aethermart.packs.mapping.relations import Field, Link, Lookup, Relation
from aethermart.packs.mapping.roles import Sale, name_of_thing
from aethermart.packs.mapping.statuses import understand
from aethermart.packs.mapping.values import known, number_form, number_of
from aethermart.packs.mapping.variants import Scales

_ENOUGH = 0.6
_MOST_STATES = 200
_OF_ORDERS = ("returns", "order_status_changes")
_WANTED = {
    "customers": ("customer",),
    "products": ("product",),
    "categories": ("category",),
    "addresses": ("address",),
    "returns": ("return", "refund"),
    "order_status_changes": ("history", "status"),
    "inventory_movements": ("stock", "movement"),
}


def map_others(
    mapping: Mapping,
    builder: Builder,
    relations: Sequence[Relation],
    sale: Sale | None,
    scales: Scales,
) -> None:
    """Every entity beside orders and lines; what cannot be told becomes a TODO."""
    others = _Others(mapping, builder, relations, sale, scales)
    others.customers()
    others.products()
    others.categories()
    others.addresses()
    others.returns()
    others.status_changes()
    others.movements()


class _Others:
    def __init__(
        self,
        mapping: Mapping,
        builder: Builder,
        relations: Sequence[Relation],
        sale: Sale | None,
        scales: Scales,
    ) -> None:
        self._mapping = mapping
        self._builder = builder
        self._relations = relations
        self._sale = sale
        self._scales = scales

    # -- choosing

    def _ranked(self, entity: str, linked: str | None = None) -> list[tuple[Relation, float]]:
        """Relations that may be the entity, the surest first; linked: the sale refers to it."""
        found = []
        for relation in self._relations:
            score = name_of_thing(relation, _WANTED[entity], of_orders=entity in _OF_ORDERS)
            if relation.table.name == linked:
                score = max(0.9, score) + 0.1  # what the sale refers to comes first
            if self._is_sale(relation):
                score = 0.0
            if score >= 0.3:
                found.append((relation, round(score, 2)))
        return sorted(found, key=lambda f: (-f[1], len(f[0].table.name)))

    def _is_sale(self, relation: Relation) -> bool:
        entities = self._mapping.entities
        return any(
            e.relation.table.name == relation.table.name and e.relation.where == relation.where
            for e in (entities.get("orders"), entities.get("order_items"))
            if e is not None
        )

    def _choose(self, entity: str, linked: str | None = None) -> Picker | None:
        found = self._ranked(entity, linked)
        if not found or found[0][1] < _ENOUGH:
            best = f"{found[0][0].title} at {found[0][1]:.2f}" if found else ""
            self._mapping.todo(entity, "no table looks like it", runner_up=best)
            return None
        relation, score = found[0]
        made = Entity(entity, relation, min(score, 1.0), Aliases(relation.table.name))
        if len(found) > 1:
            made.runner_up = f"{found[1][0].title} at {found[1][1]:.2f}"
        return Picker(self._mapping, made, self._scales)

    def _keep(self, picker: Picker) -> bool:
        """Whether all required columns are there; the entity is then the mapping's."""
        entity = picker.entity
        missing = [c for c in REQUIRED[entity.name] if c not in entity.columns]
        if missing:
            reason = f"{entity.relation.title} has no column for {', '.join(missing)}"
            self._mapping.todos.append(Todo(entity.name, reason, runner_up=entity.runner_up))
            return False
        self._mapping.entities[entity.name] = entity
        return True

    def _linked(self, entity: str, *words: str) -> Link | None:
        """The sale's link whose column speaks of one of the words."""
        source = self._mapping.entities.get(entity)
        if source is None:
            return None
        for link in source.relation.links:
            about = set(source.relation.fields[link.column].concepts)
            if about & set(words) and link.table != source.table:
                return link
        return None

    def _keyed(self, picker: Picker, column: str, link: Link | None) -> None:
        table = picker.relation.table
        key = link.referred if link and link.table == table.name else table.key[0]
        if len(table.key) == 1 or link:
            picker.entity.columns[column] = Guess(picker.own(key), 0.95, key)

    # -- entities

    def customers(self) -> None:
        link = self._linked("orders", "customer")
        picker = self._choose("customers", link.table if link else None)
        if picker is None:
            return
        self._keyed(picker, "customer_id", link)
        picker.text("email", fits=fields.email)
        for column in ("first_name", "last_name", "phone"):
            picker.text(column)
        self._other_name(picker)
        picker.time("created_at")
        picker.time("updated_at", enough=0.6)
        self._keep(picker)

    def _other_name(self, picker: Picker) -> None:
        """Beside a column of first names, one called just `name` has last names; and so around."""
        missing = {"first_name", "last_name"} - set(picker.entity.columns)
        names = [f for f in picker.relation.fields.values() if f.concepts == ("name",)]
        if len(missing) == 1 and len(names) == 1 and names[0].join is None:
            picker.put(
                missing.pop(), text_of(picker.own(names[0].column), names[0]), Scored(names[0], 0.7)
            )

    def products(self) -> None:
        link = self._linked("order_items", "product", "item", "sku")
        picker = self._choose("products", link.table if link else None)
        if picker is None:
            return
        self._keyed(picker, "product_id", link)
        if picker.text("sku") is None and "product_id" in picker.entity.columns:
            picker.entity.columns["sku"] = replace(
                picker.entity.columns["product_id"], confidence=0.6
            )
            self._mapping.note("products", "no column is a SKU: the product's key stands for it")
        for column in ("name", "description"):
            picker.text(column)
        picker.money("price")
        if picker.code("currency") is None:
            picker.entity.columns["currency"] = Guess(
                "{{ shop_currency(shop) }}", 0.7, "the shop's"
            )
        picker.number("stock_quantity", enough=0.6)
        picker.flag("is_active")
        picker.time("created_at")
        picker.time("updated_at", enough=0.6)
        category = next(
            (
                k
                for k in picker.relation.links
                if "category" in picker.relation.fields[k.column].concepts
            ),
            None,
        )
        if category is not None:
            picker.entity.columns["category_id"] = Guess(
                picker.own(category.column), 0.9, category.column
            )
        self._keep(picker)

    def categories(self) -> None:
        product = self._mapping.entities.get("products")
        link = self._linked("products", "category")
        if product is None:
            self._mapping.todo("categories", "without products there is nothing to order")
            return
        picker = self._choose("categories", link.table if link else None)
        if picker is None:
            return
        self._keyed(picker, "category_id", link)
        picker.text("name")
        parents = [k for k in picker.relation.table.foreign_keys if k.table == picker.entity.table]
        if parents and len(parents[0].columns) == 1:
            column = parents[0].columns[0]
            picker.entity.columns["parent_id"] = Guess(picker.own(column), 0.95, column)
        else:
            picker.text("parent_id", fits=fields.anything)
        self._keep(picker)

    def addresses(self) -> None:
        orders = self._mapping.entities.get("orders")
        links = [
            k
            for k in (orders.relation.links if orders else ())
            if "address" in orders.relation.fields[k.column].concepts  # type: ignore[union-attr]
        ]
        # Where it went to counts before who paid.
        links.sort(
            key=lambda k: "billing" in orders.relation.fields[k.column].concepts  # type: ignore[union-attr]
        )
        if orders is None or not links or orders.grouped_by:
            if "country" not in (orders.columns if orders else {}):
                self._mapping.todo("addresses", "orders refer to no table of addresses")
            return
        link = links[0]
        picker = self._choose("addresses", link.table)
        if picker is None or picker.entity.table != link.table:
            return
        touches = self._mapping.touches
        if link.table not in touches:
            wanted = (orders.table, link.column, link.referred)
            if self._mapping.through.setdefault(link.table, wanted) != wanted:
                self._mapping.todo("addresses", "its changes cannot be followed to orders")
                return
        self._keyed(picker, "address_id", link)
        self._owner(picker)
        for column in ("street", "city", "postal_code", "country"):
            picker.text(column)
        for column in ("latitude", "longitude"):
            scored = picker.best(column, fields.money)
            if scored is not None:
                sql = f"CAST({picker.aliases.column(scored.field)} AS DECIMAL(9,6))"
                picker.put(column, sql, scored)
        if self._keep(picker):
            orders.columns["address_id"] = Guess(
                orders.aliases.own(link.column), 0.95 if link.declared else 0.85, link.column
            )

    def _owner(self, picker: Picker) -> None:
        for link in picker.relation.links:
            if "customer" in picker.relation.fields[link.column].concepts:
                picker.entity.columns["customer_id"] = Guess(
                    picker.own(link.column), 0.9, link.column
                )
                return

    def _to_order(self, relation: Relation) -> Link | None:
        orders = self._mapping.entities.get("orders")
        if orders is None:
            return None
        key = self._mapping.touches.get(orders.table)
        for link in relation.links:
            if link.table == orders.table and link.referred == key:
                return link
        return None

    def returns(self) -> None:
        found = [
            (r, s)
            for r, s in self._ranked("returns")
            if self._to_order(r) and s >= _ENOUGH * 0.5 and not {"line", "item"} & set(r.concepts)
        ]
        if not found:
            orders = self._mapping.entities.get("orders")
            same = [
                r for r, _ in self._ranked("returns") if orders and r.table.name == orders.table
            ]
            reason = "no table of refunds refers to an order"
            if same:
                reason = (
                    f"refunds stand in the table of the orders ({same[0].title}): a change of one "
                    "cannot be followed to its order"
                )
            self._mapping.todo("returns", reason)
            return
        relation, score = found[0]
        link = self._to_order(relation)
        entity = Entity("returns", relation, score, Aliases(relation.table.name))
        picker = Picker(self._mapping, entity, self._scales)
        if link is None or len(relation.table.key) != 1:
            self._mapping.todo("returns", f"{relation.title} has no key of one column")
            return
        self._mapping.touches[relation.table.name] = link.column
        entity.columns["return_id"] = Guess(picker.own(relation.table.key[0]), 0.95, "its key")
        entity.columns["order_id"] = Guess(picker.own(link.column), 0.95, link.column)
        entity.columns["document_number"] = Guess(picker.own(link.column), 0.95, link.column)
        if not self._refund_amount(picker, link):
            del self._mapping.touches[relation.table.name]
            return
        if picker.number("quantity") is None:
            entity.columns["quantity"] = Guess("0", 0.6, "none: a refund of money, not of pieces")
        picker.time("returned_at")
        if picker.code("currency") is None:
            self._currency_of_order(picker, link)
        picker.text("reason")
        self._line_of(picker)
        picker.soft_deletes()
        self._not_done(picker)
        if not self._keep(picker):
            del self._mapping.touches[relation.table.name]

    def _line_of(self, picker: Picker) -> None:
        items = self._mapping.entities.get("order_items")
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
                self._mapping.note(
                    "returns",
                    f"refunds in status {', '.join(undone)} are quarantined: nothing was paid",
                )
            return

    def _currency_of_order(self, picker: Picker, link: Link) -> None:
        orders = self._mapping.entities["orders"]
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
        self._mapping.todo("returns", "the currency of a refund cannot be told", "currency")

    def _refund_amount(self, picker: Picker, link: Link) -> bool:
        """Refunds known to include tax are left out, unless a column says how much it is."""
        number = picker.money("refund_amount")
        if number is None:
            self._mapping.todo("returns", f"{picker.relation.title} has no amount that can be read")
            return False
        guess = picker.entity.columns["refund_amount"]
        if all(v is None or v <= 0 for v in number.values) and any(number.values):
            guess = replace(guess, sql=f"ABS({guess.sql})")
        tax = picker.best("tax_amount", fields.money, enough=0.6)
        gross = "gross" in number.field.concepts or number.field.concepts[-1:] == ("total",)
        taxed = self._shop_is_taxed()
        if tax is not None and gross and taxed:
            other = self._scales.numbers([tax], 1)[0]
            guess = replace(guess, sql=f"{guess.sql} - COALESCE({other.sql(picker.aliases)}, 0)")
            self._mapping.note("returns", f"{tax.field.name} is taken off {number.name}")
        elif taxed and self._whole_total(picker, link, number.values):
            self._mapping.todo(
                "returns",
                f"{number.name} includes tax, as refunds of whole orders show, and no column says "
                "how much of it is tax: left out",
            )
            return False
        elif taxed and "net" not in number.field.concepts:
            self._mapping.note("returns", f"that {number.name} is before tax could not be checked")
        guess = replace(guess, sql=f"CAST({guess.sql} AS DECIMAL(18,2))")
        picker.entity.columns["refund_amount"] = guess
        return True

    def _shop_is_taxed(self) -> bool:
        orders = self._mapping.entities.get("orders")
        if orders is None:
            return False
        for scored in ranked(orders.relation, "orders", "tax_amount", fields.money)[:1]:
            form = number_form(scored.field.values)
            return any(number_of(v, form) for v in scored.field.values)
        return False

    def _whole_total(self, picker: Picker, link: Link, refunds: Sequence[object]) -> bool:
        """Whether a refund equals its order's total, tax and shipping included."""
        orders = self._mapping.entities["orders"]
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

    def status_changes(self) -> None:
        for relation, score in self._ranked("order_status_changes"):
            link = self._to_order(relation)
            if link is None or score < 0.3 or len(relation.table.key) != 1:
                continue
            entity = Entity(
                "order_status_changes", relation, max(score, 0.6), Aliases(relation.table.name)
            )
            picker = Picker(self._mapping, entity, self._scales)
            before = self._mapping.touches.get(relation.table.name)
            self._mapping.touches[relation.table.name] = link.column
            entity.columns["change_id"] = Guess(picker.own(relation.table.key[0]), 0.95, "its key")
            entity.columns["order_id"] = Guess(picker.own(link.column), 0.95, link.column)
            for column in ("from_status", "to_status"):
                self._change(picker, column)
            picker.time("changed_at")
            if all(c in entity.columns for c in REQUIRED["order_status_changes"]):
                self._keep(picker)
                return
            if before is None:
                del self._mapping.touches[relation.table.name]
        self._mapping.todo("order_status_changes", "no table of an order's status over time")

    def _change(self, picker: Picker, column: str) -> None:
        def words(field: Field) -> float:
            values = {str(v) for v in known(field.values)}
            return 1.0 if field.kind.kind == "text" and understand(values).share >= 0.5 else 0.0

        scored = picker.best(column, words)
        if scored is not None:
            found = understand({str(v) for v in known(scored.field.values)}, scored.field.comment)
            sql = case_of(picker.aliases.column(scored.field), found.meanings)
            picker.put(column, sql, scored)
            return
        for scored in ranked(picker.relation, "order_status_changes", column, words, picker.taken):
            if scored.score >= 0.5 and isinstance(scored.field.join, Lookup):
                self._change_by_code(picker, column, scored, scored.field.join)
                return

    def _change_by_code(self, picker: Picker, column: str, scored: Scored, join: Lookup) -> None:
        """A state's name that cannot be joined, since its changes already lead to orders by their
        own state: the codes are named as they were sampled."""
        rows = self._builder.peek.rows(
            join.table,
            [join.referred, scored.field.column],
            _MOST_STATES,
            where=None if join.where is None else (join.where[0], (join.where[1],)),
        )
        names = {
            str(row[join.referred]): str(row[scored.field.column])
            for row in rows
            if row[scored.field.column] is not None
        }
        meant = understand(set(names.values())).meanings
        meanings = {code: meant[name] for code, name in sorted(names.items()) if name in meant}
        sql = case_of(f"CAST({picker.own(join.own)} AS VARCHAR)", meanings)
        picker.put(column, sql, scored)
        self._mapping.note(
            "order_status_changes",
            f"{join.own} is named as {join.table} named it at pack init: a state of later is kept "
            "as its code",
        )

    def movements(self) -> None:
        found = [(r, s) for r, s in self._ranked("inventory_movements") if "movement" in r.concepts]
        if not found or len(found[0][0].table.key) != 1:
            self._mapping.todo("inventory_movements", "no table of movements of stock")
            return
        relation, score = found[0]
        entity = Entity("inventory_movements", relation, score, Aliases(relation.table.name))
        picker = Picker(self._mapping, entity, self._scales)
        entity.columns["movement_id"] = Guess(picker.own(relation.table.key[0]), 0.95, "its key")
        for link in relation.links:
            if {"product", "item", "sku"} & set(relation.fields[link.column].concepts):
                entity.columns.setdefault(
                    "product_id", Guess(picker.own(link.column), 0.9, link.column)
                )
        picker.number("quantity_change")
        picker.time("moved_at")
        picker.text("reason")
        self._keep(picker)
