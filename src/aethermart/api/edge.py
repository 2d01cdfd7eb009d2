"""The outermost layer: request ids, security headers, one log line a request, a last catch.

Pure ASGI, so that a streamed answer passes through untouched.
"""

from __future__ import annotations

import logging
import time
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aethermart.api.problems import internal_error
from aethermart.api.request_ids import HEADER, begin_request

_log = logging.getLogger("aethermart.api")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_UNLESS_SAID = {"Cache-Control": "no-store"}
_TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Edge:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = begin_request(Headers(scope=scope).get(HEADER))
        asked = f"{scope['method']} {quote(scope['path'])}"  # quoted: no path forges a log line
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                for name, value in _UNLESS_SAID.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.update(_TLS_ONLY)
                headers[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            _log.exception("%s failed [%s]", asked, request_id)
            if status:  # the answer has begun: the server can only cut it off
                raise
            await internal_error(scope["path"])(scope, receive, send_with_headers)
        finally:
            spent_ms = (time.perf_counter() - began) * 1000
            # A page that follows the numbers asks several times a second: refusals are the news.
            level = logging.DEBUG if 0 < status < 400 else logging.INFO
            _log.log(level, "%s %d %.1f ms [%s]", asked, status, spent_ms, request_id)
