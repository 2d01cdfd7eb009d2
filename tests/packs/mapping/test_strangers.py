"""What strangers' shops showed that nobody had tuned for: general rules, one small shop each."""

from __future__ import annotations

from pathlib import Path

import pytest

from aethermart.packs.mapping.found import Mapping
from tests.packs.mapping.test_honesty import mapped
from tests.packs.staged import SHOPS

LINES_ALONE = """
CREATE TABLE product (id_product INTEGER PRIMARY KEY, name TEXT, price DECIMAL(10,2),
  date_add DATETIME);
CREATE TABLE order_detail (id_order_detail INTEGER PRIMARY KEY, id_order INTEGER,
  id_product INTEGER,
  quantity INTEGER, unit_price DECIMAL(10,2), total_price DECIMAL(10,2));
INSERT INTO product VALUES (1, 'Cup', 5, '2024-01-01 10:00:00'),
  (2, 'Pen', 2, '2024-01-02 10:00:00');
INSERT INTO order_detail VALUES (1, 1, 1, 2, 5, 10), (2, 1, 2, 1, 2, 2), (3, 2, 1, 1, 5, 5);
"""


def test_an_orders_time_is_never_the_date_of_its_product(tmp_path: Path) -> None:
    found = mapped(tmp_path, LINES_ALONE)
    assert "orders" not in found.entities
    assert [t.costs for t in found.todos if t.column == "ordered_at"] == [
        "every number of sales: an order needs its time"
    ]


def orders_with(column: str, *values: str) -> str:
    """A shop whose orders have nothing but that time."""
    rows = ", ".join(f"({i}, 'paid', '{v}')" for i, v in enumerate(values, 1))
    lines = ", ".join(f"({i}, {i}, 1, 5)" for i, _ in enumerate(values, 1))
    return f"""
CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, {column} TEXT);
CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER, quantity INTEGER,
  price DECIMAL(10,2));
INSERT INTO orders VALUES {rows};
INSERT INTO order_items VALUES {lines};
"""


@pytest.mark.parametrize(
    "values, macro",
    [
        (("2026-01-31 10:00:00", "2026-02-01 10:00:00"), "'TIMESTAMP'"),
        (("2026-01-31T10:00:00.123", "2026-02-01T10:00:00.5"), "'TIMESTAMP'"),
        (("2026-01-31T10:00:00Z", "2026-02-01T10:00:00+02:00"), "'TIMESTAMPTZ'"),
        (("31.01.2026 10:00", "01.02.2026 10:00"), "'%d.%m.%Y %H:%M'"),
        (("31-01-2026", "01-02-2026"), "'%d-%m-%Y'"),
        (("01/31/2026", "02/01/2026"), "'%m/%d/%Y'"),
        (("1769853600", "1769940000"), "epoch_to_utc"),
        (("1769853600000", "1769940000000"), "'ms'"),
    ],
)
@pytest.mark.parametrize("column", ["sold_at", "abgewickelt"])
def test_a_text_that_is_the_only_time_of_an_order_is_read_whatever_its_name(
    tmp_path: Path, column: str, values: tuple[str, ...], macro: str
) -> None:
    found = mapped(tmp_path, orders_with(column, *values))
    assert macro in found.entities["orders"].columns["ordered_at"].sql


@pytest.mark.parametrize("column", ["paid_at", "updated_at", "shipped_on"])
def test_a_time_that_says_to_be_another_is_not_when_the_order_was_placed(
    tmp_path: Path, column: str
) -> None:
    found = mapped(tmp_path, orders_with(column, "2026-01-31 10:00:00"))
    assert "orders" not in found.entities


def test_a_column_named_before_tax_is_the_line_where_only_gross_adds_up(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        """
CREATE TABLE orders (id INTEGER PRIMARY KEY, total_paid_tax_incl DECIMAL(20,6), date_add DATETIME);
CREATE TABLE order_detail (id INTEGER PRIMARY KEY, order_id INTEGER, product_quantity INTEGER,
  total_price_tax_incl DECIMAL(20,6), total_price_tax_excl DECIMAL(20,6));
INSERT INTO orders VALUES (1, 24, '2026-01-31 10:00:00'), (2, 12, '2026-01-31 11:00:00'),
  (3, 36, '2026-01-31 12:00:00');
INSERT INTO order_detail VALUES (1, 1, 2, 24, 20), (2, 2, 1, 12, 10), (3, 3, 3, 36, 30);
""",
    )
    total = found.entities["order_items"].columns["line_total"]
    assert total.source == "total_price_tax_excl"


def test_a_time_of_completion_that_paid_orders_lack_is_not_when_they_were_placed(
    tmp_path: Path,
) -> None:
    found = mapped(
        tmp_path,
        """
CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, created_at TEXT, completed_at TEXT);
CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER, quantity INTEGER,
  price DECIMAL(10,2));
INSERT INTO orders VALUES (1, 'cart', '2026-01-31', NULL), (2, 'paid', '2026-01-31', NULL),
  (3, 'delivered', '2026-01-31', '2026-02-03');
INSERT INTO order_items VALUES (1, 1, 1, 5), (2, 2, 1, 5), (3, 3, 1, 5);
""",
    )
    assert found.entities["orders"].columns["ordered_at"].source == "created_at"


def orphans(folder: Path) -> Mapping:
    return mapped(folder, (SHOPS / "orphans.sql").read_text(encoding="utf-8"))


def test_a_products_name_comes_from_its_table_of_translations_in_one_language(
    tmp_path: Path,
) -> None:
    entity = orphans(tmp_path).entities["products"]
    assert entity.columns["name"].source == "id_product -> ps_product_lang.name"
    assert "= '1'" in entity.aliases.sql()  # of two languages the one with the most words


def test_a_history_whose_states_are_codes_tells_the_changes_of_status(tmp_path: Path) -> None:
    changes = orphans(tmp_path).entities["order_status_changes"].columns
    assert changes["changed_at"].source == "date_add"
    assert changes["to_status"].sql.splitlines()[1:5] == [
        """    WHEN CAST(t."id_order_state" AS VARCHAR) IN ('1') THEN 'PENDING'""",
        # No row of the history holds it yet: the table of states names it.
        """    WHEN CAST(t."id_order_state" AS VARCHAR) IN ('2') THEN 'PAID'""",
        """    WHEN CAST(t."id_order_state" AS VARCHAR) IN ('4') THEN 'SHIPPED'""",
        """    WHEN CAST(t."id_order_state" AS VARCHAR) IN ('6') THEN 'CANCELLED'""",
    ]
