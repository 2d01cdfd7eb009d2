"""Retention by class of data: which tables it is about, what is overdue, the passes over them.

A class is an entity of silver with a time of its own. A shop's table can be held to it where the
table feeds that entity row by row and staging takes the time from one of its columns; elsewhere
the report says why not. The shop's own rows are the shop's: a new snapshot brings back what still
stands there, and the next pass removes it again.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from aethermart.client.answers.ops import RetentionClass, RetentionReport, RunArgument
from aethermart.core.clock import Clock, utc_now
from aethermart.core.errors import Conflict
from aethermart.engine.engine import Engine
from aethermart.operations.runs.work import Reporter, Result, WorkKind
from aethermart.operations.runs.worker import RunWorker
from aethermart.packs.pack import Shop, SourceTable
from aethermart.pipeline.faults import as_ours
from aethermart.pipeline.retention import OldRows, Pass, RetentionBook
from aethermart.pipeline.settings import RetentionSettings
from aethermart.sinks.mirror.mirror import Mirror
from aethermart.sinks.mirror.tables import exists, mirror_table, quoted

_log = logging.getLogger(__name__)
# Classes of data and the time in silver that their age is measured by.
CLASSES: Mapping[str, str] = {
    "clickstream_events": "occurred_at",
    "device_telemetry": "recorded_at",
    "social_posts": "posted_at",
    "support_chats": "opened_at",
}
_LOOK_S = 1.0
_FIRST_AFTER_S = 120.0  # a lake that was just opened first catches up


@dataclass(frozen=True, slots=True)
class Held:
    """A table held to a class. why_not: what keeps its bound from being enforced, if so."""

    data_class: str
    shop: str
    table: str
    key: tuple[str, ...]
    time_column: str
    days: int | None
    why_not: str | None = None

    def old_rows(self, now: datetime) -> OldRows | None:
        """What is to go now; None where nothing is, or can be."""
        if self.days is None or self.why_not is not None:
            return None
        bound = now - timedelta(days=self.days)
        return OldRows(self.shop, self.table, self.key, self.time_column, bound)


def held_tables(shops: Sequence[Shop], settings: RetentionSettings) -> list[Held]:
    """Every captured table that gives rows of a class."""
    return [
        _held(shop, table, entity, getattr(settings, entity))
        for shop in shops
        for entity in CLASSES
        for table in _feeding(shop, entity)
    ]


def _feeding(shop: Shop, entity: str) -> list[SourceTable]:
    tables = shop.pack.tables
    return [tables[name] for name in dict.fromkeys(shop.pack.reading(entity).tables)]


def _held(shop: Shop, table: SourceTable, entity: str, days: int | None) -> Held:
    column = _column_of(shop.pack.staging[entity], CLASSES[entity])
    why_not = None
    if table.feeds != (entity,):
        why_not = f"rows of {table.name} do not become {entity} one by one"
    elif column is None or column not in table.columns:
        why_not = f"{CLASSES[entity]} is no column of {table.name} but made of others"
    elif not str(table.columns[column]).startswith("timestamp"):
        why_not = f"{table.name}.{column} is {table.columns[column]}, not a timestamp"
    return Held(entity, shop.name, table.name, table.key, column or "", days, why_not)


def _column_of(staging: str, name: str) -> str | None:
    """The source's column that staging selects under a name, where it is one as it stands."""
    plain = re.search(rf"^\s*(?:\w+\.)?(?:(\w+) AS )?{name},?\s*$", staging, re.MULTILINE)
    return (plain[1] or name) if plain else None


class Retention:
    """The report, and the pass over mirror and archive."""

    def __init__(
        self,
        held: Sequence[Held],
        book: RetentionBook,
        engine: Engine,
        mirror: Mirror,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._held = tuple(held)
        self._book = book
        self._engine = engine
        self._mirror = mirror
        self._clock = clock

    def report(self) -> RetentionReport:
        passes = {(p.asked.shop, p.asked.table): p for p in self._book.passes()}
        now = self._clock()
        with self._engine.read() as connection:
            return RetentionReport(
                classes=tuple(
                    _shown(held, passes.get((held.shop, held.table)), connection, now)
                    for held in self._held
                )
            )

    def work(self) -> WorkKind:
        shops = tuple(dict.fromkeys(held.shop for held in self._held))
        return WorkKind(
            "retention",
            "Remove the rows that are older than [retention] lets their class be.",
            self._enforce,
            (RunArgument(name="shop", description="Only this shop.", choices=shops),),
        )

    def enforce_mirror(self, shop: str | None = None) -> int:
        """What a replay brought back, at once; how many rows went. They were counted before."""
        return sum(self._taken_out(rows) for rows in self._old_rows(shop))

    def _old_rows(self, shop: str | None) -> list[OldRows]:
        now = self._clock()
        wanted = (held for held in self._held if shop in (None, held.shop))
        return [rows for held in wanted if (rows := held.old_rows(now)) is not None]

    def _removed(self, rows: OldRows) -> int:
        removed = self._taken_out(rows)
        self._book.note_mirror(rows, removed)
        return removed

    def _taken_out(self, rows: OldRows) -> int:
        removed = self._mirror.remove_before(rows.shop, rows.table, rows.time_column, rows.bound)
        if removed:
            _log.info("%s.%s: %d rows removed for their age", rows.shop, rows.table, removed)
        return removed

    def _enforce(self, arguments: Mapping[str, str], report: Reporter) -> Result:
        due = self._old_rows(arguments.get("shop"))
        before = {(p.asked.shop, p.asked.table): p.rows_emptied for p in self._book.passes()}
        removed = 0
        for done, rows in enumerate(due):
            report(done / (2 * len(due)), f"{rows.shop}.{rows.table} in the mirror")
            self._book.ask(rows)
            removed += self._removed(rows)
        names = {(rows.shop, rows.table) for rows in due}
        while left := [
            p for p in self._book.waiting_for_archive() if (p.asked.shop, p.asked.table) in names
        ]:
            share = 1 - len(left) / (2 * len(due))
            report(share, f"{len(left)} tables wait for the archive's next upkeep")
            time.sleep(_LOOK_S)
        emptied = sum(
            p.rows_emptied - before.get((p.asked.shop, p.asked.table), 0)
            for p in self._book.passes()
            if (p.asked.shop, p.asked.table) in names
        )
        return {"tables": len(due), "rows_removed": removed, "rows_emptied": emptied}


def keep_enforcing(retention: RetentionSettings, worker: RunWorker, stop: threading.Event) -> None:
    """A pass every so many hours, as a run of its own, where a class has a bound."""
    if all(getattr(retention, name) is None for name in CLASSES):
        return
    wait_s = _FIRST_AFTER_S
    while not stop.wait(wait_s):
        wait_s = retention.every_h * 3600.0
        try:
            worker.submit("retention", {}, "the platform")
        except Conflict as busy:
            _log.info("%s", busy.cause)
        except Exception as raised:  # noqa: BLE001 - the worker's edge
            _log.error("%s", as_ours(raised, "retention"))
            wait_s = _FIRST_AFTER_S


def _shown(
    held: Held, last: Pass | None, connection: duckdb.DuckDBPyConnection, now: datetime
) -> RetentionClass:
    bound = now - timedelta(days=held.days) if held.days is not None else None
    oldest, overdue = None, 0
    if held.why_not is None and exists(connection, mirror_table(held.shop, held.table)):
        column = quoted(held.time_column)
        rows = connection.execute(
            f"SELECT MIN({column}), COUNT(*) FILTER (WHERE {column} < ?)"  # noqa: S608 - quoted
            f" FROM {mirror_table(held.shop, held.table)}",
            [bound],
        ).fetchall()
        ((oldest, overdue),) = rows
    return RetentionClass(
        data_class=held.data_class,
        shop=held.shop,
        table=held.table,
        days=held.days,
        bound=bound,
        oldest=oldest,
        overdue_rows=overdue,
        last_enforced_at=last.enforced_at if last is not None else None,
        rows_removed=last.rows_removed if last is not None else 0,
        rows_emptied=last.rows_emptied if last is not None else 0,
        not_enforced=held.why_not if held.days is not None else None,
    )
