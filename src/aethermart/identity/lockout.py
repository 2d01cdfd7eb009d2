"""How long whoever fails to log in must wait: the numbers alone, without storage.

Failures count in three scopes. From one address for one account five are free, then the wait
doubles to a quarter of an hour. From one address for whatever accounts, and for one account from
whatever addresses, more are free. An address from which an account was logged into before counts in
the first scope alone: strangers cannot keep a person away from their own machine, whatever they
try. A refused attempt is not counted, so that no wait is ever prolonged; a day's quiet forgets all.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aethermart.core.errors import Transient

FORGOTTEN_AFTER = timedelta(days=1)
KNOWN_FOR = timedelta(days=30)  # since the last log-in from there


class Scope(StrEnum):
    PAIR = "pair"  # one address, one account
    ADDRESS = "address"  # one address, any account
    ACCOUNT = "account"  # any address, one account


@dataclass(frozen=True, slots=True)
class _Limit:
    free: int
    longest_s: int


# Many people share an address; of many addresses that try one account, a minute apart, a guesser
# gets 1440 a day, and a person at a new place waits a minute.
_LIMITS = {
    Scope.PAIR: _Limit(free=5, longest_s=900),
    Scope.ADDRESS: _Limit(free=20, longest_s=900),
    Scope.ACCOUNT: _Limit(free=50, longest_s=60),
}


class TooManyFailures(Transient):
    """Somebody failed to log in too often; `retry_after_s` says how long to wait."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "too many failed attempts to log in", fix=f"wait {retry_after_s} s, then try again"
        )
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, order=True)
class Counter:
    """One count of failures. `subject` is a digest: the table holds no e-mail address."""

    scope: Scope
    subject: str


def wait_s(scope: Scope, failures: int) -> int:
    """Seconds to wait after so many failures: 0, then 1, 2, 4 … to the scope's longest."""
    limit = _LIMITS[scope]
    beyond = failures - limit.free
    return 0 if beyond < 0 else min(limit.longest_s, 2 ** min(beyond, 20))


def failures_now(failures: int, last_at: datetime, now: datetime) -> int:
    """The count as it stands, 0 after a day without a failure."""
    return 0 if now - last_at >= FORGOTTEN_AFTER else failures


def counters(email: str, address: str, *, known: bool) -> tuple[Counter, ...]:
    """What an attempt counts in, always in the same order, so that no two wait for each other.

    known  the account was logged into from that address before
    """
    place = network(address)
    pair = Counter(Scope.PAIR, _digest(f"{email}\0{place}"))
    if known:
        return (pair,)
    wide = Counter(Scope.ACCOUNT, _digest(email)), Counter(Scope.ADDRESS, _digest(place))
    return tuple(sorted((pair, *wide)))


def network(address: str) -> str:
    """Who has an IPv6 address has its /64 as well; anything else stands for itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address or "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.IPv6Network((found, 64), strict=False))
    return str(found)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
