"""A place in a compared shop's history: the pass that brought it there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from aethermart.core.entries import Position


@dataclass(frozen=True, slots=True)
class ComparePosition:
    """number        of the pass; grows
    mark          drawn for the pass: tells it from another pass of the same number
    snapshotting  tables whose snapshot is under way; a reader that finds them here starts it anew
    step          counts the snapshot's entries, so that each has an end of its own
    """

    number: int
    mark: str
    snapshotting: tuple[str, ...] = ()
    step: int = 0

    def text(self) -> Position:
        return Position(json.dumps(asdict(self), separators=(",", ":")))

    @property
    def base(self) -> Position:
        """The pass itself, without a snapshot that began after it."""
        return replace(self, snapshotting=(), step=0).text()

    @classmethod
    def parse(cls, position: Position | None) -> ComparePosition:
        """Another mode's position, or none, is pass 0, which no state agrees with."""
        record = json.loads(position) if position is not None else {}
        if "number" not in record or "mark" not in record:
            return cls(0, "")
        return cls(record["number"], record["mark"], tuple(record["snapshotting"]), record["step"])
