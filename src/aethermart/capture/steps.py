"""The entries that carry a snapshot, each starting where the one before ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, Self, TypeVar

from aethermart.core.entries import Batch, Chunk, Control, Entry, Position, new_entry_id


class Stepping(Protocol):
    """A source's position, which counts the entries of a snapshot."""

    def stepped(self) -> Self: ...

    def text(self) -> Position: ...


P = TypeVar("P", bound=Stepping)


@dataclass(slots=True)
class SnapshotSteps(Generic[P]):
    """Makes the entries of one snapshot, each starting where the one before ended."""

    shop: str
    after: Position | None
    at: P
    read_at: datetime

    def entry(
        self,
        *,
        entry_id: str | None = None,
        parts: tuple[Batch | Chunk, ...] = (),
        controls: tuple[Control, ...] = (),
        end: P | None = None,
    ) -> Entry:
        self.at = end or self.at.stepped()
        start, self.after = self.after, self.at.text()
        return Entry(
            shop=self.shop,
            id=entry_id or new_entry_id(),
            start=start,
            end=self.after,
            captured_at=self.read_at,
            committed_at=self.read_at if parts else None,
            time_kind="snapshot",
            parts=parts,
            controls=controls,
        )
