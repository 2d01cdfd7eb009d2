"""From a refusal on the wire to the core's errors, and the two errors only a client can meet."""

from __future__ import annotations

from pydantic import ValidationError

from aethermart.client.answers.problem import Problem
from aethermart.core.errors import (
    AetherMartError,
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    Terminal,
    Unauthenticated,
    Unavailable,
)

_ERRORS: dict[int, type[AetherMartError]] = {
    400: BadInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: Unavailable,
    502: Unavailable,  # a proxy's word for a server that is away
    503: Unavailable,
    504: Unavailable,
}


class ServerFault(Terminal):
    """The API failed inside; its log holds the reason under the request's id."""


class UnexpectedAnswer(Terminal):
    """What answered does not speak this API, or another version of it."""


def error_of(status: int, body: bytes, asked: str) -> AetherMartError:
    """The error for a refusal.

    asked  what was requested, for the message: `GET http://…/lake/metrics`
    """
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        return _without_problem(status, asked)
    if status in _ERRORS:
        return _ERRORS[status](problem.detail, fix=problem.fix)
    return ServerFault(
        f"{asked} failed with {status} (request id {problem.request_id or 'unknown'})",
        fix=problem.fix,
    )


def _without_problem(status: int, asked: str) -> AetherMartError:
    if status >= 500:
        known = _ERRORS.get(status, ServerFault)
        return known(f"{asked} failed with {status}", fix="look at the server's log and try again")
    return UnexpectedAnswer(
        f"{asked} was answered with {status} by something that is not this API",
        fix="check the API's address",
    )
