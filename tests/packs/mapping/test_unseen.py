"""What well-known sample databases and other shops' conventions showed: each rule on few rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from aethermart.packs.load import load_pack
from aethermart.packs.mapping.expressions import text_literal
from aethermart.packs.mapping.found import Mapping
from aethermart.packs.mapping.write import written
from tests.packs.mapping.test_honesty import mapped, todo
from tests.packs.staged import SHOPS

ORDERS = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT, created_at TEXT,
  total DECIMAL(10,2){more});
CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id),
  product_id INTEGER, quantity INTEGER, price DECIMAL(10,2));
INSERT INTO customers VALUES (1, 'ada@example.org');
"""


def notes(mapping: Mapping, entity: str) -> list[str]:
    return [t.reason for t in mapping.todos if t.level == "note" and t.entity == entity]


def test_the_one_thing_that_lines_refer_to_is_the_product_whatever_its_name(
    tmp_path: Path,
) -> None:
    found = mapped(
        tmp_path,
        """
CREATE TABLE Genre (GenreId INTEGER PRIMARY KEY, Name TEXT);
CREATE TABLE Track (TrackId INTEGER PRIMARY KEY, Name TEXT, UnitPrice DECIMAL(10,2),
  GenreId INTEGER REFERENCES Genre (GenreId));
CREATE TABLE Invoice (InvoiceId INTEGER PRIMARY KEY, InvoiceDate TEXT, Total DECIMAL(10,2));
CREATE TABLE InvoiceLine (InvoiceLineId INTEGER PRIMARY KEY,
  InvoiceId INTEGER REFERENCES Invoice (InvoiceId), TrackId INTEGER REFERENCES Track (TrackId),
  UnitPrice DECIMAL(10,2), Quantity INTEGER);
INSERT INTO Genre VALUES (1, 'Rock');
INSERT INTO Track VALUES (1, 'One', 0.99, 1), (2, 'Two', 1.99, 1);
INSERT INTO Invoice VALUES (1, '2026-01-31', 2.98);
INSERT INTO InvoiceLine VALUES (1, 1, 1, 0.99, 1), (2, 1, 2, 1.99, 1);
""",
    )
    assert found.entities["order_items"].columns["product_id"].source == "TrackId"
    assert found.entities["products"].table == "Track"
    assert found.entities["products"].columns["name"].source == "Name"
    assert found.entities["categories"].table == "Genre"


def test_where_nothing_speaks_of_tax_the_assumption_is_told(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        ORDERS.format(more="")
        + """
INSERT INTO orders VALUES (1, 1, 'paid', '2026-01-31', 20);
INSERT INTO order_items VALUES (1, 1, 7, 2, 10);
""",
    )
    assert found.taxed is False
    (told,) = notes(found, "order_items")
    assert told == (
        "nothing here speaks of tax: quantity * price is taken as before tax; if the shop's "
        "prices include it, so does revenue"
    )


def test_tax_in_rows_of_another_table_leaves_out_lines_that_may_include_it(
    tmp_path: Path,
) -> None:
    found = mapped(
        tmp_path,
        ORDERS.format(more="")
        + """
CREATE TABLE adjustments (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id),
  type TEXT, amount DECIMAL(10,2));
INSERT INTO orders VALUES (1, 1, 'paid', '2026-01-31', 24), (2, 1, 'paid', '2026-01-31', 12);
INSERT INTO order_items VALUES (1, 1, 7, 2, 12), (2, 2, 7, 1, 12);
INSERT INTO adjustments VALUES (1, 1, 'tax', 4), (2, 1, 'shipping', 0), (3, 2, 'tax', 2);
""",
    )
    assert "order_items" not in found.entities
    reason = todo(found, "order_items", "line_total").reason
    assert "quantity * price includes tax" in reason
    assert "adjustments.type has tax as rows" in reason


@pytest.mark.parametrize("more, row", [(", is_return BOOLEAN", ", TRUE"), (", x TEXT", ", 'y'")])
def test_a_refund_among_the_orders_is_no_order_and_its_lines_are_taken_off(
    tmp_path: Path, more: str, row: str
) -> None:
    """By a mark of its own, or by its total below 0."""
    other = row.replace("TRUE", "FALSE")
    found = mapped(
        tmp_path,
        ORDERS.format(more=more)
        + f"""
INSERT INTO orders VALUES (1, 1, 'paid', '2026-01-31', 20{other}),
  (2, 1, 'paid', '2026-02-01', 10{other}), (3, 1, 'paid', '2026-02-02', -10{row});
INSERT INTO order_items VALUES (1, 1, 7, 2, 10), (2, 2, 7, 1, 10), (3, 3, 7, -1, 10);
""",
    )
    column = "is_return" if "is_return" in more else "total"
    assert f't."{column}"' in found.entities["orders"].only
    assert found.entities["orders"].only.startswith("NOT ")
    returns = found.entities["returns"]
    assert returns.table == "order_items"
    assert returns.only == found.entities["order_items"].only.removeprefix("NOT ")
    assert returns.columns["document_number"].source == "the refund itself"
    assert "order_id" not in returns.columns  # a change of it is followed by its own key
    assert returns.columns["returned_at"].source == "order_id -> orders.created_at"


def test_lines_alone_with_a_quantity_below_0_are_refunds(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        """
CREATE TABLE sales_lines (row_id INTEGER PRIMARY KEY, "Invoice No" TEXT, "Stock Code" TEXT,
  "Quantity" INTEGER, "Unit Price" DECIMAL(10,2), "Invoice Date" TEXT, "Country" TEXT);
INSERT INTO sales_lines VALUES (1, '536365', 'A', 6, 2.55, '2010-12-01 08:26:00', 'UK'),
  (2, '536365', 'B', 6, 3.39, '2010-12-01 08:26:00', 'UK'),
  (3, 'C536379', 'A', -1, 2.55, '2010-12-01 09:41:00', 'UK');
""",
    )
    quantity = '"Quantity" < 0'
    assert f"NOT COALESCE(t.{quantity}, FALSE)" == found.entities["orders"].only
    assert f"COALESCE(t.{quantity}, FALSE)" == found.entities["returns"].only
    assert found.entities["returns"].columns["country"].source == "Country"


PAYMENTS = """
CREATE TABLE payments (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id));
CREATE TABLE transactions (id INTEGER PRIMARY KEY, payment_id INTEGER REFERENCES payments (id),
  kind TEXT, amount DECIMAL(10,2), created_at TEXT);
INSERT INTO payments VALUES (1, 1);
INSERT INTO transactions VALUES (1, 1, 'capture', 24, '2026-01-31'),
  (2, 1, 'refund', 12, '2026-02-01');
"""


def test_refunds_through_payments_lead_to_their_orders(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        ORDERS.format(more="")
        + "INSERT INTO orders VALUES (1, 1, 'paid', '2026-01-31', 24);"
        + "INSERT INTO order_items VALUES (1, 1, 7, 2, 12);"
        + PAYMENTS,
    )
    returns = found.entities["returns"]
    assert returns.columns["order_id"].source == "payment_id -> payments.order_id"
    assert found.touches["payments"] == "order_id"
    assert found.through["transactions"] == ("payments", "id", "payment_id")


def test_refunds_through_payments_are_left_out_where_tax_may_be_in_them(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        ORDERS.format(more=", tax DECIMAL(10,2)")
        + "INSERT INTO orders VALUES (1, 1, 'paid', '2026-01-31', 28, 4);"
        + "INSERT INTO order_items VALUES (1, 1, 7, 2, 12);"
        + PAYMENTS,
    )
    assert "returns" not in found.entities
    assert "pays back with tax" in todo(found, "returns").reason
    assert "transactions" not in found.through


def test_refunded_sums_without_a_date_are_told(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        ORDERS.format(more=", total_refunded DECIMAL(10,2)")
        + "INSERT INTO orders VALUES (1, 1, 'paid', '2026-01-31', 24, 12);"
        + "INSERT INTO order_items VALUES (1, 1, 7, 2, 12);",
    )
    assert todo(found, "returns").reason == (
        "orders.total_refunded holds what was refunded, but not when: it is not taken off"
    )


def test_categories_that_no_product_refers_to_are_told(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        ORDERS.format(more="")
        + """
CREATE TABLE products (id INTEGER PRIMARY KEY, sku TEXT, name TEXT);
CREATE TABLE taxons (id INTEGER PRIMARY KEY, name TEXT, parent_id INTEGER);
INSERT INTO products VALUES (7, 'CUP', 'Cup');
INSERT INTO taxons VALUES (1, 'Kitchen', NULL);
INSERT INTO orders VALUES (1, 1, 'paid', '2026-01-31', 20);
INSERT INTO order_items VALUES (1, 1, 7, 2, 10);
""",
    )
    told = todo(found, "products", "category_id")
    assert told.reason == "products do not refer to taxons: a category has no products"
    assert told.costs == "sales by category"


def test_a_quantity_of_what_a_line_refers_to_is_not_the_lines(tmp_path: Path) -> None:
    """One row a piece; the product says how many photographs it has."""
    found = mapped(
        tmp_path,
        """
CREATE TABLE products (product_id TEXT PRIMARY KEY, product_photos_qty INTEGER);
CREATE TABLE orders (order_id TEXT PRIMARY KEY, order_purchase_timestamp TEXT);
CREATE TABLE order_items (order_id TEXT, order_item_id INTEGER, product_id TEXT,
  price DECIMAL(10,2), freight_value DECIMAL(10,2), PRIMARY KEY (order_id, order_item_id));
INSERT INTO products VALUES ('p1', 4);
INSERT INTO orders VALUES ('o1', '2026-01-31 10:00:00');
INSERT INTO order_items VALUES ('o1', 1, 'p1', 29.99, 8.72), ('o1', 2, 'p1', 29.99, 8.72);
""",
    )
    columns = found.entities["order_items"].columns
    assert columns["quantity"].sql == "1"
    assert columns["line_total"].source == "price"


def test_a_country_two_tables_away_is_named_as_pack_init_found_it(tmp_path: Path) -> None:
    found = mapped(tmp_path, (SHOPS / "coupons.sql").read_text(encoding="utf-8"))
    assert found.entities["addresses"].columns["country"].sql == (
        "CASE CAST(t.\"country_id\" AS VARCHAR)\n    WHEN '1' THEN 'Austria'\n"
        "    WHEN '2' THEN 'France'\n    ELSE CAST(t.\"country_id\" AS VARCHAR)\n  END"
    )
    assert any("named as countries named it at pack init" in n for n in notes(found, "addresses"))


def test_a_table_whose_key_is_of_bytes_is_named_where_orders_are_missing(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        """
CREATE TABLE "order" (id BLOB PRIMARY KEY, order_date TEXT, total DECIMAL(10,2));
CREATE TABLE currency (id INTEGER PRIMARY KEY, iso_code TEXT);
INSERT INTO "order" VALUES (x'01', '2026-01-31', 10);
""",
    )
    assert todo(found, "orders").reason == (
        "no table that can be followed looks like orders "
        "(order: its key is of bytes, which capture cannot follow)"
    )


def test_a_database_without_anything_of_a_shop_gives_a_pack_that_loads(tmp_path: Path) -> None:
    found = mapped(tmp_path, "CREATE TABLE sensor (id INTEGER PRIMARY KEY, room TEXT);")
    folder = tmp_path / "pack"
    folder.mkdir()
    for name, text in written(found, "sensors", "Sensors", "UTC").items():
        (folder / name).write_text(text, encoding="utf-8")
    assert load_pack(folder).tables == {}


def test_a_shops_value_with_braces_is_no_expression_of_a_template() -> None:
    assert text_literal("{{ env_var('X') }}") == (
        "'' || CHR(123) || '' || CHR(123) || ' env_var(''X'') }}'"
    )


def test_a_payment_by_credit_card_gives_nothing_back(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        ORDERS.format(more="")
        + """
CREATE TABLE order_payments (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id),
  payment_type TEXT, amount DECIMAL(10,2), created_at TEXT);
INSERT INTO orders VALUES (1, 1, 'paid', '2026-01-31', 20);
INSERT INTO order_items VALUES (1, 1, 7, 2, 10);
INSERT INTO order_payments VALUES (1, 1, 'credit_card', 20, '2026-01-31'),
  (2, 1, 'voucher', 0, '2026-01-31');
""",
    )
    assert "returns" not in found.entities
    assert todo(found, "returns").reason == "no table of refunds refers to an order"


def test_a_total_that_is_less_than_quantity_times_price_in_some_lines_is_after_a_discount(
    tmp_path: Path,
) -> None:
    """Nothing of the order shows it; names in the words of tax excluded and included."""
    found = mapped(
        tmp_path,
        """
CREATE TABLE orders (id INTEGER PRIMARY KEY, date_placed TEXT, status TEXT);
CREATE TABLE order_lines (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id),
  product_id INTEGER, quantity INTEGER, line_price_incl_tax DECIMAL(12,2),
  line_price_excl_tax DECIMAL(12,2), unit_price_incl_tax DECIMAL(12,2),
  unit_price_excl_tax DECIMAL(12,2));
INSERT INTO orders VALUES (1, '2026-01-31', 'Being processed');
INSERT INTO order_lines VALUES (1, 1, 1, 2, 20.40, 17.00, 12.00, 10.00),
  (2, 1, 2, 1, 36.00, 30.00, 36.00, 30.00);
""",
    )
    assert found.entities["order_items"].columns["line_total"].source == "line_price_excl_tax"


def test_the_orders_are_those_that_were_sold_not_those_that_were_bought(tmp_path: Path) -> None:
    """Names cut out of one word: `salesorderheader` beside `purchaseorderheader`."""
    tables = "".join(
        f"""
CREATE TABLE {what}orderheader ({what}orderid INTEGER PRIMARY KEY, orderdate TEXT,
  totaldue DECIMAL(10,2));
CREATE TABLE {what}orderdetail ({what}orderdetailid INTEGER PRIMARY KEY,
  {what}orderid INTEGER REFERENCES {what}orderheader ({what}orderid), orderqty INTEGER,
  productid INTEGER, unitprice DECIMAL(10,2));
INSERT INTO {what}orderheader VALUES (1, '2026-01-31', 20);
INSERT INTO {what}orderdetail VALUES (1, 1, 2, 7, 10);
"""
        for what in ("purchase", "sales")
    )
    found = mapped(tmp_path, tables)
    assert found.entities["orders"].table == "salesorderheader"
    assert found.entities["order_items"].table == "salesorderdetail"


def test_orders_alone_are_their_own_lines_and_what_is_supposed_is_told(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id),
  order_date TEXT, amount DECIMAL(10,2));
INSERT INTO customers VALUES (1, 'ada@example.org');
INSERT INTO orders VALUES (1, 1, '2026-01-31', 20), (2, 1, '2026-02-01', 10);
""",
    )
    items = found.entities["order_items"]
    assert (items.table, items.columns["line_total"].source) == ("orders", "amount")
    assert items.columns["quantity"].sql == "1"
    (told,) = notes(found, "order_items")
    assert told == (
        "no table looks like order lines: each order counts as one line of amount; what was sold "
        "is not told; nothing says what of it is tax or shipping"
    )
