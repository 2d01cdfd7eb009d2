"""Connect to a PostgreSQL shop; what can go wrong is told apart into ours, theirs and passing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import TupleRow

from aethermart.core.errors import BadInput, Forbidden, Unavailable

Connection = psycopg.Connection[TupleRow]

_PASSWORD = re.compile(r"(?<=:)[^:@/]+(?=@)|(?<=password=)\S+")
_BAD_LOGIN = ("password authentication failed", "no password supplied", "does not exist")
_BAD_ADDRESS = ("could not translate host name", "failed to resolve host", "invalid port number")


def without_password(text: str) -> str:
    """The text with the password of any DSN in it replaced by ***."""
    return _PASSWORD.sub("***", text)


def connect(dsn: str, shop: str) -> Connection:
    """A connection in autocommit, with UTC and ISO dates. Raises BadInput or Unavailable."""
    try:
        return psycopg.connect(
            dsn,
            autocommit=True,
            connect_timeout=10,
            application_name="aethermart capture",
            options="-c TimeZone=UTC -c DateStyle=ISO -c statement_timeout=0",
        )
    except psycopg.ProgrammingError as error:
        raise BadInput(
            f"shop {shop}: {without_password(dsn)!r} is not a PostgreSQL address: {error}",
            fix="write it as postgresql://user:password@host:port/database",
        ) from error
    except psycopg.OperationalError as error:
        cause = f"shop {shop}: {without_password(dsn)} does not let us in: {_first_line(error)}"
        if any(text in str(error) for text in (*_BAD_LOGIN, *_BAD_ADDRESS)):
            fix = "correct host, database, user and password of the shop's dsn in aethermart.toml"
            raise BadInput(cause, fix=fix) from error
        raise Unavailable(cause, fix="check that the server runs; this is retried") from error


@contextmanager
def explained(shop: str) -> Iterator[None]:
    """Turn PostgreSQL's errors into ours: missing rights, or a server that went away."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise Forbidden(
            f"shop {shop}: {_first_line(error)}",
            fix="grant the capture user SELECT on the pack's tables and, for queue capture, "
            "CREATE on the database (allow_ddl), or let the owner install the queue",
        ) from error
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"shop {shop}: {without_password(_first_line(error))}",
            fix="check that the server runs; this is retried",
        ) from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
