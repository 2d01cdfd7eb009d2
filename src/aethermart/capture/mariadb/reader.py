"""A MariaDB or MySQL shop read for comparing, by a user that may only SELECT.

The shop hashes each row from its values' text (64 bits of SHA-256) and adds the hashes up. Of
tables on InnoDB a pass sees one state; others (MyISAM) have no views, so rows of theirs may be
newer than the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any

import pyarrow as pa

from aethermart.capture.compare.reader import Block, ComparedTable, Digest, Key, Marks, View
from aethermart.capture.mariadb.connection import connect, explained
from aethermart.capture.mariadb.decode import Decoder
from aethermart.capture.mariadb.schema import MariadbColumn, MariadbTable, discover, quoted
from aethermart.capture.source import UnfitValue
from aethermart.core.clock import Clock, utc_now
from aethermart.core.entries import Column
from aethermart.core.errors import Terminal
from aethermart.servers.mysql_client import parse_address, pymysql

_BLOCK_ROWS = 500
_BLOCK_BYTES = 4 * 1024 * 1024
_WRAP = 1 << 64
_SIGN = 1 << 63
_NO_RIGHT = (1142, 1143)


class UnhashedRow(Terminal):
    """The server could not hash a row."""


class MariadbReader:
    """ShopReader over one database."""

    def __init__(
        self,
        shop: str,
        dsn: str,
        *,
        time_zone: str = "UTC",
        timeout_s: float = 60.0,
        clock: Clock = utc_now,
    ) -> None:
        self.shop = shop
        self._user = parse_address(dsn, f"shop {shop}").user
        self._zone = time_zone
        self._clock = clock
        self._decoder = Decoder(shop, time_zone)
        self._tables: dict[str, MariadbTable] = {}
        self._connection = connect(dsn, shop, timeout_s)

    @contextmanager
    def view(self, tables: Sequence[str]) -> Iterator[View]:
        with explained(self.shop, self._user):
            read_at = self._clock()
            self._execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            try:
                yield View(read_at)
            finally:
                if self._connection.open:
                    self._connection.rollback()

    def discover(self, tables: Sequence[str]) -> dict[str, ComparedTable]:
        self._tables = discover(self._connection, tables)
        return {name: self._compared(table) for name, table in self._tables.items()}

    def digest(self, table: str, low: Key | None, high: Key | None, limit: int) -> Digest:
        of = self._tables[table]
        where, values = _within(of, low, high)
        (row,) = self._execute(
            "SELECT COUNT(*), COALESCE(SUM(r.h), 0), COUNT(r.h) FROM ("
            f"SELECT {of.row_hash} AS h FROM {quoted(of.name)} WHERE {where} LIMIT {limit}) AS r",
            values,
        )
        rows, total, hashed = map(int, row)
        if hashed != rows:
            raise _unhashed(self.shop, table)
        return Digest(rows, total % _WRAP, whole=rows < limit)

    def marks(self, table: str, low: Key | None, high: Key | None, limit: int) -> Marks:
        of = self._tables[table]
        key = [of.column(name) for name in of.key]
        parts = [block.marks for block in self._ordered(of, key, low, high, limit)]
        return Marks.joined(parts, pa.schema([(column.name, column.type) for column in key]))

    def pages(
        self, table: str, low: Key | None, high: Key | None, page_rows: int
    ) -> Iterator[Block]:
        of = self._tables[table]
        count = page_rows
        while count >= page_rows:
            count = 0
            for block in self._ordered(of, of.columns, low, high, page_rows):
                count += len(block.marks.keys)
                low = block.marks.keys[-1]
                yield block

    def rows_of(self, table: str, keys: Sequence[Key]) -> Iterator[Block]:
        of = self._tables[table]
        parts = [of.column(name) for name in of.key]
        names = ", ".join(part.ordered for part in parts)
        one = f"({', '.join(part.bound for part in parts)})"
        values = [
            bound_value(part, text) for key in keys for part, text in zip(parts, key, strict=True)
        ]
        where = f"({names}) IN ({', '.join([one] * len(keys))})"
        yield from self._blocks(of, of.columns, f"WHERE {where}", values)

    def count(self, table: str) -> int:
        with explained(self.shop, self._user):
            (row,) = self._execute(f"SELECT COUNT(*) FROM {quoted(table)}")
        return int(row[0])

    def close(self) -> None:
        if self._connection.open:
            self._connection.close()

    def _compared(self, table: MariadbTable) -> ComparedTable:
        columns = [(c.name, c.declared, c.collation) for c in table.columns]
        return ComparedTable(
            name=table.name,
            columns=tuple(
                # A zero date is null, whatever the column says.
                Column(c.name, str(c.type), c.nullable or c.kind in {"date", "datetime"})
                for c in table.columns
            ),
            types=tuple(c.type for c in table.columns),
            key=table.key,
            fingerprint=json.dumps([columns, table.key, self._zone]),
            fault=self._unreadable(table.name),
        )

    def _unreadable(self, table: str) -> tuple[str, str] | None:
        library = pymysql()
        try:
            self._execute(f"SELECT 1 FROM {quoted(table)} LIMIT 0")
        except library.err.MySQLError as error:
            if error.args[0] not in _NO_RIGHT:
                raise
            return (
                f"user {self._user!r} may not read it",
                f"GRANT SELECT ON {table} TO {self._user}",
            )
        return None

    def _ordered(
        self,
        table: MariadbTable,
        wanted: Sequence[MariadbColumn],
        low: Key | None,
        high: Key | None,
        limit: int,
    ) -> Iterator[Block]:
        where, values = _within(table, low, high)
        order = ", ".join(table.column(name).ordered for name in table.key)
        rest = f"WHERE {where} ORDER BY {order} LIMIT {limit}"
        return self._blocks(table, wanted, rest, values)

    def _blocks(
        self,
        table: MariadbTable,
        wanted: Sequence[MariadbColumn],
        rest: str,
        values: Sequence[Any],
    ) -> Iterator[Block]:
        """The wanted columns, the key's among them, as they come, in parts of bounded size."""
        select = ", ".join([table.row_hash, *(column.value for column in wanted)])
        query = f"SELECT {select} FROM {quoted(table.name)} {rest}"
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(query, tuple(values))
            held: list[Any] = []
            size = 0
            for row in iter(cursor.fetchone, None):
                held.append(row)
                size += sum(len(value) for value in row if value is not None)
                if len(held) >= _BLOCK_ROWS or size >= _BLOCK_BYTES:
                    yield self._block(table, wanted, held)
                    held, size = [], 0
            if held:
                yield self._block(table, wanted, held)

    def _block(
        self, table: MariadbTable, wanted: Sequence[MariadbColumn], rows: list[Any]
    ) -> Block:
        hashes, *columns = [*zip(*rows, strict=True)]
        if None in hashes:
            raise _unhashed(self.shop, table.name)
        at = {column.name: number for number, column in enumerate(wanted)}
        keys = [[_text(value) for value in columns[at[name]]] for name in table.key]
        found = [*zip(*keys, strict=True)]
        arrays = []
        for column, values in zip(wanted, columns, strict=True):
            try:
                arrays.append(self._decoder.column(table.name, column, values))
            except UnfitValue as error:
                raise self._located(table, column, values, found, error) from error
        decoded = pa.Table.from_arrays(
            arrays, schema=pa.schema([(column.name, column.type) for column in wanted])
        )
        signed = [value - _WRAP if value >= _SIGN else value for value in map(int, hashes)]
        marks = Marks(signed, found, decoded.select(list(table.key)))
        return Block(marks, decoded)

    def _located(
        self,
        table: MariadbTable,
        column: MariadbColumn,
        values: Sequence[Any],
        keys: Sequence[Key],
        error: UnfitValue,
    ) -> UnfitValue:
        for value, key in zip(values, keys, strict=True):
            try:
                self._decoder.column(table.name, column, [value])
            except UnfitValue as unfit:
                where = ", ".join(f"{n} {v!r}" for n, v in zip(table.key, key, strict=True))
                why = unfit.cause.removeprefix("a value does not fit its column: ")
                return UnfitValue(table.name, f"{why}, at {where}")
        return error

    def _execute(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(query, tuple(values))
            return list(cursor.fetchall())


def _within(table: MariadbTable, low: Key | None, high: Key | None) -> tuple[str, list[Any]]:
    """A range as a condition, written out: row values would not use the index."""
    conditions: list[str] = []
    values: list[Any] = []
    for sign, bound in ((">", low), ("<", high)):
        if bound is None:
            continue
        parts = [table.column(name) for name in table.key]
        bounds = [bound_value(part, text) for part, text in zip(parts, bound, strict=True)]
        cases = []
        for at, part in enumerate(parts):
            last = sign + "=" if sign == "<" and at == len(parts) - 1 else sign
            same = [f"{before.ordered} = {before.bound}" for before in parts[:at]]
            cases.append(" AND ".join([*same, f"{part.ordered} {last} {part.bound}"]))
            values += bounds[: at + 1]
        conditions.append("(" + " OR ".join(f"({case})" for case in cases) + ")")
    return " AND ".join(conditions) or "TRUE", values


def bound_value(column: MariadbColumn, text: str) -> Any:
    """A key's part as a literal of its column's own kind: a text beside a number is a double."""
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return int(text)
    if pa.types.is_decimal(column.type):
        return Decimal(text)
    if pa.types.is_floating(column.type):
        return float(text)
    if pa.types.is_binary(column.type) or column.as_digits:
        return bytes.fromhex(text)
    return text


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _unhashed(shop: str, table: str) -> UnhashedRow:
    return UnhashedRow(
        f"shop {shop}: the server could not hash a row of {table}: SHA2 or CONCAT_WS gave null",
        fix="raise max_allowed_packet",
    )
