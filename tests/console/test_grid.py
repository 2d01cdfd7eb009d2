"""What a table gives away: exact decimals, instants in UTC, nothing it does not show."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet

from aethermart.client.answers.lake import TableColumn, TablePage
from aethermart.console.grid import Grid, arrow, as_csv, as_parquet, grid_of

COLUMNS = tuple(
    TableColumn(name=name, type=kind)
    for name, kind in (
        ("order_id", "text"),
        ("total", "decimal(18,2)"),
        ("items", "integer"),
        ("ordered_at", "instant"),
        ("day", "date"),
        ("late", "boolean"),
    )
)
ROWS = (
    ("1", "9007199254740993.01", 2, "2026-01-31T12:00:00.500000Z", "2026-01-31", True),
    ('a "quoted", one', None, None, None, None, None),
)
GRID = Grid(COLUMNS, ROWS)


def test_parquet_holds_decimals_no_float_could_and_instants_in_utc() -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(as_parquet(GRID)))
    assert table.schema.field("total").type == pa.decimal128(18, 2)
    assert table.schema.field("ordered_at").type == pa.timestamp("us", tz="UTC")
    assert table.to_pylist() == [
        {
            "order_id": "1",
            "total": Decimal("9007199254740993.01"),
            "items": 2,
            "ordered_at": datetime(2026, 1, 31, 12, 0, 0, 500000, tzinfo=UTC),
            "day": date(2026, 1, 31),
            "late": True,
        },
        dict.fromkeys(("total", "items", "ordered_at", "day", "late"))
        | {"order_id": 'a "quoted", one'},
    ]


def test_csv_has_every_digit_and_quotes_what_needs_it() -> None:
    assert as_csv(GRID).decode().splitlines() == [
        '"order_id","total","items","ordered_at","day","late"',
        '"1",9007199254740993.01,2,2026-01-31 12:00:00.500000Z,2026-01-31,true',
        '"a ""quoted"", one",,,,,',
    ]


def test_a_page_s_columns_are_chosen_and_ordered_and_its_end_is_known() -> None:
    page = TablePage(table="fct_orders", columns=COLUMNS, rows=ROWS, next_cursor="more")
    chosen = grid_of(page, ("items", "order_id", "no_such"))
    assert [column.name for column in chosen.columns] == ["items", "order_id"]
    assert chosen.rows == ((2, "1"), (None, 'a "quoted", one'))
    assert chosen.more
    assert not grid_of(page.model_copy(update={"next_cursor": None})).more


def test_a_table_without_rows_keeps_its_types() -> None:
    assert arrow(Grid(COLUMNS, ())).schema == arrow(GRID).schema
