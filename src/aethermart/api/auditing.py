"""Every write in the audit: who, which route, what it was aimed at, and what came of it.

A denied or failed write is recorded as well as one done; bodies and query strings never are. The
event is written before the answer is sent. What the audit cannot take, because its database is
away, is in the log, whole: the write it tells of has happened and is answered as such.
"""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aethermart.api.ports.gateway import Audit
from aethermart.core.errors import Unavailable

_log = logging.getLogger("aethermart.api.audit")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
UNKNOWN = "unknown"


class Audited:
    def __init__(self, app: ASGIApp, audit: Audit) -> None:
        self._app = app
        self._audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _READS:
            await self._app(scope, receive, send)
            return
        recorded = False

        async def send_recorded(message: Message) -> None:
            nonlocal recorded
            if message["type"] == "http.response.start" and not recorded:
                recorded = True
                await self._record(scope, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_recorded)
        except Exception:
            if not recorded:
                await self._record(scope, 500)
            raise

    async def _record(self, scope: Scope, status: int) -> None:
        route = scope.get("route")
        if route is None or scope["method"] not in route.methods:  # nothing there to ask for
            return
        caller = scope.get("state", {}).get("caller")
        group = f"{route.tags[0]}." if route.tags else ""
        aimed_at = " ".join(f"{name}={value}" for name, value in scope["path_params"].items())
        event = (
            UNKNOWN if caller is None else caller.subject,
            group + route.name,
            aimed_at,
            f"{_word(status)} {status}",
        )
        try:
            await run_in_threadpool(self._audit.record, *event)
        except Unavailable as away:
            _log.error("not in the audit: %r (%s)", event, away.cause)


def _word(status: int) -> str:
    if status < 400:
        return "done"
    if status in (401, 403):
        return "denied"
    return "refused" if status < 500 else "failed"
