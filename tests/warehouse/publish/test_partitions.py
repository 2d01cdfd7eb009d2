"""Of a partitioned table only the partitions whose rows changed are written again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from aethermart.engine.engine import Engine
from tests.warehouse.lake import Lake
from tests.warehouse.publish.publishing import Publishing, revenue, sorted_rows
from tests.warehouse.publish.two_tables import TwoTables

JANUARY = datetime(2026, 1, 5, 12, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 27, 23, 30, tzinfo=UTC)
SALES = "gold.fct_sales"


@pytest.fixture
def three_parts(publishing: Publishing) -> Publishing:
    """Two months of one shop, one of another; published once."""
    publishing.order(1, "10.00", "2.55")
    publishing.order(2, "99.99", ordered_at=FEBRUARY)
    publishing.order(4, "5.00", shop="north", currency="USD")
    publishing.publisher(SALES).publish()
    return publishing


def files(publishing: Publishing) -> dict[str, str]:
    """Partition -> its one file."""
    folder = publishing.folder / "gold/fct_sales"
    paths = [Path(uri).relative_to(folder) for uri in publishing.table(SALES).file_uris()]
    found = {str(path.parent): path.name for path in paths}
    assert len(found) == len(paths)
    return found


def again(publishing: Publishing, order_id: int, *totals: str, **columns: Any) -> None:
    """The order's rows taken away and put back, as an update arrives."""

    def job(lake: Lake) -> None:
        lake.remove("orders", order_id=order_id)
        lake.remove("order_items", order_id=order_id)
        lake.order(order_id, *totals, **columns)

    publishing.change(job)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {part for part in before | after if before.get(part) != after.get(part)}


def assert_equals_lake(publishing: Publishing) -> None:
    published = publishing.table(SALES).to_pyarrow_table()
    lakes = publishing.in_lake(SALES)
    assert sorted_rows(published) == sorted_rows(lakes)
    state = publishing.publication().tables[SALES]
    assert state.rows == lakes.num_rows == sum(part.rows for part in state.parts)
    sums: dict[str, Decimal] = {}
    for row in lakes.to_pylist():
        sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + row["revenue"]
    assert {name: Decimal(amount) for name, amount in state.sums["revenue"].items()} == sums


@pytest.mark.promise("95")
def test_an_order_of_march_leaves_the_files_of_february_and_of_the_other_shop(
    three_parts: Publishing,
) -> None:
    before = files(three_parts)
    three_parts.order(5, "7.00")
    done = three_parts.publisher(SALES).publish()
    assert done.written == (SALES,)
    assert changed(before, files(three_parts)) == {"shop=aethermart/ordered_month=2026-03"}
    assert revenue(done.publication) == Decimal("119.54")
    assert_equals_lake(three_parts)


def test_a_new_month_is_added_and_nothing_else_written(three_parts: Publishing) -> None:
    before = files(three_parts)
    three_parts.order(6, "1.00", ordered_at=JANUARY)
    three_parts.publisher(SALES).publish()
    assert changed(before, files(three_parts)) == {"shop=aethermart/ordered_month=2026-01"}
    assert_equals_lake(three_parts)


def test_a_month_whose_last_row_goes_goes_too(three_parts: Publishing) -> None:
    before = files(three_parts)
    three_parts.change(lambda lake: lake.remove("order_items", order_item_id=21))
    three_parts.publisher(SALES).publish()
    assert changed(before, files(three_parts)) == {"shop=aethermart/ordered_month=2026-02"}
    assert sorted(files(three_parts)) == [
        "shop=aethermart/ordered_month=2026-03",
        "shop=north/ordered_month=2026-03",
    ]
    assert_equals_lake(three_parts)


def test_a_row_that_moves_to_another_month_changes_both(three_parts: Publishing) -> None:
    before = files(three_parts)
    again(three_parts, 2, "99.99", ordered_at=JANUARY)
    three_parts.publisher(SALES).publish()
    assert changed(before, files(three_parts)) == {
        "shop=aethermart/ordered_month=2026-01",
        "shop=aethermart/ordered_month=2026-02",
    }
    assert_equals_lake(three_parts)


def test_rows_that_are_written_again_the_same_write_nothing(three_parts: Publishing) -> None:
    """An update that sets what was there moves the log's offset, and no row of gold."""
    before = three_parts.publication().tables[SALES]
    again(three_parts, 1, "10.00", "2.55")
    done = three_parts.publisher(SALES).publish()
    assert done.written == ()
    after = done.publication.tables[SALES]
    assert (after.version, after.parts) == (before.version, before.parts)
    assert after.content != before.content
    third = three_parts.publisher(SALES).publish()
    assert third.publication.tables[SALES] == after


def test_the_version_before_stays_whole_beside_the_new_one(three_parts: Publishing) -> None:
    before = three_parts.publication().tables[SALES]
    three_parts.order(5, "7.00")
    three_parts.publisher(SALES).publish()
    old = DeltaTable(three_parts.folder / before.path, version=before.version)
    assert old.to_pyarrow_table().num_rows == 4
    assert three_parts.table(SALES).to_pyarrow_table().num_rows == 5


def test_a_table_that_someone_else_committed_to_is_written_whole(three_parts: Publishing) -> None:
    before = files(three_parts)
    DeltaTable(three_parts.folder / "gold/fct_sales").delete("shop = 'north'")
    three_parts.order(5, "7.00")
    three_parts.publisher(SALES).publish()
    assert changed(before, files(three_parts)) == set(before)
    assert_equals_lake(three_parts)


@pytest.fixture
def lake(tmp_path: Path) -> TwoTables:
    return TwoTables(tmp_path)


@pytest.fixture
def engine(lake: TwoTables) -> Iterator[Engine]:
    engine = lake.opened()
    try:
        yield engine
    finally:
        engine.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_changes_what_is_published_is_what_the_lake_has(
    lake: TwoTables, engine: Engine, seed: int
) -> None:
    """Rows come, double, move, lose their date and go; months are few, so they empty."""
    dice = random.Random(seed)
    publisher = lake.publisher(engine)
    untouched = 0
    for offset in range(1, 21):
        before = _files(lake)
        engine.write(lambda c, at=offset: _change(c, dice, at))
        publisher.publish()
        assert _published(lake) == _in_lake(engine)
        untouched += len(before & _files(lake))
        assert lake.left_over() == set()
    assert untouched > 10


def _change(connection: Any, dice: random.Random, offset: int) -> None:
    day = f"DATE '2026-0{dice.randint(1, 5)}-1{dice.randint(0, 9)}'"
    if dice.random() < 0.2:
        day = "NULL"
    key, line = dice.randint(1, 6), f"{dice.randint(1, 500) / 100}, 'EUR', {offset}"
    insert = f"INSERT INTO mirror.corner__lines VALUES ('corner', {key}, {day}, 'ä', {line})"
    statement = dice.choice(
        [
            insert,
            insert,
            f"UPDATE mirror.corner__lines SET sold_on = {day}, _offset = {offset}"  # noqa: ISC004
            f" WHERE line_id = {key}",
            f"DELETE FROM mirror.corner__lines WHERE line_id = {key}",
        ]
    )
    connection.execute(statement)


def _files(lake: TwoTables) -> set[str]:
    folder = lake.folder / "gold/fct_lines"
    return set(DeltaTable(folder).file_uris()) if folder.exists() else set()


def _published(lake: TwoTables) -> list[str]:
    rows = DeltaTable(lake.folder / "gold/fct_lines").to_pyarrow_table().to_pylist()
    return sorted(repr([row[name] for name in ("line_id", "sold_on", "amount")]) for row in rows)


def _in_lake(engine: Engine) -> list[str]:
    with engine.read() as connection:
        rows = connection.execute("SELECT line_id, sold_on, amount FROM gold.fct_lines").fetchall()
    return sorted(repr(list(row)) for row in rows)
