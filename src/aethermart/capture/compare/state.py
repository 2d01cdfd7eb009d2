"""What the log has of a compared shop, as hashes: one SQLite file beside the log.

The state and the log must agree exactly: a state older than the log would miss a row that was put
back to its older value. So a pass first lays down here what it will have changed (`prepare`), then
the log gets the entry, then the change is made (`settle`). After a crash the log's end says which
of the two the state must be, and `agree` makes it so, or says that it cannot.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from aethermart.capture.compare.reader import Digest, Key, Marks
from aethermart.core.errors import DiskFull, Terminal
from aethermart.core.files import private_folder

_FORMAT = 1
_GAP = 1 << 20
_LAST = 1 << 62
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS position (settled TEXT, prepared TEXT);
CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS leaves (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, place INTEGER NOT NULL,
    row_count INTEGER NOT NULL, total TEXT NOT NULL, high TEXT, marks BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS leaves_place ON leaves (name, place);
CREATE TABLE IF NOT EXISTS new_tables (name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS new_leaves (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, replaces INTEGER,
    row_count INTEGER NOT NULL, total TEXT NOT NULL, high TEXT, marks BLOB NOT NULL
);
PRAGMA user_version = {_FORMAT};
"""


class BrokenState(Terminal):
    """The state file cannot be read."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The smallest range that is remembered; it begins where the one before ends.

    high  its last key, None for the table's last leaf, which has no end
    """

    id: int
    digest: Digest
    high: Key | None


class CompareState:
    """One shop's state file. Not for two threads at once, nor for two processes."""

    def __init__(self, folder: Path) -> None:
        private_folder(folder)
        self._path = folder / "state.sqlite"
        self._connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False
        )
        with self._told():
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            version = self._one("PRAGMA user_version")
            if version not in (0, _FORMAT):
                self._connection.close()
                raise BrokenState(
                    f"{self._path} has format {version}, this release reads {_FORMAT}",
                    fix="run the release that wrote it, or delete the file: the shop is then"
                    " captured anew",
                )
            self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def agree(self, base: str) -> bool:
        """Be the state that belongs to the log's end `base`; False where this file has it not."""
        with self._told():
            row = self._connection.execute("SELECT settled, prepared FROM position").fetchone()
            settled, prepared = row or (None, None)
            if prepared is not None and prepared == base:
                self._settle()
                return True
            return bool(settled == base)

    def forget(self) -> None:
        """Begin from nothing."""
        with self._transaction() as connection:
            for table in ("position", "tables", "leaves", "new_tables", "new_leaves"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own

    def fingerprints(self) -> dict[str, str]:
        """Tables that are remembered, and as what."""
        with self._told():
            rows = self._connection.execute("SELECT name, fingerprint FROM tables").fetchall()
        return dict(rows)

    def groups(self, table: str, rows: int) -> Iterator[list[Leaf]]:
        """The table's leaves in the order of their keys, together up to about `rows` rows each."""
        group: list[Leaf] = []
        held, place = 0, -1
        while True:
            with self._told():
                found = self._connection.execute(
                    "SELECT id, row_count, total, high, place FROM leaves"
                    " WHERE name = ? AND place > ? ORDER BY place LIMIT 1000",
                    [table, place],
                ).fetchall()
            for number, row_count, total, high, place in found:  # noqa: B007 - read above
                if group and held + row_count > rows:
                    yield group
                    group, held = [], 0
                key = tuple(json.loads(high)) if high is not None else None
                group.append(Leaf(number, Digest(row_count, int(total)), key))
                held += row_count
            if not found:
                break
        if group:
            yield group

    def marks(self, leaf: Leaf) -> Marks:
        with self._told():
            return _unpacked(self._one("SELECT marks FROM leaves WHERE id = ?", leaf.id))

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Lay down a pass: kept when the block ends with `prepare`, else forgotten."""
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.execute("DELETE FROM new_tables")
            self._connection.execute("DELETE FROM new_leaves")
            self._connection.execute("UPDATE position SET prepared = NULL")
            yield
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def renew(self, table: str, fingerprint: str) -> None:
        """The table is read anew: its leaves are those put from here on, `replaces` None."""
        with self._told():
            self._connection.execute(
                "INSERT OR REPLACE INTO new_tables VALUES (?, ?)", [table, fingerprint]
            )

    def put(self, table: str, replaces: Leaf | None, marks: Marks, high: Key | None) -> None:
        """A leaf in the place of another one, after those that were put there before."""
        digest = marks.digest
        with self._told():
            self._connection.execute(
                "INSERT INTO new_leaves (name, replaces, row_count, total, high, marks)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    table,
                    replaces.id if replaces is not None else None,
                    digest.rows,
                    str(digest.total),
                    json.dumps(high) if high is not None else None,
                    _packed(marks),
                ],
            )

    def withdraw(self, table: str) -> None:
        """Nothing of this table is in the pass."""
        with self._told():
            for name in ("new_tables", "new_leaves"):
                self._connection.execute(f"DELETE FROM {name} WHERE name = ?", [table])  # noqa: S608

    def prepare(self, base: str) -> None:
        """What was put is what the log will have at `base`; durable on return."""
        with self._told():
            if self._connection.execute("SELECT 1 FROM position").fetchone() is None:
                self._connection.execute("INSERT INTO position VALUES (NULL, ?)", [base])
            else:
                self._connection.execute("UPDATE position SET prepared = ?", [base])
            self._connection.execute("COMMIT")

    def settle(self) -> None:
        """The log has what was prepared."""
        with self._told():
            self._settle()

    def _settle(self) -> None:
        with self._transaction() as connection:
            for (table,) in connection.execute("SELECT name FROM new_tables").fetchall():
                connection.execute("DELETE FROM leaves WHERE name = ?", [table])
                connection.execute(
                    "INSERT INTO leaves (name, place, row_count, total, high, marks)"
                    " SELECT name, CASE WHEN high IS NULL THEN ?"
                    "  ELSE row_number() OVER (ORDER BY id) * ? END, row_count, total, high, marks"
                    " FROM new_leaves WHERE name = ?",
                    [_LAST, _GAP, table],
                )
                connection.execute("DELETE FROM new_leaves WHERE name = ?", [table])
            connection.execute("INSERT OR REPLACE INTO tables SELECT * FROM new_tables")
            replaced = connection.execute(
                "SELECT replaces, count(*) FROM new_leaves GROUP BY replaces"
            ).fetchall()
            for leaf, pieces in replaced:
                self._replace(connection, leaf, pieces)
            connection.execute("UPDATE position SET settled = prepared, prepared = NULL")
            connection.execute("DELETE FROM new_tables")
            connection.execute("DELETE FROM new_leaves")

    def _replace(self, connection: sqlite3.Connection, leaf: int, pieces: int) -> None:
        name, place, before = _place_of(connection, leaf)
        if place - before <= pieces:
            _spread(connection, name)
            name, place, before = _place_of(connection, leaf)
        step = min((place - before) // pieces, _GAP)
        connection.execute("DELETE FROM leaves WHERE id = ?", [leaf])
        # The last piece has the place of the leaf: after it comes what came after the leaf.
        connection.execute(
            "INSERT INTO leaves (name, place, row_count, total, high, marks)"
            " SELECT name, CASE row_number() OVER (ORDER BY id) WHEN ? THEN ?"
            "  ELSE ? + row_number() OVER (ORDER BY id) * ? END, row_count, total, high, marks"
            " FROM new_leaves WHERE replaces = ? AND NOT (row_count = 0 AND high IS NOT NULL)",
            [pieces, place, before, step, leaf],
        )

    def _one(self, query: str, *values: Any) -> Any:
        row = self._connection.execute(query, values).fetchone()
        return row[0] if row else None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "full" in str(error):
                raise DiskFull(
                    f"{self._path}: {error}", fix="make room on the disk of the state folder"
                ) from error
            raise
        except sqlite3.DatabaseError as error:
            raise BrokenState(
                f"{self._path} cannot be read: {error}",
                fix="stop capture and delete the file: the shop is then captured anew",
            ) from error


def copy_state(folder: Path, to: Path) -> tuple[str | None, ...]:
    """Copy a shop's state file, beside the capture that writes it; returns the positions it has.

    A log that ends at one of them agrees with the copy. Nothing is copied where there is none.
    """
    if not (folder / "state.sqlite").exists():
        return ()
    private_folder(to)
    with (
        closing(sqlite3.connect(folder / "state.sqlite")) as live,
        closing(sqlite3.connect(to / "state.sqlite")) as copy,
    ):
        live.backup(copy)
        row = copy.execute("SELECT settled, prepared FROM position").fetchone()
    return row or ()


def _place_of(connection: sqlite3.Connection, leaf: int) -> tuple[str, int, int]:
    name, place = connection.execute(
        "SELECT name, place FROM leaves WHERE id = ?", [leaf]
    ).fetchone()
    (before,) = connection.execute(
        "SELECT coalesce(max(place), 0) FROM leaves WHERE name = ? AND place < ?", [name, place]
    ).fetchone()
    return name, place, before


def _spread(connection: sqlite3.Connection, table: str) -> None:
    """Make room between the leaves' places."""
    connection.execute("UPDATE leaves SET place = -place - 1 WHERE name = ?", [table])
    connection.execute(
        "UPDATE leaves SET place = moved.place FROM ("
        "  SELECT id, CASE WHEN high IS NULL THEN ?"
        "   ELSE row_number() OVER (ORDER BY place DESC) * ? END AS place"
        "  FROM leaves WHERE name = ?) AS moved WHERE moved.id = leaves.id",
        [_LAST, _GAP, table],
    )


def _packed(marks: Marks) -> bytes:
    """Arrow IPC: the hashes, the keys' parts k0, k1, …, and the key's columns as they travel."""
    parts = [pa.array(part, pa.string()) for part in zip(*marks.keys, strict=True)]
    parts = parts or [pa.array([], pa.string()) for _ in marks.values.column_names]
    names = [f"k{number}" for number in range(len(parts))]
    values = [f"v{number}" for number in range(len(parts))]
    table = pa.Table.from_arrays(
        [pa.array(marks.hashes, pa.int64()), *parts, *marks.values.columns],
        names=["hash", *names, *values],
    ).replace_schema_metadata({f"v{n}": name for n, name in enumerate(marks.values.column_names)})
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _unpacked(data: bytes) -> Marks:
    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        table = reader.read_all()
    width = (table.num_columns - 1) // 2
    told = table.schema.metadata or {}
    names = [told[f"v{number}".encode()].decode() for number in range(width)]
    columns = table.columns
    keys = list(zip(*(column.to_pylist() for column in columns[1 : 1 + width]), strict=True))
    hashes = [int(value) for value in columns[0].to_pylist() if value is not None]
    values = pa.Table.from_arrays(columns[1 + width :], names=names)
    return Marks(hashes, keys, values)
