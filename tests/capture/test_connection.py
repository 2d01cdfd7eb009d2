"""What is wrong with an address or a login is told, with the value and without the password."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from aethermart.capture.postgres.connection import without_password
from aethermart.capture.postgres.source import PostgresShop, PostgresSource
from aethermart.core.errors import AetherMartError, BadInput, Unavailable
from aethermart.log.chunks import ChunkStore
from tests.capture.bench import SHOP, Bench
from tests.capture.conftest import MakeBench
from tests.capture.memory import MemoryState

SECRET = "Tr0ub4dor"


def failure(dsn: str, folder: Path) -> AetherMartError:
    shop = PostgresShop(SHOP, dsn, ["orders"])
    assert SECRET not in repr(shop)
    source = PostgresSource(shop, MemoryState(), ChunkStore(folder))
    with pytest.raises(AetherMartError) as caught:
        next(source.read(None, heartbeat=True))
    source.close()
    assert SECRET not in str(caught.value)
    assert caught.value.cause.startswith(f"shop {SHOP}: ")
    return caught.value


@pytest.mark.parametrize(
    "dsn, told",
    [
        ("orders.csv", "'orders.csv' is not a PostgreSQL address"),
        ("", "is not a PostgreSQL address: it is empty"),
        (f"mysql://ada:{SECRET}@db/shop", "'mysql://ada:***@db/shop' is not a PostgreSQL address"),
        (f"postgres//ada:{SECRET}@db/shop", "'postgres//ada:***@db/shop' is not a PostgreSQL"),
        (
            f"postgresql://ada:{SECRET}@db/shop?colour=red",
            "?colour=red' is not a PostgreSQL address",
        ),
        (f"host=db password={SECRET} colour=red", "password=*** colour=red' is not a PostgreSQL"),
        (f"postgresql://ada:{SECRET}@127.0.0.1:99999/shop", "invalid port number"),
        (f"postgresql://ada:{SECRET}@127.0.0.1:port/shop", 'invalid integer value "port"'),
        (f"postgresql://ada:{SECRET}@db.invalid/shop", "db.invalid"),
    ],
)
def test_an_address_that_cannot_be_right_is_bad_input(dsn: str, told: str, tmp_path: Path) -> None:
    error = failure(dsn, tmp_path)
    assert isinstance(error, BadInput)
    assert told in error.cause
    assert "postgresql://user:password@host:port/database" in error.fix or "dsn" in error.fix


@pytest.mark.service("postgres")
@pytest.mark.parametrize(
    "change, told",
    [
        ({"password": SECRET}, "password authentication failed for user"),
        ({"user": "nobody_here", "password": SECRET}, "nobody_here"),
        ({"dbname": "no_such_shop"}, 'database "no_such_shop" does not exist'),
    ],
)
def test_a_login_that_is_refused_is_bad_input(
    database: str, change: dict[str, str], told: str, tmp_path: Path
) -> None:
    parts = {**conninfo_to_dict(database), **change}
    dsn = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**parts)
    error = failure(dsn, tmp_path)
    assert isinstance(error, BadInput)
    assert told in error.cause
    assert str(parts["password"]) not in str(error)
    assert str(parts["host"]) in error.cause


def test_nobody_listening_is_unavailable(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = failure(f"postgresql://ada:{SECRET}@127.0.0.1:{port}/shop", tmp_path)
    assert isinstance(error, Unavailable)
    assert f"postgresql://ada:***@127.0.0.1:{port}/shop does not let us in" in error.cause
    assert "refused" in error.cause


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Something listens and hangs up at once: no PostgreSQL."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_another_service_behind_the_port_is_unavailable(silent_port: int, tmp_path: Path) -> None:
    error = failure(f"postgresql://ada:{SECRET}@127.0.0.1:{silent_port}/shop", tmp_path)
    assert isinstance(error, Unavailable)


@pytest.mark.parametrize(
    "text, masked",
    [
        ("postgresql://ada:s3@db/x", "postgresql://ada:***@db/x"),
        ("postgresql://ada:a:b@c@db/x", "postgresql://ada:***@db/x"),
        ("postgresql://ada:a/b@db/x", "postgresql://ada:***@db/x"),
        ("postgresql://:s3@db/x", "postgresql://:***@db/x"),
        ("postgresql://ada@db/x", "postgresql://ada@db/x"),
        ("host=db password=s3 user=ada", "host=db password=*** user=ada"),
        ("host=db PASSWORD='s 3' user=ada", "host=db PASSWORD=*** user=ada"),
        ("password = 's 3' user=ada", "password = *** user=ada"),
        (
            "postgresql://db/x?user=ada&password=s3&port=1",
            "postgresql://db/x?user=ada&password=***",
        ),
    ],
)
def test_a_password_is_masked_in_every_form_of_address(text: str, masked: str) -> None:
    assert without_password(text).startswith(masked)
    assert "s3" not in without_password(text)
    assert "s 3" not in without_password(text)


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    made = make_bench(tables=["orders"])
    made.sql("CREATE TABLE orders (id int PRIMARY KEY)")
    made.pump()
    return made


@pytest.mark.service("postgres")
def test_a_server_that_ends_the_connection_is_found_again(bench: Bench) -> None:
    bench.sql("INSERT INTO orders VALUES (1)")
    bench.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'aethermart capture' AND datname = current_database()"
    )
    with pytest.raises(Unavailable, match=f"shop {SHOP}: "):
        bench.pump()
    bench.pump()
    assert bench.same("orders")


@pytest.mark.service("postgres")
def test_a_connection_that_breaks_in_mid_read_loses_nothing(bench: Bench) -> None:
    bench.sql("INSERT INTO orders SELECT generate_series(1, 3)")
    bench.state.request_snapshot(SHOP, ["orders"])
    entries = bench.read()
    bench.replay.apply(next(entries))
    bench.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'aethermart capture' AND datname = current_database()"
    )
    with pytest.raises(Unavailable):
        list(entries)
    bench.pump()
    assert bench.same("orders")
    assert bench.replay.under_way == set()


@pytest.mark.service("postgres")
def test_a_second_capture_of_one_database_is_refused_and_told_why(bench: Bench) -> None:
    """Each cleans what it has read: two would lose each other's rows."""
    other = bench.opened()
    bench.sql("INSERT INTO orders VALUES (1)")
    with pytest.raises(Unavailable, match="another capture reads database") as caught:
        list(other.read(bench.replay.end, heartbeat=True))
    assert "only one installation can capture a database" in caught.value.fix
    bench.pump()
    assert bench.same("orders")
    bench.source.close()
    assert len(list(other.read(bench.replay.end, heartbeat=True))) == 1
    other.close()


@pytest.mark.service("postgres")
def test_a_lock_held_on_a_table_is_waited_for_no_longer_than_needed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        __import__("aethermart.capture.postgres.connection", fromlist=["_SESSION"])._SESSION,
        "lock_timeout",
        "200ms",
    )
    bench.restart()
    bench.state.request_snapshot(SHOP, ["orders"])
    with psycopg.connect(bench.dsn) as altering:
        altering.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unavailable, match="lock timeout"):
            bench.pump()
        altering.rollback()
    bench.pump()
    assert bench.same("orders")
