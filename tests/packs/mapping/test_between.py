"""A product in several categories: the first by place or key, said aloud."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from aethermart.packs.mapping.expressions import Aliases
from aethermart.packs.mapping.relations import Chosen
from tests.packs.mapping.test_honesty import mapped
from tests.packs.mapping.test_unseen import ORDERS

PRODUCTS = """
INSERT INTO orders VALUES (1, 1, 'paid', '2026-01-31', 20);
INSERT INTO order_items VALUES (1, 1, 1, 1, 20);
CREATE TABLE products (id INTEGER PRIMARY KEY, sku TEXT, name TEXT, price DECIMAL(10,2));
CREATE TABLE categories (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO products VALUES (1, 'A', 'Mug', 20), (2, 'B', 'Cup', 10);
INSERT INTO categories VALUES (5, 'Kitchen'), (6, 'Gifts');
"""
PAIRS = """
CREATE TABLE product_categories (product_id INTEGER REFERENCES products (id),
  category_id INTEGER REFERENCES categories (id){more}, PRIMARY KEY (product_id, category_id));
"""


@pytest.mark.parametrize(
    "more, values, by, falling, told",
    [
        ("", "(1, 6), (1, 5), (2, 6)", None, False, "by its category's key"),
        (", position INTEGER", "(1, 6, 1), (1, 5, 2), (2, 6, 1)", "position", False, "position"),
        (", is_primary BOOLEAN", "(1, 6, 1), (1, 5, 0), (2, 6, 1)", "is_primary", True, "primary"),
    ],
)
def test_the_first_of_several_categories_stands_for_a_product_and_that_is_told(
    tmp_path: Path, more: str, values: str, by: str | None, falling: bool, told: str
) -> None:
    found = mapped(
        tmp_path,
        ORDERS.format(more="")
        + PRODUCTS
        + PAIRS.format(more=more)
        + f"INSERT INTO product_categories VALUES {values};",
    )
    products = found.entities["products"]
    assert products.columns["category_id"].sql == "f1.first_value"
    assert products.columns["category_id"].source == "product_categories.category_id, the first"
    assert products.aliases.joins == {
        Chosen("product_categories", "id", "product_id", "category_id", by, falling): "f1"
    }
    assert found.entities["categories"].table == "categories"
    (note,) = [t for t in found.todos if (t.entity, t.column) == ("products", "category_id")]
    assert note.level == "note"
    assert "(1 of 2 sampled are)" in note.reason
    assert told in note.reason
    assert {"product_id", "category_id"} <= found.used()["product_categories"]


def test_a_table_that_holds_more_than_the_pair_is_no_table_between(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        ORDERS.format(more="")
        + PRODUCTS
        + """
CREATE TABLE promotions (id INTEGER, product_id INTEGER REFERENCES products (id),
  category_id INTEGER REFERENCES categories (id), PRIMARY KEY (id, product_id));
INSERT INTO promotions VALUES (1, 1, 5);
""",
    )
    assert "category_id" not in found.entities["products"].columns
    (todo,) = [t for t in found.todos if (t.entity, t.column) == ("products", "category_id")]
    assert todo.level == "todo"


@pytest.mark.parametrize(
    "join, expected",
    [
        (Chosen("pairs", "id", "p", "c"), [(1, 5), (2, 6), (3, None)]),
        (Chosen("pairs", "id", "p", "c", "place"), [(1, 6), (2, 6), (3, None)]),
        (Chosen("pairs", "id", "p", "c", "place", falling=True), [(1, 5), (2, 6), (3, None)]),
        (Chosen("pairs", "id", "p", "c", as_text=True), [(1, 5), (2, 6), (3, None)]),
    ],
)
def test_the_join_gives_each_product_one_row(
    join: Chosen, expected: list[tuple[int, int | None]]
) -> None:
    aliases = Aliases("products")
    value = aliases.first(join)
    sql = f"SELECT t.id, {value} FROM products AS t{aliases.sql()} ORDER BY 1"
    with duckdb.connect() as lake:
        lake.execute("CREATE TABLE products AS SELECT UNNEST([1, 2, 3]) AS id")
        lake.execute("CREATE TABLE pairs (p INTEGER, c INTEGER, place INTEGER)")
        lake.execute("INSERT INTO pairs VALUES (1, 6, 1), (1, 5, 2), (1, 7, NULL), (2, 6, NULL)")
        plain = sql.replace("{{ captured(shop, 'pairs') }}", "pairs")
        assert lake.execute(plain).fetchall() == expected
