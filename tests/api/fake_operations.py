"""Operations that behave, in memory: letters, runs that a test moves by hand, alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from aethermart.client.answers.ops import (
    Alert,
    AlertList,
    DeadLetter,
    DeadLetterPage,
    RetentionClass,
    RetentionReport,
    Run,
    RunArgument,
    RunEvent,
    RunKind,
    RunPage,
    RunState,
)
from aethermart.core.errors import BadInput, Conflict, NotFound

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
KINDS = (
    RunKind(kind="publish", description="Write what others read."),
    RunKind(
        kind="sink_rebuild",
        description="Empty a sink and fill it again.",
        arguments=(RunArgument(name="sink", description="Which.", required=True),),
    ),
)


@dataclass
class FakeOperations:
    """calls     every question asked, to prove that a refused one was never put
    requests  what `observed` was told of
    """

    letters: list[DeadLetter] = field(default_factory=list)
    made_runs: list[Run] = field(default_factory=list)
    told: dict[int, list[RunEvent]] = field(default_factory=dict)
    firing: list[Alert] = field(default_factory=list)
    kept: list[RetentionClass] = field(default_factory=list)
    open_metrics: bool = False
    requests: list[tuple[str, str, int]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    failure: Exception | None = None

    def metrics(self) -> str:
        self._called("metrics")
        return "# TYPE aethermart_up gauge\naethermart_up 1\n"

    def metrics_are_open(self) -> bool:
        return self.open_metrics

    def observed(self, method: str, route: str, status: int, spent_s: float) -> None:
        assert spent_s >= 0
        self.requests.append((method, route, status))

    def dead_letters(
        self, sink: str | None, shop: str | None, resolved: bool, limit: int, cursor: str | None
    ) -> DeadLetterPage:
        self._called("dead_letters")
        after = _number(cursor)
        found = [
            letter
            for letter in self.letters
            if sink in (None, letter.sink)
            and shop in (None, letter.shop)
            and (resolved or letter.resolved_at is None)
            and letter.id > after
        ]
        more = len(found) > limit
        page = found[:limit]
        return DeadLetterPage(
            letters=tuple(page), next_cursor=str(page[-1].id) if page and more else None
        )

    def retry_dead_letter(self, letter_id: int) -> DeadLetter:
        self._called(f"retry {letter_id}")
        for place, letter in enumerate(self.letters):
            if letter.id == letter_id:
                if letter.resolved_at is not None:
                    raise Conflict(f"letter {letter_id} is resolved", fix="nothing is to be done")
                asked = letter.model_copy(update={"retry_requested_at": NOON})
                self.letters[place] = asked
                return asked
        raise NotFound(f"there is no letter {letter_id}", fix="see /ops/dead-letters")

    def run_kinds(self) -> Sequence[RunKind]:
        self._called("run_kinds")
        return KINDS

    def runs(self, kind: str | None, state: str | None, limit: int, cursor: str | None) -> RunPage:
        self._called("runs")
        before = _number(cursor) or 2**63
        found = [
            run
            for run in reversed(self.made_runs)
            if kind in (None, run.kind) and state in (None, run.state) and run.id < before
        ]
        page = found[:limit]
        return RunPage(
            runs=tuple(page), next_cursor=str(page[-1].id) if len(found) > limit else None
        )

    def run(self, run_id: int) -> Run:
        self._called(f"run {run_id}")
        for run in self.made_runs:
            if run.id == run_id:
                return run
        raise NotFound(f"there is no run {run_id}", fix="see /ops/runs")

    def start_run(self, kind: str, arguments: Mapping[str, str], started_by: str) -> Run:
        self._called(f"start_run {kind}")
        if kind not in {known.kind for known in KINDS}:
            raise BadInput(f"there is no run of kind {kind!r}", fix="use one of the kinds")
        if any(run.kind == kind and run.ended_at is None for run in self.made_runs):
            raise Conflict(f"a run of {kind!r} is not over yet", fix="wait for it")
        run = Run(
            id=len(self.made_runs) + 1,
            kind=kind,
            arguments=arguments,
            state="queued",
            started_by=started_by,
            requested_at=NOON,
        )
        self.made_runs.append(run)
        self.told[run.id] = [RunEvent(number=1, at=NOON, state="queued")]
        return run

    def cancel_run(self, run_id: int) -> Run:
        self._called(f"cancel {run_id}")
        run = self.run(run_id)
        if run.ended_at is not None:
            raise Conflict(f"run {run_id} is over", fix="start a new one")
        return run

    def run_events(self, run_id: int, after: int) -> Sequence[RunEvent]:
        self._called(f"run_events {run_id} {after}")
        return [event for event in self.told.get(run_id, []) if event.number > after]

    def alerts(self) -> AlertList:
        self._called("alerts")
        return AlertList(alerts=tuple(self.firing), firing=len(self.firing), evaluated_at=NOON)

    def retention(self) -> RetentionReport:
        self._called("retention")
        return RetentionReport(classes=tuple(self.kept))

    def move_run(self, run_id: int, state: RunState, progress: float | None, message: str) -> None:
        """What the worker would do: the next step of a run."""
        ended = state not in ("queued", "running")
        at = NOON + timedelta(seconds=len(self.told[run_id]))
        self.told[run_id].append(
            RunEvent(
                number=len(self.told[run_id]) + 1,
                at=at,
                state=state,
                progress=progress,
                message=message,
            )
        )
        changes = {"state": state, "progress": progress, "message": message}
        if ended:
            changes["ended_at"] = at
        self.made_runs[run_id - 1] = self.made_runs[run_id - 1].model_copy(update=changes)

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.failure is not None:
            raise self.failure


def _number(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal():
        raise BadInput(f"{cursor!r} is no cursor", fix="pass `next_cursor` of the page before")
    return int(cursor)


def letter(number: int, **changes: object) -> DeadLetter:
    """An open letter of the mirror about the shop aethermart."""
    values: dict[str, object] = {
        "id": number,
        "sink": "mirror",
        "shop": "aethermart",
        "offset": 40 + number,
        "entry_id": f"e{number}",
        "error": "orders: a column changed\n  fix: capture the table anew",
        "attempts": 1,
        "failed_at": NOON,
    }
    return DeadLetter.model_validate({**values, **changes})


P = TypeVar("P", bound=FakeOperations)


def with_history(platform: P) -> P:
    """A letter, a run 1 that is over and a run 2 that waits: what the routes' examples name."""
    platform.letters = [letter(1)]
    platform.start_run("publish", {}, "somebody")
    platform.move_run(1, "succeeded", 1.0, "done")
    platform.start_run("sink_rebuild", {"sink": "mirror"}, "somebody")
    platform.calls.clear()
    return platform
