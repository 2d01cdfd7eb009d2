"""What SQLite's columns travel as: by the type they were declared with, checked value by value.

SQLite keeps whatever it is given: a column's declared type is a wish. A value that does not fit it
is an error that names it; nothing is guessed. Dates stay as SQLite has them, text or digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from aethermart.capture.source import UnfitValue

Convert = Callable[[Any], Any]
_SIZES = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_MAX_PRECISION = 38


def travelling_type(declared: str) -> pa.DataType:
    """By SQLite's own rules of affinity, and for those of NUMERIC by what people mean by them."""
    kind = declared.upper()
    if "INT" in kind:
        return pa.int64()
    if any(word in kind for word in ("CHAR", "CLOB", "TEXT")):
        return pa.string()
    if "BLOB" in kind:
        return pa.binary()
    if any(word in kind for word in ("REAL", "FLOA", "DOUB")):
        return pa.float64()
    if "BOOL" in kind:
        return pa.bool_()
    if any(word in kind for word in ("DECIMAL", "NUMERIC", "MONEY")):
        return _decimal(kind)
    return pa.string()  # a date, a time, JSON, or no type at all: whatever it holds, as text


def to_arrow(table: str, column: str, kind: pa.DataType, values: Sequence[Any]) -> pa.Array[Any]:
    """Raises UnfitValue with the first value that does not fit."""
    convert = _converter(kind)
    try:
        return pa.array([convert(value) for value in values], kind)
    except (pa.ArrowException, ValueError, TypeError, InvalidOperation) as error:
        for value in values:
            if not _fits(kind, convert, value):
                what = type(value).__name__
                raise UnfitValue(
                    table, f"column {column} holds {value!r} ({what}), not {kind}"
                ) from error
        raise


def _fits(kind: pa.DataType, convert: Convert, value: Any) -> bool:
    try:
        pa.array([convert(value)], kind)
    except (pa.ArrowException, ValueError, TypeError, InvalidOperation):
        return False
    return True


def _decimal(kind: str) -> pa.DataType:
    sizes = _SIZES.search(kind)
    if sizes is None:
        return pa.decimal128(38, 9)
    precision, scale = int(sizes[1]), int(sizes[2] or 0)
    if not 0 < precision <= _MAX_PRECISION or scale > precision:
        return pa.string()
    return pa.decimal128(precision, scale)


def _converter(kind: pa.DataType) -> Convert:
    if pa.types.is_decimal(kind):
        return _as_decimal
    return _CONVERTERS[str(kind)]


def _as_integer(value: Any) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise ValueError(value)


def _as_double(value: Any) -> float | None:
    if value is None or isinstance(value, (int, float)):
        return value
    raise ValueError(value)


def _as_boolean(value: Any) -> bool | None:
    if value is None or value in (0, 1):
        return None if value is None else bool(value)
    raise ValueError(value)


def _as_decimal(value: Any) -> Decimal | None:
    if value is None or isinstance(value, int):
        return None if value is None else Decimal(value)
    if isinstance(value, float):
        return Decimal(f"{value:.15g}")  # as SQLite itself writes a REAL as text
    if isinstance(value, str):
        return Decimal(value)
    raise ValueError(value)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return repr(value)
    raise ValueError(value)


def _as_bytes(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    raise ValueError(value)


_CONVERTERS: dict[str, Convert] = {
    "int64": _as_integer,
    "double": _as_double,
    "bool": _as_boolean,
    "string": _as_text,
    "binary": _as_bytes,
}
