"""Read the platform's measures from where the truth of each is kept."""

from __future__ import annotations

import math
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aethermart.client.answers.lake import ShopFreshness
from aethermart.client.answers.ops import SinkState
from aethermart.core.clock import Clock, lag_s, utc_now
from aethermart.engine.engine import Engine
from aethermart.operations.runs.store import RunStore
from aethermart.operations.telemetry import declared as m
from aethermart.operations.telemetry.samples import Read, Sample
from aethermart.pipeline.status import DeadLetters, StatusBoard
from aethermart.sinks.mirror.tables import stopped_tables

_QUARANTINED = "SELECT shop, COUNT(*) FROM gold.fct_quarantine GROUP BY shop"
_MEMORY = "SELECT COALESCE(SUM(memory_usage_bytes), 0) FROM duckdb_memory()"


class LoginFailures:
    """Counts log-ins that were refused; who refuses one calls it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def __call__(self) -> None:
        with self._lock:
            self._count += 1

    def samples(self) -> list[Sample]:
        return [Sample(m.LOGIN_FAILURES, (), float(self._count))]


@dataclass(frozen=True, slots=True)
class Measured:
    """The parts that are measured.

    freshness, sinks  what the API answers with
    rows              rows that the mirror's runner applied, by shop
    restarts          of each child process
    last_backup       when one last succeeded; None before the first
    """

    shops: Sequence[str]
    freshness: Callable[[], Sequence[ShopFreshness]]
    sinks: Callable[[], Sequence[SinkState]]
    rows: Callable[[], Mapping[str, int]]
    restarts: Callable[[], Mapping[str, int]]
    last_backup: Callable[[], datetime | None]
    login_failures: LoginFailures
    board: StatusBoard
    letters: DeadLetters
    runs: RunStore
    engine: Engine
    lake_file: Path
    state: Path
    clock: Clock = utc_now

    def sources(self) -> Mapping[str, Read]:
        return {
            "lake": self._of_lake,
            "pipeline": self._of_pipeline,
            "runs": self._of_runs,
            "machine": self._of_machine,
            "processes": self._of_processes,
        }

    def _of_lake(self) -> Iterator[Sample]:
        with self.engine.read() as connection:
            set_aside = dict(connection.execute(_QUARANTINED).fetchall())
            memory = connection.execute(_MEMORY).fetchone()
            in_mirror = stopped_tables(connection)
        stopped = {(shop, table) for shop, table, _ in in_mirror}
        stopped |= {(shop, table) for shop, table, _ in self.board.picture().stopped_tables}
        for shop in self.shops:
            yield Sample(m.QUARANTINED, (shop,), float(set_aside.get(shop, 0)))
            yield Sample(m.STOPPED_TABLES, (shop,), float(sum(s == shop for s, _ in stopped)))
        yield Sample(m.ENGINE_MEMORY, (), float(memory[0] if memory else 0))

    def _of_pipeline(self) -> Iterator[Sample]:
        for age in self.freshness():
            for hop in age.hops:
                if hop.lag_s is not None:
                    yield Sample(m.HOP_LAG, (age.shop, hop.hop), hop.lag_s)
        states = self.sinks()
        letters = self.letters.open_counts()
        for shop, head in {s.shop: s.head for s in states if s.head is not None}.items():
            yield Sample(m.LOG_ENTRIES, (shop,), float(head))
        for state in states:
            place = (state.sink, state.shop)
            yield Sample(m.SINK_STOPPED, place, float(state.status == "stopped"))
            if state.sink == "capture":
                continue
            yield Sample(m.SINK_ENTRIES, place, float(state.applied or 0))
            yield Sample(m.SINK_BEHIND, place, float(state.behind))
            yield Sample(m.DEAD_LETTERS, place, float(letters.get(place, 0)))
        for shop, (entries, size_bytes) in self.board.tail_sizes().items():
            yield Sample(m.TAIL_ENTRIES, (shop,), float(entries))
            yield Sample(m.TAIL_BYTES, (shop,), float(size_bytes))

    def _of_runs(self) -> Iterator[Sample]:
        for place, count in self.runs.counts().items():
            yield Sample(m.RUNS, place, float(count))
        last = self.last_backup()
        age_s = lag_s(self.clock(), last) if last is not None else math.inf
        yield Sample(m.BACKUP_AGE, (), age_s)

    def _of_machine(self) -> Iterator[Sample]:
        yield Sample(m.DISK_FREE, (), float(shutil.disk_usage(self.state).free))
        wal = self.lake_file.with_name(f"{self.lake_file.name}.wal")
        for name, path in (("lake", self.lake_file), ("wal", wal)):
            size = path.stat().st_size if path.exists() else 0
            yield Sample(m.ENGINE_FILE, (name,), float(size))

    def _of_processes(self) -> Iterator[Sample]:
        for child, times in self.restarts().items():
            yield Sample(m.CHILD_RESTARTS, (child,), float(times))
        for shop, rows in self.rows().items():
            yield Sample(m.SINK_ROWS, (shop,), float(rows))
        yield from self.login_failures.samples()
