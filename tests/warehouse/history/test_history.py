"""History against a reference model in plain Python: late, out of order, deleted, reinserted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethermart.core.errors import BadInput
from aethermart.packs.pack import Shop
from aethermart.sinks.mirror.touched import Touched
from aethermart.warehouse.history.bitemporal import changes_of_row, rows_as_of
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.quality import run_tests
from aethermart.warehouse.refresh import Refresh
from tests.warehouse.lake import Lake, copied_lake

START = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """One change of a product as the log has it; price None where it was deleted.

    minute  when the shop committed it; its place in the list is its place in the log
    """

    key: int
    minute: int
    price: int | None


@dataclass(frozen=True)
class Emptied:
    """The table was truncated, or captured anew with these products and prices."""

    minute: int
    snapshot: dict[int, int] | None


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def known(offset: int) -> datetime:
    """When the entry at an offset was logged: long after any commit."""
    return START + timedelta(days=1, minutes=offset)


class Archive:
    """Bronze as the archive's views show it, written by hand."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.offset = 0

    def begin(self) -> None:
        connection = self.lake.connection
        for name in ("aethermart__products", "_entries"):
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE rows_of_{name} AS FROM bronze.{name} LIMIT 0"
            )
            connection.execute(f'DROP VIEW IF EXISTS bronze."{name}"')
            connection.execute(
                f'CREATE TABLE bronze."{name}" AS SELECT * FROM rows_of_{name} LIMIT 0'
            )

    def entry(self, *controls: dict[str, Any], minute: int = 0) -> str:
        self.offset += 1
        name = f"e{self.offset:04}"
        self.lake.connection.execute(
            "INSERT INTO bronze._entries VALUES (?, ?, ?, ?, ?, ?)",
            ["aethermart", self.offset, name, known(self.offset), at(minute), json.dumps(controls)],
        )
        return name

    def row(self, entry: str, change: Told, op: str, position: int = 0) -> None:
        price = None if change.price is None else Decimal(change.price)
        sku = None if change.price is None else f"P-{change.key}"
        self.lake.connection.execute(
            "INSERT INTO bronze.aethermart__products"
            " (product_id, sku, price, stock_quantity, _op, _position, _committed_at, _entry)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [change.key, sku, price, self.offset, op, position, at(change.minute), entry],
        )

    def tell(self, events: list[Told | Emptied]) -> None:
        """Each change is an entry of its own, a snapshot is three."""
        for event in events:
            if isinstance(event, Told):
                self.row(self.entry(), event, "d" if event.price is None else "u")
            elif event.snapshot is None:
                self.entry(
                    {"is": "truncate", "table": "products", "position": 5}, minute=event.minute
                )
            else:
                named = {"snapshot": f"s{self.offset}", "tables": ["products"]}
                self.entry({"is": "snapshot_begin", **named}, minute=event.minute)
                entry = self.entry(minute=event.minute)
                for key, price in event.snapshot.items():
                    self.row(entry, Told(key, event.minute, price), "r", key)
                self.entry({"is": "snapshot_end", **named}, minute=event.minute)


# ---- the reference: nothing but lists and comparisons

Version = tuple[int, int | None]  # from this minute on, at this price (None: deleted)


def told_of(events: list[Told | Emptied], key: int) -> list[tuple[int, int, int | None]]:
    """(minute, offset, price) of all that was told of a key, in the order of the log."""
    told: list[tuple[int, int, int | None]] = []
    offset = 0
    for event in events:
        if isinstance(event, Told):
            offset += 1
            if event.key == key:
                told.append((event.minute, offset, event.price))
        elif event.snapshot is None:
            offset += 1
            if told:
                told.append((event.minute, offset, None))
        else:
            offset += 3
            if key in event.snapshot:
                told.append((event.minute, offset - 1, event.snapshot[key]))
            elif told:
                told.append((event.minute, offset, None))
    return told


def price_as_of(
    events: list[Told | Emptied], key: int, minute: int, known_offset: int
) -> int | None:
    seen = [t for t in told_of(events, key) if t[0] <= minute and t[1] <= known_offset]
    return max(seen)[2] if seen else None


def versions(events: list[Told | Emptied], key: int) -> list[tuple[int, int | None, int]]:
    """(from, to, price) of every version, in order; `to` is None for the current one."""
    turns: list[Version] = []
    last_at: dict[int, tuple[int, int | None]] = {}
    for minute, offset, price in told_of(events, key):
        if minute not in last_at or last_at[minute][0] < offset:
            last_at[minute] = (offset, price)
    for minute in sorted(last_at):
        price = last_at[minute][1]
        if not turns or turns[-1][1] != price:
            turns.append((minute, price))
    ends = [*(minute for minute, _ in turns[1:]), None]
    return [
        (minute, end, price)
        for (minute, price), end in zip(turns, ends, strict=False)
        if price is not None
    ]


def events() -> st.SearchStrategy[list[Told | Emptied]]:
    keys, minutes, prices = st.integers(1, 3), st.integers(0, 6), st.integers(1, 3)
    told = st.builds(Told, keys, minutes, st.one_of(st.none(), prices))
    emptied = st.builds(
        Emptied, minutes, st.one_of(st.none(), st.dictionaries(keys, prices, max_size=3))
    )
    return st.lists(st.one_of(told, told, told, told, emptied), max_size=12)


@pytest.fixture(scope="module")
def archive(
    empty_lake_file: Path,
    shops: tuple[Shop, ...],
    compiled: CompiledProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Archive]:
    """One lake for many examples, each of which is rolled back."""
    file = tmp_path_factory.mktemp("history") / "lake.duckdb"
    with copied_lake(empty_lake_file, file) as connection:
        made = Archive(Lake(connection, shops, compiled, Refresh(compiled, shops), offset=1))
        made.begin()
        yield made


@pytest.fixture
def fresh(archive: Archive) -> Iterator[Archive]:
    archive.lake.connection.execute("BEGIN TRANSACTION")
    archive.offset = 0
    yield archive
    archive.lake.connection.execute("ROLLBACK")


def dimension(archive: Archive, key: int) -> list[tuple[Any, ...]]:
    return archive.lake.rows(
        "SELECT valid_from, valid_to, CAST(price AS INTEGER), is_current, covers_from"
        " FROM gold.dim_product WHERE shop = 'aethermart' AND product_id = ? ORDER BY valid_from",
        str(key),
    )


@pytest.mark.promise("91", "B11")
@settings(max_examples=settings.default.max_examples // 5, deadline=None)
@given(events(), st.lists(st.tuples(st.integers(-1, 7), st.integers(0, 20)), max_size=4))
def test_versions_and_rows_as_of_any_time_known_at_any_time_are_the_references(
    archive: Archive, told: list[Told | Emptied], asked: list[tuple[int, int]]
) -> None:
    connection = archive.lake.connection
    connection.execute("BEGIN TRANSACTION")
    archive.offset = 0
    try:
        archive.tell(told)
        for key in (1, 2, 3):
            expected = versions(told, key)
            found = dimension(archive, key)
            assert [(f, t, p) for f, t, p, _, _ in found] == [
                (at(start), None if end is None else at(end), price)
                for start, end, price in expected
            ]
            assert [current for *_, current, _ in found] == [end is None for _, end, _ in expected]
        for minute, offset in [*asked, (7, archive.offset)]:
            rows = rows_as_of(connection, "products", "aethermart", at(minute), known(offset))
            prices = {int(key): int(row["price"]) for key, row in rows.items()}
            reference = {
                key: price
                for key in (1, 2, 3)
                if (price := price_as_of(told, key, minute, offset)) is not None
            }
            assert prices == reference, (minute, offset)
    finally:
        connection.execute("ROLLBACK")


@pytest.mark.promise("B11")
def test_a_late_change_takes_its_place_and_what_was_known_before_stays(fresh: Archive) -> None:
    fresh.tell([Told(1, 0, 10), Told(1, 20, 30), Told(1, 10, 20)])
    connection = fresh.lake.connection

    def price(minute: int, offset: int | None) -> Decimal:
        moment = None if offset is None else known(offset)
        return rows_as_of(connection, "products", "aethermart", at(minute), moment)["1"]["price"]

    assert price(15, 2) == 10  # nobody knew of the 20 yet
    assert price(15, 3) == 20
    assert price(15, None) == 20
    assert price(25, None) == 30
    assert [row[:3] for row in dimension(fresh, 1)] == [
        (at(0), at(10), 10),
        (at(10), at(20), 20),
        (at(20), None, 30),
    ]


@pytest.mark.promise("91")
def test_what_changes_with_every_order_makes_no_version(fresh: Archive) -> None:
    fresh.tell([Told(1, 0, 10), Told(1, 1, 10), Told(1, 2, 10)])  # only the stock moved
    assert dimension(fresh, 1) == [(at(0), None, 10, True, FIRST)]


@pytest.mark.promise("91")
def test_a_deletion_closes_the_row_and_a_reinsertion_opens_a_new_one(fresh: Archive) -> None:
    fresh.tell([Told(1, 0, 10), Told(1, 5, None), Told(1, 9, 10)])
    assert [row[:4] for row in dimension(fresh, 1)] == [
        (at(0), at(5), 10, False),
        (at(9), None, 10, True),
    ]
    connection = fresh.lake.connection
    assert rows_as_of(connection, "products", "aethermart", at(5)) == {}
    history = changes_of_row(connection, "products", "aethermart", "1")
    assert [(c.op, c.committed_at, c.values.get("price")) for c in history] == [
        ("u", at(0), Decimal(10)),
        ("d", at(5), None),
        ("u", at(9), Decimal(10)),
    ]


def test_rows_written_again_after_a_truncation_in_the_same_entry_stay(fresh: Archive) -> None:
    fresh.tell([Told(1, 0, 10), Told(2, 0, 10)])
    entry = fresh.entry({"is": "truncate", "table": "products", "position": 5}, minute=9)
    fresh.row(entry, Told(1, 7, 11), "c", position=6)
    assert [row[:3] for row in dimension(fresh, 1)] == [(at(0), at(7), 10), (at(7), None, 11)]
    assert [row[:3] for row in dimension(fresh, 2)] == [(at(0), at(9), 10)]


@pytest.mark.promise("91")
def test_a_line_shows_the_name_and_price_of_its_moment(fresh: Archive) -> None:
    """Before the first version known, that one stands in and says so; after a deletion, none."""
    lake = fresh.lake
    fresh.tell([Told(1, 10, 10), Told(1, 20, 12), Told(1, 40, None)])
    for order, minute in enumerate((0, 10, 19, 20, 39, 40), start=1):
        lake.order(order, "10.00", ordered_at=at(minute))
    lake.refresh.refresh(lake.connection, {"aethermart": whole()})
    assert lake.rows(
        "SELECT order_id, product_member, CAST(list_price AS INTEGER), product_known_then"
        " FROM gold.fct_sales_as_ordered ORDER BY order_id"
    ) == [
        ("1", "1", 10, False),
        ("2", "1", 10, True),
        ("3", "1", 10, True),
        ("4", "1", 12, True),
        ("5", "1", 12, True),
        ("6", "unknown", None, False),
    ]
    failing = [t for t in run_tests(lake.connection, lake.compiled) if t.failing_rows]
    assert failing == []


def test_a_customers_segment_is_that_of_the_order(fresh: Archive) -> None:
    lake = fresh.lake
    lake.put("customers", customer_id=1)
    for order in range(1, 7):
        status = "CANCELLED" if order == 2 else "PAID"
        lake.order(order, "10.00", ordered_at=at(order), status=status)
    lake.refresh.refresh(lake.connection, {"aethermart": whole()})
    assert lake.rows(
        "SELECT order_id, customer_segment FROM gold.fct_sales_as_ordered ORDER BY order_id"
    ) == [
        ("1", "new"),
        ("2", "unknown"),
        ("3", "returning"),
        ("4", "returning"),
        ("5", "returning"),
        ("6", "loyal"),
    ]


def test_a_row_the_archive_does_not_have_yet_stands_as_silver_has_it(fresh: Archive) -> None:
    fresh.lake.put("products", product_id=9, price=Decimal("7.00"))
    assert dimension(fresh, 9) == [(FIRST, None, 7, True, FIRST)]


def test_an_entity_without_history_and_a_time_without_zone_are_refused(fresh: Archive) -> None:
    connection = fresh.lake.connection
    with pytest.raises(BadInput, match="'orders; DROP' has no history"):
        rows_as_of(connection, "orders; DROP", "aethermart", START)
    with pytest.raises(BadInput, match="has no time zone"):
        rows_as_of(connection, "orders", "aethermart", datetime(2026, 1, 1))  # noqa: DTZ001


def whole() -> Touched:
    return Touched(whole=True)
