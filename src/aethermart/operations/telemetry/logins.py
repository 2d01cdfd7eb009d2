"""Count refused log-ins as identity tells of them, on their way to the audit."""

from __future__ import annotations

from collections.abc import Callable

from aethermart.identity.audit import Audit, Outcome


class CountedLogins:
    """identity.audit.Audit that hands every event on. refused: called for each refused log-in"""

    def __init__(self, audit: Audit, refused: Callable[[], None]) -> None:
        self._audit = audit
        self._refused = refused

    def record(self, actor: str, action: str, target: str, outcome: Outcome) -> None:
        if (action, outcome) == ("log in", "refused"):
            self._refused()
        self._audit.record(actor, action, target, outcome)
