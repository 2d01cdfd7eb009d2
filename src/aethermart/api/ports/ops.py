"""What the routes of /ops need of the platform. Every call may block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

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


class Operations(Protocol):
    def sinks(self) -> Sequence[SinkState]: ...

    def readiness(self) -> Readiness: ...

    def metrics(self) -> str:
        """Every metric as it is now, in Prometheus' text format."""
        ...

    def metrics_are_open(self) -> bool:
        """Whether the settings let anybody read them, without a token."""
        ...

    def observed(self, method: str, route: str, status: int, spent_s: float) -> None:
        """A request was answered; cheap, and raises nothing. `route` is its template."""
        ...

    def dead_letters(
        self, sink: str | None, shop: str | None, resolved: bool, limit: int, cursor: str | None
    ) -> DeadLetterPage:
        """Oldest first; `resolved` shows those applied since, too. BadInput for a cursor that
        no page gave."""
        ...

    def retry_dead_letter(self, letter_id: int) -> DeadLetter:
        """Have the sink try at once. NotFound without such a letter, Conflict when resolved."""
        ...

    def run_kinds(self) -> Sequence[RunKind]: ...

    def runs(self, kind: str | None, state: str | None, limit: int, cursor: str | None) -> RunPage:
        """Newest first."""
        ...

    def run(self, run_id: int) -> Run:
        """NotFound where there is none."""
        ...

    def start_run(self, kind: str, arguments: Mapping[str, str], started_by: str) -> Run:
        """BadInput for what cannot be run so; Conflict while one of the kind is not over."""
        ...

    def cancel_run(self, run_id: int) -> Run:
        """Ask it to stop at its next step. NotFound, or Conflict when it is over."""
        ...

    def run_events(self, run_id: int, after: int) -> Sequence[RunEvent]:
        """Events past number `after`, in order, as far as they happened."""
        ...

    def alerts(self) -> AlertList: ...

    def retention(self) -> RetentionReport: ...
