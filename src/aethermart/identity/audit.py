"""What identity tells of itself: who did what to whom, and how it ended."""

from __future__ import annotations

import logging
from typing import Literal, Protocol

Outcome = Literal["done", "refused"]
_log = logging.getLogger(__name__)


class Audit(Protocol):
    def record(self, actor: str, action: str, target: str, outcome: Outcome) -> None:
        """actor, target  ids of accounts, sessions and keys, or an address; never a secret"""
        ...


class LoggedAudit:
    """A log line an event."""

    def record(self, actor: str, action: str, target: str, outcome: Outcome) -> None:
        _log.info("audit: %s %s of %s %s", actor, action, target, outcome)
