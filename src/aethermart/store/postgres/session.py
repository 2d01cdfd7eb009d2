"""`StoreSession` over psycopg."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.types.json import Jsonb
from pyarrow import csv

from aethermart.store.refusals import ALONE_POLL_S, ALONE_WAIT_S, ATTEMPTS, not_alone, refusal
from aethermart.store.session import Kind

if TYPE_CHECKING:
    from aethermart.store.session import Columns

_RETRYABLE = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
T = TypeVar("T")


class PostgresSession:
    kind: Kind = "postgres"

    def __init__(self, connection: psycopg.Connection) -> None:
        """connection  in autocommit; it is closed with the session"""
        self.connection = connection

    @classmethod
    def connect(cls, dsn: str) -> Self:
        """Raises Unavailable, BadInput."""
        with _translated():
            session = cls(psycopg.connect(dsn, autocommit=True, connect_timeout=5))
            # Else a schema named as the user, which comes first on the default path, would do.
            session.connection.execute("SET search_path = public")
            return session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, routine: str, *arguments: Any) -> tuple[Any, ...]:
        statement = sql.SQL("SELECT * FROM {}({})").format(
            sql.Identifier(routine), sql.SQL(", ").join([sql.Placeholder()] * len(arguments))
        )
        values = [_bound(argument) for argument in arguments]
        (row,) = self._again(lambda: self.connection.execute(statement, values).fetchall())
        return tuple(row)

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with _translated():
            return list(self.connection.execute(query.encode(), values).fetchall())

    def execute(self, statement: str, values: Mapping[str, Any] | None = None) -> int:
        with _translated():
            return self.connection.execute(statement.encode(), values).rowcount

    def tables(self) -> frozenset[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return frozenset(name for (name,) in self.rows(query))

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        number = {"name": f"aethermart {name}"}
        deadline = time.monotonic() + ALONE_WAIT_S
        while self.rows("SELECT pg_try_advisory_lock(hashtext(%(name)s))", number) != [(True,)]:
            if time.monotonic() > deadline:
                raise not_alone(name)
            time.sleep(ALONE_POLL_S)
        try:
            yield
        finally:
            # After an error, or on a lost connection, the lock goes with the session.
            with suppress(psycopg.Error):
                self.connection.execute("SELECT pg_advisory_unlock(hashtext(%(name)s))", number)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with _translated(), self.connection.transaction():
            yield

    def load(self, table: str, columns: Columns) -> int:
        """By COPY, without a Python object a value. Nulls stay nulls, empty texts empty."""
        rows = pa.table(dict(columns))
        if rows.num_rows == 0:
            return 0
        text = io.BytesIO()
        csv.write_csv(rows, text, csv.WriteOptions(include_header=False))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with _translated(), self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(text.getbuffer())
        return rows.num_rows

    def bulk(self) -> None:
        with _translated():
            self.connection.execute("SET LOCAL aethermart.bulk = 'on'")

    def continue_after(self, table: str, column: str, last: int) -> None:
        with _translated():
            self.connection.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, column, last]
            )

    def close(self) -> None:
        self.connection.close()

    def _again(self, once: Callable[[], T]) -> T:
        """In a transaction; again after a deadlock, where it is ours."""
        ours = self.connection.info.transaction_status == TransactionStatus.IDLE
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.connection.transaction():
                    return once()
            except _RETRYABLE as error:
                if not ours or attempt == ATTEMPTS:
                    raise _ours(error) from error
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads rivals apart
            except psycopg.Error as error:
                raise _ours(error) from error
        raise AssertionError("unreachable: the last attempt returns or raises")


def _bound(argument: Any) -> Any:
    is_json = isinstance(argument, Mapping | Sequence) and not isinstance(argument, str | bytes)
    return Jsonb(argument) if is_json else argument


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise _ours(error) from error


def _ours(error: psycopg.Error) -> Exception:
    # Without a state the connection itself broke.
    cause = error.diag.message_primary or str(error).strip()
    return refusal(error.sqlstate or "08", cause, error.diag.message_hint)
