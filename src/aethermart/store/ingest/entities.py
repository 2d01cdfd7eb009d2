"""What can be loaded from a file: its fields, and what a record of it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aethermart.core.errors import BadInput

LONGEST = 1000  # characters of a field, as the staging tables have it
LONGEST_TEXT = 200_000  # of one that is a whole text
_TEXTS = frozenset({"description", "body"})


@dataclass(frozen=True, slots=True)
class Entity:
    """
    fields  in the order of its staging table
    needed  without which no record can be kept
    key     SQL over the staging table's columns: what the record is about
    also    other names of columns -> field, in their plain form (see `plain_name`)
    """

    name: str
    fields: tuple[str, ...]
    needed: frozenset[str]
    key: str
    also: Mapping[str, str]

    @property
    def staging(self) -> str:
        return f"staging_{self.name}"

    @property
    def procedure(self) -> str:
        return f"sp_ingest_{self.name}"

    def longest(self, field: str) -> int:
        return LONGEST_TEXT if field in _TEXTS else LONGEST


def _entity(name: str, fields: str, needed: str, key: str, **also: str) -> Entity:
    return Entity(name, tuple(fields.split()), frozenset(needed.split()), key, also)


_ORDER_ALSO = {
    "order_number": "order_reference", "order_id": "order_reference", "invoice": "order_reference",
    "email": "customer_email", "e_mail": "customer_email", "customer_e_mail": "customer_email",
    "product_sku": "sku",
}  # fmt: skip
ENTITIES = {
    entity.name: entity
    for entity in (
        _entity("categories", "name parent", "name", "fn_one_line(name)",
                category="name", category_name="name", parent_name="parent"),
        _entity("suppliers", "name country email", "name country", "fn_clean_company(name)",
                supplier="name", supplier_name="name", company="name", e_mail="email"),
        _entity("products",
                "sku name description category price currency stock_quantity is_service is_active",
                "sku name category price", "fn_one_line(sku)",
                product_sku="sku", product_name="name", title="name", category_name="category",
                price_amount="price", price_currency="currency", stock="stock_quantity",
                quantity_in_stock="stock_quantity"),
        _entity(
            "attributes",
            "sku attribute value",
            "sku attribute value",
            "fn_one_line(sku)",
            product_sku="sku",
            attribute_name="attribute",
            attribute_value="value",
        ),
        _entity("customers",
                "email first_name last_name phone street city postal_code country created_at",
                "email first_name last_name",
                "fn_clean_email(CASE fn_email_among(email, first_name, last_name, phone)"
                " WHEN 'first_name' THEN first_name WHEN 'last_name' THEN last_name"
                " WHEN 'phone' THEN phone ELSE email END)",
                e_mail="email", firstname="first_name", lastname="last_name", telephone="phone",
                address_street="street", address_city="city", address_postal_code="postal_code",
                address_country="country", postcode="postal_code", zip="postal_code"),
        _entity("orders",
                "order_reference customer_email channel status currency ordered_at shipping_amount"
                " tax_amount line_number sku quantity unit_price discount_amount",
                "order_reference customer_email ordered_at sku quantity unit_price",
                "fn_one_line(order_reference)",
                **_ORDER_ALSO, shipping="shipping_amount", tax="tax_amount", qty="quantity",
                discount="discount_amount"),
        _entity("reviews", "order_reference customer_email sku rating title body reviewed_at",
                "customer_email sku rating title",
                "SHA2(CONCAT_WS('\\n', fn_one_line(order_reference), fn_one_line(sku),"
                " fn_clean_email(customer_email)), 256)",
                **_ORDER_ALSO, review_title="title", text="body", review="body"),
    )
}  # fmt: skip


def entity_named(name: str) -> Entity:
    if name not in ENTITIES:
        raise BadInput(f"{name!r} cannot be loaded", fix=f"name one of {', '.join(ENTITIES)}")
    return ENTITIES[name]


def plain_name(column: str) -> str:
    """'Order Number', 'order-number', 'order.number' -> 'order_number'."""
    return "_".join("".join(c if c.isalnum() else " " for c in column.lower()).split())


@dataclass(frozen=True, slots=True)
class Header:
    """fields: of each column, in the file's order; None where it is left out."""

    columns: tuple[str, ...]
    fields: tuple[str | None, ...]

    @property
    def left_out(self) -> list[str]:
        return [c for c, f in zip(self.columns, self.fields, strict=True) if f is None]


def mapped(entity: Entity, columns: list[str], asked: Mapping[str, str]) -> Header:
    """What the columns of a file mean; `asked` (column -> field) goes before their own names.

    Raises BadInput: a field that is none, a column that is not there, a needed field that no
    column gives, two columns for one field.
    """
    for column, field in asked.items():
        if field not in entity.fields:
            raise BadInput(
                f"{entity.name} have no field {field!r}",
                fix=f"map to one of {', '.join(entity.fields)}",
            )
        if column not in columns:
            raise BadInput(
                f"the file has no column {column!r}",
                fix=f"its columns are {', '.join(map(repr, columns))}",
            )
    taken = set(asked.values())
    fields: list[str | None] = []
    for column in columns:
        plain = plain_name(column)
        own = plain if plain in entity.fields else entity.also.get(plain)
        fields.append(asked.get(column, None if own in taken else own))
    for field in entity.fields:
        given = [c for c, f in zip(columns, fields, strict=True) if f == field]
        if len(given) > 1:
            raise BadInput(
                f"the columns {' and '.join(map(repr, given))} both give {field}",
                fix=f"say which one with --map COLUMN={field}",
            )
        if field in entity.needed and not given:
            raise BadInput(
                f"no column gives {field}, which {entity.name} need; the file has "
                + ", ".join(map(repr, columns)),
                fix=f"name the column with --map COLUMN={field}",
            )
    return Header(tuple(columns), tuple(fields))
