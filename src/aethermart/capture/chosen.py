"""A source chosen when the shop is first looked at: only then can it be asked what it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aethermart.capture.source import Source
from aethermart.core.entries import Entry, Position


class ChosenSource:
    """choose  asks the shop; called until it answers, then never again"""

    def __init__(self, shop: str, choose: Callable[[], Source]) -> None:
        self.shop = shop
        self._choose = choose
        self._chosen: Source | None = None

    def read(self, after: Position | None, *, heartbeat: bool) -> Iterator[Entry]:
        if self._chosen is None:
            self._chosen = self._choose()
        yield from self._chosen.read(after, heartbeat=heartbeat)

    def acknowledge(self, position: Position) -> None:
        if self._chosen is not None:
            self._chosen.acknowledge(position)

    def close(self) -> None:
        if self._chosen is not None:
            self._chosen.close()
