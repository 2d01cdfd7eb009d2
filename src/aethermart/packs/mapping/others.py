"""Customers, products, categories, addresses and movements of stock: what a link from the sale or a
name says they are, with the columns that can be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aethermart.packs.mapping import fields
from aethermart.packs.mapping.between import Between, between
from aethermart.packs.mapping.build import Builder
from aethermart.packs.mapping.changes import map_changes
from aethermart.packs.mapping.expressions import Aliases, text_literal, text_of
from aethermart.packs.mapping.fields import Scored, ranked
from aethermart.packs.mapping.finder import Finder
from aethermart.packs.mapping.found import Entity, Guess, Mapping
from aethermart.packs.mapping.named import names_now
from aethermart.packs.mapping.picking import Picker
from aethermart.packs.mapping.relations import Lookup, Relation
from aethermart.packs.mapping.returns import map_returns
from aethermart.packs.mapping.roles import Sale
from aethermart.packs.mapping.variants import Scales


def map_others(
    mapping: Mapping,
    builder: Builder,
    relations: Sequence[Relation],
    sale: Sale | None,
    scales: Scales,
) -> None:
    """Every entity beside orders and lines; what cannot be told becomes a TODO."""
    finder = Finder(mapping, builder, relations, sale, scales)
    others = _Others(finder)
    others.customers()
    others.products()
    others.categories()
    others.addresses()
    map_returns(finder)
    map_changes(finder)
    others.movements()


class _Others:
    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._between: Between | None = None

    def customers(self) -> None:
        link = self._finder.linked("orders", "customer")
        picker = self._finder.choose("customers", link.table if link else None)
        if picker is None:
            return
        self._finder.keyed(picker, "customer_id", link)
        picker.text("email", fits=fields.email)
        for column in ("first_name", "last_name", "phone"):
            picker.text(column)
        self._other_name(picker)
        picker.time("created_at")
        picker.time("updated_at", enough=0.6)
        self._finder.keep(picker)

    def _other_name(self, picker: Picker) -> None:
        """Beside a column of first names, one called just `name` has last names; and so around."""
        missing = {"first_name", "last_name"} - set(picker.entity.columns)
        names = [f for f in picker.relation.fields.values() if f.concepts == ("name",)]
        if len(missing) == 1 and len(names) == 1 and names[0].join is None:
            picker.put(
                missing.pop(), text_of(picker.own(names[0].column), names[0]), Scored(names[0], 0.7)
            )

    def products(self) -> None:
        items = self._finder.mapping.entities.get("order_items")
        link = None
        if items is not None and "product_id" in items.columns:
            told = items.columns["product_id"].source
            link = next((k for k in items.relation.links if k.column == told), None)
        picker = self._finder.choose("products", link.table if link else None)
        if picker is None:
            return
        self._finder.keyed(picker, "product_id", link)
        if picker.text("sku") is None and "product_id" in picker.entity.columns:
            picker.entity.columns["sku"] = replace(
                picker.entity.columns["product_id"], confidence=0.6
            )
            self._finder.mapping.note(
                "products", "no column is a SKU: the product's key stands for it"
            )
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
        else:
            self._first_category(picker)
        self._finder.keep(picker)

    def _first_category(self, picker: Picker) -> None:
        """Of several categories the first; which one that is, is told and not invented."""
        key, builder = picker.entity.columns.get("product_id"), self._finder.builder
        if key is None or picker.relation.where is not None:
            return
        self._between = between(builder.facts, builder.links, picker.relation.table, key.source)
        if self._between is not None:
            chosen = self._between.chosen
            source = f"{chosen.table}.{chosen.value}, the first"
            picker.entity.columns["category_id"] = Guess(
                picker.entity.aliases.first(chosen), 0.7, source
            )
            self._finder.mapping.note("products", self._between.told, "category_id")

    def categories(self) -> None:
        product = self._finder.mapping.entities.get("products")
        link = self._finder.linked("products", "category")
        if link is None and self._between is not None:
            link = self._between.to
        if product is None:
            self._finder.mapping.todo("categories", "without products there is nothing to order")
            return
        picker = self._finder.choose("categories", link.table if link else None)
        if picker is None:
            return
        self._finder.keyed(picker, "category_id", link)
        picker.text("name")
        parents = [k for k in picker.relation.table.foreign_keys if k.table == picker.entity.table]
        if parents and len(parents[0].columns) == 1:
            column = parents[0].columns[0]
            picker.entity.columns["parent_id"] = Guess(picker.own(column), 0.95, column)
        else:
            picker.text("parent_id", fits=fields.anything)
        if self._finder.keep(picker) and "category_id" not in product.columns:
            self._finder.mapping.todo(
                "products",
                f"products do not refer to {picker.relation.title}: a category has no products",
                "category_id",
            )

    def addresses(self) -> None:
        orders = self._finder.mapping.entities.get("orders")
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
                self._finder.mapping.todo("addresses", "orders refer to no table of addresses")
            return
        link = links[0]
        picker = self._finder.choose("addresses", link.table)
        if picker is None or picker.entity.table != link.table:
            return
        touches = self._finder.mapping.touches
        if link.table not in touches:
            wanted = (orders.table, link.column, link.referred)
            if self._finder.mapping.through.setdefault(link.table, wanted) != wanted:
                self._finder.mapping.todo("addresses", "its changes cannot be followed to orders")
                return
        self._finder.keyed(picker, "address_id", link)
        self._owner(picker)
        self._places(picker)
        if self._finder.keep(picker):
            orders.columns["address_id"] = Guess(
                orders.aliases.own(link.column), 0.95 if link.declared else 0.85, link.column
            )

    def _places(self, picker: Picker) -> None:
        for column in ("street", "city", "postal_code", "country"):
            picker.text(column)
        for column in ("city", "country"):
            if column not in picker.entity.columns:
                self._named_now(picker, column)
        for column in ("latitude", "longitude"):
            scored = picker.best(column, fields.money)
            if scored is not None:
                sql = f"CAST({picker.aliases.column(scored.field)} AS DECIMAL(9,6))"
                picker.put(column, sql, scored)

    def _named_now(self, picker: Picker, column: str) -> None:
        """A country by its key: its name is two tables away from the order."""
        for scored in ranked(picker.relation, "addresses", column, fields.text, picker.taken):
            join = scored.field.join
            if scored.score < 0.5 or not isinstance(join, Lookup):
                continue
            names = names_now(self._finder.builder, join, scored.field.column)
            if names:
                code = f"CAST({picker.own(join.own)} AS VARCHAR)"
                arms = "".join(
                    f"\n    WHEN {text_literal(c)} THEN {text_literal(n)}" for c, n in names.items()
                )
                sql = f"CASE {code}{arms}\n    ELSE {code}\n  END"
                picker.put(column, sql, Scored(scored.field, round(scored.score * 0.9, 2)))
                self._finder.mapping.note(
                    "addresses",
                    f"{join.own} is named as {join.table} named it at pack init: a {column} of "
                    "later is kept as its code",
                )
            return

    def _owner(self, picker: Picker) -> None:
        for link in picker.relation.links:
            if "customer" in picker.relation.fields[link.column].concepts:
                picker.entity.columns["customer_id"] = Guess(
                    picker.own(link.column), 0.9, link.column
                )
                return

    def movements(self) -> None:
        found = [
            (r, s)
            for r, s in self._finder.ranked("inventory_movements")
            if "movement" in r.concepts
        ]
        if not found or len(found[0][0].table.key) != 1:
            self._finder.mapping.todo("inventory_movements", "no table of movements of stock")
            return
        relation, score = found[0]
        entity = Entity("inventory_movements", relation, score, Aliases(relation.table.name))
        picker = Picker(self._finder.mapping, entity, self._finder.scales)
        entity.columns["movement_id"] = Guess(picker.own(relation.table.key[0]), 0.95, "its key")
        for link in relation.links:
            if {"product", "item", "sku"} & set(relation.fields[link.column].concepts):
                entity.columns.setdefault(
                    "product_id", Guess(picker.own(link.column), 0.9, link.column)
                )
        picker.number("quantity_change")
        picker.time("moved_at")
        picker.text("reason")
        self._finder.keep(picker)
