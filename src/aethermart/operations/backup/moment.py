"""One moment of the platform database: what the log is then, seen by every reader of the moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from aethermart.core.errors import NotFound, Unavailable


@dataclass(frozen=True, slots=True)
class LogEnd:
    """first  oldest offset in the tail, None where the tail is empty"""

    head: int
    first: int | None
    position: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """snapshot  by which PostgreSQL's tools see the same; valid while the block runs
    chunks    every chunk file that the tail names
    """

    snapshot: str
    revision: str
    shops: Mapping[str, LogEnd]
    chunks: tuple[str, ...]


@contextmanager
def platform_moment(dsn: str) -> Iterator[Moment]:
    """Raises Unavailable, and NotFound where the database has none of our tables yet."""
    try:
        connection = psycopg.connect(dsn, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"the platform database does not answer: {str(error).strip()}",
            fix="check that PostgreSQL runs and that `platform.dsn` is right",
        ) from error
    with connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        try:
            yield _seen(connection)
        except psycopg.errors.UndefinedTable as error:
            raise NotFound(
                "there is nothing to back up: the platform database is empty",
                fix="run `aethermart serve` once",
            ) from error


def _seen(connection: psycopg.Connection) -> Moment:
    snapshot, revision = connection.execute(
        "SELECT pg_export_snapshot(), (SELECT version_num FROM alembic_version)"
    ).fetchone() or ("", "")
    ends = connection.execute(
        "SELECT shop, last_offset, (SELECT min(log_offset) FROM log_entries AS e"
        " WHERE e.shop = h.shop), position FROM log_heads AS h ORDER BY shop"
    ).fetchall()
    chunks = connection.execute("SELECT DISTINCT unnest(chunks) FROM log_entries").fetchall()
    return Moment(
        snapshot=snapshot,
        revision=revision,
        shops={shop: LogEnd(*rest) for shop, *rest in ends},
        chunks=tuple(name for (name,) in chunks),
    )
