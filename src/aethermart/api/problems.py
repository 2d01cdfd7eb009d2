"""Refusals as RFC 9457 problem bodies: one table says which error is which status.

An error that is not in the table is a 500 that says nothing of the inside; the log has it under
the request's id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from aethermart.api.refusals import KeyReused, TooManyRequests
from aethermart.api.request_ids import current_request_id
from aethermart.client.answers.problem import Fault, Problem
from aethermart.core.errors import (
    AetherMartError,
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from aethermart.engine.deadlines import Abandoned, QueryTimeout
from aethermart.engine.engine import EngineClosed
from aethermart.identity.lockout import TooManyFailures

STATUS: dict[type[AetherMartError], int] = {
    BadInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Unavailable: 503,
    KeyReused: 422,
    TooManyRequests: 429,
    QueryTimeout: 504,
    Abandoned: 503,  # nobody reads it: the client has left
    EngineClosed: 503,
    TooManyFailures: 429,
}
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}
FIX_413 = "send less in one request, or raise `max_body_kb` under [api]"
_FIXES = {
    404: "see /api/v1/openapi.json for the routes there are",
    405: "see /api/v1/openapi.json for the methods this route takes",
    413: FIX_413,
}

# What stands under these names is quoted nowhere, not even to who sent it.
_SECRET = frozenset({"password", "current_password", "new_password", "refresh_token"})

_BODY = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
Responses = dict[int | str, dict[str, Any]]


def refusals(*statuses: int) -> Responses:
    """What the description says of routes that refuse so."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": _BODY} for status in statuses
    }


RESPONSES = refusals(400, 401, 403, 404, 429, 500, 503, 504)


def status_of(error: AetherMartError) -> int:
    """The status of the nearest class in the table, else 500."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem_response(
    status: int,
    detail: str,
    fix: str,
    *,
    path: str,
    name: str | None = None,
    errors: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """name  the kind of problem in few words; None takes the status's own phrase"""
    title = (name or HTTPStatus(status).phrase).capitalize()
    body = Problem(
        type=f"urn:aethermart:problem:{title.lower().replace(' ', '-')}",
        title=title,
        status=status,
        detail=detail,
        fix=fix,
        instance=path,
        request_id=current_request_id(),
        errors=tuple(errors),
    )
    return JSONResponse(
        body.model_dump(mode="json"),
        status_code=status,
        headers={**_HEADERS.get(status, {}), **(headers or {})},
        media_type="application/problem+json",
    )


def internal_error(path: str) -> JSONResponse:
    """The 500 that tells a stranger nothing and the operator where to look."""
    return problem_response(
        500,
        "the server failed inside",
        f"look up request id {current_request_id()} in the server's log",
        path=path,
    )


def add_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(AetherMartError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


def _on_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, AetherMartError) or (status := status_of(error)) == 500:
        raise error  # the edge logs it with its trace and answers without it
    name = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__)
    wait_s = getattr(error, "retry_after_s", None)
    headers = getattr(error, "headers", {} if wait_s is None else {"Retry-After": str(wait_s)})
    return problem_response(
        status, error.cause, error.fix, path=request.url.path, name=name, headers=headers
    )


def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    faults = [
        Fault(at=".".join(map(str, fault["loc"])), message=_quoted(fault))
        for fault in error.errors()
    ]
    return problem_response(
        STATUS[BadInput],
        "; ".join(f"{fault.at}: {fault.message}" for fault in faults),
        "correct the values named in `errors`",
        path=request.url.path,
        name="Bad input",
        errors=faults,
    )


def _quoted(fault: Mapping[str, Any]) -> str:
    message = str(fault["msg"]).removeprefix("Value error, ")
    if not _SECRET.isdisjoint(fault["loc"]):
        return message
    offered = fault.get("input")
    if not isinstance(offered, str | int | float) or repr(offered) in message:
        return message
    return f"{message}, not {offered!r}"


def _on_http(request: Request, error: Exception) -> JSONResponse:
    """Refusals of the framework itself: no such path, no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    path = request.url.path
    detail = f"{request.method} {path}: {error.detail}"
    fix = _FIXES.get(error.status_code, "correct the request")
    return problem_response(error.status_code, detail, fix, path=path, headers=error.headers)
