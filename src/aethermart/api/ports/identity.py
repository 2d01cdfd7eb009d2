"""What the API needs to know who asks."""

from __future__ import annotations

from typing import Protocol

from aethermart.identity.roles import Caller


class Identity(Protocol):
    def caller(self, bearer: str) -> Caller:
        """Who sent this bearer token. Raises Unauthenticated for one unknown, expired or ended."""
        ...
