from __future__ import annotations

import threading

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from aethermart.core.errors import BadInput, Unavailable
from aethermart.platform_db.migrate import NewerState, migrate, platform_engine
from aethermart.platform_db.tables import metadata


def contents(dsn: str) -> list[tuple[str, ...]]:
    """Every column, index and constraint."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT table_name, column_name, data_type, is_nullable, column_default"
            " FROM information_schema.columns WHERE table_schema = 'public'"
            " UNION ALL SELECT tablename, indexname, indexdef, '', '' FROM pg_indexes"
            " WHERE schemaname = 'public' ORDER BY 1, 2"
        ).fetchall()


@pytest.mark.service("postgres")
def test_the_tables_in_the_code_are_those_that_the_migrations_make(database: str) -> None:
    migrate(database)
    with platform_engine(database).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
        made: list[str] = list(
            connection.execute(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            ).scalars()
        )
        assert set(made) == {*metadata.tables, "alembic_version"}


@pytest.mark.service("postgres")
def test_migrating_again_changes_nothing(database: str) -> None:
    migrate(database)
    first = contents(database)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO log_heads (shop) VALUES ('kept')")
    migrate(database)
    assert contents(database) == first
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT shop FROM log_heads").fetchall() == [("kept",)]


@pytest.mark.service("postgres")
def test_several_that_start_at_once_migrate_once(database: str) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(4)

    def start() -> None:
        try:
            together.wait()
            migrate(database)
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with psycopg.connect(database) as connection:
        assert len(connection.execute("SELECT * FROM alembic_version").fetchall()) == 1


@pytest.mark.service("postgres")
def test_a_schema_of_a_later_release_is_refused_and_left_alone(database: str) -> None:
    migrate(database)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("CREATE TABLE of_the_future (id int)")
    before = contents(database)
    with pytest.raises(NewerState, match=r"a schema this release does not know .*9999") as caught:
        migrate(database)
    assert "run the newer release" in caught.value.fix
    assert contents(database) == before


@pytest.mark.service("postgres")
def test_a_migration_that_fails_leaves_nothing_behind(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE workers (of_somebody_else int)")
    before = contents(database)
    with pytest.raises(Exception, match='relation "workers" already exists'):
        migrate(database)
    assert contents(database) == before


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="the platform database does not answer") as caught:
        migrate("postgresql://ada:s3cret@127.0.0.1:1/platform")
    assert "s3cret" not in str(caught.value)


def test_an_address_that_is_none_is_bad_input() -> None:
    with pytest.raises(BadInput, match="is not a PostgreSQL address"):
        migrate("mysql://ada:s3cret@db/platform")


@pytest.mark.service("postgres")
def test_a_password_may_hold_any_character(database: str) -> None:
    from urllib.parse import quote

    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    password = "p@ss:w/rd %41"
    with psycopg.connect(database, autocommit=True) as connection:
        name = f"owner_{connection.info.backend_pid}"
        connection.execute(f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{password}'")
    try:
        parts = conninfo_to_dict(database)
        url = f"postgresql://{name}:{quote(password, safe='')}@{parts['host']}:{parts['port']}"
        migrate(f"{url}/{parts['dbname']}")
        migrate(make_conninfo(database, user=name, password=password))
    finally:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
            connection.execute(f"DROP ROLE {name}")
