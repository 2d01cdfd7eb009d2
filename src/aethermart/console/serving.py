"""What Streamlit serves: the pages of app.py, and the cookie of whoever has signed in."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit.starlette import App

from aethermart.console.sessions import COOKIE, TICKET, sessions

_NOTHING = 204
_REFUSED = 403


async def _keep(request: Request) -> Response:
    """The ticket of a page that has just signed in, for the cookie that outlives its reload."""
    value = sessions().redeem(request.headers.get(TICKET, ""))
    if value is None:
        return Response(status_code=_REFUSED)
    answer = Response(status_code=_NOTHING)
    answer.set_cookie(
        COOKIE,
        value,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    return answer


app = App(Path(__file__).with_name("app.py"), routes=[Route("/session", _keep, methods=["POST"])])
