"""/ops: is it up, how far are the sinks, what failed, what runs, what is wrong, in numbers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response, status
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from aethermart.api.authorise import CallerOf, Needs, caller_of
from aethermart.api.problems import RESPONSES
from aethermart.api.routes.asked import LakeOf, OpsOf, ShopQuery, known_shop
from aethermart.client.answers.ops import (
    AlertList,
    DeadLetter,
    DeadLetterPage,
    Health,
    Readiness,
    RetentionReport,
    Run,
    RunKindList,
    RunPage,
    RunRequest,
    RunState,
    SinkList,
)
from aethermart.identity.roles import Permission

# For load balancers and supervisors, which have no token: they show no data.
open_router = APIRouter(prefix="/ops", tags=["ops"])
router = APIRouter(prefix="/ops", tags=["ops"], responses=RESPONSES)
_READ = [Depends(Needs(Permission.OPS_READ))]
_RUN = [Depends(Needs(Permission.OPS_RUN))]
_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {**RESPONSES[404], "description": "It contradicts the present state."}
}
_LOOK_S = 0.3  # an open stream looks for a run's next step this often
_LARGEST = 2**63 - 1

Number = Annotated[int, Path(ge=1, le=_LARGEST, examples=[1])]


class LettersAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sink: str | None = Field(default=None, description="One sink.", examples=["mirror"])
    shop: str | None = Field(default=None, description="One shop.", examples=["aethermart"])
    resolved: bool = Field(default=False, description="Those that are over, too.")
    limit: int = Field(default=100, ge=1, le=500, description="Letters on a page.")
    cursor: str | None = Field(default=None, description="`next_cursor` of the page before.")


class RunsAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: str | None = Field(default=None, description="One kind.", examples=["publish"])
    state: RunState | None = Field(default=None, description="One state.", examples=["failed"])
    limit: int = Field(default=50, ge=1, le=200, description="Runs on a page.")
    cursor: str | None = Field(default=None, description="`next_cursor` of the page before.")


@open_router.get("/health")
def health() -> Health:
    """The process answers."""
    return Health()


@open_router.get(
    "/ready",
    responses={503: {"model": Readiness, "description": "Not yet; the body says what is missing."}},
)
def ready(ops: OpsOf, response: Response) -> Readiness:
    """Whether data are served yet."""
    readiness = ops.readiness()
    if not readiness.ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return readiness


@router.get("/sinks", dependencies=_READ)
def sinks(ops: OpsOf, lake: LakeOf, asked: ShopQuery) -> SinkList:
    """How far each projection of the log has come, a row a sink and shop."""
    shop = known_shop(lake, asked.shop)
    states = ops.sinks()
    return SinkList(sinks=tuple(s for s in states if shop is None or s.shop == shop))


def _may_read_metrics(
    request: Request,
    ops: OpsOf,
    credentials: Annotated[
        HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))
    ],
) -> None:
    if not ops.metrics_are_open():
        Needs(Permission.OPS_READ).check(request, caller_of(request, credentials))


@router.get(
    "/metrics",
    dependencies=[Depends(_may_read_metrics)],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(ops: OpsOf) -> Response:
    """Every metric as it is now, in Prometheus' text format."""
    return Response(ops.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/dead-letters", dependencies=_READ)
def dead_letters(
    ops: OpsOf, lake: LakeOf, asked: Annotated[LettersAsked, Query()]
) -> DeadLetterPage:
    """Entries that a sink could not apply, oldest first; the sink waits before each."""
    shop = known_shop(lake, asked.shop)
    return ops.dead_letters(asked.sink, shop, asked.resolved, asked.limit, asked.cursor)


@router.post(
    "/dead-letters/{letter_id}/retry",
    dependencies=_RUN,
    status_code=status.HTTP_202_ACCEPTED,
    responses=_CONFLICT,
)
def retry_dead_letter(ops: OpsOf, letter_id: Number) -> DeadLetter:
    """Have the sink try the entry at once. It is resolved when the sink is past it."""
    return ops.retry_dead_letter(letter_id)


@router.get("/run-kinds", dependencies=_READ)
def run_kinds(ops: OpsOf) -> RunKindList:
    """What can be started, with its arguments."""
    return RunKindList(kinds=tuple(ops.run_kinds()))


@router.get("/runs", dependencies=_READ)
def runs(ops: OpsOf, asked: Annotated[RunsAsked, Query()]) -> RunPage:
    """Runs, newest first."""
    return ops.runs(asked.kind, asked.state, asked.limit, asked.cursor)


@router.post("/runs", dependencies=_RUN, status_code=status.HTTP_202_ACCEPTED, responses=_CONFLICT)
def start_run(
    ops: OpsOf, caller: CallerOf, wanted: RunRequest, request: Request, response: Response
) -> Run:
    """Start one; of each kind one runs at a time. Its state stands at `Location`."""
    run = ops.start_run(wanted.kind, wanted.arguments, caller.name)
    response.headers["Location"] = f"{request.url.path}/{run.id}"
    return run


def _run(ops: OpsOf, run_id: Number) -> Run:
    return ops.run(run_id)


RunOf = Annotated[Run, Depends(_run)]


@router.get("/runs/{run_id}", dependencies=_READ)
def run(known: RunOf) -> Run:
    """One run as it is now."""
    return known


@router.post(
    "/runs/{run_id}/cancel",
    dependencies=_RUN,
    status_code=status.HTTP_202_ACCEPTED,
    responses=_CONFLICT,
)
def cancel_run(ops: OpsOf, run_id: Number) -> Run:
    """Ask a run to stop at its next step; what it did until then stands."""
    return ops.cancel_run(run_id)


@router.get("/runs/{run_id}/events", dependencies=_READ, response_class=EventSourceResponse)
async def run_events(
    ops: OpsOf,
    known: RunOf,
    last_event_id: Annotated[
        int, Header(ge=0, le=_LARGEST, description="Number of the last event had.")
    ] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Steps of a run as they happen: `progress` events, then one `end` with the run, then it ends.

    A comment comes when nothing else does, so that no proxy takes the silence for an end.
    """
    after = last_event_id
    while True:
        # First the state, then the events: the last one is then among them.
        state = await run_in_threadpool(ops.run, known.id)
        for event in await run_in_threadpool(ops.run_events, known.id, after):
            after = event.number
            yield ServerSentEvent(
                id=str(event.number), event="progress", raw_data=event.model_dump_json()
            )
        if state.ended_at is not None:
            yield ServerSentEvent(id=str(after), event="end", raw_data=state.model_dump_json())
            return
        await asyncio.sleep(_LOOK_S)


@router.get("/alerts", dependencies=_READ)
def alerts(ops: OpsOf) -> AlertList:
    """What every alert rule says: firing, pending or ok, and since when."""
    return ops.alerts()


@router.get("/retention", dependencies=_READ)
def retention(ops: OpsOf) -> RetentionReport:
    """How long each class of data is kept, the oldest row there is, what was removed."""
    return ops.retention()
