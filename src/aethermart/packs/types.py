"""The few column types a pack speaks, and their names in Arrow and in DuckDB.

A type is a plain word (`integer`, `text`) or `decimal(precision,scale)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aethermart.core.errors import BadInput

_DUCKDB = {
    "integer": "BIGINT",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
    "double": "DOUBLE",
    "json": "VARCHAR",
}
_ARROW = {
    "int8": "integer",
    "int16": "integer",
    "int32": "integer",
    "int64": "integer",
    "string": "text",
    "large_string": "text",
    "bool": "boolean",
    "date32[day]": "date",
    "float": "double",
    "double": "double",
}
_DECIMAL = re.compile(r"decimal(?:128)?\(\s*(\d+)\s*,\s*(\d+)\s*\)")
_TIMESTAMP = re.compile(r"timestamp\[(?:s|ms|us|ns), tz=.+\]")
_MAX_PRECISION = 38


@dataclass(frozen=True, slots=True)
class ColumnType:
    """precision and scale are 0 except for `decimal`."""

    kind: str
    precision: int = 0
    scale: int = 0

    def __str__(self) -> str:
        return f"{self.kind}({self.precision},{self.scale})" if self.precision else self.kind

    @property
    def duckdb(self) -> str:
        return str(self).upper() if self.precision else _DUCKDB[self.kind]

    def holds(self, other: ColumnType) -> bool:
        """Whether every value of `other` is a value of this type, without rounding."""
        if self.kind == "json":
            return other.kind in ("json", "text")
        if self.kind != other.kind:
            return False
        digits, other_digits = self.precision - self.scale, other.precision - other.scale
        return other.scale <= self.scale and other_digits <= digits


def column_type(text: str) -> ColumnType:
    """The type that a pack writes as `text`."""
    if text in _DUCKDB:
        return ColumnType(text)
    decimal = _decimal(text)
    if decimal is None:
        known = ", ".join([*_DUCKDB, "decimal(precision,scale)"])
        raise BadInput(f"{text!r} is not a column type", fix=f"use one of {known}")
    return decimal


def from_arrow(name: str) -> ColumnType | None:
    """The type of an Arrow type's name, None for one no pack can speak of."""
    if name in _ARROW:
        return ColumnType(_ARROW[name])
    if _TIMESTAMP.fullmatch(name):
        return ColumnType("timestamp")
    return _decimal(name)


def _decimal(text: str) -> ColumnType | None:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    precision, scale = int(match[1]), int(match[2])
    if not 0 < precision <= _MAX_PRECISION or scale > precision:
        return None
    return ColumnType("decimal", precision, scale)
