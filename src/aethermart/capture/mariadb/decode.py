"""Values as MariaDB writes them, text or bytes, as Arrow; none is rounded or guessed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from aethermart.capture.mariadb.schema import UTC, MariadbColumn
from aethermart.capture.source import UnfitValue

_log = logging.getLogger(__name__)
_TRUTH = {"0": False, "1": True, None: None}
_ZERO_MONTH, _ZERO_DAY = slice(5, 7), slice(8, 10)


class Decoder:
    """time_zone  of values without one. Says once for each column that it made zero dates null."""

    def __init__(self, shop: str, time_zone: str) -> None:
        self._shop = shop
        self._zone = time_zone
        self._told: set[tuple[str, str]] = set()

    def column(self, table: str, column: MariadbColumn, values: Sequence[Any]) -> pa.Array[Any]:
        """Raises UnfitValue with the first value that does not fit."""
        if column.kind in {"date", "datetime", "timestamp"}:
            values = self._without_zero_dates(table, column, values)
        try:
            return self._array(column, values)
        except (pa.ArrowException, KeyError, ValueError, TypeError) as error:
            for value in values:
                try:
                    self._array(column, [value])
                except (pa.ArrowException, KeyError, ValueError, TypeError):
                    raise UnfitValue(
                        table, f"column {column.name} holds {value!r}, not {column.type}"
                    ) from error
            raise

    def _array(self, column: MariadbColumn, values: Sequence[Any]) -> pa.Array[Any]:
        kind = column.type
        if pa.types.is_boolean(kind):
            return pa.array([_TRUTH[value] for value in values], kind)
        if pa.types.is_binary(kind):
            return pa.array([v.encode() if isinstance(v, str) else v for v in values], kind)
        texts: Any = pa.array(
            [v.decode() if isinstance(v, bytes) else v for v in values], pa.string()
        )
        if pa.types.is_string(kind):
            only: pa.Array[Any] = texts
            return only
        if kind == UTC:
            zone = "UTC" if column.kind == "timestamp" else self._zone
            naive: Any = pc.cast(texts, pa.timestamp("us"))
            # Of an hour that clocks went through twice, the second; of one they left out, the next.
            texts = pc.assume_timezone(naive, zone, ambiguous="latest", nonexistent="latest")
        found: pa.Array[Any] = pc.cast(texts, kind)
        return found

    def _without_zero_dates(
        self, table: str, column: MariadbColumn, values: Sequence[Any]
    ) -> Sequence[Any]:
        if not any(map(_is_zero, values)):
            return values
        if (table, column.name) not in self._told:
            self._told.add((table, column.name))
            _log.warning(
                "%s.%s: column %s holds dates with a zero month or day, such as %s: read as null",
                self._shop,
                table,
                column.name,
                next(filter(_is_zero, values)),
            )
        return [None if _is_zero(value) else value for value in values]


def _is_zero(value: Any) -> bool:
    return value is not None and "00" in (value[_ZERO_MONTH], value[_ZERO_DAY])
