"""A request's time-out, and the end of its queries when the client has left.

Queries of DuckDB are interrupted inside the engine, so they cost nothing from then on. What cannot
be interrupted is left to end by itself: its answer is dropped, the client has had its 504.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aethermart.api.problems import problem_response
from aethermart.engine.deadlines import Patience, waiting

_log = logging.getLogger("aethermart.api")
_GRACE_S = 1.0  # for an interrupted query to be told as such by its route
_LISTEN_AFTER_S = 0.1  # most requests have ended by then
_abandoned: set[asyncio.Future[None]] = set()  # asyncio itself keeps tasks weakly


class TimeLimit:
    """timeout_s  from the request's arrival to the first byte of its answer"""

    def __init__(self, app: ASGIApp, timeout_s: float) -> None:
        self._app = app
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        patience = Patience(self._timeout_s)
        line = _Line(receive, send, _has_body(scope))
        with waiting(patience):  # the task below takes the context with it
            work = asyncio.ensure_future(self._run(scope, line))
        try:
            await asyncio.wait({work}, timeout=_LISTEN_AFTER_S)
            if not work.done():
                await self._watch(scope, work, line, patience)
        except asyncio.CancelledError:
            patience.leave()
            work.cancel()
            raise
        if work.done():
            work.result()

    async def _run(self, scope: Scope, line: _Line) -> None:
        await self._app(scope, line.receive, line.send)

    async def _watch(
        self, scope: Scope, work: asyncio.Future[None], line: _Line, patience: Patience
    ) -> None:
        leaving = asyncio.ensure_future(line.client_left())
        leaving.add_done_callback(lambda _: patience.leave() if line.left else None)
        try:
            left_s = self._timeout_s + _GRACE_S - _LISTEN_AFTER_S
            await asyncio.wait({work}, timeout=left_s)
            if line.answering:
                await asyncio.wait({work})  # a stream takes its time
            if not work.done():
                line.cut()
                _abandoned.add(work)
                work.add_done_callback(_ended)
                path = scope["path"]
                _log.warning("%s %s ran longer than its time", scope["method"], path)
                await timed_out(path, self._timeout_s)(scope, line.direct_receive, line.direct_send)
        finally:
            leaving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await leaving


def timed_out(path: str, timeout_s: float) -> Any:
    return problem_response(
        504,
        f"the answer took longer than {timeout_s:g} s",
        "ask for less: a shorter period, one shop, a coarser grain",
        path=path,
    )


def _ended(work: asyncio.Future[None]) -> None:
    _abandoned.discard(work)
    if not work.cancelled() and (error := work.exception()) is not None:
        _log.error("a request that had run out of time failed", exc_info=error)


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


class _Line:
    """The two ends of one request: what the application hears and says.

    answering  the answer has begun
    left       the client has gone
    """

    def __init__(self, receive: Receive, send: Send, has_body: bool) -> None:
        self.direct_receive = receive
        self.direct_send = send
        self.answering = False
        self.left = False
        self._body_ahead = has_body
        self._hearing = 0
        self._cut = False
        self._gone = asyncio.Event()
        self._listening = False

    async def receive(self) -> Message:
        if self._listening:  # nothing else can come any more
            await self._gone.wait()
            return {"type": "http.disconnect"}
        self._hearing += 1
        try:
            message = await self.direct_receive()
        finally:
            self._hearing -= 1
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._body_ahead = False
        return message

    async def send(self, message: Message) -> None:
        if self._cut:
            return
        self.answering = True
        await self.direct_send(message)

    def cut(self) -> None:
        """Say nothing of the application's from here on."""
        self._cut = True

    async def client_left(self) -> None:
        """Ends when the client has gone; for ever silent while the application itself listens."""
        while self._body_ahead or self._hearing:
            await asyncio.sleep(_LISTEN_AFTER_S)
        self._listening = True
        while (await self.direct_receive())["type"] != "http.disconnect":
            pass
        self.left = True
        self._gone.set()
