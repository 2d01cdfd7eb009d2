"""What each user needs, and what happens without: a clear error, and a shop left as it was."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from aethermart.capture.postgres.connection import connect
from aethermart.capture.postgres.install import install_queue, uninstall_queue
from aethermart.capture.postgres.schema import discover
from aethermart.core.errors import Forbidden, NotFound, Unavailable
from aethermart.core.schemas import Schemas
from tests.capture.bench import SHOP, Bench
from tests.capture.conftest import MakeBench

pytestmark = pytest.mark.service("postgres")

TABLES = ["orders", "lines"]


class Roles:
    """Roles of the server, made for one test."""

    def __init__(self, owner: Bench) -> None:
        self._owner = owner
        self.made: list[str] = []

    def make(self, *grants: str) -> str:
        """The DSN of a new role; in `grants`, {} is its name."""
        name, password = f"role_{secrets.token_hex(4)}", secrets.token_hex(8)
        self._owner.sql(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        self.made.append(name)
        for grant in grants:
            self._owner.sql(grant.format(name))
        parts = {**conninfo_to_dict(self._owner.dsn), "user": name, "password": password}
        return "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**parts)

    def drop(self) -> None:
        for name in self.made:
            self._owner.sql(f"DROP OWNED BY {name} CASCADE")
            self._owner.sql(f"DROP ROLE {name}")


@pytest.fixture
def owner(make_bench: MakeBench) -> Bench:
    made = make_bench(tables=TABLES)
    made.sql("CREATE TABLE orders (id int PRIMARY KEY, note text)")
    made.sql("CREATE TABLE lines (id int PRIMARY KEY, order_id int REFERENCES orders)")
    made.sql("INSERT INTO orders VALUES (1, 'a'), (2, 'b')")
    return made


@pytest.fixture
def roles(owner: Bench) -> Iterator[Roles]:
    made = Roles(owner)
    yield made
    made.drop()


SELECT = "GRANT SELECT ON orders, lines TO {}"
READ_QUEUE = (
    "GRANT USAGE ON SCHEMA aethermart_capture TO {}",
    "GRANT SELECT, DELETE ON aethermart_capture.change_queue TO {}",
)


def install(owner: Bench) -> None:
    with connect(owner.dsn, SHOP) as connection:
        install_queue(connection, discover(connection, Schemas.of("public"), TABLES).values())


def objects(owner: Bench) -> list[str]:
    """Everything of ours in the shop."""
    found = owner.sql(
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'aethermart%'"
        " UNION ALL SELECT tgname || ' ' || tgrelid::regclass FROM pg_trigger"
        " WHERE tgname LIKE 'trg_aethermart%'"
        " UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE 'capture_%'"
        " ORDER BY 1"
    )
    return [name for (name,) in found]


def test_without_a_queue_and_without_allow_ddl_nothing_is_made(
    owner: Bench, roles: Roles, make_bench: MakeBench
) -> None:
    bench = make_bench(dsn=roles.make(SELECT), tables=TABLES, allow_ddl=False)
    with pytest.raises(NotFound, match="has no change queue, and allow_ddl is off") as caught:
        bench.pump()
    assert "set allow_ddl for this shop" in caught.value.fix
    assert objects(owner) == []
    assert bench.replay.entries == []


def test_the_right_to_create_is_asked_for_by_name(
    owner: Bench, roles: Roles, make_bench: MakeBench
) -> None:
    bench = make_bench(dsn=roles.make(SELECT), tables=TABLES)
    with pytest.raises(Forbidden, match="permission denied for database") as caught:
        bench.pump()
    assert "CREATE on the database and TRIGGER on the tables" in caught.value.fix
    assert objects(owner) == []


def test_the_right_to_make_triggers_is_asked_for_by_name(
    owner: Bench, roles: Roles, make_bench: MakeBench
) -> None:
    name = conninfo_to_dict(owner.dsn)["dbname"]
    dsn = roles.make(SELECT, f"GRANT CREATE ON DATABASE {name} TO {{}}")
    bench = make_bench(dsn=dsn, tables=TABLES)
    with pytest.raises(Forbidden, match="permission denied for table"):
        bench.pump()
    owner.sql(f"GRANT TRIGGER ON orders, lines TO {roles.made[0]}")
    bench.pump()
    assert bench.replay.table("orders") == [{"id": 1, "note": "a"}, {"id": 2, "note": "b"}]
    owner.sql("UPDATE orders SET id = 3 WHERE id = 2")
    bench.pump()
    assert [row["id"] for row in bench.replay.table("orders")] == [1, 3]


def test_tables_that_may_not_be_read_are_named(
    owner: Bench, roles: Roles, make_bench: MakeBench
) -> None:
    install(owner)
    dsn = roles.make("GRANT SELECT ON lines TO {}", *READ_QUEUE)
    bench = make_bench(dsn=dsn, tables=TABLES, allow_ddl=False)
    with pytest.raises(Forbidden, match=f"user '{roles.made[0]}' may not read orders") as caught:
        bench.pump()
    assert caught.value.fix == f"GRANT SELECT ON orders TO {roles.made[0]}"
    assert bench.replay.entries == []
    owner.sql(caught.value.fix)
    bench.pump()
    assert owner.sql("SELECT count(*) FROM orders")[0][0] == len(bench.replay.table("orders"))


def test_a_queue_that_may_not_be_read_is_named(
    owner: Bench, roles: Roles, make_bench: MakeBench
) -> None:
    install(owner)
    bench = make_bench(dsn=roles.make(SELECT), tables=TABLES, allow_ddl=False)
    with pytest.raises(
        Forbidden, match="permission denied for schema aethermart_capture"
    ) as caught:
        bench.pump()
    assert "SELECT and DELETE on its change_queue" in caught.value.fix


def test_the_right_to_use_the_schema_is_asked_for_by_name(
    owner: Bench, roles: Roles, make_bench: MakeBench
) -> None:
    install(owner)
    owner.sql("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
    bench = make_bench(dsn=roles.make(SELECT, *READ_QUEUE), tables=TABLES, allow_ddl=False)
    with pytest.raises(Forbidden, match="permission denied for schema public") as caught:
        bench.pump()
    assert "USAGE on the shop's schema" in caught.value.fix


@pytest.mark.parametrize("allow_ddl", [False, True])
def test_with_the_queue_there_a_capture_user_needs_no_more_than_to_read_and_clean_it(
    owner: Bench, roles: Roles, make_bench: MakeBench, allow_ddl: bool
) -> None:
    install(owner)
    before = objects(owner)
    bench = make_bench(dsn=roles.make(SELECT, *READ_QUEUE), tables=TABLES, allow_ddl=allow_ddl)
    bench.pump()
    owner.sql("INSERT INTO orders VALUES (3, 'c')")
    owner.sql("INSERT INTO lines VALUES (1, 3)")
    bench.pump()
    assert bench.same("orders", "lines")
    bench.restart()
    bench.pump()
    assert bench.waiting() == 0
    assert objects(owner) == before


def test_the_shop_s_own_user_writes_as_before_and_cannot_see_the_queue(
    owner: Bench, roles: Roles
) -> None:
    install(owner)
    dsn = roles.make("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON orders, lines TO {}")
    with psycopg.connect(dsn, autocommit=True) as app:
        app.execute("INSERT INTO orders VALUES (7, 'app')")
        app.execute("UPDATE orders SET id = 8 WHERE id = 7")
        app.execute("DELETE FROM orders WHERE id = 8")
        app.execute("TRUNCATE lines")
        for statement in (
            "SELECT * FROM aethermart_capture.change_queue",
            "DELETE FROM aethermart_capture.change_queue",
            "INSERT INTO aethermart_capture.change_queue (table_oid, op) VALUES (1, 't')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)
    assert owner.waiting() == 5


def test_nobody_has_a_right_on_the_queue_unless_given(owner: Bench) -> None:
    owner.sql("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
    try:
        install(owner)
    finally:
        owner.sql("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC")
    rights = owner.sql(
        "SELECT has_schema_privilege('public', 'aethermart_capture', 'USAGE'),"
        " has_table_privilege('public', 'aethermart_capture.change_queue',"
        " 'SELECT, INSERT, UPDATE, DELETE')"
    )
    assert rights == [(False, False)]


def test_installing_again_changes_nothing_and_uninstalling_removes_all(owner: Bench) -> None:
    assert objects(owner) == []
    install(owner)
    first = objects(owner)
    versions = owner.sql("SELECT oid, xmin FROM pg_trigger WHERE NOT tgisinternal ORDER BY oid")
    assert len(first) == 1 + 2 * (4 + 1)
    install(owner)
    assert objects(owner) == first
    assert versions == owner.sql(
        "SELECT oid, xmin FROM pg_trigger WHERE NOT tgisinternal ORDER BY oid"
    )
    with connect(owner.dsn, SHOP) as connection:
        uninstall_queue(connection)
        uninstall_queue(connection)
    assert objects(owner) == []
    owner.sql("UPDATE orders SET note = 'still a shop'")


def test_a_queue_taken_away_is_told_and_one_put_back_means_snapshots(owner: Bench) -> None:
    owner.pump()
    with connect(owner.dsn, SHOP) as connection:
        uninstall_queue(connection)
    owner.sql("UPDATE orders SET note = 'unseen'")
    with pytest.raises(Unavailable, match="change_queue"):
        owner.pump()
    install(owner)
    owner.pump()
    owner.pump()
    assert owner.same("orders", "lines")


def test_rows_hidden_by_row_level_security_stop_the_table(
    owner: Bench, roles: Roles, make_bench: MakeBench
) -> None:
    install(owner)
    owner.sql("ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
    owner.sql("CREATE POLICY first_only ON orders USING (id = 1)")
    bench = make_bench(dsn=roles.make(SELECT, *READ_QUEUE), tables=TABLES, allow_ddl=False)
    bench.pump()
    assert "row-level security hides rows" in bench.state.stopped(SHOP)["orders"]
    assert "BYPASSRLS" in bench.state.stopped(SHOP)["orders"]
    assert "orders" not in bench.replay.live
    owner.sql("INSERT INTO lines VALUES (5, 1)")
    bench.pump()
    assert bench.same("lines")


@pytest.mark.parametrize(
    "make, why",
    [
        (None, "there is no such table"),
        ("CREATE VIEW odd AS SELECT * FROM orders", "there is no such table"),
        (
            "CREATE TABLE odd (id int)",
            "it has no primary key, so its rows cannot be told apart\n  fix: give it a primary key",
        ),
        ("CREATE TABLE odd (id int NOT NULL UNIQUE)", "it has no primary key"),
        (
            "CREATE TABLE odd (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)",
            "its primary key is DEFERRABLE",
        ),
        ("CREATE TABLE odd (id int PRIMARY KEY) PARTITION BY RANGE (id)", "it is partitioned"),
        ("CREATE TABLE odd (_op int PRIMARY KEY)", "column _op has a name that the log keeps"),
        (
            "CREATE TABLE odd (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL)",
            "column twice is generated but not stored",
        ),
    ],
)
def test_a_table_that_cannot_be_captured_is_told_and_left_alone(
    owner: Bench, make: str | None, why: str
) -> None:
    if make is not None:
        owner.sql(make)
    owner.restart(tables=["odd", *TABLES])
    owner.pump()
    assert why in owner.state.stopped(SHOP)["odd"]
    assert (
        "`aethermart capture run --shop corner_shop --snapshot odd`"
        in (owner.state.stopped(SHOP)["odd"])
    )
    assert [name for name in objects(owner) if name.endswith(" odd")] == []
    owner.sql("UPDATE orders SET note = 'x'")
    owner.pump()
    assert owner.same("orders", "lines")


def test_triggers_wait_for_writers_but_do_not_hold_them_up(owner: Bench) -> None:
    with psycopg.connect(owner.dsn) as writer:
        writer.execute("INSERT INTO orders VALUES (9, 'open')")
        with pytest.raises(Unavailable, match=r"table public\.orders was being written to for 2s"):
            owner.pump()
        writer.commit()
    owner.pump()
    assert owner.same("orders", "lines")


def test_a_bulk_update_is_quick_in_a_session_that_updated_single_rows_before(owner: Bench) -> None:
    """PostgreSQL keeps the plan that was right for one row; for many it must be right too."""
    owner.sql("INSERT INTO orders SELECT i, 'x' FROM generate_series(10, 60000) AS i")
    owner.pump()
    for number in range(10, 20):
        owner.sql("UPDATE orders SET note = 'y' WHERE id = %s", number)
    owner.sql("SET statement_timeout = '15s'")  # minutes of comparisons otherwise
    owner.sql("UPDATE orders SET note = 'z'")
    owner.pump()
    assert owner.same("orders")
