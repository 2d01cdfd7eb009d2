"""The request that is being answered: its id and where it came from.

The id is in the answer, in a problem and in each log line.
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")  # nothing that could forge a log line
_current: ContextVar[str] = ContextVar("aethermart_request_id", default="")
_address: ContextVar[str] = ContextVar("aethermart_address", default="")


def current_request_id() -> str:
    """The id, or "" outside a request; also true in the thread that runs the route."""
    return _current.get()


def begin_request(offered: str | None) -> str:
    """Take the caller's id where it is harmless, else make one."""
    if offered is None or not _ACCEPTED.fullmatch(offered):
        offered = secrets.token_hex(8)
    _current.set(offered)
    return offered


def current_address() -> str:
    """Where the request came from, or "" outside one, as the id."""
    return _address.get()


def begin_address(address: str) -> str:
    _address.set(address)
    return address


def origin() -> tuple[str, str]:
    """Id and address of the request, for who keeps them."""
    return _current.get(), _address.get()
