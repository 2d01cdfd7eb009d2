"""What the pipeline's parts say of themselves, kept in the platform database."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from aethermart.platform_db.tables import (
    captured_tables,
    dead_letters,
    log_entries,
    log_heads,
    sink_offsets,
    workers,
)

SinkStatus = Literal["running", "retrying", "stopped"]
_REPORT_EVERY_S = 0.5
_SWITCHED_OFF = timedelta(days=1)  # a sink that is stuck says so every half minute


@dataclass(frozen=True, slots=True)
class SinkReport:
    sink: str
    shop: str
    applied: int
    as_of: datetime | None
    status: SinkStatus
    error: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class HeadReport:
    """The end of a shop's log: what was last captured, and when."""

    shop: str
    last_offset: int
    captured_at: datetime | None
    logged_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """A worker's state and its last sign of life."""

    worker: str
    state: str
    detail: str | None
    beat_at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An entry that a sink could not apply; open until resolved_at."""

    dead_letter_id: int
    sink: str
    shop: str
    log_offset: int
    entry_id: str
    error: str
    attempts: int
    failed_at: datetime
    retry_requested_at: datetime | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Picture:
    """All of the board at one moment. stopped_tables: shop, table, reason."""

    heads: tuple[HeadReport, ...] = ()
    sinks: tuple[SinkReport, ...] = ()
    workers: tuple[WorkerReport, ...] = ()
    stopped_tables: tuple[tuple[str, str, str], ...] = ()


class StatusBoard:
    """Reports of sinks and workers. Any number of processes write, each its own rows."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reported: dict[tuple[str, str], tuple[float, SinkStatus, str | None]] = {}

    def report_sink(
        self,
        sink: str,
        shop: str,
        applied: int,
        as_of: datetime | None,
        status: SinkStatus = "running",
        error: str | None = None,
    ) -> bool:
        """Note a sink's offset; False where it was left out.

        Repeats within half a second are left out unless the state changed: say it again later.
        Say what is committed, never more: pruning trusts it.
        """
        now = time.monotonic()
        last = self._reported.get((sink, shop))
        if last and last[1:] == (status, error) and now - last[0] < _REPORT_EVERY_S:
            return False
        values = {"applied": applied, "as_of": as_of, "status": status, "error": error}
        statement = insert(sink_offsets).values(sink=sink, shop=shop, **values)
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[sink_offsets.c.sink, sink_offsets.c.shop],
                    set_={**values, "updated_at": func.clock_timestamp()},
                )
            )
        self._reported[sink, shop] = (now, status, error)
        return True

    def picture(self) -> Picture:
        with self._engine.connect() as connection:
            return Picture(
                heads=_heads(connection),
                sinks=_sinks(connection),
                workers=_workers(connection),
                stopped_tables=_stopped_tables(connection),
            )

    def lowest_applied(self) -> Mapping[str, int]:
        """For each shop, the offset that every sink has passed that is still fed.

        One that reported a day before the last of them was switched off: should it come back, it
        reads the archive.
        """
        with self._engine.connect() as connection:
            reports = _sinks(connection)
        newest: dict[str, datetime] = {}
        for report in reports:
            newest[report.shop] = max(newest.get(report.shop, report.updated_at), report.updated_at)
        lowest: dict[str, int] = {}
        for report in reports:
            if newest[report.shop] - report.updated_at < _SWITCHED_OFF:
                lowest[report.shop] = min(lowest.get(report.shop, report.applied), report.applied)
        return lowest

    def tail_sizes(self) -> Mapping[str, tuple[int, int]]:
        """Entries and bytes of each shop's hot tail."""
        table = log_entries
        query = select(table.c.shop, func.count(), func.sum(table.c.size_bytes)).group_by(
            table.c.shop
        )
        with self._engine.connect() as connection:
            return {row[0]: (row[1], int(row[2])) for row in connection.execute(query)}

    def beat(self, worker: str, state: str, detail: str | None = None) -> None:
        """A sign of life of this process."""
        values = {"pid": os.getpid(), "state": state, "detail": detail}
        with self._engine.begin() as connection:
            connection.execute(
                insert(workers)
                .values(worker=worker, **values)
                .on_conflict_do_update(
                    index_elements=[workers.c.worker],
                    set_={**values, "beat_at": func.clock_timestamp()},
                )
            )


def _heads(connection: Connection) -> tuple[HeadReport, ...]:
    table = log_heads
    query = select(
        table.c.shop, table.c.last_offset, table.c.captured_at, table.c.logged_at
    ).order_by(table.c.shop)
    return tuple(HeadReport(**row) for row in connection.execute(query).mappings())


def _sinks(connection: Connection) -> tuple[SinkReport, ...]:
    table = sink_offsets
    query = select(
        table.c.sink,
        table.c.shop,
        table.c.applied,
        table.c.as_of,
        table.c.status,
        table.c.error,
        table.c.updated_at,
    ).order_by(table.c.sink, table.c.shop)
    return tuple(SinkReport(**row) for row in connection.execute(query).mappings())


def _workers(connection: Connection) -> tuple[WorkerReport, ...]:
    query = select(workers.c.worker, workers.c.state, workers.c.detail, workers.c.beat_at)
    return tuple(WorkerReport(**row) for row in connection.execute(query).mappings())


def _stopped_tables(connection: Connection) -> tuple[tuple[str, str, str], ...]:
    table = captured_tables
    query = (
        select(table.c.shop, table.c.table_name, table.c.error)
        .where(table.c.error.is_not(None))
        .order_by(table.c.shop, table.c.table_name)
    )
    return tuple((row[0], row[1], row[2]) for row in connection.execute(query))


class DeadLetters:
    """Entries that a sink could not apply. The sink waits before the entry: order is never lost."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, sink: str, shop: str, log_offset: int, entry_id: str, error: str) -> None:
        """Note a failed attempt; further ones at the same entry count up on the same letter."""
        statement = insert(dead_letters).values(
            sink=sink, shop=shop, log_offset=log_offset, entry_id=entry_id, error=error
        )
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["sink", "shop", "log_offset"],
                    index_where=dead_letters.c.resolved_at.is_(None),
                    set_={
                        "error": error,
                        "attempts": dead_letters.c.attempts + 1,
                        "failed_at": func.clock_timestamp(),
                        "retry_requested_at": None,
                    },
                )
            )

    def request_retry(self, dead_letter_id: int) -> bool:
        """Ask the sink to try again at once; False when there is no such open letter."""
        statement = (
            update(dead_letters)
            .where(
                dead_letters.c.dead_letter_id == dead_letter_id,
                dead_letters.c.resolved_at.is_(None),
            )
            .values(retry_requested_at=func.clock_timestamp())
        )
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    def retry_requested(self, sink: str, shop: str) -> bool:
        query = select(dead_letters.c.dead_letter_id).where(
            dead_letters.c.sink == sink,
            dead_letters.c.shop == shop,
            dead_letters.c.resolved_at.is_(None),
            dead_letters.c.retry_requested_at.is_not(None),
        )
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def resolve(self, sink: str, shop: str, through: int) -> None:
        """The sink is past these entries."""
        statement = (
            update(dead_letters)
            .where(
                dead_letters.c.sink == sink,
                dead_letters.c.shop == shop,
                dead_letters.c.log_offset <= through,
                dead_letters.c.resolved_at.is_(None),
            )
            .values(resolved_at=func.clock_timestamp())
        )
        with self._engine.begin() as connection:
            connection.execute(statement)

    def get(self, dead_letter_id: int) -> DeadLetter | None:
        query = select(dead_letters).where(dead_letters.c.dead_letter_id == dead_letter_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return DeadLetter(**row) if row else None

    def page(
        self,
        *,
        sink: str | None = None,
        shop: str | None = None,
        resolved: bool = False,
        after: int = 0,
        limit: int = 100,
    ) -> list[DeadLetter]:
        """Letters past the number `after`, oldest first; resolved: those that are over, too."""
        table = dead_letters
        query = select(table).where(table.c.dead_letter_id > after)
        if sink is not None:
            query = query.where(table.c.sink == sink)
        if shop is not None:
            query = query.where(table.c.shop == shop)
        if not resolved:
            query = query.where(table.c.resolved_at.is_(None))
        query = query.order_by(table.c.dead_letter_id).limit(limit)
        with self._engine.connect() as connection:
            return [DeadLetter(**row) for row in connection.execute(query).mappings()]

    def open_counts(self) -> Mapping[tuple[str, str], int]:
        """Open letters by sink and shop."""
        query = (
            select(dead_letters.c.sink, dead_letters.c.shop, func.count())
            .where(dead_letters.c.resolved_at.is_(None))
            .group_by(dead_letters.c.sink, dead_letters.c.shop)
        )
        with self._engine.connect() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def open_letters(self) -> list[dict[str, object]]:
        """Every unresolved letter, oldest first."""
        query = (
            select(dead_letters)
            .where(dead_letters.c.resolved_at.is_(None))
            .order_by(dead_letters.c.dead_letter_id)
        )
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
