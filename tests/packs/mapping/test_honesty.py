"""What the database does not tell stays out of the pack, with the reason and what it costs."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from aethermart.packs.discovery.discover import discovered
from aethermart.packs.mapping.found import Mapping, Todo
from aethermart.packs.mapping.guess import map_shop

ORDERS = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT, created_at TEXT,
  total {money});
CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER, product_id INTEGER,
  quantity INTEGER, price {money});
INSERT INTO orders VALUES (1, 1, '{status}', '{when}', 2400), (2, 1, '{status}', '{when}', 3600);
INSERT INTO order_items VALUES (1, 1, 7, 2, 1200), (2, 2, 7, 3, 1200);
"""


def mapped(folder: Path, script: str, **options: str) -> Mapping:
    file = folder / "shop.db"
    connection = sqlite3.connect(file)
    connection.executescript(script)
    connection.commit()
    connection.close()
    with discovered(f"sqlite:///{file}") as found:
        return map_shop(found.facts, found.peek, **options)


def shop(money: str = "DECIMAL(10,2)", status: str = "paid", when: str = "2026-01-31") -> str:
    return ORDERS.format(money=money, status=status, when=when)


def todo(mapping: Mapping, entity: str, column: str | None = None) -> Todo:
    (found,) = [
        t for t in mapping.todos if (t.entity, t.column, t.level) == (entity, column, "todo")
    ]
    return found


def test_whole_numbers_of_money_are_neither_cents_nor_units_until_someone_says(
    tmp_path: Path,
) -> None:
    mapping = mapped(tmp_path, shop("INTEGER"))
    assert "order_items" not in mapping.entities
    assert "--money-in cents" in todo(mapping, "order_items", "line_total").reason
    assert todo(mapping, "order_items", "line_total").costs == "revenue and average order value"
    assert "orders" in mapping.entities


@pytest.mark.parametrize("money_in, factor", [("cents", " * 0.01"), ("units", "")])
def test_their_owner_may_say_it(tmp_path: Path, money_in: str, factor: str) -> None:
    mapping = mapped(tmp_path, shop("INTEGER"), money_in=money_in)
    sql = mapping.entities["order_items"].columns["line_total"].sql
    assert 't."quantity"' in sql
    assert (" * 0.01" in sql) == bool(factor)


def test_a_currency_that_nothing_names_is_unknown(tmp_path: Path) -> None:
    assert mapped(tmp_path, shop()).currency.code == "XXX"


def test_day_or_month_first_is_not_guessed(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, shop(when="01/02/2026"))
    assert "orders" not in mapping.entities
    found = todo(mapping, "orders", "ordered_at")
    assert "created_at cannot be read as a time" in found.reason
    assert found.costs == "every number of sales: an order needs its time"


def test_statuses_that_say_nothing_are_left_out_and_their_cost_is_told(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, shop(status="Q7"))
    assert "status" not in mapping.entities["orders"].columns
    found = todo(mapping, "orders", "status")
    assert "Q7" in found.reason
    assert "cancelled orders cannot be told" in found.costs


def test_a_status_unknown_among_known_ones_keeps_its_text_to_be_quarantined(tmp_path: Path) -> None:
    script = shop() + (
        "INSERT INTO orders VALUES (3, 1, 'cancelled', '2026-01-31', 0), "
        "(4, 1, 'limbo', '2026-01-31', 0);"
    )
    mapping = mapped(tmp_path, script)
    assert mapping.entities["orders"].columns["status"].sql == (
        "CASE\n"
        "    WHEN t.\"status\" IN ('cancelled') THEN 'CANCELLED'\n"
        "    WHEN t.\"status\" IN ('paid') THEN 'PAID'\n"
        "    ELSE NULLIF(t.\"status\", '')\n"
        "  END"
    )
    assert "status limbo means nothing to us" in todo(mapping, "orders").reason


def test_the_price_of_a_product_is_not_what_was_paid(tmp_path: Path) -> None:
    mapping = mapped(
        tmp_path,
        """
        CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price DECIMAL(10,2));
        CREATE TABLE orders (id INTEGER PRIMARY KEY, created_at TEXT, customer_id INTEGER);
        CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id),
          product_id INTEGER REFERENCES products (id), quantity INTEGER);
        INSERT INTO products VALUES (1, 'Pen', 2.50);
        INSERT INTO orders VALUES (1, '2026-01-31', 1);
        INSERT INTO order_items VALUES (1, 1, 1, 3);
        """,
    )
    assert "order_items" not in mapping.entities
    reason = todo(mapping, "order_items", "line_total").reason
    assert reason == "no column of the lines looks like a price or a total that was paid"
    assert set(mapping.entities) == {"orders", "products"}


def test_gross_lines_at_several_rates_give_way_to_the_orders_own_sums(tmp_path: Path) -> None:
    """19 and 7 per cent: of a line's tax nothing is known, of an order's it is."""
    mapping = mapped(
        tmp_path,
        """
        CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, created_at TEXT,
          tax DECIMAL(10,2), total DECIMAL(10,2));
        CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER, product_id INTEGER,
          quantity INTEGER, price DECIMAL(10,2));
        INSERT INTO orders VALUES (1, 'paid', '2026-01-31', 1.90, 11.90),
          (2, 'paid', '2026-01-31', 0.70, 10.70), (3, 'paid', '2026-01-31', 3.80, 23.80);
        INSERT INTO order_items VALUES (1, 1, 1, 1, 11.90), (2, 2, 2, 1, 10.70),
          (3, 3, 1, 2, 11.90);
        """,
    )
    assert "quantity * price includes tax" in todo(mapping, "order_items", "line_total").reason
    assert mapping.entities["order_items"].table == "orders"
    assert mapping.entities["order_items"].columns["line_total"].source == "total less tax"
    assert todo(mapping, "order_items", "product_id").costs == "sales by product"


def test_a_discount_of_the_whole_order_is_taken_off_its_lines(tmp_path: Path) -> None:
    mapping = mapped(
        tmp_path,
        """
        CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, created_at TEXT,
          discount DECIMAL(10,2), total DECIMAL(10,2));
        CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER, product_id INTEGER,
          quantity INTEGER, price DECIMAL(10,2));
        INSERT INTO orders VALUES (1, 'paid', '2026-01-31', 2.00, 8.00),
          (2, 'paid', '2026-01-31', 0, 20.00);
        INSERT INTO order_items VALUES (1, 1, 1, 1, 10.00), (2, 2, 2, 2, 10.00);
        """,
    )
    notes = [t.reason for t in mapping.todos if t.level == "note"]
    assert (
        "orders have a discount of their own (discount): it is taken off their lines in "
        "proportion, to the cent"
    ) in notes
    total = mapping.entities["order_items"].columns["line_total"]
    assert total.source == ("quantity * price less its share of discount; lines - discount = total")


def test_a_database_that_is_no_shop_gives_no_sale(tmp_path: Path) -> None:
    mapping = mapped(
        tmp_path,
        """
        CREATE TABLE sensor (id INTEGER PRIMARY KEY, room TEXT);
        CREATE TABLE reading (id INTEGER PRIMARY KEY, sensor_id INTEGER, celsius REAL, at TEXT);
        INSERT INTO sensor VALUES (1, 'cellar');
        INSERT INTO reading VALUES (1, 1, 12.5, '2026-01-31 10:00:00');
        """,
    )
    assert mapping.entities == {}
    assert todo(mapping, "orders").reason == "no table looks like orders"


def test_a_supplier_of_the_shop_is_not_its_customer(tmp_path: Path) -> None:
    """Two kinds of orders: those the shop sells, and those it buys."""
    mapping = mapped(
        tmp_path,
        shop()
        + """
        CREATE TABLE suppliers (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE purchase_orders (id INTEGER PRIMARY KEY, supplier_id INTEGER,
          created_at TEXT, total DECIMAL(10,2));
        CREATE TABLE purchase_order_items (id INTEGER PRIMARY KEY, purchase_order_id INTEGER,
          product_id INTEGER, quantity INTEGER, price DECIMAL(10,2));
        INSERT INTO suppliers VALUES (1, 'Mill');
        INSERT INTO purchase_orders VALUES (1, 1, '2026-01-01', 50);
        INSERT INTO purchase_order_items VALUES (1, 1, 7, 10, 5);
        """,
    )
    assert mapping.entities["orders"].table == "orders"
    assert mapping.entities["order_items"].table == "order_items"
    assert "customers" not in mapping.entities
