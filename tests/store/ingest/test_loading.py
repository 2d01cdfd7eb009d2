"""Files into the store: records in = kept + rejected with a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

import pytest

from aethermart.core.errors import BadInput, Conflict, Forbidden
from aethermart.store.ingest.staging import How

if TYPE_CHECKING:
    from tests.store.ingest.shops import FileShop

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise("4")]

PRODUCTS = '''sku,name,category,price,stock
KET-1,"Kettle, ""big""",Kitchen,"$1,299.00",5
KET-2,Kettle,Kitchen,1.299,5
KET-3,"two
lines",Kitchen,"12,50 €",3
KET-1,Kettle,Kitchen,10,7
,no sku,Kitchen,1,1
KET-4,Kettle,Garden,3,3
KET-5,Kettle 😀,Kitchen,EUR 3,
'''
ORDERS = """\
order_reference,customer_email,ordered_at,channel,status,sku,quantity,unit_price,discount
R1,Ada@Example.org,2026-01-05 10:00,web,DELIVERED,CUP,2,4.50,
R1,ada@example.org,2026-01-05 10:00,web,DELIVERED,PAN,1,"35,00",5
R2,eve@example.org,2026-01-06,web,PAID,CUP,1,4.99,
R3,max@example.org,2026-01-06,mobile,PAID,NONE,1,4.99,
R3,max@example.org,2026-01-06,mobile,PAID,CUP,1,4.99,
R4,max@example.org,2026-01-06,popup,PAID,CUP,0,4.99,
R5,max@example.org,yesterday,web,PAID,CUP,1,4.99,
R6,max@example.org,2026-01-06,web,PAID,CUP,1,USD 4.99,
"""


def test_every_record_is_kept_or_rejected_with_its_rule_and_value(files: FileShop) -> None:
    loaded = files.load("products", PRODUCTS)

    assert (loaded.rows_in, loaded.kept, loaded.rejected) == (7, 3, 4)
    assert [(r["line"], r["rule"], r["value"]) for r in loaded.rejects] == [
        (2, "repeated_in_file", "KET-1"),
        (3, "price_unreadable", "1.299"),
        (6, "sku_missing", ""),
        (7, "category_unknown", "Garden"),
    ]
    assert loaded.rejects[3]["reason"] == "no category has this name: load categories first"
    assert files.rows(
        "SELECT sku, name, price, currency, stock_quantity FROM products"
        " WHERE sku LIKE 'KET%' ORDER BY sku"
    ) == [
        ("KET-1", "Kettle", Decimal("10.00"), "EUR", 7),
        ("KET-3", "two lines", Decimal("12.50"), "EUR", 3),
        ("KET-5", "Kettle 😀", Decimal("3.00"), "EUR", 0),
    ]
    assert files.rows(
        "SELECT p.sku, m.quantity_change, m.reason FROM inventory_movements AS m"
        " INNER JOIN products AS p ON p.product_id = m.product_id ORDER BY p.sku"
    ) == [("KET-1", 7, "RESTOCK"), ("KET-3", 3, "RESTOCK")]
    assert files.rows("SELECT COUNT(*) FROM staging_products") == [(0,)]


def test_an_order_is_kept_whole_or_not_at_all(files: FileShop) -> None:
    loaded = files.load("orders", ORDERS)

    assert (loaded.rows_in, loaded.kept, loaded.rejected) == (8, 2, 6)
    assert [(r["line"], r["rule"], r["value"]) for r in loaded.rejects] == [
        (4, "address_missing", "eve@example.org"),
        (5, "product_unknown", "NONE"),
        (6, "order_incomplete", "line 5"),
        (7, "quantity_out_of_range", "0"),
        (8, "ordered_at_unreadable", "yesterday"),
        (9, "currency_contradicts", "USD 4.99"),
    ]
    assert files.rows(
        "SELECT idempotency_key, customer_id, address_id, status, ordered_at, total_amount"
        " FROM orders"
    ) == [("R1", 1, 11, "DELIVERED", datetime(2026, 1, 5, 10, tzinfo=UTC), Decimal("39.00"))]
    assert files.rows("SELECT line_number, product_id, line_total FROM order_items") == [
        (1, 1, Decimal("9.00")),
        (2, 2, Decimal("30.00")),
    ]
    # History: the event of its state, and nothing that only a living order does.
    assert files.rows("SELECT from_status, to_status FROM order_events") == [(None, "DELIVERED")]
    assert files.rows("SELECT COUNT(*) FROM inventory_movements") == [(0,)]
    assert files.rows("SELECT COUNT(*) FROM payments") == [(0,)]


def test_an_order_that_is_there_is_never_rewritten(files: FileShop) -> None:
    files.load("orders", ORDERS)
    before = files.kept()

    same = files.load("orders", ORDERS.split("R2")[0], name="same.csv")
    other = files.load("orders", ORDERS.split("R2")[0].replace("4.50", "4.40"), name="other.csv")

    assert (same.kept, same.rejected) == (2, 0)
    assert (other.kept, other.rules) == (0, {"order_differs": 2})
    assert files.kept() == before


def test_reviews_are_of_delivered_orders_and_their_customers(files: FileShop) -> None:
    files.load("orders", ORDERS)

    loaded = files.load(
        "reviews",
        "order_reference,customer_email,sku,rating,title,body\n"
        "R1,ada@example.org,CUP,5,Good,Very\n"
        "R1,max@example.org,PAN,5,Good,\n"
        "R9,ada@example.org,CUP,5,Good,\n"
        ",ada@example.org,PAN,6,Good,\n"
        ",ada@example.org,PAN,4,Fine,\n",
    )

    assert loaded.rules == {
        "order_of_another": 1,
        "order_unknown": 1,
        "rating_out_of_range": 1,
    }
    assert files.rows(
        "SELECT customer_id, product_id, rating, title, body FROM reviews ORDER BY review_id"
    ) == [(1, 1, 5, "Good", "Very"), (1, 2, 4, "Fine", "")]


def test_customers_get_one_form_and_an_unusable_telephone_is_noted(files: FileShop) -> None:
    loaded = files.load(
        "customers",
        "email,first_name,last_name,phone,street,city,postal_code,country,created_at\n"
        "mailto:Jo@X.de,JOHANNA,van DER berg,0151 2345678,Hauptstr. 5,BERLIN,10115,de,13/02/2024\n"
        "bo@x.de,Bo,Li,n/a,,,,,01/02/2024\n"
        "no at,Bo,Li,,,,,,\n"
        "al@x.de,Al,Li,,Side Street 1,,,GB,\n",
    )

    assert loaded.rules == {"address_incomplete": 1, "email_unusable": 1}
    assert loaded.notes == {"phone_unusable": 1}
    assert files.rows(
        "SELECT email, first_name, last_name, phone, created_at FROM customers"
        " WHERE email LIKE '%@x.de' ORDER BY email"
    ) == [
        ("bo@x.de", "Bo", "Li", None, datetime(2024, 2, 1, tzinfo=UTC)),
        ("jo@x.de", "Johanna", "van DER berg", "+491512345678",
         datetime(2024, 2, 13, tzinfo=UTC)),
    ]  # fmt: skip
    assert files.rows(
        "SELECT street, city, postal_code, country FROM customer_addresses WHERE address_id > 12"
    ) == [("Hauptstraße 5", "Berlin", "10115", "DE")]


@pytest.mark.parametrize(
    "others, read",
    [
        ("13/02/2024", [datetime(2024, 2, 1, tzinfo=UTC)]),
        ("02/13/2024", [datetime(2024, 1, 2, tzinfo=UTC)]),
        ("2024-02-13", []),
    ],
)
def test_day_or_month_first_is_told_by_the_column_or_not_at_all(
    files: FileShop, others: str, read: list[datetime]
) -> None:
    loaded = files.load(
        "customers",
        f"email,first_name,last_name,created_at\na@x.de,A,Li,01/02/2024\nb@x.de,B,Li,{others}\n",
    )

    found = files.rows("SELECT created_at FROM customers WHERE email = 'a@x.de'")
    assert [when for (when,) in found] == read
    assert loaded.rules == ({} if read else {"created_at_unreadable": 1})


def test_suppliers_and_categories(files: FileShop) -> None:
    suppliers = files.load(
        "suppliers",
        "Supplier Name;Country;E-Mail\nFoo G.m.b.H.;de;A@Foo.de\nBar;Germany;\nFoo GmbH;DE;n/a\n",
    )
    categories = files.load(
        "categories", "name,parent\nPots,Cookware\nCookware,Kitchen\nLost,Nowhere\n"
    )

    assert suppliers.rules == {"country_unknown": 1, "repeated_in_file": 1}
    assert files.rows("SELECT name, country, email FROM suppliers") == [("Foo GmbH", "DE", None)]
    assert categories.rules == {"parent_unknown": 1}
    assert files.rows(
        "SELECT c.name, p.name FROM categories AS c"
        " LEFT JOIN categories AS p ON p.category_id = c.parent_id ORDER BY c.name"
    ) == [("Cookware", "Kitchen"), ("Kitchen", None), ("Pots", "Cookware")]


def test_attributes_fit_the_schema_of_their_category(files: FileShop) -> None:
    files.rows(
        "INSERT INTO category_attribute_schemas (category_id, attribute_schema) VALUES"
        """ (1, '{"properties": {"volume_ml": {"type": "number"}}}')"""
    )

    loaded = files.load(
        "attributes",
        "sku,attribute,value\nCUP,colour,red\nCUP,volume_ml,250\nCUP,colour,blue\n"
        "PAN,volume_ml,big\nNONE,colour,red\nPAN,,x\n",
    )

    assert [(r["line"], r["rule"]) for r in loaded.rejects] == [
        (2, "repeated_in_file"),
        (5, "attributes_unfit"),
        (6, "product_unknown"),
        (7, "attribute_missing"),
    ]
    ((cup, colour), (pan, _)) = files.rows("SELECT attributes, colour FROM products ORDER BY sku")
    assert (json.loads(cup), colour) == ({"colour": "blue", "volume_ml": 250}, "blue")
    assert json.loads(pan) == {}


def test_a_second_file_updates_what_it_names_and_an_empty_field_leaves_what_is_there(
    files: FileShop,
) -> None:
    files.load("products", "sku,name,category,price,stock\nKET,Kettle,Kitchen,10 USD,5\n")

    files.load("products", "sku,name,category,price,stock\nKET,KETTLE,Kitchen,11,\n", name="b.csv")
    files.load("products", "sku,name,category,price,stock\nKET,KETTLE,Kitchen,11,2\n", name="c.csv")

    assert files.rows(
        "SELECT name, price, currency, stock_quantity FROM products WHERE sku = 'KET'"
    ) == [("KETTLE", Decimal("11.00"), "USD", 2)]
    assert files.rows(
        "SELECT quantity_change, reason FROM inventory_movements ORDER BY movement_id"
    ) == [(5, "RESTOCK"), (-3, "ADJUSTMENT")]


@pytest.mark.parametrize("batch", [1, 2, 5_000])
def test_how_many_records_a_transaction_has_changes_nothing(files: FileShop, batch: int) -> None:
    products = files.load("products", PRODUCTS, batch=batch)
    orders = files.load("orders", ORDERS, batch=batch)

    assert (products.kept, orders.kept) == (3, 2)
    assert [r["line"] for r in products.rejects] == [2, 3, 6, 7]
    assert [r["line"] for r in orders.rejects] == [4, 5, 6, 7, 8, 9]
    assert files.rows("SELECT COUNT(*) FROM rejected_rows") == [(10,)]


def test_the_three_ways_end_with_the_same_rows(files: FileShop) -> None:
    ends = []
    for how in get_args(How):
        files.empty()
        told = [
            files.load(entity, text, how=how)
            for entity, text in (("products", PRODUCTS), ("orders", ORDERS))
        ]
        ends.append((files.kept(), [(t.rules, t.rejects) for t in told]))

    assert ends[0] == ends[1] == ends[2]
    assert len(ends[0][0]["order_items"]) == 2


@pytest.mark.parametrize("how", ["local", "python"])
@pytest.mark.parametrize(
    "name, content",
    [
        ("bom.csv", b"\xef\xbb\xbfsku,name,category,price\r\nA,K\xc3\xa4se,Kitchen,1\r\n"),
        ("semicolon.csv", b"sku;name;category;price\nA;K\xc3\xa4se;Kitchen;1\n"),
        ("tabs.tsv", b"sku\tname\tcategory\tprice\n\nA\tK\xc3\xa4se\tKitchen\t1"),
        ("one.json", b'[{"sku":"A","name":"K\xc3\xa4se","category":"Kitchen","price":1}]'),
        (
            "nested.jsonl",
            b'{"sku":"A","name":"K\\u00e4se","category":"Kitchen","price":{"amount":1}}\n\n',
        ),
    ],
)
def test_dialects(files: FileShop, name: str, content: bytes, how: How) -> None:
    loaded = files.load("products", content, name=name, how=how)

    assert (loaded.rows_in, loaded.kept) == (1, 1)
    assert files.rows("SELECT name, price, currency FROM products WHERE sku = 'A'") == [
        ("Käse", Decimal("1.00"), "EUR")
    ]


def test_latin_1_where_it_is_named(files: FileShop) -> None:
    content = "sku,name,category,price\nA,Käse,Kitchen,1\n".encode("latin-1")

    with pytest.raises(BadInput) as refused:
        files.load("products", content)
    files.load("products", content, encoding="latin-1")

    assert "line 2 is not utf-8: b'A,K\\xe4se,Kitchen,1\\n'" in str(refused.value)
    assert files.rows("SELECT name FROM products WHERE sku = 'A'") == [("Käse",)]


@pytest.mark.parametrize(
    "name, content, told",
    [
        ("a.csv", 'sku,name,category,price\nA,"Kettle,Kitchen,1\nB,Pot,Kitchen,1\n', "line 2"),
        ("a.jsonl", '{"sku":"A"}\n{"sku":\n', "line 2"),
        ("a.json", '[{"sku":"A"},{"sku":]', "record 2"),
        ("a.json", '{"sku":"A"}', "does not begin with ["),
        ("a.jsonl", "[1]\n", "record 1 is no object"),
        ("a.csv", "sku,name\nA,B\n", "no column gives category"),
        ("a.csv", "sku,product_sku,name,category,price\n", "'sku' and 'product_sku' both give sku"),
        ("a.csv", "sku,sku,name,category,price\n", "names a column twice"),
        ("a.csv", "", "no header"),
    ],
)
def test_a_file_that_is_not_of_its_form_writes_nothing(
    files: FileShop, name: str, content: str, told: str
) -> None:
    with pytest.raises(BadInput) as refused:
        files.load("products", content, name=name)

    assert told in str(refused.value)
    assert files.rows("SELECT COUNT(*) FROM loads") == [(0,)]
    assert files.rows("SELECT COUNT(*) FROM staging_products") == [(0,)]


def test_columns_may_be_mapped_and_the_rest_is_left_out(files: FileShop) -> None:
    loaded = files.load(
        "products",
        "Code,Bezeichnung,Gruppe,Preis,Farbe\nA,Pan,Kitchen,1,red\n",
        columns={"Code": "sku", "Bezeichnung": "name", "Gruppe": "category", "Preis": "price"},
    )

    assert (loaded.kept, loaded.left_out) == (1, ["Farbe"])


def test_a_finished_file_is_not_loaded_twice_unless_asked(files: FileShop) -> None:
    first = files.load("products", PRODUCTS)
    files.rows("UPDATE products SET price = 1 WHERE sku = 'KET-3'")

    second = files.load("products", PRODUCTS, name="copy.csv")
    between = files.rows("SELECT price FROM products WHERE sku = 'KET-3'")
    third = files.load("products", PRODUCTS, again=True)

    assert (second.again, second.load_id, second.kept) == (True, first.load_id, 3)
    assert between == [(Decimal("1.00"),)]
    assert (third.again, third.kept) == (False, 3)
    assert files.rows("SELECT price FROM products WHERE sku = 'KET-3'") == [(Decimal("12.50"),)]
    assert files.rows("SELECT COUNT(*) FROM products") == [(5,)]


def test_hostile_values_are_values(files: FileShop) -> None:
    sql = "x'); DROP TABLE products; -- \\' \\0 \\n"
    rows = [
        {"sku": "A", "name": sql, "category": "Kitchen", "price": "1"},
        {"sku": "B\0", "name": "n", "category": "Kitchen", "price": "1"},
        {"sku": "C", "name": "n" * 10_000_000, "category": "Kitchen", "price": "1"},
        {"sku": "D", "name": "\ud800", "category": "Kitchen", "price": "1"},
        {"sku": "E", "name": "Kéttle 🫖", "category": "Kitchen", "price": "1"},
    ]

    loaded = files.load("products", json.dumps(rows), name="hostile.json")

    assert loaded.rules == {"bad_character": 1, "nul_character": 1, "too_long": 1}
    assert len(loaded.rejects[1]["value"]) == 200
    assert files.rows("SELECT name FROM products WHERE sku IN ('A', 'E') ORDER BY sku") == [
        (sql.strip(),),
        ("Kéttle 🫖",),
    ]


def test_a_record_with_other_fields_than_the_header_is_rejected(files: FileShop) -> None:
    loaded = files.load(
        "orders",
        ORDERS.splitlines()[0] + "\n"
        "R1,ada@example.org,2026-01-05 10:00,web,DELIVERED,CUP,2,4.50,,,\n"
        "R1,ada@example.org,2026-01-05 10:00,web,DELIVERED,PAN,1,35,\n"
        "R2,ada@example.org\n",
    )

    assert [(r["line"], r["rule"], r["value"]) for r in loaded.rejects] == [
        (2, "field_count", "2 more"),
        (3, "order_incomplete", "line 2"),
        (4, "field_count", "7 less"),
    ]


def test_the_server_is_not_given_a_file_that_it_would_read_otherwise(files: FileShop) -> None:
    with pytest.raises(BadInput) as refused:
        files.load("products", PRODUCTS.replace("KET-2", "NULL"), how="server")
    with pytest.raises(BadInput) as torn:
        files.load("products", "sku,name,category,price\nA,B\n", how="server")

    assert "line 3: the word NULL" not in str(torn.value)
    assert "the word NULL" in str(refused.value)
    assert "field_count:2 less" in str(torn.value)
    assert files.rows("SELECT COUNT(*) FROM staging_products") == [(0,)]


def test_the_server_way_says_which_right_is_missing(files: FileShop) -> None:
    database = files.rows("SELECT DATABASE()")[0][0]
    files.rows("CREATE OR REPLACE USER loader@localhost IDENTIFIED BY ''")
    files.rows(f"GRANT ALL ON {database}.* TO loader@localhost")
    root = files.dsn
    files.dsn = root.replace("root@", "loader@")
    try:
        with pytest.raises(Forbidden) as refused:
            files.load("products", PRODUCTS, how="server")
    finally:
        files.dsn = root

    assert "grant it FILE, or use --how local" in str(refused.value)
    assert files.load("products", PRODUCTS, how="server").resumed


def test_two_loads_of_one_entity_do_not_run_together(files: FileShop) -> None:
    with files.session() as session, session.alone("load products"), pytest.raises(Conflict):
        files.load("products", PRODUCTS)

    assert files.rows("SELECT COUNT(*) FROM loads") == [(0,)]
