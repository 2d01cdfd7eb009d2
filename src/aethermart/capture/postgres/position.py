"""A place in a PostgreSQL shop's history: a snapshot, not a number.

`done` is pg_current_snapshot() as text: everything visible in it is in the log. A number would
skip transactions that take their number early and commit late.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from aethermart.core.entries import Position


@dataclass(frozen=True, slots=True)
class PostgresPosition:
    """`system` names the server and its timeline; another one's snapshots mean nothing to us.

    snapshotting  tables whose snapshot is under way; a reader that finds them here starts it anew
    step          counts the snapshot's entries, so that each has an end of its own
    """

    system: str
    done: str | None
    snapshotting: tuple[str, ...] = ()
    step: int = 0

    def stepped(self) -> PostgresPosition:
        return replace(self, step=self.step + 1)

    def text(self) -> Position:
        return Position(json.dumps(asdict(self), separators=(",", ":")))

    @classmethod
    def parse(cls, position: Position) -> PostgresPosition:
        """Another mode's position is one of no server: the shop is then captured anew."""
        record = json.loads(position)
        if "system" not in record:
            return cls("", None)
        return cls(record["system"], record["done"], tuple(record["snapshotting"]), record["step"])
