"""Tell those who follow one sink that it has got on: projections of what the sink makes."""

from __future__ import annotations

import threading

from aethermart.pipeline.sink_runner import Wait


class Progress:
    """`moved` is a runner's `on_progress`; each follower's runner takes a `waiter` of its own."""

    def __init__(self) -> None:
        self._moves = 0
        self._changed = threading.Condition()

    def moved(self, _shop: str) -> None:
        with self._changed:
            self._moves += 1
            self._changed.notify_all()

    def waiter(self) -> Wait:
        """Waits for a move since it last returned; one that came in between counts."""
        seen = self._moves

        def wait(timeout_s: float) -> bool:
            nonlocal seen
            with self._changed:
                moved = self._changed.wait_for(lambda: self._moves != seen, timeout_s)
                seen = self._moves
            return moved

        return wait
