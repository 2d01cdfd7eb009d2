"""The id of the request that is being answered: in the answer, in a problem, in each log line."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")  # nothing that could forge a log line
_current: ContextVar[str] = ContextVar("aethermart_request_id", default="")


def current_request_id() -> str:
    """The id, or "" outside a request; also true in the thread that runs the route."""
    return _current.get()


def begin_request(offered: str | None) -> str:
    """Take the caller's id where it is harmless, else make one."""
    if offered is None or not _ACCEPTED.fullmatch(offered):
        offered = secrets.token_hex(8)
    _current.set(offered)
    return offered
