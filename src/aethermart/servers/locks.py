"""A lock between processes and threads of one machine: an flock on a file.

The kernel frees it with its process, so a crash leaves nothing to clean up.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aethermart.core.errors import Unavailable

_POLL_S = 0.02


@contextmanager
def exclusive(path: Path, timeout_s: float) -> Iterator[None]:
    """Hold the lock `path`, made if absent; whoever holds it may delete the file.

    Raises Unavailable when another holds it for longer than `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            _lock(handle, path, deadline)
            if _is_still(handle, path):
                yield
                return
        finally:
            os.close(handle)


def _lock(handle: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{path} is held by another process",
                    fix="wait until it has finished, or end it",
                ) from None
            time.sleep(_POLL_S)


def _is_still(handle: int, path: Path) -> bool:
    """False when the file was deleted, or replaced, while we waited for it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
