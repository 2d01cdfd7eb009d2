"""Tell the operations of every answer: method, the route's template, status, time to its start.

Pure ASGI. The time is to the answer's first byte: a stream of events stays open for as long as a
run lasts, which says nothing of how fast the API answers. A path that is no route is one word, so
that a stranger's guesses make no new series.
"""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aethermart.api.services import Services

NO_ROUTE = "unmatched"
# Of the methods a caller may invent, those the API knows.
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Observed:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        services: Services = scope["app"].state.services
        method = scope["method"] if scope["method"] in _METHODS else "other"
        began = time.perf_counter()

        async def observed_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                spent_s = time.perf_counter() - began
                services.ops.observed(method, _template(scope), message["status"], spent_s)
            await send(message)

        await self._app(scope, receive, observed_send)


def _template(scope: Scope) -> str:
    """`/ops/runs/{run_id}`, below the API's prefix, as the routing left it in the scope."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return str(path) if path else NO_ROUTE
