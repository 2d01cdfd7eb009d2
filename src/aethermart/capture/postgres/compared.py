"""A PostgreSQL shop read for comparing, by a role that may only SELECT.

The shop hashes each row's text form by `hashtextextended` and adds the hashes up; text forms are
pinned for the session, and are those that the rows themselves are read by.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.rows import namedtuple_row

from aethermart.capture.compare.reader import Block, ComparedTable, Digest, Key, Marks, View
from aethermart.capture.postgres.connection import (
    connect,
    explained,
    without_password,
)
from aethermart.capture.postgres.copying import copy_rows
from aethermart.capture.postgres.reading import reading
from aethermart.capture.postgres.schema import SourceTable, discover, places, select_from_table
from aethermart.core.clock import Clock, utc_now
from aethermart.core.errors import BadInput, Forbidden, Unavailable
from aethermart.core.schemas import Schemas

_OLDEST = 110000  # hashtextextended
_WRAP = 1 << 64
# Names that no column of a shop can have: they begin with a character of control.
_HASH = "\x02hash"
_SESSION = sql.SQL(
    "SET default_transaction_read_only = on; SET statement_timeout = {}; SET jit = off;"
    "SET extra_float_digits = 3"  # before PostgreSQL 12, less of it lost digits
)
_LOCALE = """
SELECT concat_ws(
    ' ',
    current_setting('server_version_num')::INT / 10000,
    datcollate,
    to_jsonb(d) ->> 'datcollversion'
)
FROM pg_database AS d
WHERE datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class _Read:
    """A table, and the types of its key's columns."""

    table: SourceTable
    key_types: tuple[str, ...]

    @property
    def row_hash(self) -> sql.Composed:
        columns = sql.SQL(", ").join(sql.Identifier("t", c.name) for c in self.table.columns)
        return sql.SQL('hashtextextended(ROW({})::text COLLATE "C", 0)').format(columns)

    @property
    def key(self) -> sql.Composed:
        return sql.SQL("ROW({})").format(self.key_list)

    @property
    def key_list(self) -> sql.Composed:
        return sql.SQL(", ").join(sql.Identifier("t", name) for name in self.table.key)

    @property
    def key_texts(self) -> sql.Composed:
        return sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier("t", name)) for name in self.table.key
        )

    def literal(self, key: Key) -> sql.Composed:
        values = [
            sql.SQL("{}::{}").format(sql.Literal(part), sql.SQL(kind))
            for part, kind in zip(key, self.key_types, strict=True)
        ]
        return sql.SQL("ROW({})").format(sql.SQL(", ").join(values))

    def within(self, low: Key | None, high: Key | None) -> sql.Composable:
        conditions = [
            sql.SQL("{} {} {}").format(self.key, sql.SQL(sign), self.literal(bound))
            for sign, bound in ((">", low), ("<=", high))
            if bound is not None
        ]
        return sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true")

    def only_key(self) -> SourceTable:
        columns = {column.name: column for column in self.table.columns}
        return replace(self.table, columns=tuple(columns[name] for name in self.table.key))


class PostgresReader:
    """ShopReader over one PostgreSQL database."""

    def __init__(
        self,
        shop: str,
        dsn: str,
        *,
        schema: str = "public",
        time_zone: str = "UTC",
        timeout_s: float = 60.0,
        clock: Clock = utc_now,
    ) -> None:
        self.shop = shop
        self._schemas = Schemas.of(schema)
        self._time_zone = time_zone
        self._clock = clock
        self._tables: dict[str, _Read] = {}
        self._connection = connect(dsn, shop)
        try:
            with self._told():
                timeout = sql.Literal(f"{int(timeout_s * 1000)}ms")
                self._connection.execute(_SESSION.format(timeout))
                self._connection.prepare_threshold = None
                self._locale = self._located()
        except BaseException:
            self._connection.close()
            raise

    @contextmanager
    def view(self, tables: Sequence[str]) -> Iterator[View]:
        with self._told():
            found = discover(self._connection, self._schemas, tables)
            # A table rewritten after the view was taken would look empty in it.
            lock = [table.identifier for table in found.values() if table.readable]
            with reading(self._connection, self._clock, lock) as moment:
                yield View(moment.read_at)

    def discover(self, tables: Sequence[str]) -> dict[str, ComparedTable]:
        found = discover(self._connection, self._schemas, tables)
        keys, heirs = self._keys(tables)
        answer: dict[str, ComparedTable] = {}
        for name, seen in found.items():
            key = keys.get(name, {})
            table = replace(seen, key=tuple(key))
            self._tables[name] = _Read(table, tuple(key.values()))
            answer[name] = ComparedTable(
                name=name,
                columns=table.announced.columns,
                types=tuple(column.type for column in table.columns),
                key=table.key,
                fingerprint=self._fingerprint(table),
                fault=self._fault(table, name in heirs),
            )
        return answer

    def digest(self, table: str, low: Key | None, high: Key | None, limit: int) -> Digest:
        read = self._tables[table]
        query = sql.SQL(
            "SELECT count(*), coalesce(sum(r.h), 0)"
            " FROM (SELECT {hash} AS h {rows} LIMIT {limit}) AS r"
        ).format(
            hash=read.row_hash,
            rows=self._from(read, read.within(low, high)),
            limit=sql.Literal(limit),
        )
        row = self._connection.execute(query).fetchone() or (0, 0)
        return Digest(row[0], int(row[1]) % _WRAP, whole=row[0] < limit)

    def marks(self, table: str, low: Key | None, high: Key | None, limit: int) -> Marks:
        read = self._tables[table]
        key = read.only_key()
        rows = self._ordered(read, low, high, limit)
        blocks = [*self._copied(read, key, rows)]
        parts = [block.marks for block in blocks]
        return Marks.joined(parts, key.arrow_schema)

    def pages(
        self, table: str, low: Key | None, high: Key | None, page_rows: int
    ) -> Iterator[Block]:
        read = self._tables[table]
        count = page_rows
        while count >= page_rows:
            count = 0
            rows = self._ordered(read, low, high, page_rows)
            for block in self._copied(read, read.table, rows):
                count += len(block.marks.keys)
                low = block.marks.keys[-1]
                yield block

    def rows_of(self, table: str, keys: Sequence[Key]) -> Iterator[Block]:
        read = self._tables[table]
        chosen = sql.SQL(", ").join(map(read.literal, keys))
        where = sql.SQL("{} IN ({})").format(read.key, chosen)
        yield from self._copied(read, read.table, self._from(read, where))

    def count(self, table: str) -> int:
        query = sql.SQL("SELECT count(*) FROM {}").format(
            sql.Identifier(*self._schemas.place(table))
        )
        with self._told():
            row = self._connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        self._connection.close()

    def _ordered(self, read: _Read, low: Key | None, high: Key | None, limit: int) -> sql.Composed:
        return sql.SQL("{} ORDER BY {} LIMIT {}").format(
            self._from(read, read.within(low, high)), read.key_list, sql.Literal(limit)
        )

    def _from(self, read: _Read, where: sql.Composable) -> sql.Composed:
        return sql.SQL("FROM {} AS t WHERE {}").format(read.table.identifier, where)

    def _copied(self, read: _Read, wanted: SourceTable, rows: sql.Composed) -> Iterator[Block]:
        """The wanted columns of the rows, with their marks."""
        width = len(read.key_types)
        key_names = [f"\x02{number}" for number in range(width)]
        fields: list[tuple[str, pa.DataType]] = [
            (_HASH, pa.int64()),
            *((name, pa.string()) for name in key_names),
            *((column.name, column.type) for column in wanted.columns),
        ]
        query = sql.SQL("SELECT {}, {}, {} {}").format(
            read.row_hash, read.key_texts, select_from_table(wanted, self._time_zone), rows
        )
        with (
            self._connection.transaction(),  # a savepoint: the view outlives a value that is unfit
            closing(copy_rows(self._connection, query, wanted, pa.schema(fields))) as blocks,
        ):
            for block in blocks:
                texts = [block.column(name).to_pylist() for name in key_names]
                yield Block(
                    Marks(
                        [value or 0 for value in block.column(_HASH).to_pylist()],
                        [*zip(*texts, strict=True)],
                        block.select(list(read.table.key)),
                    ),
                    block.select([column.name for column in wanted.columns]),
                )

    def _keys(self, tables: Sequence[str]) -> tuple[dict[str, dict[str, str]], set[str]]:
        """Table -> column of its key -> that column's type; and tables that others inherit from."""
        keys: dict[str, dict[str, str]] = {}
        heirs: set[str] = set()
        script = files("aethermart.capture.postgres").joinpath("unique_keys.sql").read_bytes()
        with self._connection.cursor(row_factory=namedtuple_row) as cursor:
            rows: list[Any] = cursor.execute(script, places(self._schemas, tables)).fetchall()
            for row in rows:
                keys.setdefault(row.name, {})[row.attname] = row.type_name
                if row.has_heirs:
                    heirs.add(row.name)
        return keys, heirs

    def _fault(self, table: SourceTable, has_heirs: bool) -> tuple[str, str] | None:
        if not table.readable:
            user = self._connection.info.user
            return f"user {user!r} may not read it", f"GRANT SELECT ON {table.name} TO {user}"
        if table.hides_rows:
            return "row-level security hides rows from the capture user", "grant it BYPASSRLS"
        if has_heirs:
            return (
                "other tables inherit from it, and its key does not hold over them",
                "let the pack name the tables that inherit",
            )
        return None

    def _fingerprint(self, table: SourceTable) -> str:
        columns = [(c.name, str(c.type), c.form, c.place) for c in table.columns]
        return json.dumps([self._locale, columns, table.key, self._time_zone])

    def _located(self) -> str:
        version = self._connection.info.server_version
        if version < _OLDEST:
            raise BadInput(
                f"shop {self.shop} runs PostgreSQL {version // 10000}, capture needs 11 or newer",
                fix="upgrade the shop's server",
            )
        row = self._connection.execute(_LOCALE).fetchone()
        return str(row[0]) if row else ""

    @contextmanager
    def _told(self) -> Iterator[None]:
        with explained(self.shop):
            try:
                yield
            except psycopg.errors.InsufficientPrivilege as error:
                raise Forbidden(
                    f"shop {self.shop}: {_first_line(error)}",
                    fix="grant the capture user USAGE on the shop's schema and SELECT on the"
                    " pack's tables; it needs no more",
                ) from error
            except psycopg.errors.QueryCanceled as error:
                raise Unavailable(
                    f"shop {self.shop}: {_first_line(error)}",
                    fix="lower range_rows and page_rows of [compare], or raise its"
                    " statement_timeout_s; this is retried",
                ) from error


def usable_queue(dsn: str, shop: str) -> bool:
    """Whether the shop has a change queue that this role may read and clean."""
    with connect(dsn, shop) as connection, explained(shop):
        row = connection.execute(
            "SELECT has_schema_privilege(n.oid, 'USAGE')"
            " AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'DELETE')"
            " FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'aethermart_capture' AND c.relname = 'change_queue'"
        ).fetchone()
    return bool(row and row[0])


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return without_password(lines[0]) if lines else type(error).__name__
