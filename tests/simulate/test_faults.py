"""Planted faults: each written down, nothing else changed, the same again from the same seed."""

from __future__ import annotations

import copy
import sqlite3
from collections import Counter
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from aethermart.core.errors import BadInput, Conflict
from aethermart.simulate.faults.labels import KINDS, Label, read_labels, write_labels
from aethermart.simulate.faults.plant import MessyShop, plant
from aethermart.simulate.faults.sound import TABLES, Row, SoundShop, take_sound
from aethermart.simulate.faults.spellings import COMMON, HELD_OUT, SETS, UNSEEN, spellings_named
from aethermart.simulate.faults.store import write_shop
from aethermart.simulate.generator import generate
from aethermart.store.postgres.session import PostgresSession
from tests.simulate.test_generator import UNTIL


def _rows(table: str, count: int, **columns: object) -> list[Row]:
    key, names = TABLES[table]
    return [
        {key: number, **dict.fromkeys(names), **{  # type: ignore[dict-item]
            name: value(number) if callable(value) else value for name, value in columns.items()
        }}
        for number in range(1, count + 1)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def sound() -> SoundShop:
    """400 of everything, hand-made: customer n has order n with one line and one payment."""
    return SoundShop(
        {
            "categories": _rows("categories", 1, name="Wear"),
            "suppliers": _rows("suppliers", 40, name=lambda n: f"Mill {n} Ltd"),
            "products": _rows(
                "products", 60, sku=lambda n: f"KIT-{n}", name=lambda n: "Steel Mug Black",
                price=lambda n: f"{n}.50", category_id=1, created_at="2024-01-01 00:00:00",
            ),
            "customers": [
                row | {"country": "DE"}
                for row in _rows(
                    "customers", 400, email=lambda n: f"anna.{n}@example.org", first_name="Anna",
                    last_name=lambda n: "Meier", phone=lambda n: f"+49301{n:06}",
                    created_at="2024-01-01 00:00:00",
                )
            ],
            "customer_addresses": _rows(
                "customer_addresses", 400, customer_id=lambda n: n, street="Hauptstraße 5",
                city="Berlin", postal_code="10115", country="DE",
            ),
            "orders": _rows(
                "orders", 400, customer_id=lambda n: n, address_id=lambda n: n, currency="EUR",
                ordered_at="2025-06-01 10:00:00", total_amount="23.80",
            ),
            "order_items": _rows(
                "order_items", 400, order_id=lambda n: n, product_id=1, quantity="2",
                unit_price="11.90", line_total="23.80",
            ),
            "payments": _rows(
                "payments", 400, order_id=lambda n: n, amount="23.80",
                paid_at="2025-06-01 10:00:00",
            ),
            "reviews": _rows("reviews", 400, product_id=1, reviewed_at="2025-06-09 10:00:00"),
        }
    )  # fmt: skip


def _differing(before: SoundShop, after: MessyShop) -> set[tuple[str, str, str]]:
    """(table, key, column) of every cell that is another one; of a new row all of them."""
    cells = set()
    for table, rows in after.tables.items():
        key = TABLES[table][0]
        was = {row[key]: row for row in before.tables[table]}
        for row in rows:
            old = was.get(row[key], {})
            cells |= {(table, str(row[key]), name) for name in row if row[name] != old.get(name)}
    return cells


@pytest.mark.promise("3")
@pytest.mark.parametrize("name", SETS)
def test_every_changed_cell_is_labelled_and_every_label_is_a_changed_cell(
    sound: SoundShop, name: str
) -> None:
    before = copy.deepcopy(sound)
    messy = plant(sound, 0.2, 7, spellings_named(name))
    assert sound == before
    labelled = {(label.table, label.key, label.column) for label in messy.labels}
    assert len(labelled) == len(messy.labels)  # at most one fault in a cell
    copies = {(label.table, label.key) for label in messy.labels if label.column is None}
    moved = {  # what belongs to a duplicate goes with it
        ("customer_addresses", str(row["address_id"]))
        for row in messy.tables["customer_addresses"]
        if int(row["address_id"] or 0) > 400
    }
    for table, key, column in _differing(sound, messy):
        if (table, key) not in copies | moved and column != "customer_id":
            assert (table, key, column) in labelled
    differing = _differing(sound, messy)
    for label in messy.labels:
        if label.column is not None and (label.table, label.key) not in copies:
            assert (label.table, label.key, label.column) in differing


def test_labels_say_what_was_written_and_what_is_true(sound: SoundShop) -> None:
    messy = plant(sound, 0.2, 7, COMMON)
    now = {
        (table, str(row[TABLES[table][0]])): row
        for table, rows in messy.tables.items()
        for row in rows
    }
    was = {
        (table, str(row[TABLES[table][0]])): row
        for table, rows in sound.tables.items()
        for row in rows
    }
    for label in messy.labels:
        if label.column is None:
            continue
        assert str(now[label.table, label.key][label.column]) == label.written
        old = was.get((label.table, label.key), {}).get(label.column)
        if KINDS[label.kind] == "mend" and label.kind != "price_in_another_currency" and old:
            assert label.truth == old
    assert Counter(label.kind for label in messy.labels).keys() >= KINDS.keys() - {
        "price_ambiguous"
    }


def test_the_same_seed_gives_the_same_shop_and_another_one_another(sound: SoundShop) -> None:
    once, again = plant(sound, 0.1, 7, HELD_OUT), plant(sound, 0.1, 7, HELD_OUT)
    assert (once.tables, once.labels) == (again.tables, again.labels)
    assert plant(sound, 0.1, 8, HELD_OUT).labels != once.labels


def test_no_share_is_a_copy_without_faults(sound: SoundShop) -> None:
    messy = plant(sound, 0, 7, UNSEEN)
    assert (messy.tables, messy.labels) == (dict(sound.tables), [])


def test_the_share_is_of_the_cells_that_can_have_the_fault(sound: SoundShop) -> None:
    counts = Counter(label.kind for label in plant(sound, 0.1, 7, COMMON).labels)
    assert 20 <= counts["street_abbreviated"] <= 70  # of 440 streets
    assert 60 <= counts["person_name_inconsistent"] <= 115  # of 2 times 440, less the copies'


def test_no_spelling_is_in_two_sets() -> None:
    for one, other in ((COMMON, HELD_OUT), (COMMON, UNSEEN), (HELD_OUT, UNSEEN)):
        assert not set(one.dates) & set(other.dates)
        assert not set(one.swaps) & set(other.swaps)
        for way in one.amounts:
            written = {each(Decimal("1234.50")) for each in other.amounts}
            assert way(Decimal("1234.50")) not in written
        for form in one.phones:
            other_forms = {each("49", "301234567", "0") for each in other.phones}
            assert form("49", "301234567", "0") not in other_forms


@pytest.mark.parametrize("share, seed", [(-0.1, 1), (0.6, 1), (0.1, -1)])
def test_what_is_no_share_or_seed_is_refused(sound: SoundShop, share: float, seed: int) -> None:
    with pytest.raises(BadInput):
        plant(sound, share, seed, COMMON)


def test_labels_come_back_as_they_were_written(tmp_path: Path) -> None:
    labels = [
        Label("person_name_inconsistent", "customers", "7", "first_name", "JosÃ©\x85", "José"),
        Label("duplicate_customer", "customers", "9", None, None, "7"),
    ]
    write_labels(labels, tmp_path / "labels.jsonl")
    assert read_labels(tmp_path / "labels.jsonl") == labels


def test_the_shop_is_a_file_of_loose_texts_and_is_never_written_over(
    sound: SoundShop, tmp_path: Path
) -> None:
    file = tmp_path / "shop.db"
    write_shop(plant(sound, 0, 7, COMMON).tables, file)
    connection = sqlite3.connect(file)
    found = connection.execute("SELECT COUNT(*), MIN(typeof(quantity)) FROM order_items").fetchall()
    assert found == [(400, "text")]
    connection.close()
    with pytest.raises(Conflict):
        write_shop({}, file)


@pytest.mark.service("postgres")
def test_a_sound_shop_is_taken_from_the_store_which_stays_as_it_was(store: str) -> None:
    with psycopg.connect(store) as connection:
        generate(PostgresSession(connection), 0.02, 7, until=UNTIL)
        connection.commit()
        sound = take_sound(PostgresSession(connection), 7)
        rows = connection.execute("SELECT count(*) FROM customers WHERE phone LIKE '+49 5%%'")
        assert (rows.fetchone() or (0,))[0] > 0
    assert len(sound.tables["orders"]) == 200
    emails = [row["email"] for row in sound.tables["customers"]]
    assert all("@" in str(email) for email in emails)
