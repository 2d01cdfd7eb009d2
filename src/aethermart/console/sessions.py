"""Who is signed in, kept in the memory of the console's own server.

A browser holds a random number in a cookie that no script can read; the API's tokens stay here.
Streamlit talks over a socket, which cannot set a cookie: a page that has just signed in shows a
ticket, good once and for a minute, and its browser posts it to `/session` for the cookie.

A restart of the console forgets everyone. Safe to use from several threads.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from aethermart.client.client import AetherMartClient

COOKIE = "aethermart_console"
TICKET = "X-AetherMart-Ticket"  # a page elsewhere may not send it: browsers ask first
_TICKET_S = 60.0
_IDLE_S = 12 * 3600.0
_MOST = 1000


@dataclass(eq=False)
class SignedIn:
    """One log-in. Every tab of its browser shares it, so that one of them renews the tokens.

    patient  waits longer, for what takes long
    ended    signed out here, or ended by the API
    """

    client: AetherMartClient
    patient: AetherMartClient
    email: str
    name: str
    role: str
    permissions: frozenset[str]
    ended: bool = False


@dataclass
class _Kept:
    signed_in: SignedIn
    until: float


@dataclass
class Sessions:
    """clock  seconds that never go back"""

    clock: Callable[[], float] = time.monotonic
    _tickets: dict[str, _Kept] = field(default_factory=dict)
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ticket(self, signed_in: SignedIn) -> str:
        """What a browser may exchange for its cookie, once, within a minute."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            _put(self._tickets, ticket, _Kept(signed_in, self.clock() + _TICKET_S), self.clock())
        return ticket

    def awaits(self, ticket: str) -> bool:
        """Whether the ticket is still to be exchanged."""
        with self._lock:
            kept = self._tickets.get(_digest(ticket))
            return kept is not None and kept.until > self.clock()

    def redeem(self, ticket: str) -> str | None:
        """The cookie's value; None for a ticket that is unknown, used or late."""
        with self._lock:
            kept = self._tickets.pop(_digest(ticket), None)
            if kept is None or kept.until <= self.clock() or kept.signed_in.ended:
                return None
            value = secrets.token_urlsafe(32)
            _put(self._kept, value, _Kept(kept.signed_in, self.clock() + _IDLE_S), self.clock())
        return value

    def find(self, value: str | None) -> SignedIn | None:
        """Whose cookie this is, for half a day after it was last seen."""
        with self._lock:
            kept = self._kept.get(_digest(value or ""))
            if kept is None or kept.until <= self.clock() or kept.signed_in.ended:
                return None
            kept.until = self.clock() + _IDLE_S
        return kept.signed_in

    def end(self, signed_in: SignedIn) -> None:
        """No tab and no cookie brings it back."""
        with self._lock:
            signed_in.ended = True
            for kept in (self._tickets, self._kept):
                for key in [key for key, each in kept.items() if each.signed_in is signed_in]:
                    del kept[key]


def _put(kept: dict[str, _Kept], value: str, new: _Kept, now: float) -> None:
    for key in [key for key, each in kept.items() if each.until <= now]:
        del kept[key]
    while len(kept) >= _MOST:
        del kept[next(iter(kept))]
    kept[_digest(value)] = new


def _digest(value: str) -> str:
    """Only digests are kept, so that nothing that prints or logs the store gives a cookie away."""
    return hashlib.sha256(value.encode()).hexdigest()


@cache
def sessions() -> Sessions:
    """This process's one: the pages and the route that sets the cookie share it."""
    return Sessions()
