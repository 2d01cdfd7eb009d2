"""What a statement does to the shop is what the queue says, whatever the statement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.capture.bench import Bench
from tests.capture.conftest import MakeBench

if TYPE_CHECKING:
    from aethermart.servers.postgres import EmbeddedPostgres

pytestmark = pytest.mark.service("postgres")


CASCADE = "ON DELETE CASCADE ON UPDATE CASCADE"
SHOP = [
    "CREATE TABLE orders (id int PRIMARY KEY, note text)",
    "CREATE TABLE lines (order_id int, line int, qty int, PRIMARY KEY (order_id, line))",
    f"ALTER TABLE lines ADD FOREIGN KEY (order_id) REFERENCES orders {CASCADE}",
]
FILL = [
    "INSERT INTO orders SELECT i, 'n' || i FROM generate_series(1, 5) AS i",
    "INSERT INTO lines SELECT i, j, j FROM generate_series(1, 5) i, generate_series(1, 2) j",
]


@pytest.fixture(scope="module")
def shared(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    postgres.create_database("queue")
    bench = Bench(
        postgres.dsn("queue"), tmp_path_factory.mktemp("queue"), tables=["orders", "lines"]
    )
    for statement in (*SHOP, *FILL):
        bench.sql(statement)
    bench.pump()
    yield bench
    bench.close()


@pytest.fixture
def bench(shared: Bench) -> Bench:
    """Filled as at first; for tests that change rows only."""
    for statement in ("TRUNCATE orders CASCADE", *FILL):
        shared.sql(statement)
    shared.pump()
    return shared


@pytest.fixture
def own_bench(make_bench: MakeBench) -> Bench:
    made = make_bench(tables=["orders", "lines"])
    for statement in (*SHOP, *FILL):
        made.sql(statement)
    made.pump()
    return made


def test_a_snapshot_is_the_table(own_bench: Bench) -> None:
    expected = [{"id": i, "note": f"n{i}"} for i in range(1, 6)]
    assert own_bench.replay.table("orders") == expected
    assert own_bench.same("orders", "lines")
    assert own_bench.waiting() == 0


@pytest.mark.parametrize(
    "statement, ops",
    [
        pytest.param(
            "INSERT INTO orders VALUES (9, 'x')", [("c", {"id": 9, "note": "x"})], id="insert"
        ),
        pytest.param(
            "UPDATE orders SET note = 'y' WHERE id = 1",
            [("u", {"id": 1, "note": "y"})],
            id="update",
        ),
        pytest.param("UPDATE orders SET note = 'y' WHERE id = 99", [], id="update of nothing"),
        pytest.param(
            "UPDATE orders SET id = 7 WHERE id = 1",
            [("d", {"id": 1, "note": "n1"}), ("u", {"id": 7, "note": "n1"})],
            id="moved key",
        ),
        pytest.param(
            "UPDATE orders SET id = id + 1 WHERE id = 5 OR id = 4 AND note = 'never'",
            [("d", {"id": 5, "note": "n5"}), ("u", {"id": 6, "note": "n5"})],
            id="key moved to a neighbour",
        ),
        pytest.param(
            "DELETE FROM orders WHERE id = 2", [("d", {"id": 2, "note": "n2"})], id="delete"
        ),
        pytest.param(
            "INSERT INTO orders VALUES (1, 'up'), (8, 'new')"
            " ON CONFLICT (id) DO UPDATE SET note = excluded.note",
            [("u", {"id": 1, "note": "up"}), ("c", {"id": 8, "note": "new"})],
            id="upsert",
        ),
        pytest.param(
            "INSERT INTO orders VALUES (1, 'up') ON CONFLICT DO NOTHING", [], id="insert or nothing"
        ),
        pytest.param(
            "MERGE INTO orders AS o USING (VALUES (1, 'm'), (2, NULL), (8, 'new')) AS s (id, note)"
            " ON s.id = o.id WHEN MATCHED AND s.note IS NULL THEN DELETE"
            " WHEN MATCHED THEN UPDATE SET note = s.note"
            " WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.note)",
            [
                ("c", {"id": 8, "note": "new"}),
                ("d", {"id": 2, "note": "n2"}),
                ("u", {"id": 1, "note": "m"}),
            ],
            id="merge",
        ),
        pytest.param(
            "WITH gone AS (DELETE FROM orders WHERE id = 3 RETURNING *)"
            " INSERT INTO orders SELECT id + 30, note FROM gone",
            [("c", {"id": 33, "note": "n3"}), ("d", {"id": 3, "note": "n3"})],
            id="moved by a common table expression",
        ),
        pytest.param(
            "COPY orders FROM PROGRAM 'printf \"7\\t\\\\N\\n8\\teight\\n\"'",
            [("c", {"id": 7, "note": None}), ("c", {"id": 8, "note": "eight"})],
            id="copy",
        ),
    ],
)
def test_each_statement_is_told_as_it_was(
    bench: Bench, statement: str, ops: list[tuple[str, Any]]
) -> None:
    before = len(bench.replay.entries)
    bench.sql(statement)
    bench.pump()
    assert sorted(bench.replay.ops("orders", before), key=repr) == sorted(ops, key=repr)
    assert bench.same("orders", "lines")


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(
            ["DELETE FROM orders WHERE id = 1", "INSERT INTO orders VALUES (1, 'again')"],
            id="deleted and made again",
        ),
        pytest.param(
            ["INSERT INTO orders VALUES (1000, 'x')", "DELETE FROM orders WHERE id = 1000"],
            id="made and deleted",
        ),
        pytest.param(
            [
                "UPDATE orders SET id = -1 WHERE id = 1",
                "UPDATE orders SET id = 1 WHERE id = 2",
                "UPDATE orders SET id = 2 WHERE id = -1",
            ],
            id="two keys swapped",
        ),
        pytest.param(["UPDATE orders SET id = id + 100"], id="all keys moved, lines with them"),
        pytest.param(["DELETE FROM orders WHERE id < 4"], id="lines deleted by cascade"),
        pytest.param(
            ["TRUNCATE lines", "INSERT INTO lines VALUES (1, 1, 7)"], id="emptied and filled"
        ),
        pytest.param(
            ["INSERT INTO lines VALUES (1, 9, 7)", "TRUNCATE lines"], id="filled and emptied"
        ),
        pytest.param(["TRUNCATE orders CASCADE"], id="emptied by cascade"),
        pytest.param(
            [
                "INSERT INTO lines VALUES (1, 3, 1)",
                "TRUNCATE lines",
                "INSERT INTO lines VALUES (1, 4, 1)",
                "TRUNCATE lines",
                "INSERT INTO lines VALUES (1, 5, 1)",
            ],
            id="emptied twice",
        ),
        pytest.param(
            [
                "INSERT INTO orders VALUES (50, 'kept')",
                "SAVEPOINT a",
                "INSERT INTO orders VALUES (51, 'lost')",
                "UPDATE orders SET note = 'lost' WHERE id = 1",
                "ROLLBACK TO a",
                "INSERT INTO orders VALUES (51, 'kept too')",
                "RELEASE a",
            ],
            id="a savepoint given up",
        ),
    ],
)
def test_a_transaction_of_several_statements_ends_as_the_shop_does(
    bench: Bench, statements: list[str]
) -> None:
    with bench.connection.transaction():
        for statement in statements:
            bench.sql(statement)
    assert bench.pump() == 1
    assert bench.same("orders", "lines")


def test_what_is_rolled_back_never_was(bench: Bench) -> None:
    with bench.connection.transaction(force_rollback=True):
        bench.sql("UPDATE orders SET note = 'never'")
    assert bench.pump(heartbeat=False) == 0
    assert bench.same("orders", "lines")


def test_an_added_line_in_a_trigger_of_the_shop_comes_after_its_cause(own_bench: Bench) -> None:
    """Statements in triggers end before the one that fired them: its images must not win."""
    own_bench.sql(
        "CREATE FUNCTION numbered() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN"
        " UPDATE orders SET note = note || '!' WHERE id = NEW.id; RETURN NULL; END $$"
    )
    own_bench.sql(
        "CREATE TRIGGER z AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION numbered()"
    )
    own_bench.sql("INSERT INTO orders VALUES (20, 'a'), (21, 'b')")
    own_bench.pump(strict=False)
    assert own_bench.replay.live["orders"][20,] == {"id": 20, "note": "a!"}
    assert own_bench.same("orders", "lines")


def test_a_trigger_that_deletes_or_brings_back_rows_is_followed(own_bench: Bench) -> None:
    own_bench.sql(
        "CREATE FUNCTION meddle() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'DELETE' THEN INSERT INTO orders VALUES (OLD.id, 'back');"
        " ELSIF NEW.note = 'drop' THEN DELETE FROM orders WHERE id = NEW.id;"
        " ELSIF NEW.note = 'move' THEN UPDATE orders SET id = id + 50, note = '' WHERE id = NEW.id;"
        " END IF; RETURN NULL; END $$"
    )
    own_bench.sql(
        "CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON orders"
        " FOR EACH ROW EXECUTE FUNCTION meddle()"
    )
    for statement in (
        "INSERT INTO orders VALUES (20, 'drop'), (21, 'stay'), (22, 'move')",
        "UPDATE orders SET note = 'move' WHERE id IN (1, 2)",
        "UPDATE orders SET note = 'drop' WHERE id = 3",
        "DELETE FROM orders WHERE id = 4",
    ):
        own_bench.sql(statement)
    own_bench.pump(strict=False)
    assert own_bench.same("orders", "lines")
    assert own_bench.replay.live["orders"][4,] == {"id": 4, "note": "back"}


def test_a_key_that_refers_to_its_own_table_is_followed_through_cascades(
    make_bench: MakeBench,
) -> None:
    bench = make_bench(tables=["categories"])
    bench.sql(
        "CREATE TABLE categories (id int PRIMARY KEY, parent int"
        " REFERENCES categories ON UPDATE CASCADE ON DELETE SET NULL, name text)"
    )
    bench.sql("INSERT INTO categories VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 1, 'd')")
    bench.pump()
    bench.sql("UPDATE categories SET id = id + 10, name = upper(name)")
    bench.pump(strict=False)
    assert bench.same("categories")
    assert bench.replay.live["categories"][12,] == {"id": 12, "parent": 11, "name": "B"}
    bench.sql("DELETE FROM categories WHERE id IN (11, 13)")
    bench.pump(strict=False)
    assert bench.same("categories")


def test_a_session_that_was_open_before_a_column_came_tells_of_it(own_bench: Bench) -> None:
    own_bench.sql("INSERT INTO orders VALUES (30, 'before')")
    own_bench.sql("ALTER TABLE orders ADD COLUMN total numeric(8, 2)")
    own_bench.sql("INSERT INTO orders VALUES (31, 'after', 4.20)")
    own_bench.pump()
    assert own_bench.same("orders")
