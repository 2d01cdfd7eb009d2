"""Which tables a queue can tell, and what happens when one changes."""

from __future__ import annotations

import pytest

from aethermart.capture.mariadb.queue.choosing import mariadb_source, usable_queue
from aethermart.capture.mariadb.queue.install import trigger_name, triggers, uninstall_queue
from aethermart.capture.mariadb.queue.layout import RowsAs
from aethermart.capture.mariadb.queue.source import MariadbShop
from aethermart.core.errors import BadInput, Forbidden, NotFound, Unavailable
from tests.capture.mariadb_queue.bench import SHOP, Bench, capture_dsn
from tests.capture.mariadb_queue.conftest import MakeBench
from tests.mariadb import MariadbServer

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise(47)]
T = "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))"


def objects(bench: Bench) -> list[str]:
    rows = bench.sql(
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"
        " UNION ALL SELECT TABLE_NAME FROM information_schema.TABLES"
        " WHERE TABLE_SCHEMA = DATABASE()"
    )
    return sorted(name for (name,) in rows)


def test_making_the_queue_twice_changes_nothing_and_removing_it_leaves_nothing(
    make_bench: MakeBench,
) -> None:
    bench = make_bench("t")
    bench.sql(T)
    bench.pump()
    made = objects(bench)
    assert made == [
        "aethermart_change_queue",
        "aethermart_change_queue_layouts",
        "aethermart_change_queue_reader",
        "t",
        *(trigger_name(event, 1) for event in ("delete", "insert", "update")),
    ]
    bench.state.request_snapshot(SHOP, ["t"])
    bench.restart()
    bench.pump()
    assert objects(bench) == made
    bench.source.close()
    uninstall_queue(bench.connection)
    assert objects(bench) == ["t"]
    bench.sql("INSERT INTO t VALUES (1, 'untold')")


@pytest.mark.parametrize(
    "statements, why",
    [
        (["CREATE VIEW t AS SELECT 1 AS id"], "it is a view, which has no triggers"),
        (["CREATE TABLE t (id INT PRIMARY KEY) ENGINE = MyISAM"], "it is kept by MyISAM"),
        (["CREATE TABLE t (id INT)"], "it has no primary key"),
        (
            [
                "CREATE TABLE parent (id INT PRIMARY KEY)",
                (
                    "CREATE TABLE t (id INT PRIMARY KEY, p INT,"
                    " CONSTRAINT of_it FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)"
                ),
            ],
            "foreign key of_it changes its rows with those of parent (ON DELETE CASCADE",
        ),
        ([], "there is no such table"),
    ],
)
def test_a_table_that_triggers_cannot_tell_is_refused_and_the_others_go_on(
    make_bench: MakeBench, statements: list[str], why: str
) -> None:
    bench = make_bench("t", "other")
    for statement in [*statements, "CREATE TABLE other (id INT PRIMARY KEY)"]:
        bench.sql(statement)
    bench.pump()
    bench.sql("INSERT INTO other VALUES (1)")
    bench.pump()
    assert why in bench.state.stopped(SHOP)["t"]
    assert bench.same("other")
    assert "other" not in bench.state.stopped(SHOP)


def test_an_added_column_gets_new_triggers_and_a_snapshot(make_bench: MakeBench) -> None:
    bench = make_bench("t")
    bench.sql(T)
    bench.sql("INSERT INTO t VALUES (1, 'old')")
    bench.pump()
    bench.sql("ALTER TABLE t ADD COLUMN extra INT DEFAULT 7")
    bench.sql("INSERT INTO t VALUES (2, 'between', 8)")
    bench.pump()
    bench.sql("INSERT INTO t VALUES (3, 'after', 9)")
    bench.pump()
    assert [row["extra"] for row in bench.replay.table("t")] == [7, 8, 9]
    assert bench.same()
    assert triggers(bench.connection)["t"].layout == 2


@pytest.mark.parametrize("queue_rows", ["image", "key"])
def test_a_column_that_may_be_null_by_now_is_told(
    make_bench: MakeBench, queue_rows: RowsAs
) -> None:
    """Until there are new triggers, the old ones' line is null: the row is read as it stands."""
    bench = make_bench("t", rows_as=queue_rows)
    bench.sql("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20) NOT NULL, n INT NOT NULL)")
    bench.sql("INSERT INTO t VALUES (1, 'a\"b', 1)")
    bench.pump()
    bench.sql("ALTER TABLE t MODIFY v VARCHAR(20) NULL, MODIFY n INT NULL")
    bench.sql("INSERT INTO t VALUES (2, NULL, NULL), (3, '', 3)")
    bench.sql("UPDATE t SET n = NULL WHERE id = 1")
    bench.pump()
    bench.sql("INSERT INTO t VALUES (4, NULL, 4)")
    bench.pump()
    assert bench.same()
    assert [row["n"] for row in bench.replay.table("t")] == [None, None, 3, 4]


def test_without_the_right_to_change_triggers_an_added_column_stops_its_table(
    make_bench: MakeBench,
) -> None:
    bench = make_bench("t")
    bench.sql(T)
    bench.pump()
    bench.restart(allow_ddl=False)
    bench.sql("ALTER TABLE t ADD COLUMN extra INT")
    bench.pump()
    assert (
        "its columns are not those that its capture triggers were made for"
        in (bench.state.stopped(SHOP)["t"])
    )


@pytest.mark.parametrize("change", ["DROP COLUMN v", "CHANGE v w VARCHAR(20)"])
def test_a_column_that_goes_never_fails_the_shops_own_writes(
    make_bench: MakeBench, change: str
) -> None:
    """The triggers name it; the change is told as one that cannot be told, and the table stops."""
    bench = make_bench("t")
    bench.sql(T)
    bench.sql("INSERT INTO t VALUES (1, 'a')")
    bench.pump()
    bench.sql(f"ALTER TABLE t {change}")
    bench.sql("INSERT INTO t (id) VALUES (2)")
    bench.sql("UPDATE t SET id = 3 WHERE id = 2")
    bench.sql("DELETE FROM t WHERE id = 3")
    assert [row[0] for row in bench.sql("SELECT op FROM aethermart_change_queue WHERE op = 'x'")]
    bench.pump()
    assert "column v is gone" in bench.state.stopped(SHOP)["t"]


def test_a_queue_that_was_dropped_never_fails_the_shops_own_writes(make_bench: MakeBench) -> None:
    bench = make_bench("t")
    bench.sql(T)
    bench.pump()
    bench.source.close()
    bench.sql("DROP TABLE aethermart_change_queue")
    bench.sql("INSERT INTO t VALUES (1, 'a')")
    bench.sql("UPDATE t SET v = 'b'")
    bench.restart()
    bench.pump()  # a new queue is another one: all is captured anew
    assert bench.same()


def test_truncate_is_found_and_the_table_captured_anew(make_bench: MakeBench) -> None:
    """It fires no trigger; InnoDB's own number of the table changes."""
    bench = make_bench("t")
    bench.sql(T)
    bench.sql("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    bench.pump()
    bench.sql("TRUNCATE t")
    bench.sql("INSERT INTO t VALUES (2, 'c')")
    bench.pump(strict=False)
    assert bench.replay.table("t") == [{"id": 2, "v": "c"}]


def test_triggers_that_were_dropped_stop_their_table(make_bench: MakeBench) -> None:
    bench = make_bench("t")
    bench.sql(T)
    bench.pump()
    bench.restart(allow_ddl=False)
    bench.sql(f"DROP TRIGGER {trigger_name('update', 1)}")
    bench.pump()
    assert "its capture triggers are gone or not whole" in bench.state.stopped(SHOP)["t"]
    bench.restart(allow_ddl=True)
    bench.state.request_snapshot(SHOP, ["t"])
    bench.pump()
    bench.sql("INSERT INTO t VALUES (1, 'a')")
    bench.sql("UPDATE t SET v = 'b'")
    bench.pump()
    assert bench.same()
    assert bench.state.stopped(SHOP) == {}


def test_a_shop_put_back_to_an_earlier_state_is_captured_anew(make_bench: MakeBench) -> None:
    bench = make_bench("t")
    bench.sql(T)
    bench.pump()
    bench.sql("INSERT INTO t VALUES (1, 'lost')")
    bench.pump()
    # As a restored backup has it: neither the row nor what its capture left in the shop.
    bench.sql("DELETE FROM t")
    bench.sql("DELETE FROM aethermart_change_queue")
    bench.sql("UPDATE aethermart_change_queue_reader SET times_read = times_read - 1")
    bench.restart()
    bench.pump()
    assert bench.replay.table("t") == []


def test_without_the_right_to_ask_for_open_transactions_the_grant_is_named(
    server: MariadbServer, make_bench: MakeBench, shop: str
) -> None:
    bench = make_bench("t")
    bench.sql(T)
    dsn = capture_dsn(server, shop, f"ALL ON {shop}.*")
    bench.restart(dsn=dsn)
    with pytest.raises(Forbidden) as caught:
        bench.pump()
    assert "PROCESS" in caught.value.cause
    assert f"GRANT PROCESS ON *.* TO {dsn.partition('//')[2].partition(':')[0]}" in caught.value.fix
    assert objects(bench) == ["t"]


def test_without_allow_ddl_nothing_is_made(make_bench: MakeBench) -> None:
    bench = make_bench("t", allow_ddl=False)
    bench.sql(T)
    with pytest.raises(NotFound, match="has no change queue"):
        bench.pump()
    assert objects(bench) == ["t"]


def test_a_second_capture_of_one_database_is_refused(make_bench: MakeBench) -> None:
    bench = make_bench("t")
    bench.sql(T)
    bench.pump()
    with pytest.raises(Unavailable, match="another capture reads database"):
        list(bench.opened().read(None, heartbeat=True))


def test_a_read_only_server_is_refused(server: MariadbServer, make_bench: MakeBench) -> None:
    bench = make_bench("t")
    bench.sql(T)
    server.sql("SET GLOBAL read_only = 1")
    try:
        with pytest.raises(BadInput, match="the server is read only"):
            bench.pump()
    finally:
        server.sql("SET GLOBAL read_only = 0")


def test_auto_takes_the_queue_where_it_can_tell_every_table_else_compare(
    server: MariadbServer, make_bench: MakeBench, shop: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench = make_bench("t")
    bench.sql(T)

    def chosen(allow_ddl: bool, dsn: str = bench.dsn) -> str:
        settings = MariadbShop(SHOP, dsn, ("t",), allow_ddl=allow_ddl)
        source = mariadb_source(settings, "auto", Named("queue"), Named("compare"))  # type: ignore[arg-type]
        return next(iter(source.read(None, heartbeat=False)))  # type: ignore[return-value]

    assert chosen(allow_ddl=False) == "compare"  # there is none yet
    assert chosen(allow_ddl=True) == "queue"
    bench.pump()
    assert chosen(allow_ddl=False) == "queue"
    reader = capture_dsn(server, shop, f"SELECT ON {shop}.*")
    assert not usable_queue(MariadbShop(SHOP, reader, ("t",)))
    assert chosen(allow_ddl=False, dsn=reader) == "compare"
    bench.sql("ALTER TABLE t ENGINE = MyISAM")
    assert chosen(allow_ddl=True) == "compare"
    assert "t: it is kept by MyISAM" in caplog.text


class Named:
    """A source that gives its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, after: object, *, heartbeat: bool) -> list[str]:
        return [self.name]
