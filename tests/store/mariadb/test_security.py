"""Least privilege, tried on a real server: what the matrix names works, and nothing else does."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aethermart import packs
from aethermart.core.errors import AetherMartError, BadInput, Conflict, NotFound
from aethermart.store.grants import Matrix, Objects, Right, read_matrix
from aethermart.store.orders import OrderLine, OrderRequest, place_order
from aethermart.store.security import apply_security, drop_accounts
from tests.store.mariadb.conftest import as_root, empty, write
from tests.store.mariadb.sales import day, order, shop

if TYPE_CHECKING:
    from aethermart.store.mariadb.session import MariadbSession
    from tests.mariadb import MariadbServer

pytestmark = pytest.mark.service("mariadb")

MATRIX = read_matrix()
PASSWORDS = {name: f"{name} needs no secret here" for name in MATRIX.accounts}
PREFIX = "t_"
# Refused for want of a right: on a table, a column, a database, the server, a routine, a file.
DENIED = (1142, 1143, 1044, 1227, 1370, 1045)
_INVALID_ROLE = 1959
QUEUE = (
    "aethermart_change_queue",
    "aethermart_change_queue_layouts",
    "aethermart_change_queue_reader",
)
MARKS = ("zyxname", "zyxstreet", "zyxmail", "44207946", "zyxsaid", "zyxauthor", "zyxkey")


class Shop:
    """The store with its accounts."""

    def __init__(self, server: MariadbServer, database: str) -> None:
        self.server, self.database = server, database

    def root(self) -> MariadbSession:
        return as_root(self.server, self.database)

    def connect(self, account: str, **more: Any) -> Any:
        import pymysql

        return pymysql.connect(
            host="127.0.0.1",
            port=self.server.port,
            user=PREFIX + account,
            password=PASSWORDS[account],
            database=self.database,
            charset="utf8mb4",
            **more,
        )

    def objects(self) -> Objects:
        with closing(self.root()) as session:
            tables = session.rows(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
            )
            routines = session.rows(
                "SELECT routine_name, routine_type FROM information_schema.routines"
                " WHERE routine_schema = DATABASE()"
            )
        return Objects(
            frozenset(name for (name,) in tables),
            frozenset(name for name, kind in routines if kind == "PROCEDURE"),
            frozenset(name for name, kind in routines if kind == "FUNCTION"),
        )


@pytest.fixture(scope="module")
def made(mariadb: MariadbServer, mariadb_store: str) -> Iterator[Shop]:
    """Filled with persons whose every word is marked; capture's queue holds one of them, too."""
    found = Shop(mariadb, mariadb_store)
    with closing(found.root()) as session:
        empty(session)
        for table in QUEUE:
            session.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, row_line TEXT)")
        session.execute("CREATE TABLE probe (id INT PRIMARY KEY)")
        session.execute("CREATE PROCEDURE sp_probe() SELECT 1")
        session.execute("INSERT INTO aethermart_change_queue VALUES (1, 'zyxmail@example.org')")
        persons(session)
        apply_security(session, PASSWORDS, prefix=PREFIX)
    yield found
    with closing(found.root()) as session:
        drop_accounts(session, prefix=PREFIX)
        session.execute("DROP PROCEDURE sp_probe")
        session.execute(f"DROP TABLE probe, {', '.join(QUEUE)}")


def persons(session: MariadbSession) -> None:
    shop(session)
    session.execute(
        "UPDATE customers SET email = CONCAT('zyxmail', customer_id, '@example.org'),"
        " first_name = 'Zyxname', last_name = 'Zyxname', phone = '+44207946'"
    )
    session.execute("UPDATE customer_addresses SET street = 'Zyxstreet 1'")
    order(session, 1, "2026-01-01", (1, 2, "10.00"))
    session.execute("UPDATE orders SET idempotency_key = 'zyxkey'")
    chat = {"chat_id": 1, "customer_id": 1, "channel": "web", "topic": "x", "message_count": 1}
    write(
        session,
        "support_chats",
        chat | {"transcript": "I am Zyxsaid", "opened_at": day("2026-01-01")},
    )
    write(session, "social_posts", {"platform": "x", "author": "Zyxauthor", "body": "I, zyxsaid"})
    review = {"review_id": 1, "product_id": 1, "customer_id": 1, "order_id": 1, "rating": 5}
    write(session, "reviews", review | {"title": "by zyxname", "body": "zyxsaid"})


@pytest.fixture(params=MATRIX.accounts)
def account(request: pytest.FixtureRequest) -> str:
    return str(request.param)


Try = Callable[[str], int]


@pytest.fixture
def attempt(made: Shop, account: str) -> Iterator[Try]:
    """Runs a statement as the account and takes it back; returns the error's number, or 0."""
    import pymysql

    with closing(made.connect(account)) as connection, connection.cursor() as cursor:

        def run(statement: str) -> int:
            connection.begin()
            try:
                cursor.execute(statement)
                while cursor.nextset():
                    pass
            except pymysql.err.MySQLError as error:
                return int(error.args[0])
            finally:
                connection.rollback()
            return 0

        yield run


def columns_of(made: Shop) -> dict[str, list[str]]:
    """Table -> columns that can be written."""
    with closing(made.root()) as session:
        found = session.rows(
            "SELECT table_name, GROUP_CONCAT(column_name ORDER BY ordinal_position)"
            " FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND is_generated = 'NEVER' GROUP BY table_name"
        )
    return {table: str(columns).split(",") for table, columns in found}


@pytest.mark.promise("53")
def test_every_pair_of_account_and_table_is_as_the_matrix_says(
    made: Shop, account: str, attempt: Try
) -> None:
    may = {(r.privilege, r.on, r.columns) for r in rights(made) if r.account == account}
    wrong = []
    narrow = {on for _, on, some in may if some}
    for table, columns in columns_of(made).items():
        # Column by column where rights are given so, else one speaks for all.
        for privilege, column, statement in attempts(
            table, columns if table in narrow else columns[:1]
        ):
            expected = any(
                (privilege, table) == (given, on) and (not some or column in (*some, None))
                for given, on, some in may
            )
            if (attempt(statement) not in DENIED) != expected:
                wrong.append((privilege, table, column))
    assert wrong == []
    assert len(may) >= 3


def attempts(table: str, columns: list[str]) -> Iterator[tuple[str, str | None, str]]:
    """Statements that need one right and change nothing where they have it."""
    yield "SELECT", None, f"SELECT * FROM `{table}` LIMIT 0"
    yield "DELETE", None, f"DELETE FROM `{table}` WHERE FALSE"
    for column in columns:
        yield "UPDATE", column, f"UPDATE `{table}` SET `{column}` = NULL WHERE FALSE"
        yield "INSERT", column, f"INSERT INTO `{table}` (`{column}`) VALUES (NULL)"


def rights(made: Shop) -> list[Right]:
    return MATRIX.rights(made.objects())


@pytest.mark.promise("53")
def test_every_pair_of_account_and_routine_is_as_the_matrix_says(
    made: Shop, account: str, attempt: Try
) -> None:
    may = {r.on for r in rights(made) if r.account == account and r.privilege == "EXECUTE"}
    with closing(made.root()) as session:
        routines = session.rows(
            "SELECT r.routine_name, r.routine_type, ("
            "  SELECT COUNT(*) FROM information_schema.parameters AS p"
            "  WHERE p.specific_schema = r.routine_schema AND p.specific_name = r.routine_name"
            "  AND p.routine_type = r.routine_type AND p.ordinal_position > 0"
            ") FROM information_schema.routines AS r WHERE r.routine_schema = DATABASE()"
        )
    wrong = []
    for name, kind, count in routines:
        arguments = ", ".join(f"@a{n}" for n in range(count))
        verb = "CALL" if kind == "PROCEDURE" else "SELECT"
        if (attempt(f"{verb} `{name}`({arguments})") not in DENIED) != (name in may):
            wrong.append(name)
    assert wrong == []


STRUCTURE = (
    "CREATE TABLE probe_2 (id INT)",
    "CREATE TEMPORARY TABLE probe_3 (id INT)",
    "CREATE VIEW probe_4 AS SELECT 1",
    "CREATE OR REPLACE VIEW v_customers_masked AS SELECT 1",
    "CREATE TRIGGER probe_5 AFTER INSERT ON customers FOR EACH ROW SET @a = NEW.email",
    "CREATE PROCEDURE sp_probe_6() SELECT 1",
    "CREATE EVENT probe_7 ON SCHEDULE EVERY 1 DAY DO SELECT 1",
    "ALTER TABLE probe COMMENT = 'x'",
    "ALTER TABLE probe ADD CONSTRAINT probe_8 FOREIGN KEY (id) REFERENCES orders (order_id)",
    "CREATE INDEX probe_9 ON probe (id)",
    "RENAME TABLE probe TO probe_10",
    "DROP TABLE probe",
    "TRUNCATE TABLE probe",
    "DROP PROCEDURE sp_probe",
    "LOCK TABLES probe READ",
    "GRANT SELECT ON probe TO t_maria",
    "CREATE DATABASE probe_11",
    "CREATE USER probe_12@'%'",
    "CREATE ROLE probe_13",
    "SET GLOBAL max_connections = 10",
    "SET PASSWORD FOR root@localhost = PASSWORD('x')",
    "SELECT * FROM mysql.global_priv",
    "SELECT * FROM mysql.column_stats",
    "SELECT 1 INTO OUTFILE '/tmp/probe_14'",
    "SHOW BINARY LOGS",
)


@pytest.mark.promise("53")
def test_nobody_changes_structure_rights_or_the_server(attempt: Try, account: str) -> None:
    assert [statement for statement in STRUCTURE if attempt(statement) not in DENIED] == []
    assert attempt(f"SET ROLE {PREFIX}alex") == (0 if account == "alex" else _INVALID_ROLE)


@pytest.mark.promise("53")
def test_capture_alone_sees_what_others_run(attempt: Try, account: str) -> None:
    assert (attempt("SHOW ENGINE INNODB STATUS") == 0) == (account == "capture")


def test_david_sees_how_everything_is_made_and_the_programs_see_nothing_of_it(
    attempt: Try, account: str
) -> None:
    sees = account in ("alex", "david")
    assert (attempt("SHOW CREATE VIEW v_quarterly_sales") == 0) == sees
    assert (attempt("SHOW CREATE TABLE customers") == 0) == (
        account in ("alex", "david", "capture")
    )


@pytest.mark.promise("54")
@pytest.mark.parametrize("account", ["sarah", "maria", "david", "app"])
def test_who_may_not_know_persons_reaches_nothing_of_them(made: Shop, account: str) -> None:
    """All that the account can read anywhere on the server, searched for what names a person."""
    import pymysql

    read, leaks = 0, []
    with closing(made.connect(account)) as connection, connection.cursor() as cursor:
        for source in everything(cursor, made):
            try:
                cursor.execute(source)
                text = repr(cursor.fetchall()).lower()
                while cursor.nextset():
                    text += repr(cursor.fetchall()).lower()
            except pymysql.err.MySQLError as error:
                text = str(error).lower()
            else:
                read += 1
            leaks += [(source, mark) for mark in MARKS if mark in text]
    assert leaks == []
    assert read > 40


def everything(cursor: Any, made: Shop) -> list[str]:
    cursor.execute(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_schema <> %s OR table_type <> 'BASE TABLE'",
        [made.database],
    )
    listed = [f"SELECT * FROM `{schema}`.`{table}`" for schema, table in cursor.fetchall()]
    tables = [f"SELECT * FROM `{table}`" for table in made.objects().tables]
    said = [f"SHOW CREATE TABLE `{table}`" for table in made.objects().tables]
    routines = [
        f"CALL `{name}`({', '.join('1' * n)})"
        for name in made.objects().procedures - {"sp_probe"}
        for n in range(5)
    ]
    functions = [f"SELECT `{name}`(1)" for name in made.objects().functions]
    return [
        *listed,
        *tables,
        *said,
        *routines,
        *functions,
        "SHOW FULL PROCESSLIST",
        "SELECT LOAD_FILE('/etc/passwd')",
        "HANDLER customers OPEN",
        "SELECT o.*, c.* FROM v_order_summary AS o, v_customers_masked AS c",
        "SELECT (SELECT email FROM customers LIMIT 1) FROM v_customers_masked",
        "SELECT * FROM v_customers_masked PROCEDURE ANALYSE()",
        "EXPLAIN EXTENDED SELECT * FROM v_customers_masked",
        "SHOW WARNINGS",
        "ANALYZE FORMAT=JSON SELECT * FROM v_order_summary",
        "CHECK TABLE customers",
        "SELECT * FROM v_customers_masked WHERE email LIKE 'zyx%'",
        "INSERT INTO customers (email, first_name, last_name) VALUES ('zyx', 'a', 'b')",
        "TABLE customers",
    ]


@pytest.mark.promise("115")
def test_capture_reads_each_captured_table_of_the_pack() -> None:
    granted = {
        table
        for grant in MATRIX.grants
        if "capture" in grant["to"] and grant.get("may") == ["SELECT"]
        for table in grant["tables"]
    }
    pack = Path(packs.__file__).parent / "aethermart" / "pack.toml"
    assert granted == set(tomllib.loads(pack.read_text())["tables"])


@pytest.mark.promise("115")
def test_the_shop_s_program_places_orders_and_touches_no_table(made: Shop) -> None:
    from aethermart.store.mariadb.session import MariadbSession

    with closing(MariadbSession(made.connect("app", autocommit=True))) as session:
        customer, address = session.call(
            "sp_register_customer",
            "eve@example.org",
            "Eve",
            "E",
            None,
            "S 1",
            "Bonn",
            "53111",
            "DE",
        )
        placed = place_order(
            session, OrderRequest(customer, address, "web", (OrderLine(2, 3),), "key of the app")
        )
        assert str(placed.total.amount) == "6.00"
        another = session.call("sp_add_customer_address", customer, "S 2", "Bonn", "53111", "DE")
        for refused in (
            "SELECT * FROM orders",
            "UPDATE products SET price = 0",
            "INSERT INTO payments (order_id) VALUES (1)",
            "DELETE FROM order_items",
        ):
            with pytest.raises(AetherMartError, match="denied"):
                session.rows(refused)
    with closing(made.root()) as root:
        assert root.rows(
            "SELECT status, address_id FROM orders WHERE customer_id = %(customer)s",
            {"customer": customer},
        ) == [("PENDING", address)]
        assert another[0] > address


def test_a_customer_is_registered_whole_or_not_at_all(store: MariadbSession) -> None:
    eve = ("eve@example.org", "Eve", "E", None, "S 1", "Bonn", "53111")
    with pytest.raises(BadInput, match="customer_addresses_country_is_iso"):
        store.call("sp_register_customer", *eve, "d1")
    assert store.rows("SELECT COUNT(*) FROM customers") == [(0,)]
    store.call("sp_register_customer", *eve, "DE")
    with pytest.raises(Conflict):
        store.call("sp_register_customer", *eve, "DE")
    assert store.rows("SELECT COUNT(*) FROM customers") == [(1,)]
    with pytest.raises(NotFound):
        store.call("sp_add_customer_address", 99, "S 1", "Bonn", "53111", "DE")


def test_a_right_that_is_not_declared_is_taken_back(made: Shop) -> None:
    with closing(made.root()) as session:
        session.execute(f"GRANT SELECT ON customers TO {PREFIX}maria")
        session.execute(f"GRANT ALL ON *.* TO {PREFIX}maria@'%'")
        apply_security(session, {}, prefix=PREFIX)
        session.execute(f"GRANT SELECT ON customers TO {PREFIX}app@'%'")
        apply_security(session, PASSWORDS, prefix=PREFIX)
    for name in ("maria", "app"):
        with (
            closing(made.connect(name)) as connection,
            connection.cursor() as cursor,
            pytest.raises(Exception, match="denied"),
        ):
            cursor.execute("SELECT * FROM customers")


def test_without_tls_nobody_gets_in_where_it_is_required(made: Shop) -> None:
    import pymysql

    with closing(made.root()) as session:
        apply_security(session, PASSWORDS, require_tls=True, prefix=PREFIX)
    try:
        for name in MATRIX.accounts:
            with pytest.raises(pymysql.err.OperationalError) as refused:
                made.connect(name, ssl_disabled=True)
            assert refused.value.args[0] == 1045
            made.connect(name, ssl={"check_hostname": False, "verify_mode": None}).close()
    finally:
        with closing(made.root()) as session:
            apply_security(session, PASSWORDS, prefix=PREFIX)


def test_a_new_password_counts_and_the_old_one_no_more(made: Shop) -> None:
    import pymysql

    with closing(made.root()) as session:
        apply_security(session, {"app": "quite another one"}, prefix=PREFIX)
        with pytest.raises(pymysql.err.OperationalError):
            made.connect("app")
        apply_security(session, PASSWORDS, prefix=PREFIX)
    made.connect("app").close()


@pytest.mark.parametrize(
    "passwords, said",
    [
        ({"eve": "long enough, this one"}, "the store has no account 'eve'"),
        ({"app": "tooshort"}, "the password of app has 8 characters"),
    ],
)
def test_what_cannot_be_is_refused_and_no_password_quoted(
    made: Shop, passwords: dict[str, str], said: str
) -> None:
    with closing(made.root()) as session, pytest.raises(BadInput) as refused:
        apply_security(session, passwords, prefix=PREFIX)
    assert refused.value.cause == said


def test_another_application_s_account_is_left_alone(mariadb: MariadbServer, made: Shop) -> None:
    theirs = mariadb.new_database()
    mariadb.sql(f"CREATE TABLE {theirs}.t (id INT)")
    mariadb.sql("CREATE USER other_app@'%' IDENTIFIED BY 'theirs'")
    mariadb.sql(f"GRANT SELECT ON {theirs}.t TO other_app@'%'")
    before = mariadb.sql("SHOW GRANTS FOR other_app@'%'")
    with closing(made.root()) as session:
        with pytest.raises(Conflict) as refused:
            apply_security(session, PASSWORDS, prefix="other_")
        with pytest.raises(Conflict):
            drop_accounts(session, prefix="other_")
    assert refused.value.cause == (
        f"account other_app has rights on '{theirs}', which is not this store"
    )
    assert mariadb.sql("SHOW GRANTS FOR other_app@'%'") == before
    mariadb.sql("DROP USER other_app@'%'")
    mariadb.sql(f"DROP DATABASE {theirs}")


def test_a_database_without_the_store_is_refused(mariadb: MariadbServer) -> None:
    name = mariadb.new_database()
    with closing(as_root(mariadb, name)) as session:
        with pytest.raises(NotFound, match="rights are declared on 'sp_place_order'"):
            apply_security(session, PASSWORDS, prefix="none_")
        assert session.rows("SELECT user FROM mysql.user WHERE user LIKE 'none%%'") == []
    mariadb.sql(f"DROP DATABASE {name}")


def test_the_matrix_names_only_what_there_is(made: Shop) -> None:
    found: Matrix = read_matrix()
    assert {right.account for right in found.rights(made.objects())} == set(found.accounts)
