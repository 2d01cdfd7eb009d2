"""What silver makes of messy values, each expected by hand; and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from aethermart.core.errors import NotFound
from aethermart.packs.load import load_shipped
from aethermart.packs.pack import Shop
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.kept import compare_kept
from aethermart.warehouse.mirror_tables import ensure_mirror_tables
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.quality import run_tests
from aethermart.warehouse.refresh import Refresh
from aethermart.warehouse.rule_counts import count_rules
from aethermart.warehouse.swap import swap
from tests.warehouse.lake import Lake, copied_lake

COMMITTED = datetime(2026, 2, 1, tzinfo=UTC)
SHOP = Shop("messy", load_shipped("messy_shop"))


@pytest.fixture(scope="module")
def messy_project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    folder = tmp_path_factory.mktemp("messy")
    return compile_warehouse([SHOP], folder / "warehouse", folder / "logs")


@pytest.fixture(scope="module")
def messy_file(messy_project: CompiledProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("messy_lake") / "lake.duckdb"
    with duckdb.connect(file) as connection:
        ensure_mirror_tables(connection, [SHOP])
        swap(connection, messy_project)
        Refresh(messy_project, [SHOP]).start(connection)
    return file


@dataclass
class MessyLake:
    connection: duckdb.DuckDBPyConnection
    project: CompiledProject
    _ids: dict[str, int] = field(default_factory=dict)

    def put(self, table: str, **columns: Any) -> str:
        """Add a row with the next key; returns the key as silver has it."""
        key = SHOP.pack.tables[table].key[0]
        number = self._ids.get(table, 0) + 1
        row = {key: number, **columns}
        self._ids[table] = max(int(row[key]), number)
        row |= {"_position": 1, "_committed_at": COMMITTED, "_offset": 1}
        names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" for _ in row)
        self.connection.execute(
            f"INSERT INTO mirror.messy__{table} ({names}) VALUES ({marks})", list(row.values())
        )
        return str(row[key])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def findings(self) -> set[tuple[str, str, str, str]]:
        """(row key, column, finding, done)"""
        return {(r[0], r[1], r[2], r[3]) for r in self.rows(
            "SELECT row_key, column_name, finding, done FROM silver.findings")}  # fmt: skip


@pytest.fixture
def messy(messy_file: Path, messy_project: CompiledProject, tmp_path: Path) -> Iterator[MessyLake]:
    file = tmp_path / "lake.duckdb"
    with copied_lake(messy_file, file) as connection:
        yield MessyLake(connection, messy_project)


PHONES = [
    ("+49301234567", "DE", "+49301234567", None),
    ("+49 30 123 45 67", "DE", "+49301234567", "phone_respelled"),
    ("0049-30-1234567", "AT", "+49301234567", "phone_respelled"),
    ("+49 (0)30 1234567", "DE", "+49301234567", "phone_respelled"),
    ("+49 030 1234567", "DE", "+49301234567", "phone_respelled"),
    ("030/1234567", "DE", "+49301234567", "phone_respelled"),
    ("030 1234567", None, "+49301234567", "phone_respelled"),  # the shop's own country
    ("(020) 7946 0958", "GB", "+442079460958", "phone_respelled"),
    ("06 12 34 56 78", "FR", "+33612345678", "phone_respelled"),
    ("06 5555 1234", "IT", "+390655551234", "phone_respelled"),  # Italy keeps its zero
    ("39 06 5555 1234", "IT", "+390655551234", "phone_respelled"),
    ("392 123 4567", "IT", "+393921234567", "phone_respelled"),  # not a country's code
    ("(212) 555-1234", "US", "+12125551234", "phone_respelled"),
    ("1-212-555-1234", "US", "+12125551234", "phone_respelled"),
    ("+1 212 555 1234 ext. 12", "US", "+12125551234", "phone_respelled"),
    ("912 345 678", "PT", "+351912345678", "phone_respelled"),
    ("055 123 4567", "UA", "0551234567", "phone_without_country"),
    ("n/a", "DE", None, "phone_unusable"),
    ("12", "DE", None, "phone_unusable"),
    (None, "DE", None, None),
]
EMAILS = [
    ("anna@example.org", "anna@example.org", None),
    ("anna+shop@sub.example.co.uk", "anna+shop@sub.example.co.uk", None),
    ("o'neill_1-x@xn--mller-kva.example", "o'neill_1-x@xn--mller-kva.example", None),
    ("müller@münchen.example", "müller@münchen.example", None),
    (" Anna@Example.ORG ", "anna@example.org", "email_respelled"),
    ("mailto:anna@example.org", "anna@example.org", "email_respelled"),
    ("Anna M <anna@example.org>", "anna@example.org", "email_respelled"),
    ("anna (at) example.org", "anna@example.org", "email_respelled"),
    ("anna@example,org", "anna@example.org", "email_respelled"),
    ("anna.example.org", None, "email_unusable"),
    ("anna@example", None, "email_unusable"),
    ("n/a", None, "email_unusable"),
]
NAMES = [
    ("Anna", "Anna", None),
    ("ANNA", "Anna", "person_name_respelled"),
    ("jean-luc", "Jean-Luc", "person_name_respelled"),
    ("O'NEILL", "O'Neill", "person_name_respelled"),
    ("MCDONALD", "McDonald", "person_name_respelled"),
    ("VAN DER BERG", "van der Berg", "person_name_respelled"),
    ("van der Berg", "van der Berg", None),
    ("MÜLLER", "Müller", "person_name_respelled"),
    ("  Mary   Ann\t", "Mary Ann", "person_name_respelled"),
    ("aNNA", "Anna", "person_name_respelled"),
    ("RenÃ©", "René", "person_name_respelled"),
    ("\u200bLia\u00a0", "Lia", "person_name_respelled"),
    ("Ng", "Ng", None),
    ("JP", "JP", None),
    ("李", "李", None),
    ("محمد", "محمد", None),
    ("João", "João", None),
    ("Þór", "Þór", None),
]


@pytest.mark.promise("5")
def test_contacts_and_names_get_one_form(messy: MessyLake) -> None:
    phones = [messy.put("customers", phone=p, country=c) for p, c, _, _ in PHONES]
    emails = [messy.put("customers", email=e) for e, _, _ in EMAILS]
    names = [messy.put("customers", last_name=n) for n, _, _ in NAMES]
    found = {
        key: (phone, email, name)
        for key, phone, email, name in messy.rows(
            "SELECT customer_id, phone, email, last_name FROM silver.customers"
        )
    }
    assert [found[key][0] for key in phones] == [expected for _, _, expected, _ in PHONES]
    assert [found[key][1] for key in emails] == [expected for _, expected, _ in EMAILS]
    assert [found[key][2] for key in names] == [expected for _, expected, _ in NAMES]
    noticed = {(key, column): (what, done) for key, column, what, done in messy.findings()}
    told = [
        *((key, "phone", what) for key, (*_, what) in zip(phones, PHONES, strict=True)),
        *((key, "email", what) for key, (*_, what) in zip(emails, EMAILS, strict=True)),
        *((key, "last_name", what) for key, (*_, what) in zip(names, NAMES, strict=True)),
    ]
    done = {"unusable": "emptied", "country": "noted", "respelled": "mended"}
    assert noticed == {
        (key, column): (what, done[what.rpartition("_")[2]]) for key, column, what in told if what
    }


STREETS = [
    ("Hauptstr. 5", "DE", "Hauptstraße 5"),
    ("Berliner Str. 12", "DE", "Berliner Straße 12"),
    ("Bahnhofstrasse 3", "AT", "Bahnhofstraße 3"),
    ("Bahnhofstrasse 3", "CH", "Bahnhofstrasse 3"),  # as it is written there
    ("Lindeng. 7", "AT", "Lindengasse 7"),
    ("Kerkstr. 5", "NL", "Kerkstraat 5"),
    ("St. Jansweg 2", "NL", "St. Jansweg 2"),
    ("St.-Anna-Weg 4", "DE", "St.-Anna-Weg 4"),
    ("Strandweg 4", "DE", "Strandweg 4"),
    ("5 Church St", "GB", "5 Church Street"),
    ("5 St. Mary's Rd.", "GB", "5 St. Mary's Road"),
    ("1 Dr. Johnson Way", "GB", "1 Dr. Johnson Way"),
    ("12 Avenue B", "US", "12 Avenue B"),
    ("7 Oak Ave, Flat 2", "US", "7 Oak Avenue, Flat 2"),
    ("3 av. Victor Hugo", "FR", "3 avenue Victor Hugo"),
    ("3 rue du Bd Rouge", "FR", "3 rue du Bd Rouge"),
    ("C/ Mayor, 5", "ES", "Calle Mayor, 5"),
    ("V.le Mazzini 5", "IT", "Viale Mazzini 5"),
    ("Via C. Battisti 90", "IT", "Via C. Battisti 90"),
    ("R. Augusta 3", "PT", "Rua Augusta 3"),
    ("5 Church St", "JP", "5 Church St"),  # whose rules are not known
]


@pytest.mark.promise("5")
def test_streets_are_written_out_by_the_rules_of_their_country(messy: MessyLake) -> None:
    keys = [messy.put("customer_addresses", street=s, country=c, city="X") for s, c, _ in STREETS]
    found = dict(messy.rows("SELECT address_id, street FROM silver.addresses"))
    assert [found[key] for key in keys] == [expected for *_, expected in STREETS]
    assert {key for key, column, _, _ in messy.findings() if column == "street"} == {
        key for key, (street, _, expected) in zip(keys, STREETS, strict=True) if street != expected
    }


def test_a_postal_code_in_the_city_s_place_goes_back_and_a_city_of_digits_does_not(
    messy: MessyLake,
) -> None:
    messy.put("customer_addresses", city="SW11 4AB", postal_code="London", country="GB")
    messy.put("customer_addresses", city="Berlin", postal_code="10115", country="DE")
    messy.put("customer_addresses", city="6 Oktober", postal_code="12566", country="EG")
    messy.put("customer_addresses", city="BERLIN", postal_code="10115", country="DE")
    assert messy.rows(
        "SELECT city, postal_code FROM silver.addresses ORDER BY CAST(address_id AS INTEGER)"
    ) == [("London", "SW11 4AB"), ("Berlin", "10115"), ("6 Oktober", "12566"), ("Berlin", "10115")]
    assert {f for f in messy.findings() if f[0] in "123"} == {
        ("1", "city", "columns_swapped", "mended"),
        ("1", "postal_code", "columns_swapped", "mended"),
    }


PRICES = [
    ("12.50", "12.5000", "EUR"),
    ("0.01", "0.0100", "EUR"),
    ("1250.00", "1250.0000", "EUR"),
    ("12,50", "12.5000", "EUR"),
    ("1.234,50 €", "1234.5000", "EUR"),
    ("€1,234.50", "1234.5000", "EUR"),
    ("1 234,50 EUR", "1234.5000", "EUR"),
    ("1'234.50", "1234.5000", "EUR"),
    ("1.234.567,89", "1234567.8900", "EUR"),
    ("1,234,567", "1234567.0000", "EUR"),
    ("$12.50", "12.5000", "USD"),
    ("US$ 1,250.00", "1250.0000", "USD"),
    ("£9.99", "9.9900", "GBP"),
    ("CHF 12.50", "12.5000", "CHF"),
    ("12,50 zł", "12.5000", "PLN"),
    ("12,-", "12.0000", "EUR"),
]
NO_PRICES = ["1.234", "1,234", "12.50 or 3 for 30", "ask us", "12.50-20.00"]


@pytest.mark.promise("5")
def test_prices_are_read_in_any_form_and_set_aside_where_they_could_mean_two(
    messy: MessyLake,
) -> None:
    for number, (text, _, _) in enumerate(PRICES):
        messy.put("products", sku=f"A-{number}", price=text)
    for number, text in enumerate(NO_PRICES):
        messy.put("products", sku=f"B-{number}", price=text)
    found = dict(messy.rows("SELECT sku, (price, currency) FROM silver.products"))
    assert [found.get(f"A-{number}") for number in range(len(PRICES))] == [
        (Decimal(price), currency) for _, price, currency in PRICES
    ]
    assert messy.rows(
        "SELECT rule, COUNT(*) FROM silver.quarantine GROUP BY rule"
    ) == [("unreadable_price", len(NO_PRICES))]  # fmt: skip


def _order(messy: MessyLake, **columns: Any) -> str:
    return messy.put("orders", **{"currency": "EUR", "ordered_at": "2026-01-10 10:00:00"} | columns)


@pytest.mark.promise("5")
@pytest.mark.promise("92")
def test_dates_that_cannot_be_are_set_aside_with_their_order_s_lines(messy: MessyLake) -> None:
    sound = ["2026-01-10 10:00:00", "2024-02-29 12:00:00", "10.01.2026 10:00", "2026-02-02 23:00"]
    for text in sound:
        messy.put("order_items", order_id=_order(messy, ordered_at=text), quantity="1",
                  unit_price="5.00", line_total="5.00")  # fmt: skip
    for text in ("2026-02-30 10:00:00", "0000-00-00", "yesterday"):
        _order(messy, ordered_at=text)
    for text in ("1900-01-01", "2026-02-04 10:00:00", "2999-12-31"):
        _order(messy, ordered_at=text)
    messy.put("order_items", order_id="5", quantity="1", unit_price="5.00", line_total="5.00")
    messy.put("order_items", order_id="99", quantity="1", unit_price="5.00", line_total="5.00")
    assert messy.rows("SELECT COUNT(*) FROM silver.orders") == [(4,)]
    assert messy.rows("SELECT COUNT(*) FROM silver.order_items") == [(4,)]
    assert messy.rows(
        "SELECT entity, rule, COUNT(*) FROM silver.quarantine GROUP BY ALL ORDER BY ALL"
    ) == [
        ("order_items", "order_missing", 1),
        ("order_items", "order_quarantined", 1),
        ("orders", "date_outside_shops_life", 3),
        ("orders", "unreadable_ordered_at", 3),
    ]


@pytest.mark.promise("5")
def test_columns_that_changed_places_are_put_back_only_where_it_is_certain(
    messy: MessyLake,
) -> None:
    messy.put("customers", first_name="anna@example.org", email="Anna", last_name="Meier")
    messy.put("customers", first_name="Ida", email="+49301234567", phone="ida@example.org")
    messy.put("customers", first_name="bo@example.org", email="bo@example.org")
    _order(messy)
    for quantity, price, total in (
        ("19.99", "3", "59.97"),  # a price of pieces
        ("3", "19.99", "59.97"),
        ("1.0000", "12", "12.00"),  # pieces with decimals, as some shops write them
        ("2.50", "1.25", "3.13"),  # half a piece: neither can be the number of pieces
    ):
        messy.put("order_items", order_id="1", quantity=quantity, unit_price=price,
                  line_total=total)  # fmt: skip
    assert messy.rows(
        "SELECT first_name, email, phone FROM silver.customers ORDER BY customer_id"
    ) == [
        ("Anna", "anna@example.org", None),
        ("Ida", "ida@example.org", "+49301234567"),
        ("bo@example.org", "bo@example.org", None),
    ]
    assert messy.rows(
        "SELECT quantity, unit_price FROM silver.order_items ORDER BY line_id"
    ) == [(3, Decimal("19.99")), (3, Decimal("19.99")), (1, Decimal("12"))]  # fmt: skip
    assert messy.rows("SELECT row_key, rule FROM silver.quarantine") == [
        ("4", "unreadable_quantity")
    ]


def test_what_is_sold_and_is_no_goods_costs_nothing_or_was_never_sold_is_noted(
    messy: MessyLake,
) -> None:
    messy.put("products", sku="POST", name="POSTAGE", price="1.00")
    messy.put("products", sku="P-2", name="Postage stamp box", price="5.00")
    messy.put("customers", email="anna@example.org")
    paid, entry = _order(messy, customer_id=1), _order(messy)
    for order, product, quantity, price in (
        (paid, 1, "1", "4.90"), (paid, 2, "2", "5.00"), (paid, 2, "1", "0.00"),
        (entry, 2, "7", "0.00"), (paid, 2, "-1", "5.00"),
    ):  # fmt: skip
        messy.put("order_items", order_id=order, product_id=product, quantity=quantity,
                  unit_price=price, line_total="0.00")  # fmt: skip
    messy.put("payments", order_id=77, status="CAPTURED", amount="1.00", currency="EUR",
              paid_at="2026-01-10")  # fmt: skip
    messy.put("reviews", product_id=77, rating="5", reviewed_at="2026-01-10")
    assert messy.findings() == {
        ("1", "product_id", "not_goods", "noted"),
        ("3", "unit_price", "free_item", "noted"),
        ("4", "unit_price", "stock_entry", "noted"),
        ("5", "quantity", "stock_entry", "noted"),
        ("1", "order_id", "order_missing", "noted"),
        ("1", "product_id", "product_missing", "noted"),
    }
    assert messy.rows("SELECT COUNT(*) FROM silver.order_items") == [(5,)]


@pytest.mark.promise("90")
def test_duplicates_are_linked_to_the_first_and_nothing_is_merged(messy: MessyLake) -> None:
    def customer(first: str, last: str, email: str | None, phone: str | None, day: int) -> None:
        messy.put("customers", first_name=first, last_name=last, email=email, phone=phone,
                  country="DE", created_at=f"2025-01-{day:02} 10:00:00")  # fmt: skip

    customer("Anna", "Meier", "anna@example.org", "030 1234567", 2)
    customer("ANNA", "Meier", "Anna+new@Example.org ", None, 3)  # her mailbox, with a tag
    customer("A.", "Meier", "am@mail.example", "+49 30 1234567", 4)  # her telephone
    customer("Anna", "Meire", "x@mail.example", "0049301234567", 1)  # came first, with a slip
    customer("Bernd", "Meier", "bernd@example.org", "030 1234567", 5)  # shares her telephone
    customer("Anna", "Meier", "other@example.org", "+49 89 7654321", 6)  # has her name alone
    messy.put("products", sku="KIT-1", name="Steel Mug", price="9.00", category_id=1)
    messy.put("products", sku="kit 1", name="Steel Mug", price="9.50", category_id=1)
    messy.put("products", sku="KIT-2", name="Steel Mug Blue", price="9.00", category_id=1)
    messy.put("products", sku="SKU-9", name="steel mug", price="9.00", category_id=1)
    assert messy.rows("SELECT * FROM silver.customer_links ORDER BY customer_id") == [
        ("messy", "1", "4", "mailbox"),
        ("messy", "2", "4", "mailbox"),
        ("messy", "3", "4", "phone"),
    ]
    assert messy.rows("SELECT * FROM silver.product_links ORDER BY product_id") == [
        ("messy", "2", "1", "sku"),
        ("messy", "4", "1", "name"),
    ]
    assert messy.rows("SELECT COUNT(*) FROM silver.customers") == [(6,)]
    assert messy.rows("SELECT COUNT(*) FROM silver.products") == [(4,)]


# Names of a small catalogue, each with its category, and what is written out of them.
CATALOGUE = [
    *[(f"Black {noun}", 1) for noun in ("Kettle", "Mug", "Carafe", "Skillet", "Cup", "Pan", "Jug")],
    *[(f"Black Pot {number}", 1) for number in (1, 2, 3)],
    *[(f"Leather {noun} Sand", 2) for noun in ("Boot", "Belt", "Wallet", "Loafer")],
    *[(f"Organic {noun}", 3) for noun in ("Pillow", "Duvet", "Blanket", "Sheet Set")],
    *[(f"Nordic Lantern {number}", 4) for number in (1, 2, 3)],
    *[(f"{wood} Chest", 5) for wood in ("Bread", "Board", "Bread Oak", "Board Oak", "Bread Ash")],
    ("Board Ash Chest", 5),
]
SHORTENED = [
    ("Blk Whisk", 1, "Black Whisk"),  # other black things in the category
    ("BLK Kettle", 9, "Black Kettle"),  # elsewhere, but a black kettle is known
    ("Blk Whisk", 9, None),  # nothing speaks for it
    ("Lthr Sandal", 9, "Leather Sandal"),  # all its consonants
    ("Org. Topper", 3, "Organic Topper"),
    ("Orga. Topper", 9, "Organic Topper"),
    ("Org. Topper", 9, None),
    ("Or. Topper", 3, None),  # two letters need the same neighbour
    ("Or. Pillow", 9, "Organic Pillow"),
    ("Lantern No. 5", 4, None),  # numbered, though Nordic begins so
    ("Lantern Nor. 5", 4, None),
    ("Brd Chest", 5, None),  # bread or board
    ("Black USB Mug", 1, None),
    ("Pillow Sheet.", 3, None),  # the end of a sentence
    ("Lthr Kettle Blk", 1, "Leather Kettle Black"),
    ("Sky Fly", 1, None),
]


@pytest.mark.promise("5")
def test_shortened_words_of_products_are_written_out_from_the_shops_own_names(
    messy: MessyLake,
) -> None:
    for name, category in CATALOGUE:
        messy.put("products", sku="A", name=name, price="9.00", category_id=category)
    expected = {}
    for name, category, full in SHORTENED:
        key = messy.put("products", sku="B", name=name, price="9.00", category_id=category)
        if full:
            expected[key] = (name, full)
    found = messy.rows("SELECT product_id, name, full_name FROM silver.product_full_names")
    assert {key: (name, full) for key, name, full in found} == expected
    names = dict(messy.rows("SELECT product_id, name FROM silver.products"))
    assert {key: names[key] for key in expected} == {
        key: name for key, (name, _) in expected.items()
    }
    assert messy.findings() == {(key, "name", "name_abbreviated", "noted") for key in expected}


def test_in_a_catalogue_written_out_nothing_is_shortened(messy: MessyLake) -> None:
    for name, category in CATALOGUE:
        messy.put("products", sku="A", name=name, price="9.00", category_id=category)
    assert messy.rows("SELECT * FROM silver.product_full_names") == []


@pytest.mark.parametrize("sharing, linked", [(20, 19), (21, 0)])
def test_a_telephone_that_many_share_links_nobody(
    messy: MessyLake, sharing: int, linked: int
) -> None:
    for _ in range(sharing):
        messy.put("customers", first_name="Anna", last_name="Meier", phone="+49 30 1234567",
                  country="DE", created_at="2025-01-02 10:00:00")  # fmt: skip
    assert messy.rows("SELECT COUNT(*) FROM silver.customer_links") == [(linked,)]


@pytest.mark.nightly
def test_a_touched_order_is_renewed_as_a_whole_rebuild_would(messy: MessyLake) -> None:
    refresh = Refresh(messy.project, [SHOP])
    messy.put("customer_addresses", city="München", postal_code="80331", country="DE")
    order = _order(messy, address_id=1, total_amount="1.234,50 €")
    messy.put("order_items", order_id=order, quantity="1", unit_price="1234,50",
              line_total="1.234,50")  # fmt: skip
    bad = _order(messy, ordered_at="2999-01-01")

    class Touched:
        whole, keys, tables = False, (order, bad), None

    refresh.refresh(messy.connection, {"messy": Touched()})
    assert messy.rows("SELECT city, total, order_amount FROM gold.fct_orders") == [
        ("München", Decimal("1234.50"), Decimal("1234.50"))
    ]
    assert messy.rows("SELECT row_key, rule FROM gold.fct_quarantine") == [
        (bad, "date_outside_shops_life")
    ]
    differing = [d for d in compare_kept(messy.connection, messy.project)
                 if d.only_in_table or d.only_in_view]  # fmt: skip
    assert differing == []
    assert [t for t in run_tests(messy.connection, messy.project) if t.failing_rows] == []


def test_rules_are_counted_a_shop_and_entity(lake: Lake) -> None:
    lake.put("customers", customer_id=1, first_name="ANNA", last_name="Meier", email="a@x.org")
    lake.put("customers", customer_id=2, first_name="Anna", last_name="Meier", email=" A@x.org")
    lake.order(1, "10.00", total_amount=Decimal("-1.00"))
    lake.applied(whole=True)
    counted = count_rules(lake.connection, "aethermart", COMMITTED)
    assert [(r.entity, r.rule, r.done, r.rows) for r in counted.rules] == [
        ("customers", "duplicate_customer", "linked", 1),
        ("customers", "email_respelled", "mended", 1),
        ("customers", "person_name_respelled", "mended", 1),
        ("order_items", "order_quarantined", "quarantined", 1),
        ("orders", "order_total_not_negative", "quarantined", 1),
    ]
    assert count_rules(lake.connection, "north", COMMITTED).rules == ()
    with pytest.raises(NotFound):
        count_rules(lake.connection, "corner", COMMITTED)
