"""Wait for a thread of the worker."""

from __future__ import annotations

import time
from collections.abc import Callable


def waited(true: Callable[[], bool], most_s: float = 20.0) -> bool:
    """Whether it became true in time."""
    until = time.monotonic() + most_s
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
