"""The port of capture: a source gives the entries that follow a position."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

from aethermart.core.entries import Entry, Position, TableSchema
from aethermart.core.errors import Terminal


class SchemaNotUnderstood(Terminal):
    """A table changed in a way that its changes can no longer be read with confidence."""


def stopped_because(shop: str, table: str, why: str, fix: str) -> str:
    """The words with which a table is stopped."""
    return str(
        SchemaNotUnderstood(
            f"{shop}.{table} is not captured: {why}",
            fix=f"{fix}, then `aethermart capture run --shop {shop} --snapshot {table}`",
        )
    )


class UnfitValue(Terminal):
    """A value of the shop does not fit the type its column travels as."""

    def __init__(self, table: str, why: str) -> None:
        super().__init__(
            f"a value does not fit its column: {why}",
            fix="correct the value in the shop, or give the column a type that has a place for it",
        )
        self.table = table


class CaptureState(Protocol):
    """What capture remembers of a shop's tables between runs.

    A table's identity is text of the source's own, which tells a table from another one that came
    to bear its name.
    """

    def announced(self, shop: str) -> dict[str, tuple[TableSchema, str]]:
        """Schema and identity of each table as last announced in the log."""
        ...

    def stopped(self, shop: str) -> dict[str, str]:
        """Tables that are not captured, each with the reason."""
        ...

    def announce(self, shop: str, schema: TableSchema, identity: str) -> None:
        """Remember a schema; call only after the log has it, or its columns could be missed."""
        ...

    def stop(self, shop: str, table: str, error: str) -> None:
        """The table is not captured; a request for its snapshot is thereby answered."""
        ...

    def request_snapshot(self, shop: str, tables: Collection[str]) -> None:
        """Have the tables captured anew at the next look."""
        ...

    def requested_snapshots(self, shop: str) -> tuple[str, ...]:
        """Tables that somebody wants captured anew."""
        ...

    def snapshot_done(self, shop: str, tables: Collection[str]) -> None:
        """The tables are captured anew: no longer stopped, no longer requested."""
        ...


class Source(Protocol):
    """One shop as it is read. Not for two threads at once."""

    shop: str

    def read(self, after: Position | None, *, heartbeat: bool) -> Iterator[Entry]:
        """The entries after a position (None: from nothing, a snapshot first), up to now.

        Each entry starts where the one before ended, and the caller appends each before it asks
        for the next. With nothing new it gives one heartbeat entry if `heartbeat`, else nothing.
        """
        ...

    def acknowledge(self, position: Position) -> None:
        """The log has everything up to here: what the source kept for it may go."""
        ...

    def close(self) -> None: ...
