"""The rule of refresh tokens: each is used once, and its second use ends the whole log-in.

There is no grace for a token sent twice: within it a thief and the owner could not be told apart,
and whoever came second would go on unnoticed. A client that loses the answer logs in again.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from enum import Enum, auto

_PREFIX = "amr_"


class Verdict(Enum):
    ROTATE = auto()
    REPLAYED = auto()
    OVER = auto()  # ended, expired, or its account disabled


def new_refresh_token() -> str:
    """256 random bits behind a prefix that scanners and our logs' masks know."""
    return _PREFIX + secrets.token_urlsafe(32)


def refresh_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def judge(
    *,
    used: bool,
    idle_until: datetime,
    session_until: datetime,
    ended: bool,
    disabled: bool,
    now: datetime,
) -> Verdict:
    """used  this token was exchanged before; it tells of a thief even after its time"""
    if used:
        return Verdict.REPLAYED
    if ended or disabled or now >= min(idle_until, session_until):
        return Verdict.OVER
    return Verdict.ROTATE
