"""Reads that many ask at once: run once for all of them, and not again while nothing has changed.

A read is equal to another where the path, the query and what the callers may see are equal, and the
lake has not changed in between. Equal reads under way at once run one query; its answer is kept for
a moment and given again with its age corrected. `If-None-Match` with the answer's ETag is a 304,
without any query. The ETag is a weak one: `lag_s` counts on while the data stand still.

    @router.get("/metrics/{name}", response_model=MetricAnswer, dependencies=_METRICS)
    def metric(lake: LakeOf, name: str, asked: ShopQuery, read: ReadOf) -> Response:
        return read(lake.version(), lambda: lake.metric(name, asked.shop))

`Cache-Control: no-cache` makes a request ask for itself. What callers may see is told by their role
and scopes: an answer that depends on who asks beyond these must not be shared.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response, status

from aethermart.api.authorise import CallerOf
from aethermart.client.answers.values import Answer
from aethermart.engine.deadlines import Abandoned

_KEPT = 128  # answers; a page of 5000 rows is some 2 MB
_KEPT_S = 2.0
_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
A = TypeVar("A", bound=Answer)


@dataclass(slots=True)
class _Flight:
    """One run of a read, under way or over, at one version of the lake."""

    version: Hashable
    began: float
    answer: Future[Any] = field(default_factory=Future)

    def holds(self, version: Hashable, now: float) -> bool:
        fresh = not self.answer.done() or now - self.began < _KEPT_S
        return fresh and self.version == version


class SharedReads:
    """Runs equal reads once. One an application, whoever asks from whichever thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._flights: OrderedDict[Hashable, _Flight] = OrderedDict()

    def answer(self, question: Hashable, version: Hashable, run: Callable[[], A]) -> A:
        """The answer at this version or a later one. Raises what `run` raises, for all who share.

        version  changes whenever an answer may; take it before calling
        """
        while True:
            flight, mine = self._flight(question, version)
            if mine:
                return self._run(question, flight, run)
            try:
                made: A = flight.answer.result()
            except Abandoned:  # whoever ran it has left; we have not
                continue
            return aged(made, self._clock() - flight.began)

    def _flight(self, question: Hashable, version: Hashable) -> tuple[_Flight, bool]:
        now = self._clock()
        with self._lock:
            flight = self._flights.get(question)
            if flight is not None and flight.holds(version, now):
                return flight, False
            flight = self._flights[question] = _Flight(version, now)
            self._flights.move_to_end(question)
            while len(self._flights) > _KEPT:
                self._flights.popitem(last=False)
            return flight, True

    def _run(self, question: Hashable, flight: _Flight, run: Callable[[], A]) -> A:
        try:
            made = run()
        except BaseException as error:
            with self._lock:  # an error is shared by those who wait, and kept for nobody
                if self._flights.get(question) is flight:
                    del self._flights[question]
            flight.answer.set_exception(error)
            raise
        flight.answer.set_result(made)
        return made


def aged(answer: A, by_s: float) -> A:
    """The answer as it is told so much later."""
    changed: dict[str, Any] = {}
    if getattr(answer, "lag_s", None) is not None:
        changed["lag_s"] = answer.lag_s + by_s  # type: ignore[attr-defined]
    shops = getattr(answer, "shops", ())
    if any(getattr(shop, "lag_s", None) is not None for shop in shops):
        changed["shops"] = tuple(aged(shop, by_s) for shop in shops)
    return answer.model_copy(update=changed) if changed else answer


@dataclass(frozen=True, slots=True)
class Read:
    """One request's read.

    question  path, query and what its caller may see
    known     the ETags its sender has an answer for
    alone     it asked to share with nobody
    """

    shared: SharedReads
    question: tuple[Hashable, ...]
    known: str
    alone: bool

    def __call__(self, version: str, run: Callable[[], Answer]) -> Response:
        """The answer with its ETag, or 304 where the sender has it already.

        version  of what is read, taken before `run` reads it
        """
        etag = _etag(self.question, version)
        headers = {**_HEADERS, "ETag": etag}
        if _matches(self.known, etag):
            return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
        answer = run() if self.alone else self.shared.answer(self.question, version, run)
        return Response(answer.model_dump_json(), headers=headers, media_type="application/json")


def _etag(question: tuple[Hashable, ...], version: str) -> str:
    digest = hashlib.sha256(repr((question, version)).encode()).hexdigest()
    return f'W/"{digest[:24]}"'


def _matches(known: str, etag: str) -> bool:
    """If-None-Match compares weakly: W/ counts for nothing."""
    offered = {each.strip().removeprefix("W/") for each in known.split(",")}
    return "*" in offered or etag.removeprefix("W/") in offered


async def _read(request: Request, caller: CallerOf) -> Read:
    sees = (caller.role, None if caller.scopes is None else tuple(sorted(caller.scopes)))
    query = tuple(sorted(request.query_params.multi_items()))
    return Read(
        request.app.state.reads,
        (request.url.path, query, sees),
        request.headers.get("if-none-match", ""),
        "no-cache" in request.headers.get("cache-control", ""),
    )


ReadOf = Annotated[Read, Depends(_read)]
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The sender's answer still holds: its ETag was in `If-None-Match`."}
}
