"""What is refused before anybody looks who asks: requests too long, too often from one address."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aethermart.api.problems import FIX_413, problem_response
from aethermart.api.rates import Rates
from aethermart.api.refusals import TooManyRequests
from aethermart.api.request_ids import begin_address

MOST_ADDRESS = 8 * 1024
MOST_HEADERS = 32 * 1024
LOGIN = frozenset({"/api/v1/auth/login", "/api/v1/auth/register"})


class Entrance:
    """most_body  bytes of a body; one without a length is counted as it comes

    FastAPI's own `max_body_size` answers without a problem body, so it is not used.
    """

    def __init__(self, app: ASGIApp, rates: Rates, most_body: int) -> None:
        self._app = app
        self._rates = rates
        self._most_body = most_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        address = begin_address(client[0] if client else "unknown")
        refused = self._too_long(scope) or self._too_often(scope, address)
        if refused is None:
            await self._app(scope, _counted(receive, self._most_body), send)
        else:
            await refused(scope, receive, send)

    def _too_long(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if len(scope.get("raw_path") or path.encode()) + len(scope["query_string"]) > MOST_ADDRESS:
            return problem_response(
                414,
                f"the address is longer than {MOST_ADDRESS} bytes",
                "ask for fewer values in one request",
                path=path[:200],
            )
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
            return problem_response(
                431,
                f"the headers are longer than {MOST_HEADERS} bytes",
                "send fewer or shorter headers",
                path=path,
            )
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if length.isdigit() and int(length[:20]) > self._most_body:
            return problem_response(413, _long(self._most_body), FIX_413, path=path)
        return None

    def _too_often(self, scope: Scope, address: str) -> Response | None:
        try:
            self._rates.address(address)
            if scope["method"] == "POST" and scope["path"] in LOGIN:
                self._rates.login(address)
        except TooManyRequests as often:
            return problem_response(
                429,
                often.cause,
                often.fix,
                path=scope["path"],
                headers=often.headers,
            )
        return None


def _counted(receive: Receive, most: int) -> Receive:
    taken = 0

    async def counting() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413, _long(most))
        return message

    return counting


def _long(most: int) -> str:
    return f"the body is longer than {most} bytes"
