"""/ops: is it up, how far are the sinks, dead letters, runs, alerts, retention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx
from pydantic import ValidationError

from aethermart.client.answers.ops import (
    AlertList,
    DeadLetter,
    DeadLetterPage,
    Health,
    Readiness,
    RetentionReport,
    Run,
    RunEvent,
    RunKind,
    RunKindList,
    RunPage,
    SinkList,
    SinkState,
)
from aethermart.client.http import Http
from aethermart.core.errors import AetherMartError


class OpsClient:
    def __init__(self, http: Http) -> None:
        self._http = http

    def sinks(self, shop: str | None = None) -> tuple[SinkState, ...]:
        return self._http.get("/ops/sinks", SinkList, {"shop": shop}).sinks

    def readiness(self) -> Readiness:
        """Whether the server serves data yet; one that still starts answers, it does not raise."""
        answer = self._http.send("GET", "/ops/ready")
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            try:
                return Readiness.model_validate_json(answer.content)
            except ValidationError as not_ours:  # a proxy's 503, or one with a problem body
                raise self._http.refusal(answer) from not_ours
        return self._http.read(answer, Readiness)

    def healthy(self) -> bool:
        """Whether the server answers at all."""
        try:
            return self._http.get("/ops/health", Health).status == "ok"
        except AetherMartError:
            return False

    def metrics(self) -> str:
        """Every metric, in Prometheus' text format."""
        answer = self._http.send("GET", "/ops/metrics")
        if not answer.is_success:
            raise self._http.refusal(answer)
        return answer.text

    def dead_letters(
        self,
        sink: str | None = None,
        shop: str | None = None,
        *,
        resolved: bool = False,
        limit: int = 100,
        cursor: str | None = None,
    ) -> DeadLetterPage:
        """Oldest first; resolved: those that are over, too."""
        asked = {
            "sink": sink,
            "shop": shop,
            "resolved": "true" if resolved else None,
            "limit": str(limit),
            "cursor": cursor,
        }
        return self._http.get("/ops/dead-letters", DeadLetterPage, asked)

    def retry_dead_letter(self, letter_id: int) -> DeadLetter:
        """Have the sink try at once."""
        return self._http.post(f"/ops/dead-letters/{letter_id}/retry", DeadLetter)

    def run_kinds(self) -> tuple[RunKind, ...]:
        return self._http.get("/ops/run-kinds", RunKindList).kinds

    def runs(
        self,
        kind: str | None = None,
        state: str | None = None,
        *,
        limit: int = 50,
        cursor: str | None = None,
    ) -> RunPage:
        """Newest first."""
        asked = {"kind": kind, "state": state, "limit": str(limit), "cursor": cursor}
        return self._http.get("/ops/runs", RunPage, asked)

    def run(self, run_id: int) -> Run:
        return self._http.get(f"/ops/runs/{run_id}", Run)

    def start_run(self, kind: str, arguments: Mapping[str, str] | None = None) -> Run:
        """Raises Conflict while one of the kind is not over."""
        body = {"kind": kind, "arguments": dict(arguments or {})}
        return self._http.post("/ops/runs", Run, body)

    def cancel_run(self, run_id: int) -> Run:
        return self._http.post(f"/ops/runs/{run_id}/cancel", Run)

    def run_events(self, run_id: int, after: int = 0) -> Iterator[RunEvent]:
        """Each step of a run as it happens, past number `after`, until the run is over.

        Raises Unavailable where the stream breaks off: ask again from the last number had.
        """
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        with self._http.lines(f"/ops/runs/{run_id}/events", headers) as lines:
            kind = ""
            for line in lines:
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind == "progress":
                    yield RunEvent.model_validate_json(value)
                elif name == "data" and kind == "end":
                    return

    def alerts(self) -> AlertList:
        return self._http.get("/ops/alerts", AlertList)

    def retention(self) -> RetentionReport:
        return self._http.get("/ops/retention", RetentionReport)
