"""A SQLite file, read for comparing: rows come in the order of their key and are hashed here.

The file is opened for reading only. One that is not in WAL mode cannot be written to while it is
read; so a view of it is a copy in the state folder, made in one go.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa

from aethermart.capture.compare.reader import Block, ComparedTable, Digest, Key, Marks, View
from aethermart.capture.source import UnfitValue
from aethermart.capture.sqlite.values import to_arrow, travelling_type
from aethermart.core.clock import Clock, utc_now
from aethermart.core.entries import Column
from aethermart.core.errors import BadInput, Forbidden, NotFound, Unavailable

_BLOCK_ROWS = 500
_BUSY = 5  # SQLite's codes for a lock that somebody else holds
_LOCKED = 6
_ROWID_NAMES = ("rowid", "_rowid_", "oid")
_WRAP = 1 << 64


@dataclass(frozen=True, slots=True)
class _Read:
    """How a table is read: what to select (the table's columns, with the rowid if that is key)."""

    table: ComparedTable
    select: str
    source: str
    key_at: tuple[int, ...]
    key_names: tuple[str, ...]


class SqliteReader:
    """ShopReader over one file.

    copy_to  folder for the copy of a file that is not in WAL mode
    """

    def __init__(
        self,
        shop: str,
        path: Path,
        copy_to: Path,
        *,
        timeout_s: float = 60.0,
        clock: Clock = utc_now,
    ) -> None:
        self.shop = shop
        self._path = path
        self._copy = copy_to / "view.sqlite"
        self._timeout_s = timeout_s
        self._clock = clock
        self._inode: tuple[int, int] | None = None
        self._file: sqlite3.Connection | None = None
        self._view: sqlite3.Connection | None = None
        self._version: int | None = None
        self._tables: dict[str, _Read] = {}

    @contextmanager
    def view(self, tables: Sequence[str]) -> Iterator[View]:
        with self._told():
            file = self._opened()
            in_wal = file.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
            read_at = self._clock()
            file.execute("BEGIN")
        try:
            with self._told():
                file.execute("SELECT count(*) FROM sqlite_master").fetchone()
                version = file.execute("PRAGMA data_version").fetchone()[0]
                unchanged = version == self._version
                self._view = file if in_wal or unchanged else self._copied(file)
            yield View(read_at, unchanged)
            self._version = version
        finally:
            self._leave(file)

    def discover(self, tables: Sequence[str]) -> dict[str, ComparedTable]:
        self._tables = {}
        with self._told():
            for name in tables:
                read = self._discovered(name)
                if read is not None:
                    self._tables[name] = read
        return {name: read.table for name, read in self._tables.items()}

    def digest(self, table: str, low: Key | None, high: Key | None, limit: int) -> Digest:
        rows = total = 0
        for block in self._selected(self._tables[table], low, high, limit):
            rows += len(block)
            total += sum(map(_hash, block))
        return Digest(rows, total % _WRAP, whole=rows < limit)

    def marks(self, table: str, low: Key | None, high: Key | None, limit: int) -> Marks:
        read = self._tables[table]
        rows = [row for block in self._selected(read, low, high, limit) for row in block]
        return self._marks(read, rows)

    def pages(
        self, table: str, low: Key | None, high: Key | None, page_rows: int
    ) -> Iterator[Block]:
        read = self._tables[table]  # one view, one process: a page more or less loads nobody
        for rows in self._selected(read, low, high, None):
            yield self._block(read, rows)

    def rows_of(self, table: str, keys: Sequence[Key]) -> Iterator[Block]:
        read = self._tables[table]
        key = ", ".join(read.key_names)
        one = f"({', '.join('?' * len(read.key_names))})"
        for at in range(0, len(keys), 100):
            some = keys[at : at + 100]
            values = [value for key_ in some for value in _values(key_)]
            where = f"({key}) IN (VALUES {', '.join([one] * len(some))})"
            rows = self._executed(f"SELECT {read.select} FROM {read.source} WHERE {where}", values)
            for block in rows:
                yield self._block(read, block)

    def count(self, table: str) -> int:
        with self.view([table]), self._told():
            rows = self._connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()
        return int(rows[0])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._view is None:
            raise RuntimeError("outside of a view")
        return self._view

    def _opened(self) -> sqlite3.Connection:
        try:
            stat = self._path.stat()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(
                f"shop {self.shop}: there is no file {self._path}",
                fix="correct the path in the shop's dsn: sqlite:///PATH, from the project folder",
            ) from error
        except PermissionError as error:
            raise self._forbidden() from error
        inode = (stat.st_dev, stat.st_ino)
        if self._file is not None and inode != self._inode:
            self.close()  # another file was put in its place
        if self._file is None:
            if not os.access(self._path, os.R_OK):
                raise self._forbidden()
            self._file = sqlite3.connect(
                f"file:{quote(str(self._path))}?mode=ro",
                uri=True,
                isolation_level=None,
                timeout=self._timeout_s,
                check_same_thread=False,
            )
            # Bytes that are not UTF-8 are seen as what they are when the value is converted.
            self._file.text_factory = _text
            self._inode, self._version = inode, None
        return self._file

    def _copied(self, file: sqlite3.Connection) -> sqlite3.Connection:
        """Writers of the file wait as long as copying takes, not as long as comparing does."""
        self._copy.parent.mkdir(parents=True, exist_ok=True)
        self._copy.unlink(missing_ok=True)
        copy = sqlite3.connect(self._copy, isolation_level=None, check_same_thread=False)
        copy.text_factory = _text
        copy.execute("PRAGMA synchronous = OFF")
        file.execute("ROLLBACK")
        file.backup(copy)
        return copy

    def _leave(self, file: sqlite3.Connection) -> None:
        with self._told():
            if file.in_transaction:
                file.execute("ROLLBACK")
        if self._view is not None and self._view is not file:
            self._view.close()
            self._copy.unlink(missing_ok=True)
        self._view = None

    def _discovered(self, name: str) -> _Read | None:
        view = self._connection
        found = view.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [name]
        ).fetchone()
        if found is None:
            return None
        rows = view.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall()
        columns = [(str(row[1]), str(row[2] or ""), bool(row[3])) for row in rows if row[6] != 1]
        key = tuple(n for _, n in sorted((row[5], str(row[1])) for row in rows if row[5]))
        fault = None
        if key and (without := self._without_key(name, key)):
            fault = without
        key = key or self._unique(name, {n for n, _, not_null in columns if not_null})
        names = [n for n, _, _ in columns]
        rowid = None
        if not key:
            rowid = next((r for r in _ROWID_NAMES if r not in {n.lower() for n in names}), None)
            if rowid is not None:
                columns.insert(0, (rowid, "INTEGER", True))
                key = (rowid,)
        types = tuple(travelling_type(declared) for _, declared, _ in columns)
        names = [n for n, _, _ in columns]
        table = ComparedTable(
            name=name,
            columns=tuple(
                Column(n, str(kind), nullable=not (not_null or n in key))
                for (n, _, not_null), kind in zip(columns, types, strict=True)
            ),
            types=types,
            key=key,
            fingerprint=json.dumps([columns, key]),
            fault=fault,
        )
        return _Read(
            table=table,
            select=", ".join(map(quoted, names)),
            source=quoted(name),
            key_at=tuple(names.index(n) for n in key),
            key_names=tuple(map(quoted, key)),
        )

    def _unique(self, name: str, not_null: set[str]) -> tuple[str, ...]:
        """Columns of a unique index that is never null."""
        indexes = self._connection.execute(f"PRAGMA index_list({quoted(name)})").fetchall()
        for index in sorted(row[1] for row in indexes if row[2] and not row[4]):
            rows = self._connection.execute(f"PRAGMA index_info({quoted(index)})").fetchall()
            columns = tuple(row[2] for row in sorted(rows))
            if columns and {*columns} <= not_null:
                return columns
        return ()

    def _without_key(self, name: str, key: Sequence[str]) -> tuple[str, str] | None:
        """SQLite allows NULL in a primary key; such a row cannot be told apart."""
        where = " OR ".join(f"{quoted(n)} IS NULL" for n in key)
        row = self._connection.execute(
            f"SELECT count(*) FROM {quoted(name)} WHERE {where}"
        ).fetchone()
        if not row[0]:
            return None
        return (
            f"{row[0]} of its rows have NULL in the key ({', '.join(key)})",
            "give these rows a key",
        )

    def _selected(
        self, read: _Read, low: Key | None, high: Key | None, limit: int | None
    ) -> Iterator[list[tuple[Any, ...]]]:
        key = f"({', '.join(read.key_names)})"
        marks = f"({', '.join('?' * len(read.key_names))})"
        conditions, values = [], []
        for sign, bound in ((">", low), ("<=", high)):
            if bound is not None:
                conditions.append(f"{key} {sign} {marks}")
                values += _values(bound)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        query = (
            f"SELECT {read.select} FROM {read.source}{where} ORDER BY {', '.join(read.key_names)}"
        )
        return self._executed(query + (f" LIMIT {limit}" if limit is not None else ""), values)

    def _executed(self, query: str, values: Sequence[Any]) -> Iterator[list[tuple[Any, ...]]]:
        with self._told():
            cursor = self._connection.execute(query, values)
            while rows := cursor.fetchmany(_BLOCK_ROWS):
                yield rows

    def _block(self, read: _Read, rows: list[tuple[Any, ...]]) -> Block:
        table = read.table
        columns = []
        for at, (column, kind) in enumerate(zip(table.columns, table.types, strict=True)):
            try:
                columns.append(to_arrow(table.name, column.name, kind, [row[at] for row in rows]))
            except UnfitValue as error:
                raise self._located(read, rows, at, error) from error
        return Block(self._marks(read, rows), pa.Table.from_arrays(columns, schema=_loose(table)))

    def _located(
        self, read: _Read, rows: list[tuple[Any, ...]], at: int, error: UnfitValue
    ) -> UnfitValue:
        column, kind = read.table.columns[at], read.table.types[at]
        for row in rows:
            try:
                to_arrow(read.table.name, column.name, kind, [row[at]])
            except UnfitValue as unfit:
                where = ", ".join(
                    f"{read.table.key[n]} {row[i]!r}" for n, i in enumerate(read.key_at)
                )
                why = unfit.cause.removeprefix("a value does not fit its column: ")
                return UnfitValue(read.table.name, f"{why}, at {where}")
        return error

    def _marks(self, read: _Read, rows: list[tuple[Any, ...]]) -> Marks:
        table = read.table
        values = {
            name: to_arrow(table.name, name, table.types[at], [row[at] for row in rows])
            for name, at in zip(table.key, read.key_at, strict=True)
        }
        return Marks(
            [*map(_hash, rows)],
            [tuple(_tagged(row[at]) for at in read.key_at) for row in rows],
            pa.table(values),
        )

    def _forbidden(self) -> Forbidden:
        return Forbidden(
            f"shop {self.shop}: {self._path} may not be read", fix="allow reading the file"
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (_BUSY, _LOCKED):
                raise Unavailable(
                    f"shop {self.shop}: {self._path} is locked by another program: {error}",
                    fix="nothing if it passes: this is retried",
                ) from error
            if isinstance(error, sqlite3.OperationalError):
                raise Unavailable(
                    f"shop {self.shop}: {self._path} cannot be read: {error}",
                    fix="check the file, its folder's rights and the disk; this is retried",
                ) from error
            raise BadInput(
                f"shop {self.shop}: {self._path} cannot be read as SQLite: {error}",
                fix="give a whole SQLite file: the shop's dsn names it as sqlite:///PATH",
            ) from error


def sqlite_path(shop: str, dsn: str, home: Path) -> Path:
    """sqlite:///PATH from the project folder, sqlite:////PATH from the root of the disk."""
    path = unquote(dsn.removeprefix("sqlite:///"))
    if not dsn.startswith("sqlite:///") or not path:
        raise BadInput(
            f"shop {shop}: {dsn!r} is not the address of a SQLite file",
            fix="write it as sqlite:///PATH, from the project folder, or sqlite:////ABSOLUTE/PATH",
        )
    return home / path


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _loose(table: ComparedTable) -> pa.Schema:
    return pa.schema([pa.field(f.name, f.type) for f in table.arrow_schema])


def _hash(row: tuple[Any, ...]) -> int:
    """Of the values with their kinds: 1, 1.0 and '1' are three things."""
    data = repr(row).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big", signed=True)


def _tagged(value: Any) -> str:
    if isinstance(value, bytes):
        return "b" + value.hex()
    if isinstance(value, float):
        return "f" + value.hex()
    return f"i{value}" if isinstance(value, int) else f"s{value}"


def _values(key: Key) -> list[Any]:
    return [_untagged(part) for part in key]


def _untagged(part: str) -> Any:
    tag, text = part[0], part[1:]
    if tag == "b":
        return bytes.fromhex(text)
    if tag == "f":
        return float.fromhex(text)
    return int(text) if tag == "i" else text
