"""The gate before the mirror: a table that lost or changed a column its pack needs is stopped."""

from __future__ import annotations

import pytest

from aethermart.core.entries import Column, TableSchema
from aethermart.packs.load import load_shipped
from aethermart.packs.schema_check import check_schema

SOUND = {
    "order_event_id": "int64",
    "order_id": "int64",
    "from_status": "string",
    "to_status": "string",
    "changed_at": "timestamp[us, tz=UTC]",
}


def faults(
    columns: dict[str, str],
    table: str = "order_events",
    key: str = "order_event_id",
    pack: str = "aethermart",
) -> list[str]:
    schema = TableSchema(table, tuple(Column(n, t) for n, t in columns.items()), (key,))
    return [str(fault) for fault in check_schema(load_shipped(pack), schema)]


def test_the_columns_a_pack_names_pass_in_any_order_with_any_others_beside() -> None:
    assert faults(SOUND) == []
    assert faults(dict(reversed(SOUND.items())) | {"note": "string", "photo": "binary"}) == []


@pytest.mark.promise("92")
def test_where_the_pack_wants_exactly_its_own_a_column_more_is_a_fault() -> None:
    columns = dict.fromkeys(load_shipped("online_retail").tables["lines"].columns, "string")
    columns["line_number"] = "int64"
    assert faults(columns, "lines", "line_number", "online_retail") == []
    assert faults(columns | {"Discount": "double"}, "lines", "line_number", "online_retail") == [
        "lines.Discount is not in the pack (double)"
    ]
    odd = columns | {"Shape": "list<item: string>"}
    assert faults(odd, "lines", "line_number", "online_retail") == [
        "lines.Shape is not in the pack (list<item: string>)"
    ]


@pytest.mark.promise("92")
@pytest.mark.promise("104")
def test_a_missing_column_is_a_fault() -> None:
    columns = {name: kind for name, kind in SOUND.items() if name != "to_status"}
    assert faults(columns) == ["order_events.to_status is missing (expected text)"]


@pytest.mark.promise("104")
@pytest.mark.parametrize(
    "column, kind, fault",
    [
        ("order_id", "string", "order_events.order_id is text (expected integer)"),
        ("order_id", "double", "order_events.order_id is double (expected integer)"),
        ("changed_at", "timestamp[us]", "is timestamp[us] (expected timestamp)"),
        ("to_status", "list<item: string>", "is list<item: string> (expected text)"),
    ],
)
def test_a_column_of_another_type_is_a_fault(column: str, kind: str, fault: str) -> None:
    (found,) = faults(SOUND | {column: kind})
    assert fault in found


def test_smaller_integers_and_larger_strings_hold_the_same_values() -> None:
    assert faults(SOUND | {"order_id": "int32", "to_status": "large_string"}) == []


@pytest.mark.parametrize(
    "captured, fits",
    [
        ("decimal128(12, 2)", True),
        ("decimal128(8, 1)", True),
        ("decimal128(13, 2)", False),
        ("decimal128(12, 3)", False),
    ],
)
def test_a_decimal_may_shrink_but_not_grow(captured: str, fits: bool) -> None:
    table = load_shipped("aethermart").tables["returns"]
    arrow = {"integer": "int64", "text": "string", "timestamp": "timestamp[us, tz=UTC]"}
    columns = {name: arrow.get(kind.kind, captured) for name, kind in table.columns.items()}
    found = faults(columns, "returns", "return_id")
    assert (found == []) is fits


def test_another_key_is_a_fault() -> None:
    assert faults(SOUND, key="order_id") == [
        "order_events.key is order_id (expected order_event_id)"
    ]


def test_a_table_the_pack_does_not_know_is_none_of_its_business() -> None:
    assert faults({"x": "binary"}, table="coupons", key="x") == []
