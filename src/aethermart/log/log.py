"""The log: an ordered sequence of entries a shop, a hot tail and an archive behind one read.

The tail has the newest entries, the archive everything it acknowledged. `prune` drops from the
tail only what the archive's own offset says it holds, so no entry is ever in neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from aethermart.core import failpoints
from aethermart.core.entries import Entry, LoggedEntry
from aethermart.core.errors import Terminal
from aethermart.log.chunks import ChunkStore
from aethermart.log.tail import Head, PostgresTail


class LostEntries(Terminal):
    """Entries that the tail gave up are not in the archive."""


class Archived(Protocol):
    """What the log needs of the archive."""

    def applied(self, shop: str) -> int: ...

    def read(self, shop: str, after: int, limit: int) -> list[LoggedEntry]: ...


class Log:
    """`append`, `read`, `prune`. Like its tail, one a thread."""

    def __init__(self, tail: PostgresTail, archive: Archived, chunks: ChunkStore) -> None:
        self._tail = tail
        self._archive = archive
        self._chunks = chunks

    def append(self, entry: Entry) -> int:
        """Offset of the entry, durable on return; the same entry again gives the same offset.

        The chunk files that it names must be complete and synced before: an entry must never
        name rows that a crash can lose. Raises StalePosition when `entry.start` is not the end.
        """
        offset = self._tail.append(entry)
        failpoints.reached("log.appended")
        return offset

    def read(self, shop: str, after: int, limit: int) -> list[LoggedEntry]:
        """Up to `limit` entries past offset `after`, without a gap; empty at the end only.

        Raises LostEntries when neither tier has the next one.
        """
        entries = self._tail.read(shop, after, limit)
        if entries and entries[0].offset == after + 1:
            return entries
        if not entries and self._tail.head(shop).offset <= after:
            return []
        archived = self._archive.read(shop, after, limit)
        if not archived and after < self._pruned_through(shop):
            raise LostEntries(
                f"{shop}: entry {after + 1} is neither in the log's tail nor in the archive",
                fix="restore the archive (state/bronze) from a backup, or capture the shop anew",
            )
        return archived

    def replay(self, shop: str, after: int = 0, limit: int = 256) -> Iterator[LoggedEntry]:
        """Every entry past `after` to the present end."""
        while entries := self.read(shop, after, limit):
            yield from entries
            after = entries[-1].offset

    def head(self, shop: str) -> Head:
        return self._tail.head(shop)

    def heads(self) -> dict[str, int]:
        return self._tail.heads()

    def prune(self, shop: str, through: int) -> int:
        """Drop entries up to `through` from the tail, but never one the archive lacks.

        Returns the offset up to which the tail was pruned.
        """
        through = min(through, self._archive.applied(shop))
        # Rows first: a crash in between leaves a file nobody names, never a name without a file.
        self._chunks.delete(self._tail.delete(shop, through))
        return through

    def close(self) -> None:
        self._tail.close()

    def _pruned_through(self, shop: str) -> int:
        first = self._tail.first_offset(shop)
        return self._tail.head(shop).offset if first is None else first - 1
