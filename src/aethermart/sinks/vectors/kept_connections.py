"""Connections that wait for the next who asks, so that any thread may use a store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

_KEPT = 4


class Closes(Protocol):
    def close(self) -> object: ...


C = TypeVar("C", bound=Closes)


class KeptConnections(Generic[C]):
    """A few are kept open between uses; one during whose use an error came is closed."""

    def __init__(self, connect: Callable[[], C], usable: Callable[[C], bool]) -> None:
        self._connect = connect
        self._usable = usable
        self._idle: list[C] = []
        self._lock = threading.Lock()

    @contextmanager
    def lent(self) -> Iterator[C]:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None or not self._usable(connection):
            connection = self._connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if len(self._idle) < _KEPT:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close those that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
