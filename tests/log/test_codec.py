from __future__ import annotations

import contextlib
import json
import struct
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethermart.core.entries import (
    Batch,
    Chunk,
    Column,
    Entry,
    Heartbeat,
    Position,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
    Truncate,
    with_meta,
)
from aethermart.log.codec import UnreadableEntry, decode, encode
from tests.log.made import NOON, assert_same_entry, entry, orders

HEAD = struct.Struct("<4sHI")
SMALL = encode(entry(1, [orders(("c", 1, (7, "PAID", "9.90")))], [Truncate("orders", 0)]))

names = st.text(min_size=1, max_size=12)
instants = st.integers(0, 2**52).map(
    lambda micros: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
columns = st.sampled_from(
    [
        (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
        (pa.string(), st.text(max_size=20)),
        (pa.bool_(), st.booleans()),
        (pa.float64(), st.floats(allow_nan=False)),
        (pa.binary(), st.binary(max_size=20)),
        (pa.date32(), st.dates()),
        (pa.timestamp("us", tz="UTC"), instants),
        (
            pa.decimal128(12, 2),
            st.decimals(-(10**10) + 1, 10**10 - 1, places=2, allow_nan=False).map(Decimal),
        ),
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Rows of any types, nulls among them, in one piece or several, with META."""
    chosen = draw(st.lists(columns, min_size=1, max_size=4))
    schema = with_meta(
        pa.schema([pa.field(f"column {i}", kind) for i, (kind, _) in enumerate(chosen)])
    )
    pieces = []
    for _ in range(draw(st.integers(0, 2))):
        count = draw(st.integers(0, 5))
        records: list[dict[str, Any]] = [
            {
                **{f"column {i}": draw(st.none() | of) for i, (_, of) in enumerate(chosen)},
                "_op": draw(st.sampled_from("cudr")),
                "_position": draw(st.integers(0, 2**62)),
                "_committed_at": draw(instants),
                "_entry": "0123",
            }
            for _ in range(count)
        ]
        pieces.append(pa.Table.from_pylist(records, schema=schema))
    return pa.concat_tables(pieces) if pieces else schema.empty_table()


table_lists = st.lists(names, max_size=3).map(tuple)
controls = st.one_of(
    st.just(Heartbeat()),
    st.builds(Truncate, names, st.integers(0, 2**62)),
    st.builds(SnapshotBegin, names, table_lists),
    st.builds(SnapshotEnd, names, table_lists),
    st.builds(
        TableSchema,
        names,
        st.lists(st.builds(Column, names, names, st.booleans()), max_size=3).map(tuple),
        table_lists,
    ),
)
parts = st.one_of(
    st.builds(Batch, names, tables()),
    st.builds(Chunk, names, names, st.integers(0), st.integers(0), names),
)
entries = st.builds(
    Entry,
    shop=names,
    id=names,
    start=st.none() | names.map(Position),
    end=names.map(Position),
    captured_at=instants,
    time_kind=st.sampled_from(["commit", "statement", "snapshot", "watermark"]),
    committed_at=st.none() | instants,
    parts=st.lists(parts, max_size=3).map(tuple),
    controls=st.lists(controls, max_size=4).map(tuple),
)


@given(entries)
def test_an_entry_comes_back_as_it_was(made: Entry) -> None:
    assert_same_entry(decode(encode(made)), made)


def test_large_batches_are_compressed_and_come_back_as_they_were() -> None:
    many = entry(1, [orders(*(("c", n, (n, "PAID", "1.00")) for n in range(20_000)))])
    data = encode(many)
    part = many.parts[0]
    assert isinstance(part, Batch)
    assert len(data) < part.rows.nbytes / 2
    assert_same_entry(decode(memoryview(data)), many)


def test_the_layout_is_the_one_that_older_logs_have() -> None:
    """Written down once more by hand: a change here needs a new format version."""
    made = entry(1, controls=[Heartbeat()], shop="corner_shop", name="00ff")
    header = (
        b'{"shop":"corner_shop","id":"00ff","start":null,"end":"at 1",'
        b'"captured_at":"2026-03-01T12:01:00+00:00","committed_at":null,"time_kind":"commit",'
        b'"parts":[],"controls":[{"is":"heartbeat"}]}'
    )
    assert encode(made) == b"AMLE\x01\x00" + len(header).to_bytes(4, "little") + header


def test_an_instant_of_another_zone_stays_that_instant() -> None:
    local = datetime(2026, 3, 1, 14, 30, tzinfo=timezone(timedelta(hours=2)))
    made = Entry("s", "e", None, Position("p"), local, "commit", committed_at=local)
    found = decode(encode(made))
    assert found.captured_at == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    assert found.committed_at == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def test_a_torn_tail_is_refused_wherever_it_tears() -> None:
    for length in range(len(SMALL)):
        with pytest.raises(UnreadableEntry):
            decode(SMALL[:length])


def test_bytes_after_the_end_are_refused() -> None:
    with pytest.raises(UnreadableEntry, match="3 bytes follow its end"):
        decode(SMALL + b"abc")


@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableEntry):
        decode(data)


@given(st.integers(0, 2**16 - 1).filter(lambda version: version != 1))
def test_a_version_that_is_not_known_is_refused(version: int) -> None:
    with pytest.raises(UnreadableEntry, match=f"format version is {version}, this release reads 1"):
        decode(b"AMLE" + version.to_bytes(2, "little") + SMALL[6:])


@settings(max_examples=300)
@given(st.integers(0, HEAD.size + HEAD.unpack_from(SMALL)[2] - 1), st.integers(1, 255))
def test_a_damaged_header_is_refused_or_read_but_never_an_error_of_another_kind(
    at: int, flipped: int
) -> None:
    damaged = bytearray(SMALL)
    damaged[at] ^= flipped
    with contextlib.suppress(UnreadableEntry):
        assert isinstance(decode(bytes(damaged)), Entry)


def test_a_control_record_that_is_not_known_is_refused() -> None:
    """It may say that rows are void: to skip it could show rows that are gone."""
    data = encode(entry(1, controls=[Heartbeat()]))
    header = json.loads(data[HEAD.size :])
    header["controls"] = [{"is": "merged", "table": "orders"}]
    text = json.dumps(header).encode()
    with pytest.raises(UnreadableEntry, match="control record 'merged'"):
        decode(HEAD.pack(b"AMLE", 1, len(text)) + text)


def test_times_are_those_of_the_entry() -> None:
    found = decode(SMALL)
    assert found.captured_at == NOON + timedelta(minutes=1)
    assert found.committed_at == NOON + timedelta(seconds=59)
