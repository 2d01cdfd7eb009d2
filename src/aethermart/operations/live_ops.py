"""/ops over one `serve`: what the pipeline reports, dead letters, runs, metrics, alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aethermart.client.answers.ops import (
    AlertList,
    DeadLetter,
    DeadLetterPage,
    Readiness,
    RetentionReport,
    Run,
    RunEvent,
    RunKind,
    RunPage,
    SinkState,
)
from aethermart.core.errors import BadInput, Conflict, NotFound
from aethermart.operations.live_platform import LivePlatform, told
from aethermart.operations.retention import Retention
from aethermart.operations.runs.store import RunStore
from aethermart.operations.runs.work import WorkKinds
from aethermart.operations.runs.worker import RunWorker
from aethermart.operations.telemetry.alerts import Alerts
from aethermart.operations.telemetry.export import Export
from aethermart.operations.telemetry.readings import LoginFailures
from aethermart.pipeline.status import DeadLetter as Letter
from aethermart.pipeline.status import DeadLetters


@dataclass(frozen=True, slots=True)
class LiveOps:
    """api.ports.ops.Operations. Made of parts that `serve` starts and stops.

    kinds         another part adds its own kind of work here, as the backup does
    login_failed  to be called for each log-in that is refused
    """

    platform: LivePlatform
    letters: DeadLetters
    store: RunStore
    kinds: WorkKinds
    worker: RunWorker
    export: Export
    evaluator: Alerts
    kept: Retention
    login_failed: LoginFailures
    open_metrics: bool = False

    def sinks(self) -> Sequence[SinkState]:
        return self.platform.sinks()

    def readiness(self) -> Readiness:
        return self.platform.readiness()

    def metrics(self) -> str:
        return self.export.text()

    def metrics_are_open(self) -> bool:
        return self.open_metrics

    def observed(self, method: str, route: str, status: int, spent_s: float) -> None:
        self.export.observed(method, route, status, spent_s)

    def dead_letters(
        self, sink: str | None, shop: str | None, resolved: bool, limit: int, cursor: str | None
    ) -> DeadLetterPage:
        after = _number(cursor) or 0
        found = told(
            lambda: self.letters.page(
                sink=sink, shop=shop, resolved=resolved, after=after, limit=limit + 1
            )
        )
        page = [_shown(letter) for letter in found[:limit]]
        return DeadLetterPage(
            letters=tuple(page), next_cursor=str(page[-1].id) if len(found) > limit else None
        )

    def retry_dead_letter(self, letter_id: int) -> DeadLetter:
        asked = told(lambda: self.letters.request_retry(letter_id))
        letter = told(lambda: self.letters.get(letter_id))
        if letter is None:
            raise NotFound(
                f"there is no dead letter {letter_id}", fix="see GET /api/v1/ops/dead-letters"
            )
        if not asked:
            raise Conflict(
                f"the sink is past dead letter {letter_id} since {letter.resolved_at}",
                fix="nothing is left to be done",
            )
        return _shown(letter)

    def run_kinds(self) -> Sequence[RunKind]:
        return self.kinds.shown()

    def runs(self, kind: str | None, state: str | None, limit: int, cursor: str | None) -> RunPage:
        found = self.store.page(kind=kind, state=state, before=_number(cursor), limit=limit + 1)
        page = found[:limit]
        return RunPage(
            runs=tuple(page), next_cursor=str(page[-1].id) if len(found) > limit else None
        )

    def run(self, run_id: int) -> Run:
        return self.store.get(run_id)

    def start_run(self, kind: str, arguments: Mapping[str, str], started_by: str) -> Run:
        return self.worker.submit(kind, arguments, started_by)

    def cancel_run(self, run_id: int) -> Run:
        return self.store.ask_to_cancel(run_id)

    def run_events(self, run_id: int, after: int) -> Sequence[RunEvent]:
        return self.store.events(run_id, after)

    def alerts(self) -> AlertList:
        return self.evaluator.told()

    def retention(self) -> RetentionReport:
        return self.kept.report()


def _number(cursor: str | None) -> int | None:
    """The last number of the page before. Raises BadInput for a cursor that no page gave."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < len(str(2**63))):
        raise BadInput(f"{cursor!r} is no cursor", fix="pass `next_cursor` of the page before")
    return int(cursor)


def _shown(letter: Letter) -> DeadLetter:
    return DeadLetter(
        id=letter.dead_letter_id,
        sink=letter.sink,
        shop=letter.shop,
        offset=letter.log_offset,
        entry_id=letter.entry_id,
        error=letter.error,
        attempts=letter.attempts,
        failed_at=letter.failed_at,
        retry_requested_at=letter.retry_requested_at,
        resolved_at=letter.resolved_at,
    )
