"""Refusals that only the gateway knows: too many requests, a key that is used otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping

from aethermart.core.errors import Conflict, Terminal, Transient


class TooManyRequests(Transient):
    """The sender asked more often than it may.

    headers  Retry-After, and RateLimit and RateLimit-Policy as the IETF draft
             `draft-ietf-httpapi-ratelimit-headers-10` writes them
    """

    def __init__(self, bucket: str, rate: int, window_s: int, wait_s: float) -> None:
        wait = max(1, math.ceil(wait_s))
        super().__init__(
            f"more than {rate} requests in {window_s} s ({bucket})",
            fix=f"wait {wait} s, then ask less often",
        )
        self.headers: Mapping[str, str] = {
            "Retry-After": str(wait),
            "RateLimit-Policy": f'"{bucket}";q={rate};w={window_s}',
            "RateLimit": f'"{bucket}";r=0;t={wait}',
        }


class KeyInUse(Conflict):
    """A request with the same idempotency key is under way."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the request with the idempotency key {key!r} is still under way",
            fix="wait a second and send the same request again",
        )
        self.headers: Mapping[str, str] = {"Retry-After": "1"}


class KeyReused(Terminal):
    """An idempotency key came back with another request."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the idempotency key {key!r} was used for another request",
            fix="send the first request unchanged, or a new key with the new one",
        )
