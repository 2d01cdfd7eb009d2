"""Access tokens: signed claims that are checked without a look into the database.

One algorithm is accepted, whatever a token says of itself. A token names its key by `kid`, so that
a new key signs while old ones still verify. Whether the session it speaks of still lives, another
part decides.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from aethermart.core.errors import BadInput, Unauthenticated
from aethermart.identity.roles import Role

_ALGORITHM = "HS256"
_ISSUER = "aethermart"
_AUDIENCE = "aethermart-api"
_REQUIRED = ["iss", "aud", "exp", "iat", "jti", "sub", "role", "sid"]
_LEAST_LENGTH = 32
_LEAST_SIGNS = 10  # different characters; 32 of base64 have fewer once in 10^9
_PLACEHOLDERS = ("changeme", "change-me", "change_me", "secret", "password", "default", "example")


@dataclass(frozen=True, slots=True)
class Claims:
    account_id: UUID
    session_id: UUID


def new_signing_key() -> str:
    return secrets.token_urlsafe(48)


def check_signing_key(key: str, setting: str = "signing_key") -> str:
    """The key. Raises BadInput for one too short or too easily guessed, without quoting it."""
    fault = None
    if len(key) < _LEAST_LENGTH:
        fault = f"has {len(key)} characters, not {_LEAST_LENGTH}"
    elif any(word in key.lower() for word in _PLACEHOLDERS):
        fault = "is a placeholder, not a random value"
    elif len(set(key)) < _LEAST_SIGNS:
        fault = f"is made of {len(set(key))} different characters"
    if fault is not None:
        raise BadInput(
            f"[identity.{setting}]: the key {fault}",
            fix="put a random one into .env: "
            'python -c "import secrets; print(secrets.token_urlsafe(48))"',
        )
    return key


class AccessTokens:
    """Sign with the current key, verify with it and the old ones."""

    def __init__(self, key: str, old_keys: Sequence[str] = ()) -> None:
        """Raises BadInput for a weak key, current or old."""
        self._current = _kid(check_signing_key(key))
        old = {_kid(k): check_signing_key(k, "old_signing_keys") for k in old_keys}
        self._keys: Mapping[str, str] = {**old, self._current: key}

    def issue(self, claims: Claims, role: Role, now: datetime, valid: timedelta) -> str:
        payload = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "iat": now,
            "exp": now + valid,
            "jti": secrets.token_hex(16),
            "sub": str(claims.account_id),
            "sid": str(claims.session_id),
            "role": str(role),
        }
        headers = {"kid": self._current}
        return jwt.encode(payload, self._keys[self._current], _ALGORITHM, headers=headers)

    def verify(self, token: str) -> Claims:
        """Raises Unauthenticated for a token that is forged, expired or meant for others.

        The `role` in it is for readers: what counts is the account's role now.
        """
        try:
            key = self._keys[str(jwt.get_unverified_header(token).get("kid"))]
            payload: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={"require": _REQUIRED, "strict_aud": True},
            )
            return Claims(UUID(payload["sub"]), UUID(payload["sid"]))
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated(
                "the access token has expired", fix="renew it with POST /api/v1/auth/refresh"
            ) from error
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as error:
            raise Unauthenticated(
                "the access token is not valid here", fix="log in again: POST /api/v1/auth/login"
            ) from error


def _kid(key: str) -> str:
    return hashlib.sha256(b"aethermart signing key " + key.encode()).hexdigest()[:16]
