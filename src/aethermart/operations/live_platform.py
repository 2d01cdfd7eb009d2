"""The API's view of a running platform: the lake in this process, the rest from the board.

While the board's database is away the numbers and their ages are still told, from the lake.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

import duckdb
from sqlalchemy.exc import OperationalError

from aethermart.client.answers.lake import Check, QualityReport, ShopFreshness, StoppedTable
from aethermart.client.answers.ops import Readiness, SinkState
from aethermart.core.clock import Clock, lag_s, utc_now
from aethermart.core.errors import Unavailable
from aethermart.engine.engine import Engine
from aethermart.operations.blame import Hops, Seen, blame
from aethermart.operations.lake_answers import Governed, LakeAnswers
from aethermart.pipeline.status import Picture, StatusBoard
from aethermart.sinks.mirror.mirror import Mirror
from aethermart.sinks.mirror.tables import stopped_tables
from aethermart.warehouse.rule_counts import count_rules

T = TypeVar("T")
_log = logging.getLogger(__name__)
_REMEMBER_S = 0.25  # the board is asked with every metric
_OLD_S = 2.0  # a picture that nobody takes unless a new one cannot be had at once
_COUNTED_S = 60.0  # rules are counted over all rows, and change slowly
_QUIET = timedelta(seconds=5)  # looked at since, and nothing newer: quiet rather than busy


class LivePlatform(LakeAnswers):
    """api.platform.Platform over one `serve`."""

    def __init__(
        self,
        shops: Sequence[str],
        engine: Engine,
        mirror: Mirror,
        board: StatusBoard,
        governed: Governed,
        hops: Hops | None = None,
        clock: Clock = utc_now,
    ) -> None:
        super().__init__(engine.read, governed, clock)
        self._engine = engine
        self._shops = tuple(shops)
        self._mirror = mirror
        self._board = board
        self._hops = hops or Hops()
        self._stopped_captures: Sequence[tuple[str, str, str]] = ()
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._counted: dict[str | None, tuple[float, QualityReport]] = {}
        self._seen = Picture()
        self._looked_at = float("-inf")

    def shops(self) -> Sequence[str]:
        return self._shops

    def version(self) -> str:
        """Of the lake, and of the tables that stand still, which only the board knows."""
        return f"{self._engine.version()} {hash(tuple(self._stopped_now()))}"

    def freshness(self, shop: str | None) -> Sequence[ShopFreshness]:
        board = self._board_or_nothing()
        heads = {head.shop: head for head in board.heads}
        sinks = {(report.sink, report.shop): report for report in board.sinks}
        workers = {report.worker: report for report in board.workers}
        now = self._clock()
        found = []
        for name in self._shops:
            if shop in (None, name):
                mirrored = self._mirror.reflects(name)
                seen = Seen(
                    capture=workers.get(f"capture {name}"),
                    head=heads.get(name),
                    mirror_offset=mirrored.offset,
                    mirror_as_of=mirrored.as_of,
                    mirror=sinks.get(("mirror", name)),
                    archive=sinks.get(("archive", name)),
                )
                found.append(self._freshness_of(name, seen, mirrored.committed_at, now))
        return found

    def quality(self, shop: str | None) -> QualityReport:
        with self._counting, self._read() as connection:
            counted_at, report = self._counted.get(shop, (float("-inf"), None))
            if report is None or time.monotonic() - counted_at > _COUNTED_S:
                report = QualityReport.model_validate(count_rules(connection, shop, self._clock()))
                self._counted[shop] = (time.monotonic(), report)
            stopped = self._stopped(connection, shop)
        aged = lag_s(self._clock(), report.as_of) if report.as_of else None
        checks = tuple(Check.model_validate(each) for each in self._governed.checks.results())
        return report.model_copy(
            update={
                "stopped_tables": stopped,
                "lag_s": aged,
                "checks": checks,
                "checked_at": max((check.checked_at for check in checks), default=None),
            }
        )

    def sinks(self) -> Sequence[SinkState]:
        board = self._picture()
        heads = {head.shop: head.last_offset for head in board.heads}
        sinks = [
            SinkState(
                sink=report.sink,
                shop=report.shop,
                applied=report.applied,
                head=heads.get(report.shop),
                behind=max(0, heads.get(report.shop, 0) - report.applied),
                status=report.status,
                error=report.error,
            )
            for report in board.sinks
        ]
        return [*self._captures(board, heads), *sinks]

    def _captures(self, board: Picture, heads: Mapping[str, int]) -> list[SinkState]:
        """Capture of each shop beside the sinks: whoever looks for the stuck part looks here."""
        workers = {report.worker: report for report in board.workers}
        return [
            SinkState(
                sink="capture",
                shop=shop,
                applied=heads.get(shop),
                head=heads.get(shop),
                status=worker.state,
                error=worker.detail,
            )
            for shop in self._shops
            if (worker := workers.get(f"capture {shop}")) is not None
        ]

    def readiness(self) -> Readiness:
        waiting = [f"mirror: {shop}" for shop in self._shops if self._mirror.as_of(shop) is None]
        try:
            self._picture()
        except Unavailable as error:
            waiting.append(f"platform database: {error.cause}")
        return Readiness(ready=not waiting, waiting_for=tuple(waiting))

    def _stopped(
        self, connection: duckdb.DuckDBPyConnection, shop: str | None
    ) -> tuple[StoppedTable, ...]:
        found = [*self._stopped_now(), *stopped_tables(connection)]
        return tuple(
            StoppedTable(shop=of, table=table, error=why)
            for of, table, why in found
            if shop in (None, of)
        )

    def _stopped_now(self) -> Sequence[tuple[str, str, str]]:
        try:
            self._stopped_captures = self._picture().stopped_tables
        except Unavailable as error:
            _log.debug("stopped tables as last known: %s", error)
        return self._stopped_captures

    def _board_or_nothing(self) -> Picture:
        try:
            return self._picture()
        except Unavailable as error:
            _log.debug("left out: %s", error)
            return Picture()

    def _picture(self) -> Picture:
        """The board as it was at most a moment ago. Raises Unavailable where it does not answer.

        While somebody looks, the others take what was seen last and do not wait.
        """
        age_s = time.monotonic() - self._looked_at
        if age_s <= _REMEMBER_S:
            return self._seen
        with self._looking(wait=age_s > _OLD_S) as mine:
            if mine and time.monotonic() - self._looked_at > _REMEMBER_S:
                self._seen = told(self._board.picture)
                self._looked_at = time.monotonic()
            return self._seen

    @contextmanager
    def _looking(self, wait: bool) -> Iterator[bool]:
        mine = self._lock.acquire(blocking=wait)
        try:
            yield mine
        finally:
            if mine:
                self._lock.release()

    def _freshness_of(
        self, shop: str, seen: Seen, committed_at: datetime | None, now: datetime
    ) -> ShopFreshness:
        as_of, head = seen.mirror_as_of, seen.head
        blamed = blame(shop, seen, self._hops, now)
        return ShopFreshness(
            shop=shop,
            as_of=as_of,
            lag_s=lag_s(now, as_of) if as_of else None,
            hops=blamed.hops,
            guilty=blamed.guilty,
            why=blamed.why,
            quiet=_is_quiet(as_of, committed_at, head.logged_at if head else None),
        )


def told(ask: Callable[[], T]) -> T:
    """What the board answers. Raises Unavailable where its database does not."""
    try:
        return ask()
    except OperationalError as error:
        reason = next(iter(str(error.orig).strip().splitlines()), "no reason given")
        raise Unavailable(
            f"the platform database does not answer: {reason}",
            fix="wait: an embedded server is started again; another one is yours to start",
        ) from error


def _is_quiet(
    as_of: datetime | None, committed_at: datetime | None, logged_at: datetime | None
) -> bool:
    """Looked at since its newest commit; a shop that has shown none yet is quiet, too.

    Of a shop whose log has gone on without the mirror nobody can say it.
    """
    if as_of is None or (logged_at is not None and logged_at - as_of > _QUIET):
        return False
    return committed_at is None or as_of - committed_at > _QUIET
