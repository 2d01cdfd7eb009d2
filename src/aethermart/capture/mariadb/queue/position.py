"""A place in the queue of a MariaDB or MySQL shop: the last id, and those below that are to come.

Whose transactions those may be is not kept: it is asked again, later, which errs on the safe side.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from aethermart.capture.mariadb.queue.gaps import Range
from aethermart.core.entries import Position

_PLAIN_RANGES = 20


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """`queue` names the server and its queue; another one's ids mean nothing to us.

    last          None before the first snapshot
    reads         how often the shop was read, as it knows itself: one that has less was put back
    snapshotting  tables whose snapshot is under way; a reader that finds them here starts it anew
    step          counts the snapshot's entries, so that each has an end of its own
    """

    queue: str
    last: int | None = None
    missing: tuple[Range, ...] = ()
    reads: int = 0
    snapshotting: tuple[str, ...] = ()
    step: int = 0

    @property
    def lowest(self) -> int:
        """Every id below is in the log or will never be seen."""
        return self.missing[0][0] if self.missing else (self.last or 0) + 1

    def stepped(self) -> QueuePosition:
        return replace(self, step=self.step + 1)

    def text(self) -> Position:
        record = {**asdict(self), "missing": _written(self.missing)}
        return Position(json.dumps(record, separators=(",", ":")))

    @classmethod
    def parse(cls, position: Position | None) -> QueuePosition:
        """Another mode's position, or none, is one of no queue: the shop is then captured anew."""
        record = json.loads(position) if position is not None else {}
        if "queue" not in record:
            return cls("")
        return cls(
            record["queue"],
            record["last"],
            tuple(_read(record["missing"])),
            record["reads"],
            tuple(record["snapshotting"]),
            record["step"],
        )


def _written(ranges: tuple[Range, ...]) -> Any:
    """Few ranges as they are; many as packed distances, one or two bytes each."""
    if len(ranges) <= _PLAIN_RANGES:
        return ranges
    packed, at = bytearray(), 0
    for low, high in ranges:
        for distance in (low - at, high - low):
            left = distance
            while left >= 0x80:
                packed.append(left & 0x7F | 0x80)
                left >>= 7
            packed.append(left)
        at = high
    return base64.b85encode(zlib.compress(packed)).decode()


def _read(written: Any) -> Iterator[Range]:
    if not isinstance(written, str):
        for low, high in written:
            yield low, high
        return
    numbers, at = _numbers(zlib.decompress(base64.b85decode(written))), 0
    for distance in numbers:
        low = at + distance
        at = low + next(numbers)
        yield low, at


def _numbers(packed: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
