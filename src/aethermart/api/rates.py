"""How often somebody may ask: at most N requests in any minute, counted in this process.

A moving window of its own: the in-memory one of the `limits` library looks through every key it
holds up to a hundred times a second, 2.5 ms of CPU a request at 10,000 addresses.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Callable

from aethermart.api.refusals import TooManyRequests
from aethermart.settings.sections import ApiSection

WINDOW_S = 60


class Rates:
    """The limits of one application: by user, by address, and for tries to log in."""

    def __init__(self, settings: ApiSection, clock: Callable[[], float] = time.monotonic) -> None:
        self._user = MovingWindow("user", settings.user_rate, clock)
        self._address = MovingWindow("address", settings.address_rate, clock)
        self._login = MovingWindow("login", settings.login_rate, clock)

    def user(self, subject: str) -> None:
        """Raises TooManyRequests."""
        self._user.admit(subject)

    def address(self, address: str) -> None:
        """Raises TooManyRequests."""
        self._address.admit(network_of(address))

    def login(self, address: str) -> None:
        """Raises TooManyRequests."""
        self._login.admit(network_of(address))


class MovingWindow:
    """rate  most requests of a key within any WINDOW_S seconds; 0 for no limit"""

    def __init__(self, name: str, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._admitted: dict[str, deque[float]] = {}
        self._swept = clock()

    def admit(self, key: str) -> None:
        """Raises TooManyRequests; a refused request does not count."""
        if not self._rate:
            return
        now = self._clock()
        with self._lock:
            self._sweep(now)
            times = self._admitted.setdefault(key, deque())
            while times and times[0] <= now - WINDOW_S:
                times.popleft()
            if len(times) >= self._rate:
                raise TooManyRequests(self._name, self._rate, WINDOW_S, times[0] + WINDOW_S - now)
            times.append(now)

    def __len__(self) -> int:
        return len(self._admitted)

    def _sweep(self, now: float) -> None:
        """Once a window: forget who has not asked within one."""
        if now - self._swept < WINDOW_S:
            return
        self._swept = now
        self._admitted = {
            key: times for key, times in self._admitted.items() if times[-1] > now - WINDOW_S
        }


def network_of(address: str) -> str:
    """The address; of IPv6 its /64, which one household has whole."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
