"""A sink, a source and an archive that behave, and whose troubles a test can order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aethermart.core.entries import Entry, Heartbeat, LoggedEntry, Position, new_entry_id
from aethermart.core.errors import Terminal
from tests.log.made import NOON, orders


class NoArchive:
    def applied(self, shop: str) -> int:
        return 0

    def read(self, shop: str, after: int, limit: int) -> list[LoggedEntry]:
        return []


class Unfit(Terminal):
    """The fake sink cannot take an entry."""


@dataclass
class FakeSink:
    """Keeps offsets a shop, whole batches or nothing, and refuses what it was told to."""

    name: str = "fake"
    kept: dict[str, list[int]] = field(default_factory=dict)
    unfit: set[tuple[str, int]] = field(default_factory=set)
    troubles: deque[Exception | None] = field(default_factory=deque)  # one for each `apply`
    broken: dict[str, Exception] = field(default_factory=dict)  # shop -> what `apply` raises
    deaf: dict[str, Exception] = field(default_factory=dict)  # shop -> what `applied` raises
    batches: list[list[int]] = field(default_factory=list)  # offsets of every attempt
    unresettable: Exception | None = None

    def applied(self, shop: str) -> int:
        if shop in self.deaf:
            raise self.deaf[shop]
        return len(self.kept.get(shop, []))

    def reset(self, shop: str) -> None:
        if self.unresettable is not None:
            raise self.unresettable
        self.kept.pop(shop, None)

    def apply(self, entries: Sequence[LoggedEntry]) -> None:
        shop = entries[0].entry.shop
        offsets = [logged.offset for logged in entries]
        self.batches.append(offsets)
        trouble = self.troubles.popleft() if self.troubles else self.broken.get(shop)
        if trouble is not None:
            raise trouble
        wrong = [offset for offset in offsets if (shop, offset) in self.unfit]
        if wrong:
            raise Unfit(f"{shop}: entry {wrong[0]} is unfit", fix="make it fit")
        assert offsets[0] == self.applied(shop) + 1
        self.kept.setdefault(shop, []).extend(offsets)


@dataclass
class FakeSource:
    """A shop of numbered rows, one an entry; a position is the number of the last row read."""

    shop: str
    rows: int = 0
    acknowledged: list[Position] = field(default_factory=list)
    reads: list[Position | None] = field(default_factory=list)
    trouble: Callable[[int], Exception | None] = lambda _row: None  # before a row is given
    open_reads: int = 0
    closed: bool = False

    def read(self, after: Position | None, *, heartbeat: bool) -> Iterator[Entry]:
        self.reads.append(after)
        self.open_reads += 1
        try:
            done = int(after) if after else 0
            if done == self.rows and heartbeat:
                yield self._entry(after, done)
            while done < self.rows:
                done += 1
                error = self.trouble(done)
                if error is not None:
                    raise error
                yield self._entry(after, done)
                after = Position(str(done))
        finally:
            self.open_reads -= 1

    def acknowledge(self, position: Position) -> None:
        self.acknowledged.append(position)

    def close(self) -> None:
        self.closed = True

    def _entry(self, start: Position | None, row: int) -> Entry:
        new = row > int(start or 0)
        return Entry(
            shop=self.shop,
            id=new_entry_id(),
            start=start,
            end=Position(str(row)),
            captured_at=NOON,
            time_kind="commit",
            parts=(orders(("c", row, (row, "PAID", "1.00"))),) if new else (),
            controls=() if new else (Heartbeat(),),
        )


@dataclass
class Hand:
    """A clock that a test moves by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def nothing_to_wait_for(_timeout_s: float) -> None:
    raise AssertionError("step() never waits")


def at(minute: int) -> datetime:
    return NOON.replace(minute=minute)
