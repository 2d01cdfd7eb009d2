"""Counts of failed log-ins in the platform database."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from aethermart.identity.lockout import (
    FORGOTTEN_AFTER,
    Counter,
    Scope,
    TooManyFailures,
    failures_now,
    wait_s,
)
from aethermart.platform_db.tables import login_failures

_SWEPT_AT_ONCE = 100


def count_attempt(connection: Connection, counters: Sequence[Counter], now: datetime) -> None:
    """Count an attempt as failed before its password is looked at, so that a thousand sent at once
    are a thousand. Raises TooManyFailures, counting nothing, where it must wait.

    counters  in their own order
    """
    standing = [_locked(connection, counter, now) for counter in counters]
    blocked_until = max(until for _, until in standing)
    if blocked_until > now:
        raise TooManyFailures(math.ceil((blocked_until - now).total_seconds()))
    for counter, (failures, _) in zip(counters, standing, strict=True):
        wait = timedelta(seconds=wait_s(counter.scope, failures + 1))
        connection.execute(
            update(login_failures)
            .where(*_is(counter))
            .values(failures=failures + 1, last_at=now, blocked_until=now + wait)
        )


def count_success(connection: Connection, counters: Sequence[Counter]) -> None:
    """Forget the account's failures; of its address's only the attempt that did not fail.

    Whoever has an account of their own must not clear their address by logging into it.
    """
    for counter in counters:
        if counter.scope is Scope.ADDRESS:
            connection.execute(
                update(login_failures)
                .where(*_is(counter), login_failures.c.failures > 0)
                .values(
                    failures=login_failures.c.failures - 1,
                    blocked_until=login_failures.c.last_at,
                )
            )
        else:
            connection.execute(delete(login_failures).where(*_is(counter)))


def sweep(connection: Connection, now: datetime) -> None:
    """Forget some of the counts that a day's quiet has made worthless."""
    old = (
        select(login_failures.c.scope, login_failures.c.subject)
        .where(login_failures.c.last_at < now - FORGOTTEN_AFTER)
        .limit(_SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    key = tuple_(login_failures.c.scope, login_failures.c.subject)
    connection.execute(delete(login_failures).where(key.in_(old)))


def _locked(connection: Connection, counter: Counter, now: datetime) -> tuple[int, datetime]:
    """Failures so far and until when it is blocked; the row is locked, made where missing."""
    row = connection.execute(
        upsert(login_failures)
        .values(
            scope=counter.scope.value,
            subject=counter.subject,
            failures=0,
            last_at=now,
            blocked_until=now,
        )
        # Changes nothing: one statement that finds, makes and locks, whoever deletes meanwhile.
        .on_conflict_do_update(
            index_elements=["scope", "subject"], set_={"subject": counter.subject}
        )
        .returning(login_failures)
    ).one()
    return failures_now(row.failures, row.last_at, now), row.blocked_until


def _is(counter: Counter) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        login_failures.c.scope == counter.scope.value,
        login_failures.c.subject == counter.subject,
    )
