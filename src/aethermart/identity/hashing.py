"""Argon2id for passwords, a few at a time: each hash takes its memory, and requests are many."""

from __future__ import annotations

import base64
import secrets
import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from aethermart.core.errors import Unavailable

_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs; the default is RFC 9106's for little memory, on one lane."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 1


class Passwords:
    """Hash and verify; at most `at_once` hashes are under way in this process."""

    def __init__(self, cost: Cost | None = None, at_once: int = 2) -> None:
        cost = cost or Cost()
        self._hasher = PasswordHasher(cost.passes, cost.memory_kib, cost.lanes)
        self._room = threading.BoundedSemaphore(at_once)
        self._nobodys = _random_hash(cost)

    def hash(self, password: str) -> str:
        with self._turn():
            return self._hasher.hash(password)

    def verify(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one kept; None costs as much as a wrong password."""
        with self._turn():
            try:
                self._hasher.verify(kept or self._nobodys, password)
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _turn(self) -> _Turn:
        return _Turn(self._room)


class _Turn:
    def __init__(self, room: threading.BoundedSemaphore) -> None:
        self._room = room

    def __enter__(self) -> None:
        if not self._room.acquire(timeout=_WAIT_S):
            raise Unavailable("too many people log in at once", fix="try again in a moment")

    def __exit__(self, *_: object) -> None:
        self._room.release()


def _random_hash(cost: Cost) -> str:
    """What no password has, in the form of a hash of that cost."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32)
    )
    return f"$argon2id$v=19$m={cost.memory_kib},t={cost.passes},p={cost.lanes}${salt}${digest}"
