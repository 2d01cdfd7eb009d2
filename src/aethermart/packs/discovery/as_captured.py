"""A value that a driver gave, in the form in which capture writes it into the mirror."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from aethermart.packs.discovery.facts import Value
from aethermart.packs.types import ColumnType


def as_captured(value: Value, kind: ColumnType, zone: ZoneInfo) -> Value:
    """zone: the shop's, for times without one. Raises ValueError where the value does not fit."""
    if value is None:
        return None
    if kind.kind == "timestamp" and isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or zone).astimezone(UTC)
    if kind.kind == "date" and isinstance(value, date):
        return value
    try:
        return _number(value, kind) if kind.kind in _NUMBERS else str(value)
    except (ValueError, InvalidOperation) as error:
        raise ValueError(f"a value of type {type(value).__name__} is no {kind}") from error


_NUMBERS = ("integer", "boolean", "double", "decimal")


def _number(value: Value, kind: ColumnType) -> Value:
    text = str(value)
    if kind.kind == "integer":
        return int(text) if not isinstance(value, bool) else int(value)
    if kind.kind == "boolean":
        return value if isinstance(value, bool) else text.lower() in ("1", "t", "true")
    return float(text) if kind.kind == "double" else Decimal(text)
