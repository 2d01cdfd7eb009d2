"""Who may ask: one dependency before every route that shows data.

A caller sends `Authorization: Bearer TOKEN`. Only hashes of tokens are kept. An unknown or missing
token is a 401; a known one on a route it may not use is a 403.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from aethermart.api.settings import ApiSettings
from aethermart.core.errors import Forbidden, Unauthenticated

Group = Literal["lake", "ops", "any"]

_bearer = HTTPBearer(auto_error=False, description="A token that `aethermart` printed.")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """SHA-256 in hex. A token is 256 random bits, so no slow hash is needed to hide it."""
    return hashlib.sha256(token.encode()).hexdigest()


def authorise(group: Group) -> Callable[[Request, HTTPAuthorizationCredentials | None], None]:
    """The dependency that lets only callers who may use `group` pass; "any" is every known one."""

    def check(request: Request, credentials: _Credentials) -> None:
        settings: ApiSettings = request.app.state.settings
        if credentials is None:
            raise Unauthenticated(
                "the request has no bearer token", fix="send `Authorization: Bearer TOKEN`"
            )
        offered = hash_token(credentials.credentials)
        may_all = _holds(settings.token_hashes, offered)
        may_lake = _holds(settings.lake_token_hashes, offered)
        if not (may_all or may_lake):
            raise Unauthenticated(
                "the token is not known here",
                fix="copy the whole token that `aethermart` printed when it started",
            )
        if not may_all and group == "ops":
            raise Forbidden(
                f"this token may read /lake, not {request.url.path}",
                fix="use a token that may use every route",
            )

    return check


def _holds(hashes: tuple[str, ...], offered: str) -> bool:
    """Compares with every hash, each in constant time: the time taken tells nothing."""
    found = False
    for known in hashes:
        found |= hmac.compare_digest(known, offered)
    return found
