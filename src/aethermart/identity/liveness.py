"""Whom a signed token or a key stands for right now, looked up at most every few seconds each.

A role that was changed, a session or key that was ended, an account that was disabled: in this
process it holds at once, elsewhere after `REMEMBER_S` at the latest.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from aethermart.identity.roles import Caller

REMEMBER_S = 5.0
_MOST = 10_000


class Remembered:
    """Callers by what they were looked up with, for a few seconds.

    clock  seconds that never go back
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[Hashable, tuple[float, Caller]] = OrderedDict()
        self._lock = threading.Lock()
        self._forgotten = 0

    def caller(self, key: Hashable, look_up: Callable[[], Caller]) -> Caller:
        """What `look_up` answered lately or answers now; its errors are not remembered."""
        with self._lock:
            until, caller = self._known.get(key, (float("-inf"), None))
            forgotten = self._forgotten
        asked_at = self._clock()
        if caller is not None and asked_at < until:
            return caller
        found = look_up()
        with self._lock:
            if forgotten == self._forgotten:  # else something changed while we looked
                self._known[key] = asked_at + REMEMBER_S, found
                self._known.move_to_end(key)
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
        return found

    def forget(self) -> None:
        """Somebody's rights changed."""
        with self._lock:
            self._forgotten += 1
            self._known.clear()
