"""Put the models' own tests to the live rows, one by one, and remember what each found last.

All of them take about a minute of one core on a year of a small shop, so they run apart, seldom,
and with a pause after each; the mirror and whoever reads go first.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from aethermart.core.clock import Clock, utc_now
from aethermart.core.errors import AetherMartError
from aethermart.core.files import write_whole
from aethermart.warehouse.project import CompiledProject, Test
from aethermart.warehouse.quality import failing_rows

_log = logging.getLogger(__name__)
_KEPT = "checks.json"
_FIRST_AFTER_S = 60.0  # a lake that was just opened first catches up
_EVERY_S = 3600.0
_LONGEST_S = 20.0  # of one check
_REST = 2.0  # after a check, as many times as long as it took: a third of one core at most
Read = Callable[[float], AbstractContextManager[duckdb.DuckDBPyConnection]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a test found. failing_rows: None where it could not be counted, and error says why."""

    name: str
    table: str | None
    column: str | None
    kind: str
    failing_rows: int | None
    error: str | None
    checked_at: datetime


class Checks:
    """The tests of one compiled project, and their last results, kept in `folder`."""

    def __init__(
        self, read: Read, compiled: CompiledProject, folder: Path, clock: Clock = utc_now
    ) -> None:
        self._read = read
        self._clock = clock
        self._tests = compiled.tests
        self._tables = {
            (model.schema, model.name): f"{model.schema}.{model.table}" for model in compiled.models
        }
        self._file = folder / _KEPT
        self._results: dict[str, Checked] = self._kept()

    def results(self) -> Sequence[Checked]:
        """The last of each test that ran, in the project's order."""
        known: Mapping[str, Checked] = dict(self._results)
        return [known[test.name] for test in self._tests if test.name in known]

    def run(self, stop: threading.Event) -> None:
        """Check all, then again every hour, until stopped."""
        wait_s = _FIRST_AFTER_S
        while not stop.wait(wait_s):
            self.check_all(stop)
            wait_s = _EVERY_S

    def check_all(self, stop: threading.Event | None = None) -> None:
        """Every test once; a stop leaves the others as they were."""
        stopped = stop or threading.Event()
        for test in self._tests:
            begun = time.monotonic()
            self._results[test.name] = self._check(test)
            if stopped.wait(_REST * (time.monotonic() - begun) if stop else 0.0):
                return
        self._keep()

    def _check(self, test: Test) -> Checked:
        counted, error = None, None
        try:
            with self._read(_LONGEST_S) as connection:
                counted = failing_rows(connection, test)
        except (AetherMartError, duckdb.Error) as refused:
            error = str(refused).splitlines()[0]
        table = self._tables.get(test.model) if test.model else None
        return Checked(test.name, table, test.column, test.kind, counted, error, self._clock())

    def _keep(self) -> None:
        try:
            rows = [{**asdict(each), "checked_at": str(each.checked_at)} for each in self.results()]
            write_whole(self._file, json.dumps(rows))
        except OSError as error:
            _log.warning("results of checks are not kept: %s", error)

    def _kept(self) -> dict[str, Checked]:
        try:
            rows = json.loads(self._file.read_text(encoding="utf-8"))
            return {
                row["name"]: Checked(
                    **{**row, "checked_at": datetime.fromisoformat(row["checked_at"])}
                )
                for row in rows
            }
        except (OSError, ValueError, TypeError, KeyError):
            return {}
