from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aethermart.core.entries import Batch, with_meta
from aethermart.log.archive.archive import Archive
from aethermart.log.archive.columns import SchemaClash, UnfitColumn, bronze_type
from aethermart.log.chunks import ChunkStore
from tests.log.archive.shop_entries import (
    ORDERS,
    SHOP,
    assert_same,
    entry_id,
    items,
    logged,
    model_of,
    orders,
    rows_of,
    simple,
)

WITH_NOTE = ORDERS.append(pa.field("note", pa.string()))


def one_column(offset: int, kind: pa.DataType, value: object) -> pa.Table:
    columns = pa.schema([pa.field("value", kind)])
    return rows_of(columns, entry_id(offset), offset * 10, [{"value": value}])


def test_an_added_column_passes_and_old_entries_come_back_without_it(archive: Archive) -> None:
    entries = [
        logged(1, [Batch("orders", orders(1))]),
        logged(2, [Batch("orders", orders(2, columns=WITH_NOTE))]),
        logged(3, [Batch("orders", orders(3))]),  # dropped again
    ]
    archive.apply(entries[:1])
    archive.apply(entries[1:2])
    archive.apply(entries[2:])
    found = archive.read(SHOP, 0, 10)
    assert_same(found, entries)
    assert [("note" in p.rows.column_names) for e in found for p in _batches(e.entry.parts)] == [
        False,
        True,
        False,
    ]


def test_a_column_added_within_one_entry_and_one_micro_batch_passes(
    archive: Archive, chunks: ChunkStore
) -> None:
    def part(position: int, columns: pa.Schema) -> pa.Table:
        return rows_of(columns, entry_id(1), position, [{"order_id": position}])

    entries = [
        logged(
            1,
            [
                Batch("orders", part(1, ORDERS)),
                Batch("orders", part(2, WITH_NOTE)),
                chunks.write(entry_id(1), "orders", part(3, ORDERS)),
            ],
        ),
        logged(2, [chunks.write(entry_id(2), "orders", orders(2, 5, WITH_NOTE))]),
    ]
    archive.apply(entries)
    assert_same(archive.read(SHOP, 0, 10), model_of(entries, chunks))


@pytest.mark.parametrize("in_chunk", [False, True], ids=["batch", "chunk"])
def test_a_retyped_column_is_refused_before_anything_is_committed(
    archive: Archive, chunks: ChunkStore, in_chunk: bool
) -> None:
    archive.apply([simple(1)])
    version = archive.version(SHOP)
    retyped = ORDERS.set(2, pa.field("total", pa.string()))
    rows = rows_of(retyped, entry_id(3), 3000, [{"order_id": 1, "total": "9.99"}])
    part = chunks.write(entry_id(3), "orders", rows) if in_chunk else Batch("orders", rows)
    with pytest.raises(SchemaClash) as raised:
        archive.apply([simple(2), logged(3, [Batch("items", items(3)), part])])
    assert raised.value.cause == (
        "orders.total arrives as string, bronze has it as decimal128(12, 2)"
    )
    assert not raised.value.retryable
    assert archive.version(SHOP) == version
    assert archive.applied(SHOP) == 1
    archive.apply([simple(2)])  # what came before the change is still good
    assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2)])


def test_two_types_within_one_micro_batch_clash_too(archive: Archive) -> None:
    entries = [
        logged(1, [Batch("t", one_column(1, pa.string(), "1"))]),
        logged(2, [Batch("t", one_column(2, pa.int64(), 1))]),
    ]
    with pytest.raises(SchemaClash, match=r"t\.value arrives as int64, bronze has it as string"):
        archive.apply(entries)
    assert archive.tables(SHOP) == []


def test_a_wider_decimal_is_a_clash(archive: Archive) -> None:
    archive.apply([logged(1, [Batch("t", one_column(1, pa.decimal128(12, 2), Decimal(1)))])])
    with pytest.raises(SchemaClash, match=r"arrives as decimal128\(14, 2\)"):
        archive.apply([logged(2, [Batch("t", one_column(2, pa.decimal128(14, 2), Decimal(1)))])])


@pytest.mark.parametrize("in_chunk", [False, True], ids=["batch", "chunk"])
def test_integers_are_stored_as_bigint_and_come_back_as_they_were(
    archive: Archive, chunks: ChunkStore, in_chunk: bool
) -> None:
    def entry(offset: int, kind: pa.DataType, value: int) -> object:
        rows = one_column(offset, kind, value)
        part = chunks.write(entry_id(offset), "t", rows) if in_chunk else Batch("t", rows)
        return logged(offset, [part])

    entries = [entry(1, pa.int32(), 7), entry(2, pa.int64(), 1 << 40), entry(3, pa.uint8(), 255)]
    for each in entries:
        archive.apply([each])  # type: ignore[list-item]
    stored = {pq.read_schema(file).field("value").type for file in archive.files(SHOP, "t")}
    assert stored == {pa.int64()}
    assert_same(archive.read(SHOP, 0, 10), model_of(entries, chunks))  # type: ignore[arg-type]


ZONED = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "kind, kept, value",
    [
        pytest.param(pa.bool_(), "bool", True, id="bool"),
        pytest.param(pa.float64(), "double", 0.1, id="double"),
        pytest.param(pa.float32(), "double", 0.5, id="float"),
        pytest.param(pa.large_string(), "string", "x", id="large string"),
        pytest.param(pa.dictionary(pa.int8(), pa.string()), "string", "x", id="dictionary"),
        pytest.param(pa.binary(), "binary", b"\x00\xff", id="binary"),
        pytest.param(pa.date32(), "date32[day]", date(2026, 3, 1), id="date"),
        pytest.param(pa.decimal128(38, 10), "decimal128(38, 10)", Decimal("1.5"), id="decimal"),
        pytest.param(pa.timestamp("us", "UTC"), "timestamp[us, tz=UTC]", ZONED, id="instant"),
        pytest.param(
            pa.timestamp("us", "Europe/Berlin"), "timestamp[us, tz=UTC]", ZONED, id="other zone"
        ),
        pytest.param(
            pa.timestamp("s", "UTC"),
            "timestamp[us, tz=UTC]",
            ZONED.replace(microsecond=0),
            id="seconds",
        ),
    ],
)
def test_a_type_that_bronze_keeps_comes_back_exactly(
    archive: Archive, chunks: ChunkStore, kind: pa.DataType, kept: str, value: object
) -> None:
    entries = [
        logged(1, [Batch("t", one_column(1, kind, value))]),
        logged(2, [Batch("t", one_column(2, kind, None))]),
        logged(3, [chunks.write(entry_id(3), "t", one_column(3, kind, value))]),
    ]
    archive.apply(entries)
    assert_same(archive.read(SHOP, 0, 10), model_of(entries, chunks))
    assert str(bronze_type("t", "value", kind)) == kept
    for file in archive.files(SHOP, "t"):
        assert str(pq.read_schema(file).field("value").type) == kept


@pytest.mark.parametrize(
    "kind, cause",
    [
        pytest.param(pa.timestamp("us"), "is a timestamp without a time zone", id="naive"),
        pytest.param(pa.timestamp("ns", "UTC"), "has nanoseconds", id="nanoseconds"),
        pytest.param(pa.uint64(), "has type uint64, which bronze does not keep", id="uint64"),
        pytest.param(pa.time64("us"), r"has type time64\[us\]", id="time of day"),
        pytest.param(pa.list_(pa.int64()), "has type list<item: int64>", id="list"),
        pytest.param(pa.null(), "has type null", id="null"),
        pytest.param(pa.decimal256(50, 2), r"has type decimal256\(50, 2\)", id="wide decimal"),
    ],
)
def test_a_type_that_bronze_cannot_keep_is_refused(
    archive: Archive, kind: pa.DataType, cause: str
) -> None:
    with pytest.raises(UnfitColumn, match=rf"^t\.value {cause}"):
        archive.apply([logged(1, [Batch("t", one_column(1, kind, None))])])
    assert archive.tables(SHOP) == []


def test_columns_that_differ_in_capitals_only_are_refused(archive: Archive) -> None:
    columns = pa.schema([pa.field("Total", pa.int64()), pa.field("total", pa.int64())])
    rows = rows_of(columns, entry_id(1), 1, [{"Total": 1, "total": 2}])
    with pytest.raises(UnfitColumn, match="t: more than one column is named total"):
        archive.apply([logged(1, [Batch("t", rows)])])


def test_rows_without_their_meta_columns_are_refused(archive: Archive) -> None:
    with pytest.raises(UnfitColumn, match="t: rows arrive without _op, _position, _committed_at"):
        archive.apply([logged(1, [Batch("t", pa.table({"id": [1]}))])])


def test_all_files_of_a_grown_table_can_be_read_by_name(archive: Archive, tmp_path: Path) -> None:
    archive.apply([logged(1, [Batch("orders", orders(1))])])
    archive.apply([logged(2, [Batch("orders", orders(2, columns=WITH_NOTE))])])
    table = archive._table(SHOP, "orders")
    assert table.schema() == pa.schema(
        [*(f.with_nullable(True) for f in with_meta(ORDERS)), pa.field("note", pa.string())]
    )


def _batches(parts: tuple[object, ...]) -> list[Batch]:
    return [part for part in parts if isinstance(part, Batch)]


def test_an_empty_batch_may_have_a_column_that_bronze_never_had(archive: Archive) -> None:
    entry = logged(
        1, [Batch("orders", orders(1)), Batch("orders", orders(1, 0, columns=WITH_NOTE))]
    )
    archive.apply([entry])
    assert_same(archive.read(SHOP, 0, 1), [entry])
