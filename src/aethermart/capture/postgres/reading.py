"""The transaction in which a shop is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from aethermart.capture.postgres.connection import Connection
from aethermart.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Moment:
    """The snapshot of a reading transaction; every commit before `read_at` is visible in it."""

    read_at: datetime
    snapshot: str


@contextmanager
def reading(
    connection: Connection, clock: Clock, lock: Sequence[sql.Identifier] = ()
) -> Iterator[Moment]:
    """One REPEATABLE READ transaction: each statement in it sees the same snapshot.

    lock  tables to be copied. TRUNCATE and rewriting ALTERs do not respect snapshots: unlocked, a
          table rewritten after the snapshot was taken would be copied as empty.
    """
    connection.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        if lock:
            tables = sql.SQL(", ").join(lock)
            connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(tables))
        read_at = clock()  # before the first query, which takes the snapshot
        row = connection.execute("SELECT pg_current_snapshot()::text").fetchone()
        yield Moment(read_at, str(row[0]) if row else "")
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")
