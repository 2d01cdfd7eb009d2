"""The hot tail on PostgreSQL: the newest entries of each shop, until the archive has them.

Appends of one shop are serialised by its row in `log_heads`, so a reader never sees offset n+1
before n. An append names the position it starts from: a second writer, or one that lost its place,
is refused instead of doubling rows. Appending the same entry again returns its first offset,
while the tail has it or it is the newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import TupleRow

from aethermart.core.entries import Chunk, Entry, LoggedEntry, Position
from aethermart.core.errors import Terminal, Unavailable
from aethermart.log.codec import decode, encode

CHANNEL = "aethermart_log"
READ_BYTES = 64 * 1024 * 1024  # one read returns at least one entry, then stops at this size

_APPEND = """
WITH head AS (
    UPDATE log_heads
    SET last_offset = last_offset + 1, position = %(end)s, entry_id = %(id)s,
        captured_at = %(captured_at)s, logged_at = clock_timestamp()
    WHERE shop = %(shop)s AND position IS NOT DISTINCT FROM %(start)s
      -- An entry that ends where it started, a heartbeat, would else be appended twice.
      AND entry_id IS DISTINCT FROM %(id)s
      AND NOT EXISTS (SELECT FROM log_entries WHERE shop = %(shop)s AND entry_id = %(id)s)
    RETURNING shop, last_offset, logged_at
), entry AS (
    INSERT INTO log_entries
        (shop, log_offset, entry_id, format_version, logged_at, size_bytes, chunks, payload)
    SELECT shop, last_offset, %(id)s, %(version)s, logged_at, %(size)s, %(chunks)s, %(payload)s
    FROM head
    RETURNING log_offset, shop
)
SELECT log_offset, pg_notify(%(channel)s, shop) FROM entry
"""

_OFFSET_OF = """
SELECT log_offset FROM log_entries WHERE shop = %(shop)s AND entry_id = %(id)s
UNION
SELECT last_offset FROM log_heads WHERE shop = %(shop)s AND entry_id = %(id)s
"""

_READ = """
SELECT log_offset, logged_at, payload
FROM (
    SELECT log_offset, logged_at, payload,
           sum(size_bytes) OVER (ORDER BY log_offset) - size_bytes AS bytes_before
    FROM log_entries
    WHERE shop = %(shop)s AND log_offset > %(after)s
    ORDER BY log_offset
    LIMIT %(limit)s
) AS ahead
WHERE bytes_before < %(bytes)s
ORDER BY log_offset
"""


class StalePosition(Terminal):
    """Somebody else appended to this shop since the writer last looked."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a shop's log."""

    offset: int
    position: Position | None
    captured_at: datetime | None
    logged_at: datetime | None


class PostgresTail:
    """Not for two threads at once: each thread opens its own."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.Connection[TupleRow] | None = None

    def append(self, entry: Entry) -> int:
        """Offset of the entry, which is durable when this returns. Raises StalePosition."""
        payload = encode(entry)
        chunks = [part for part in entry.parts if isinstance(part, Chunk)]
        values = {
            "shop": entry.shop,
            "id": entry.id,
            "start": entry.start,
            "end": entry.end,
            "captured_at": entry.captured_at,
            "version": entry.format_version,
            "size": len(payload) + sum(chunk.size_bytes for chunk in chunks),
            "chunks": [chunk.file for chunk in chunks],
            "payload": payload,
            "channel": CHANNEL,
        }
        with self._cursor() as cursor:
            row = cursor.execute(_APPEND, values, binary=True).fetchone()
            if row is None and entry.start is None:
                cursor.execute(
                    "INSERT INTO log_heads (shop) VALUES (%s) ON CONFLICT DO NOTHING", [entry.shop]
                )
                row = cursor.execute(_APPEND, values, binary=True).fetchone()
            if row is None:
                row = cursor.execute(_OFFSET_OF, values).fetchone()
        if row is None:
            raise StalePosition(
                f"{entry.shop}: an entry from position {entry.start} does not follow the log's end"
                f" {self.head(entry.shop).position}",
                fix="read the log's end and capture from there; run one capture a shop",
            )
        return int(row[0])

    def read(self, shop: str, after: int, limit: int) -> list[LoggedEntry]:
        with self._cursor() as cursor:
            rows = cursor.execute(
                _READ,
                {"shop": shop, "after": after, "limit": limit, "bytes": READ_BYTES},
                binary=True,
            ).fetchall()
        return [
            LoggedEntry(offset, logged_at, decode(payload)) for offset, logged_at, payload in rows
        ]

    def head(self, shop: str) -> Head:
        with self._cursor() as cursor:
            row = cursor.execute(
                "SELECT last_offset, position, captured_at, logged_at"
                " FROM log_heads WHERE shop = %s",
                [shop],
            ).fetchone()
        if row is None:
            return Head(0, None, None, None)
        return Head(row[0], row[1], row[2], row[3])

    def heads(self) -> dict[str, int]:
        """Last offset of each shop that has a log."""
        with self._cursor() as cursor:
            rows = cursor.execute("SELECT shop, last_offset FROM log_heads").fetchall()
        return dict(rows)

    def first_offset(self, shop: str) -> int | None:
        """Oldest offset still here; None when the tail of this shop is empty."""
        with self._cursor() as cursor:
            row = cursor.execute(
                "SELECT min(log_offset) FROM log_entries WHERE shop = %s", [shop]
            ).fetchone()
        return row[0] if row else None

    def delete(self, shop: str, through: int) -> list[str]:
        """Drop entries up to an offset; returns the chunk files they named."""
        with self._cursor() as cursor:
            rows = cursor.execute(
                "DELETE FROM log_entries WHERE shop = %s AND log_offset <= %s RETURNING chunks",
                [shop, through],
            ).fetchall()
        return [file for (chunks,) in rows for file in chunks]

    def chunk_files(self) -> set[str]:
        """Every chunk file that an entry here names."""
        with self._cursor() as cursor:
            rows = cursor.execute("SELECT DISTINCT unnest(chunks) FROM log_entries").fetchall()
        return {file for (file,) in rows}

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _cursor(self) -> Iterator[psycopg.Cursor[TupleRow]]:
        """A cursor in a transaction of its own; a lost server becomes a Transient error."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self._dsn, connect_timeout=10)
            with self._connection.transaction(), self._connection.cursor() as cursor:
                yield cursor
        except psycopg.OperationalError as error:
            self.close()
            raise Unavailable(
                f"the platform database does not answer: {str(error).strip()}",
                fix="check that PostgreSQL runs and that its disk is not full; this is retried",
            ) from error


class Listener:
    """Wakes when something was appended to any shop's log."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.Connection[TupleRow] | None = None

    def wait(self, timeout_s: float) -> Sequence[str]:
        """Shops appended to since the last call; empty after `timeout_s` without any."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=10)
                self._connection.execute(f"LISTEN {CHANNEL}")
            woken = [n.payload for n in self._connection.notifies(timeout=timeout_s, stop_after=1)]
            woken += [n.payload for n in self._connection.notifies(timeout=0)]
        except psycopg.OperationalError as error:
            self.close()
            raise Unavailable(
                f"the platform database does not answer: {str(error).strip()}",
                fix="check that PostgreSQL runs; this is retried",
            ) from error
        return woken

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
