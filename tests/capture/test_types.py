"""A value is the same by snapshot and by queue, and is the shop's own, for every type."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.capture.bench import Bench

if TYPE_CHECKING:
    from aethermart.servers.postgres import EmbeddedPostgres

pytestmark = pytest.mark.service("postgres")

BERLIN = "Europe/Berlin"  # 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


AWKWARD = "a\"b'c\\d\ne\r\nf\tg,h;  \u2028\U0001f6d2 $1 %s {} \\N"

# type -> its values as SQL, and what they are
KINDS: dict[str, list[tuple[str, Any]]] = {
    "int2": [("-32768", -32768), ("32767", 32767)],
    "int4": [("-2147483648", -2147483648), ("0", 0)],
    "int8": [("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63))],
    "oid": [("4294967295", 4294967295)],
    "numeric(12,2)": [
        ("0.1", Decimal("0.10")),
        ("-9999999999.99", Decimal("-9999999999.99")),
        ("1e3", Decimal("1000.00")),
    ],
    "numeric(5,0)": [("12345", Decimal(12345))],
    "numeric(38,20)": [
        (
            "123456789012345678.12345678901234567890",
            Decimal("123456789012345678.12345678901234567890"),
        )
    ],
    "numeric": [
        ("0.000000001", Decimal("0.000000001")),
        ("-1.5000000000000", Decimal("-1.500000000")),
        (
            "12345678901234567890123456789.123456789",
            Decimal("12345678901234567890123456789.123456789"),
        ),
    ],
    "numeric(50,2)": [
        (
            "123456789012345678901234567890123456789012345678.90",
            "123456789012345678901234567890123456789012345678.90",
        )
    ],
    "numeric(3,5)": [("0.00123", "0.00123")],
    "numeric(4,-2)": [("123456", "123500")],
    "float8": [
        ("0.1", 0.1),
        ("'-0'", -0.0),
        ("1e308", 1e308),
        ("5e-324", 5e-324),
        ("1234567890.1234567", 1234567890.1234567),
        ("'NaN'", math.nan),
        ("'Infinity'", math.inf),
        ("'-Infinity'", -math.inf),
    ],
    "float4": [("0.1", 0.1), ("16777217", 16777216.0), ("'NaN'", math.nan)],
    "bool": [("true", True), ("false", False)],
    "date": [
        ("'2026-02-28'", date(2026, 2, 28)),
        ("'0001-01-01'", date(1, 1, 1)),
        ("'9999-12-31'", date(9999, 12, 31)),
    ],
    "timestamptz": [
        ("'2026-06-01 12:00:00.123456+02'", utc(2026, 6, 1, 10, 0, 0, 123456)),
        ("'1800-01-01 00:00:00+00'", utc(1800, 1, 1)),
        ("'0001-01-01 00:00:00+00'", utc(1, 1, 1)),
        ("'9999-12-31 23:59:59.999999+00'", utc(9999, 12, 31, 23, 59, 59, 999999)),
    ],
    "timestamp": [
        ("'2026-01-15 10:00:00.000001'", utc(2026, 1, 15, 9, 0, 0, 1)),
        ("'2026-07-15 10:00'", utc(2026, 7, 15, 8)),
        # 02:30 comes twice on 25 October: the second one, as PostgreSQL takes it
        ("'2026-10-25 02:30'", utc(2026, 10, 25, 1, 30)),
        # 02:30 does not come on 29 March: as if the clock had not been put forward
        ("'2026-03-29 02:30'", utc(2026, 3, 29, 1, 30)),
        ("'2026-03-29 03:00'", utc(2026, 3, 29, 1)),
    ],
    "time": [("'23:59:59.5'", "23:59:59.5")],
    "interval": [("'1 day 02:03:04'", "1 day 02:03:04"), ("'-1 year'", "-1 years")],
    "text": [
        ("''", ""),
        ("'NULL'", "NULL"),
        ("' '", " "),
        ("'\ufeffmark'", "\ufeffmark"),
        ("'\\.'", "\\."),
        ("$x$" + AWKWARD + "$x$", AWKWARD),
        ("E'\\x01\\x7f'", "\x01\x7f"),
    ],
    "varchar(5)": [("'x'", "x")],
    "char(5)": [("'EU'", "EU   ")],
    "uuid": [("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")],
    "mood": [("'so \"so\"'", 'so "so"')],
    "bytea": [("'\\x00ff5c'", "\\x00ff5c")],
    "inet": [("'10.0.0.1/24'", "10.0.0.1/24")],
    "money": [("1234.5", "$1,234.50")],
    "int4range": [("'[1,5)'", "[1,5)")],
    "tstzrange": [
        (
            "'[2026-01-01 00:00+00,2026-01-02 00:00+00)'",
            '["2026-01-01 00:00:00+00","2026-01-02 00:00:00+00")',
        )
    ],
    "json": [
        (
            '\'{"b": 1.50, "a": [1e2, null], "b": 12345678901234567890.10}\'',
            '{"b": 1.50, "a": [1e2, null], "b": 12345678901234567890.10}',
        ),
        ("E'  {\\n \"a\" : 1 }  '", '{\n "a" : 1 }'),
        ("'\"text\"'", '"text"'),
        ("'\"\\u0041\"'", '"\\u0041"'),
        ("'1.10'", "1.10"),
        ("'null'", None),
    ],
    "jsonb": [
        ('\'{"b": 1.50, "a": "\\\\"}\'', '{"a": "\\\\", "b": 1.50}'),
        ("'[]'", "[]"),
        ("'\"text\"'", '"text"'),
        ("'null'", None),
    ],
    "int[]": [("'{1,NULL,3}'", "[1,null,3]"), ("'{{1,2},{3,4}}'", "[[1,2],[3,4]]"), ("'{}'", "[]")],
    "text[]": [("ARRAY['a\"b', '', NULL]", '["a\\"b","",null]')],
    "numeric[]": [("'{1.10,2}'", "[1.10,2]")],
    "float8[]": [("'{0.1,1e300}'", "[0.1,1e+300]")],
    "timestamptz[]": [("'{2026-01-01 00:00+00}'", '["2026-01-01T00:00:00+00:00"]')],
    "pair": [("ROW(1, 'x')", '{"a":1,"b":"x"}')],
    "price": [("1.5", Decimal("1.50"))],
    "sale_price": [("1.5", Decimal("1.50"))],
    "tags": [("'{1}'", "[1]")],
    "coded": [("'17'", "17")],
}
MAKE = [
    "CREATE TYPE mood AS ENUM ('so \"so\"', 'fine')",
    "CREATE TYPE pair AS (a int, b text)",
    "CREATE DOMAIN price AS numeric(12, 2) CHECK (VALUE >= 0)",
    "CREATE DOMAIN sale_price AS price NOT NULL",
    "CREATE DOMAIN tags AS int[]",
    # a type of an extension's kind, with a JSON form of its own
    "CREATE TYPE coded",
    "CREATE FUNCTION coded_in(cstring) RETURNS coded STRICT LANGUAGE internal AS 'int4in'",
    "CREATE FUNCTION coded_out(coded) RETURNS cstring STRICT LANGUAGE internal AS 'int4out'",
    "CREATE TYPE coded (INPUT = coded_in, OUTPUT = coded_out, LIKE = int4)",
]
# A writer's own settings must not show in what is captured.
ODD_SESSION = {
    "extra_float_digits": "-10",
    "TimeZone": "Asia/Kathmandu",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "iso_8601",
    "bytea_output": "escape",
}
NEVER_NULL = "sale_price"
LATER = 1000  # what a row's number grows by when it comes through the queue


def table_of(kind: str) -> str:
    return f"of {kind}"


@pytest.fixture(scope="module")
def captured(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """A table a type: each value once by the snapshot, once through the queue."""
    postgres.create_database("types")
    tables = [table_of(kind) for kind in KINDS]
    bench = Bench(
        postgres.dsn("types"), tmp_path_factory.mktemp("types"), tables=tables, time_zone=BERLIN
    )
    for statement in MAKE:
        bench.sql(statement)
    for kind, values in KINDS.items():
        bench.sql(f'CREATE TABLE "{table_of(kind)}" (value {kind}, id int PRIMARY KEY)')
        for number, (value, _) in enumerate(values):
            bench.sql(f'INSERT INTO "{table_of(kind)}" VALUES ({value}, {number})')
    bench.pump()
    for name, value in ODD_SESSION.items():
        bench.sql(f"SET {name} = '{value}'")
    for table in tables:
        bench.sql(f'INSERT INTO "{table}" SELECT value, id + {LATER} FROM "{table}"')
        if table != table_of(NEVER_NULL):
            bench.sql(f'INSERT INTO "{table}" (id) VALUES (99)')
    bench.pump()
    yield bench
    bench.close()


def told(value: Any) -> str:
    """Text that tells 0.0 from -0.0, and knows that NaN is NaN."""
    return value.isoformat() if isinstance(value, datetime) else repr(value)


def arrived(bench: Bench, kind: str, since: int) -> list[str]:
    rows = bench.replay.live[table_of(kind)]
    return [told(rows[since + number,]["value"]) for number in range(len(KINDS[kind]))]


@pytest.mark.parametrize("kind", KINDS)
def test_a_snapshot_has_the_values_of_the_shop(captured: Bench, kind: str) -> None:
    assert arrived(captured, kind, 0) == [told(expected) for _, expected in KINDS[kind]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_queue_has_the_same_values(captured: Bench, kind: str) -> None:
    assert arrived(captured, kind, LATER) == [told(expected) for _, expected in KINDS[kind]]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != NEVER_NULL])
def test_null_is_null(captured: Bench, kind: str) -> None:
    assert captured.replay.live[table_of(kind)][99,] == {"value": None, "id": 99}


def test_nothing_was_stopped(captured: Bench) -> None:
    assert captured.state.stopped("corner_shop") == {}
