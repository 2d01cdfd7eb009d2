"""What a MariaDB or MySQL table looks like: its columns as Arrow types, its key, how to hash it.

Integers become int64, `tinyint(1)` and `bit(1)` booleans, an unsigned bigint int64 too, and a value
past its end is an error. A `binary` of up to 32 bytes is an id or a digest, and travels as the
hexadecimal digits by which people know it. A `datetime` has no zone: it is a time of the shop's.
Zero dates, which no calendar has, become null.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

UTC = pa.timestamp("us", tz="UTC")
_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint", "year", "bit")
_BYTES = ("binary", "varbinary")
_ID_BYTES = 32
_LONG_BYTES = ("tinyblob", "blob", "mediumblob", "longblob")
_LONG_TEXTS = ("tinytext", "text", "mediumtext", "longtext", "json")
_PLAIN = ("smallint", "mediumint", "int", "bigint", "tinyint", "year", "decimal", "double")
_TIMES = ("date", "datetime", "timestamp", "time")
_MAX_PRECISION = 38

_COLUMNS = """
SELECT
    c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, c.COLUMN_TYPE, c.IS_NULLABLE,
    c.NUMERIC_PRECISION, c.NUMERIC_SCALE, c.CHARACTER_SET_NAME, c.COLLATION_NAME,
    c.CHARACTER_OCTET_LENGTH
FROM information_schema.COLUMNS AS c
INNER JOIN information_schema.TABLES AS t
    ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
WHERE c.TABLE_SCHEMA = database() AND t.TABLE_TYPE = 'BASE TABLE' AND c.TABLE_NAME IN %s
ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION
"""
_KEYS = """
SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, NULLABLE, SUB_PART
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = database() AND NON_UNIQUE = 0 AND TABLE_NAME IN %s
ORDER BY TABLE_NAME, INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX
"""


@dataclass(frozen=True, slots=True)
class MariadbColumn:
    """kind  the server's name of its type; declared  with sizes and signs"""

    name: str
    kind: str
    declared: str
    nullable: bool
    type: pa.DataType
    charset: str | None
    collation: str | None

    @property
    def as_digits(self) -> bool:
        """Whether it travels as hexadecimal digits."""
        return self.kind == "binary" and pa.types.is_string(self.type)

    @property
    def sql(self) -> str:
        return quoted(self.name)

    @property
    def value(self) -> str:
        """The value as it is read: exact, as text or bytes."""
        if self.kind == "float":
            return f"({self.sql} + 0e0)"  # its own text form has six digits
        if self.kind == "bit":
            return f"({self.sql} + 0)"
        return f"LOWER(HEX({self.sql}))" if self.as_digits else self.sql

    @property
    def hashed(self) -> str:
        """Arguments of CONCAT_WS from which the value can be told, null apart."""
        if self.kind in _PLAIN:
            return f"IFNULL({self.sql}, 'N')"
        if self.kind in {"float", "bit"}:
            return f"IFNULL({self.value}, 'N')"
        if self.kind in _TIMES:
            return f"IFNULL(CAST({self.sql} AS CHAR), 'N')"
        if self.kind in {*_LONG_TEXTS, *_LONG_BYTES}:
            # Whole, it could pass max_allowed_packet, and the row's hash would be null.
            return f"IFNULL(SHA2({self.sql}, 256), 'N')"
        return f"IFNULL(LENGTH({self.sql}), 'N'), IFNULL(CAST({self.sql} AS BINARY), '')"

    @property
    def ordered(self) -> str:
        """As it is compared and ordered as a part of a key."""
        if self.kind in {"enum", "set"}:
            # An enum orders by its number and compares by its text.
            return f"(CONVERT({self.sql} USING utf8mb4) COLLATE utf8mb4_bin)"
        return self.sql if self.as_digits else self.value  # bytes order as their digits, indexed

    @property
    def bound(self) -> str:
        """The place of a value that is compared with it, by its own rules and no others."""
        if self.kind in {"enum", "set"}:
            return "(CONVERT(%s USING utf8mb4) COLLATE utf8mb4_bin)"
        if self.charset is not None and self.collation is not None:
            return f"(CONVERT(%s USING {self.charset}) COLLATE {self.collation})"
        return "%s"


@dataclass(frozen=True, slots=True)
class MariadbTable:
    name: str
    columns: tuple[MariadbColumn, ...]
    key: tuple[str, ...]

    def column(self, name: str) -> MariadbColumn:
        return next(column for column in self.columns if column.name == name)

    @property
    def row_hash(self) -> str:
        values = ", ".join(column.hashed for column in self.columns)
        # Not MD5: MySQL 9.6 no longer has it, nor has a server in FIPS mode.
        return f"CAST(CONV(LEFT(SHA2(CONCAT_WS(',', {values}), 256), 16), 16, 10) AS UNSIGNED)"


def quoted(name: str) -> str:
    """For a statement that is executed with values: there a % of a name counts as theirs."""
    return "`" + name.replace("`", "``").replace("%", "%%") + "`"


def discover(connection: Any, tables: Sequence[str]) -> dict[str, MariadbTable]:
    """The named base tables that the user may see, by name."""
    if not tables:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [tuple(tables)])
        columns = cursor.fetchall()
        cursor.execute(_KEYS, [tuple(tables)])
        keys = _best_keys(cursor.fetchall())
    by_table: dict[str, list[MariadbColumn]] = {}
    for row in columns:
        by_table.setdefault(row[0], []).append(_column(row))
    return {
        name: MariadbTable(name, tuple(of), keys.get(name, ()))
        for name, of in by_table.items()
        if name in tables
    }


def _best_keys(rows: Sequence[Any]) -> dict[str, tuple[str, ...]]:
    """Of each table the primary key, else the narrowest unique index that is never null."""
    indexes: dict[str, dict[str, list[Any]]] = {}
    for row in rows:
        indexes.setdefault(row[0], {}).setdefault(row[1], []).append(row)
    best: dict[str, tuple[str, ...]] = {}
    for table, of in indexes.items():
        whole = [
            (name != "PRIMARY", len(parts), name, tuple(part[2] for part in parts))
            for name, parts in of.items()
            if all(part[2] is not None and part[3] != "YES" and part[4] is None for part in parts)
        ]
        if whole:
            best[table] = min(whole)[3]
    return best


def _column(row: Any) -> MariadbColumn:
    _, name, kind, declared, nullable, precision, scale, charset, collation, length = row
    kind = kind.lower()
    return MariadbColumn(
        name=name,
        kind=kind,
        declared=declared.lower(),
        nullable=nullable == "YES",
        type=_type(kind, declared.lower(), precision, scale, length),
        charset=charset,
        collation=collation,
    )


def _type(
    kind: str, declared: str, precision: str | None, scale: str | None, length: str | None
) -> pa.DataType:
    if declared.startswith("tinyint(1)") or declared == "bit(1)":
        return pa.bool_()
    if kind in _INTEGERS:
        return pa.int64()
    if kind == "decimal":
        digits = int(precision or 0)
        return pa.decimal128(digits, int(scale or 0)) if digits <= _MAX_PRECISION else pa.string()
    if kind in {"float", "double"}:
        return pa.float64()
    if kind == "date":
        return pa.date32()
    if kind in {"datetime", "timestamp"}:
        return UTC
    if kind == "binary" and int(length or 0) <= _ID_BYTES:
        return pa.string()
    if kind in {*_BYTES, *_LONG_BYTES}:
        return pa.binary()
    return pa.string()
