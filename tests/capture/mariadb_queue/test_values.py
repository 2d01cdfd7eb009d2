"""A row has the same values by the queue, by the snapshot and by a plain SELECT."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from tests.capture.compare.test_mariadb import KINDS
from tests.capture.mariadb_queue.bench import SHOP, Bench
from tests.capture.mariadb_queue.conftest import MakeBench
from tests.capture.test_types import told
from tests.mariadb import MariadbServer

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise(47)]

PIECES = (
    "",
    '"',
    '""',
    ",",
    "\n",
    "\r\n",
    "\\",
    "'",
    "%s",
    "\t",
    "a",
    "ä",
    "😀",
    "\x00",
    "?",
    "\ufeff",
)
DECLARED = {
    "i": "BIGINT",
    "u": "BIGINT UNSIGNED",
    "z": "INT ZEROFILL",
    "f": "FLOAT",
    "d": "DOUBLE",
    "n": "DECIMAL(30, 12)",
    "t": "VARCHAR(200)",
    "l": "VARCHAR(60) CHARACTER SET latin1",
    "x": "LONGTEXT",
    "b": "LONGBLOB",
    "v": "VARBINARY(40)",
    "k": "BINARY(16)",
    "bits": "BIT(64)",
    "yes": "BOOLEAN",
    "e": "ENUM('a', 'b,\"c', 'd')",
    "s": "SET('a', 'b', 'c')",
    "dt": "DATETIME(6)",
    "ts": "TIMESTAMP(6) NULL",
    "day": "DATE",
    "clock": "TIME(6)",
    "j": "JSON",
    '`odd ``na,"me%s`': "INT",
}


def some_row(dice: random.Random) -> list[Any]:
    def text(size: int) -> str:
        return "".join(dice.choice(PIECES) for _ in range(dice.randint(0, size)))

    values: list[Any] = [
        dice.randint(-(2**63), 2**63 - 1),
        dice.randint(0, 2**63 - 1),
        dice.randint(0, 10**6),
        dice.choice([0.1, -1.5e30, 16777215.0, dice.random()]),
        dice.choice([0.1, 1e308, -5e-324, math.pi, dice.uniform(-1e9, 1e9)]),
        f"{dice.randint(-(10**17), 10**17)}.{dice.randint(0, 10**12 - 1):012}",
        text(12),
        dice.choice(["Größe", "", '"', "a,b"]),
        text(60),
        dice.randbytes(dice.randint(0, 40)),
        dice.randbytes(dice.randint(0, 20)),
        dice.randbytes(16),
        dice.randint(0, 2**63 - 1),
        dice.randint(0, 1),
        dice.choice(["a", 'b,"c', "d"]),
        dice.choice(["", "a", "a,c", "a,b,c"]),
        dice.choice(
            ["2026-10-25 02:30:00.000001", "0000-00-00", "1000-01-01", "9999-12-31 23:59:59.999999"]
        ),
        dice.choice(
            ["2026-10-25 02:30:00.5", "0000-00-00", "2037-12-31", "1970-01-02 00:00:00.000001"]
        ),
        dice.choice(["2024-02-29", "0000-00-00", "2024-05-00"]),
        dice.choice(["-838:59:59", "00:00:00.000001", "12:00:00"]),
        dice.choice(['{"a": [1, null, "ä\\"" ]}', "null", "[]"]),
        dice.randint(-5, 5),
    ]
    return [None if dice.random() < 0.2 else value for value in values]


@pytest.mark.parametrize("rows_as", ["image", "key"])
@pytest.mark.parametrize(
    "which", ["mariadb", pytest.param("mysql", marks=pytest.mark.service("mysql"))]
)
def test_random_rows_come_as_a_plain_select_gives_them(
    request: pytest.FixtureRequest, which: str, rows_as: str, tmp_path: Any
) -> None:
    server: MariadbServer = request.getfixturevalue(which)
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    dice = random.Random(seed)
    bench = Bench(
        server, server.new_database(), tmp_path, "t", rows_as=rows_as, time_zone="Europe/Berlin"
    )
    bench.sql("SET sql_mode = ''")
    columns = ", ".join(f"{name} {kind}" for name, kind in DECLARED.items())
    bench.sql(f"CREATE TABLE t (id INT PRIMARY KEY, {columns})")
    insert = f"INSERT INTO t VALUES (%s{', %s' * len(DECLARED)})"
    for number in range(60):
        bench.sql(insert, number, *some_row(dice))
    bench.pump()
    assert bench.same(), "by the snapshot"
    # Whatever the writer's session says, TIMESTAMPs are what they are.
    bench.sql("SET time_zone = '+05:30'")
    for number in range(60, 120):
        bench.sql(insert, number, *some_row(dice))
    assignments = ", ".join(f"{name.replace('%', '%%')} = %s" for name in DECLARED)
    for number in range(30):
        bench.sql(f"UPDATE t SET {assignments} WHERE id = %s", *some_row(dice), number)
    bench.sql("UPDATE t SET id = id + 1000 WHERE id BETWEEN 40 AND 50")
    bench.pump()
    assert bench.state.stopped(SHOP) == {}
    assert bench.replay.table("t") == bench.selected("t"), "by the queue"
    bench.close()


def test_values_of_every_type_by_the_queue(make_bench: MakeBench) -> None:
    """Against values written by hand; those of compare capture's own test."""
    bench = make_bench("t", time_zone="Europe/Berlin")
    bench.sql("SET sql_mode = ''")
    columns = ", ".join(
        f"c{n} {kind}" + ("" if kind.endswith("NULL") else " NULL") for n, kind in enumerate(KINDS)
    )
    bench.sql(f"CREATE TABLE t (id INT PRIMARY KEY, {columns})")
    bench.pump()
    for row in range(max(len(values) for _, values in KINDS.values())):
        literals = [v[row][0] if row < len(v) else "NULL" for _, v in KINDS.values()]
        bench.sql(f"INSERT INTO t VALUES ({row}, {', '.join(literals)})")
    bench.pump()
    assert bench.state.stopped(SHOP) == {}
    live = bench.replay.live["t"]
    for n, (kind, (_, values)) in enumerate(KINDS.items()):
        found = [live[row,][f"c{n}"] for row in range(len(values))]
        assert [*map(told, found)] == [told(expected) for _, expected in values], kind


@pytest.mark.parametrize(
    "kind, values",
    [
        ("VARCHAR(20) COLLATE utf8mb4_general_ci", ["a", "B", "ä,1", 'q"q']),
        ("VARBINARY(20)", [b"", b"\xff\x00", b'",\n', b"%s"]),
        ("BINARY(16)", [b"\x01\x8f" + bytes(14), b"\xff" * 16]),
        ("TIMESTAMP(6)", ["2026-10-25 00:30:00.000001", "2026-10-25 01:30:00"]),
        ("DATETIME", ["2026-01-01 10:00:00", "1999-12-31 23:59:59"]),
        ("DECIMAL(30, 10)", ["123456789012345678.0000000001", "-1"]),
        ("ENUM('zeta', 'alpha')", ["alpha", "zeta"]),
        ("BIGINT UNSIGNED", [9007199254740993, 0]),
    ],
)
def test_keys_of_many_kinds_are_found_again(
    make_bench: MakeBench, kind: str, values: list[Any]
) -> None:
    bench = make_bench("t", rows_as="key", time_zone="UTC")
    bench.sql("SET time_zone = '+00:00'")
    bench.sql(f"CREATE TABLE t (k {kind} NOT NULL, n INT NOT NULL, v INT, PRIMARY KEY (k, n))")
    bench.pump()
    for value in values:
        bench.sql("INSERT INTO t VALUES (%s, 1, 1), (%s, 2, 2)", value, value)
    bench.pump()
    assert bench.same()
    assert len(bench.replay.live["t"]) == 2 * len(values)
    bench.sql("UPDATE t SET v = v + 10 WHERE n = 1")
    bench.sql("DELETE FROM t WHERE n = 2")
    bench.pump()
    assert bench.same()
    assert [row["v"] for row in bench.replay.table("t")] == [11] * len(values)
