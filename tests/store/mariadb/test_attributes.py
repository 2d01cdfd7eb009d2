"""Attributes of products: a schema a category, refused where they do not fit, found by an index."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from aethermart.core.errors import BadInput, Conflict

if TYPE_CHECKING:
    from aethermart.store.mariadb.session import MariadbSession

pytestmark = pytest.mark.service("mariadb")

LAPTOPS, SHIRTS = 1, 2
OF_LAPTOPS = {
    "type": "object",
    "required": ["brand"],
    "properties": {
        "brand": {"type": "string"},
        "memory_gb": {"type": "number", "multipleOf": 1, "minimum": 4},
        "ports": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}
SOUND = {"brand": "Acme", "memory_gb": 16, "ports": ["usb", "hdmi"]}


@pytest.fixture
def shop(store: MariadbSession) -> MariadbSession:
    store.execute("INSERT INTO categories (category_id, name) VALUES (1, 'Laptops'), (2, 'Shirts')")
    allow(store, LAPTOPS, OF_LAPTOPS)
    return store


def allow(session: MariadbSession, category: int, schema: Any) -> None:
    session.execute(
        "INSERT INTO category_attribute_schemas (category_id, attribute_schema)"
        " VALUES (%(category)s, %(schema)s)"
        " ON DUPLICATE KEY UPDATE attribute_schema = %(schema)s",
        {"category": category, "schema": json.dumps(schema)},
    )


def add(session: MariadbSession, sku: str, category: int, attributes: Any) -> None:
    text = attributes if isinstance(attributes, str) else json.dumps(attributes)
    session.execute(
        "INSERT INTO products (sku, name, category_id, price, attributes)"
        " VALUES (%(sku)s, 'A thing', %(category)s, 1, %(attributes)s)",
        {"sku": sku, "category": category, "attributes": text},
    )


def skus(session: MariadbSession) -> list[str]:
    return [sku for (sku,) in session.rows("SELECT sku FROM products ORDER BY sku")]


def test_attributes_that_fit_are_kept_and_stand_in_virtual_columns(shop: MariadbSession) -> None:
    add(shop, "L1", LAPTOPS, SOUND)
    add(shop, "S1", SHIRTS, {"colour": "Grün", "size": "M"})
    add(shop, "S2", SHIRTS, {})
    assert shop.rows("SELECT sku, brand, colour, size FROM products ORDER BY sku") == [
        ("L1", "Acme", None, None),
        ("S1", None, "Grün", "M"),
        ("S2", None, None, None),
    ]


@pytest.mark.promise("8")
def test_columns_that_follow_from_others_are_virtual_or_stored_as_declared(
    shop: MariadbSession,
) -> None:
    generated = shop.rows(
        "SELECT table_name, column_name, extra FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND is_generated = 'ALWAYS' AND table_name IN"
        " ('products', 'payments', 'product_suppliers', 'order_items')"
    )
    assert sorted(generated) == [
        ("order_items", "line_total", "STORED GENERATED"),
        ("payments", "captured_of", "VIRTUAL GENERATED"),
        ("product_suppliers", "primary_of", "VIRTUAL GENERATED"),
        ("products", "brand", "VIRTUAL GENERATED"),
        ("products", "colour", "VIRTUAL GENERATED"),
        ("products", "size", "VIRTUAL GENERATED"),
    ]


@pytest.mark.parametrize(
    "attributes, said",
    [
        ({"memory_gb": 16}, 'product L2: attribute "brand" is missing'),
        (
            {"brand": "x", "memory_gb": 2},
            (
                'product L2: attribute "memory_gb" is 2, allowed is {"type": "number", '
                '"multipleOf": 1, "minimum": 4}'
            ),
        ),
        (
            {"brand": "x", "cut": "slim"},
            'product L2: attribute "cut" is not one of its category',
        ),
    ],
)
def test_an_attribute_that_does_not_fit_is_refused_by_name(
    shop: MariadbSession, attributes: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput) as refused:
        add(shop, "L2", LAPTOPS, attributes)
    assert refused.value.cause == said
    assert refused.value.fix == "correct the attribute, or the schema of the category"
    assert skus(shop) == []


@pytest.mark.parametrize("text", ["nonsense", "[]", "1", ""])
def test_what_is_no_object_is_refused_by_its_constraint(shop: MariadbSession, text: str) -> None:
    with pytest.raises(BadInput, match="products_attributes_are_an_object"):
        add(shop, "S1", SHIRTS, text)
    assert skus(shop) == []


def test_a_change_is_checked_as_an_insert_is_and_so_is_another_category(
    shop: MariadbSession,
) -> None:
    add(shop, "L1", LAPTOPS, SOUND)
    add(shop, "S1", SHIRTS, {"size": "M"})
    with pytest.raises(BadInput, match='attribute "memory_gb" is 3'):
        shop.execute("UPDATE products SET attributes = JSON_SET(attributes, '$.memory_gb', 3)")
    with pytest.raises(BadInput, match='product S1: attribute "brand" is missing'):
        shop.execute("UPDATE products SET category_id = 1 WHERE sku = 'S1'")
    assert shop.rows("SELECT JSON_VALUE(attributes, '$.memory_gb') FROM products") == [
        ("16",),
        (None,),
    ]


def test_a_schema_that_products_do_not_fit_is_refused_and_names_one(shop: MariadbSession) -> None:
    add(shop, "L1", LAPTOPS, SOUND)
    with pytest.raises(Conflict) as refused:
        allow(shop, LAPTOPS, {"required": ["size"]})
    assert refused.value.cause == (
        'category 1: product L1 would not fit: attribute "size" is missing'
    )
    add(shop, "L2", LAPTOPS, {"brand": "still the old schema"})


def test_what_is_no_schema_is_refused_with_the_database_s_reason(shop: MariadbSession) -> None:
    with pytest.raises(Conflict, match=r"no JSON schema \(Invalid value for keyword type\)"):
        allow(shop, SHIRTS, {"type": "nonsense"})
    assert shop.rows("SELECT category_id FROM category_attribute_schemas") == [(LAPTOPS,)]


@pytest.mark.promise("16")
def test_a_new_attribute_needs_no_change_of_tables_and_is_found_by_an_index(
    shop: MariadbSession,
) -> None:
    for number in range(1, 401):
        add(shop, f"S{number:03}", SHIRTS, {"sleeve_cm": number / 2, "cut": f"cut {number % 50}"})
    by_number = (
        "SELECT p.sku FROM product_attribute_values AS v"
        " INNER JOIN products AS p ON p.product_id = v.product_id"
        " WHERE v.attribute = 'sleeve_cm' AND v.value_number BETWEEN 60 AND 61 ORDER BY p.sku"
    )
    by_text = (
        "SELECT COUNT(*) FROM product_attribute_values AS v"
        " WHERE v.attribute = 'cut' AND v.value_text = 'cut 7'"
    )
    shop.rows("ANALYZE TABLE product_attribute_values")
    assert shop.rows(by_number) == [("S120",), ("S121",), ("S122",)]
    assert shop.rows(by_text) == [(8,)]
    assert used_index(shop, by_number, "v") == "product_attribute_values_number"
    assert used_index(shop, by_text, "v") == "product_attribute_values_text"


@pytest.mark.parametrize("column", ["brand", "colour", "size"])
def test_the_common_attributes_have_an_index_each(shop: MariadbSession, column: str) -> None:
    for number in range(200):
        add(shop, f"S{number}", SHIRTS, {column: f"value {number}"})
    query = f"SELECT sku FROM products AS p WHERE p.{column} = 'VALUE 7'"
    assert shop.rows(query) == [("S7",)]
    assert used_index(shop, query, "p") == f"products_{column}"


def used_index(session: MariadbSession, query: str, table: str) -> str:
    plan = session.rows(f"EXPLAIN {query}")
    return next(str(line[5]) for line in plan if line[2] == table)


def test_values_of_every_kind_stand_in_the_index_and_follow_changes(shop: MariadbSession) -> None:
    add(
        shop,
        "S1",
        SHIRTS,
        {
            'a "b".c': "x",
            "n": 1.5,
            "b": True,
            "none": None,
            "list": ["p", 2],
            "o": {"k": 1},
            "": "empty name",
            "big": 1e300,
        },
    )
    values = (
        "SELECT attribute, value_text, value_number FROM product_attribute_values ORDER BY 1, 2"
    )
    assert shop.rows(values) == [
        ("", "empty name", None),
        ('a "b".c', "x", None),
        ("b", "true", None),
        ("big", "1e+300", None),
        ("list", "2", Decimal(2)),
        ("list", "p", None),
        ("n", "1.5", Decimal("1.5")),
        ("o", '{"k": 1}', None),
    ]
    shop.execute("""UPDATE products SET attributes = '{"n": 2}'""")
    assert shop.rows(values) == [("n", "2", Decimal(2))]
    shop.execute("DELETE FROM products")
    assert shop.rows(values) == []
