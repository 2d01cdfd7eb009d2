"""Run one of the store's procedures: as a transaction, again after a deadlock, with our errors."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from aethermart.core.errors import (
    AetherMartError,
    BadInput,
    Conflict,
    NotFound,
    Terminal,
    Transient,
    Unavailable,
)

_ATTEMPTS = 5
_RETRYABLE = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)

# By SQLSTATE, the store's own first; two characters stand for their whole class.
_ERRORS: Mapping[str, type[AetherMartError]] = {
    "AM001": NotFound,  # no such product
    "AM002": Conflict,  # not enough stock
    "AM003": BadInput,  # empty order
    "AM004": NotFound,  # unknown customer or address
    "AM005": BadInput,  # bad channel
    "AM006": Conflict,  # illegal move of the status
    "AM007": NotFound,  # no such order
    "AM008": Conflict,  # another currency
    "AM009": BadInput,  # bad quantity or discount
    "AM010": Conflict,  # the idempotency key belongs to another order
    "AM011": Conflict,  # a review of what was not delivered
    "23502": BadInput,  # not null
    "23514": BadInput,  # check
    "23503": NotFound,  # foreign key
    "23505": Conflict,  # unique
    "22": BadInput,  # a value out of range or of another type
    "40": Transient,  # deadlock, serialization failure
    "08": Unavailable,
    "53": Unavailable,  # too many connections, no memory, disk full
    "57": Unavailable,  # shutting down, cancelled
}


def run(
    connection: psycopg.Connection, statement: str, values: Mapping[str, Any]
) -> tuple[Any, ...]:
    """The one row that `statement` returns.

    Commits, unless the caller holds a transaction open. A deadlock is tried again up to five times
    where we began the transaction; inside the caller's only the caller can begin it anew.
    """
    ours = connection.info.transaction_status == TransactionStatus.IDLE
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _once(connection, statement, values)
        except _RETRYABLE as error:
            if not ours or attempt == _ATTEMPTS:
                raise translated(error) from error
            time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads rivals apart
        except psycopg.Error as error:
            raise translated(error) from error
    raise AssertionError("unreachable: the last attempt returns or raises")


def translated(error: psycopg.Error) -> AetherMartError:
    """The error of our tree for one of the database's."""
    state = error.sqlstate or "08"  # without a state the connection itself broke
    kind = _ERRORS.get(state) or _ERRORS.get(state[:2])
    if kind is None:
        return Terminal(f"{state}: {error}", fix="see the database's message above")
    cause = error.diag.message_primary or str(error)
    return kind(cause, fix=error.diag.message_hint or _fix(kind))


def _fix(kind: type[AetherMartError]) -> str:
    if kind is Unavailable:
        return "check that the store's server runs, then try again"
    return "try again" if kind is Transient else "correct the value and try again"


def _once(
    connection: psycopg.Connection, statement: str, values: Mapping[str, Any]
) -> tuple[Any, ...]:
    with connection.transaction():
        row = connection.execute(statement.encode(), values).fetchone()
    if row is None:
        raise AssertionError(f"no row from {statement}")
    return tuple(row)
