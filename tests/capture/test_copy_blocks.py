"""A COPY as blocks of whole rows, and what happens when it ends early."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg import sql

from aethermart.capture.postgres import copying
from aethermart.capture.postgres.connection import Connection, connect

pytestmark = pytest.mark.service("postgres")


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database, "shop")) as opened:
        yield opened


def copy_of(select: str) -> sql.Composed:
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(sql.SQL(select))


def test_blocks_are_cut_between_rows_and_lose_none(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BLOCK_BYTES", 1000)
    blocks = [*copying._blocks(connection, copy_of("SELECT generate_series(1, 5000)"))]
    assert {len(block) for block in blocks[:-1]} <= {1000, 1001, 1002, 1003, 1004}
    assert all(block.endswith(b"\n") for block in blocks)
    assert b"".join(blocks) == "".join(f"{n}\n" for n in range(1, 5001)).encode()
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_row_larger_than_a_block_stays_whole(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BLOCK_BYTES", 1000)
    query = copy_of("SELECT repeat('x', 300000) FROM generate_series(1, 3)")
    assert b"".join(copying._blocks(connection, query)) == (b"x" * 300_000 + b"\n") * 3


def test_nothing_comes_of_no_rows(connection: Connection) -> None:
    assert [*copying._blocks(connection, copy_of("SELECT 1 WHERE false"))] == []
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_error_after_the_first_rows_is_raised_and_the_connection_lives(
    connection: Connection,
) -> None:
    query = copy_of("SELECT 1 / (90000 - n) FROM generate_series(1, 100000) AS n")
    with pytest.raises(psycopg.errors.DivisionByZero):
        list(copying._blocks(connection, query))
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_ends_the_copy_is_an_operational_error(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BLOCK_BYTES", 1000)
    blocks = copying._blocks(connection, copy_of("SELECT generate_series(1, 10000000)"))
    next(blocks)
    with psycopg.connect(database, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        list(blocks)


def test_a_copy_given_up_leaves_the_connection_usable(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BLOCK_BYTES", 1000)
    blocks = copying._blocks(connection, copy_of("SELECT generate_series(1, 1000000)"))
    next(blocks)
    blocks.close()
    assert connection.execute("SELECT 1").fetchone() == (1,)
