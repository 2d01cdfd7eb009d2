"""Reach the platform database; one that does not answer is Unavailable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from aethermart.core.errors import BadInput, Unavailable


@contextmanager
def reached(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction, committed at the end. Raises Unavailable, BadInput."""
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except OperationalError as error:
        raise Unavailable(
            f"the platform database does not answer: {_reason(error)}",
            fix="check that PostgreSQL runs and that `platform.dsn` is right; this is retried",
        ) from error
    except ProgrammingError as error:
        if error.statement is not None:
            raise
        raise BadInput(
            "`platform.dsn` is not a PostgreSQL address",
            fix="write it as postgresql://user:password@host:port/database",
        ) from None  # its own message may quote the password


def _reason(error: OperationalError) -> str:
    return next(iter(str(error.orig).strip().splitlines()), "no reason given")
