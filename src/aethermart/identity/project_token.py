"""The project folder's own token: whoever may read that file owns the platform.

Only hashes are kept in memory. `aethermart demo`, the console's first look and local scripts use
it; people log in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from aethermart.core.errors import Unauthenticated
from aethermart.identity.roles import Caller


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """SHA-256 in hex. A token is 256 random bits, so no slow hash is needed to hide it."""
    return hashlib.sha256(token.encode()).hexdigest()


class KnownTokens:
    """Callers by the hash of their token."""

    def __init__(self, callers: Mapping[str, Caller]) -> None:
        self._callers = dict(callers)

    def caller(self, bearer: str) -> Caller:
        """Raises Unauthenticated for a token it does not know."""
        offered, found = hash_token(bearer), None
        for known, caller in self._callers.items():  # all of them: the time taken tells nothing
            if hmac.compare_digest(known, offered):
                found = caller
        if found is None:
            raise Unauthenticated(
                "the token is not known here",
                fix="copy the whole token that `aethermart` printed when it started",
            )
        return found
