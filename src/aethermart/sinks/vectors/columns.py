"""The facts of many rows as arrays, so that a filter is a few comparisons over all of them."""

from __future__ import annotations

from typing import Any

from aethermart.sinks.vectors.index import COLUMNS, NUMBERS, Facts, Filter, facts_tuple
from aethermart.sinks.vectors.libraries import np, npt

_UNKNOWN = -1
Truths = npt.NDArray[np.bool_]


class FactColumns:
    """Row for row beside the vectors; a text or a truth is a code, a number itself."""

    def __init__(self) -> None:
        self._arrays: dict[str, npt.NDArray[Any]] = {
            name: np.empty(0, dtype=np.float64 if name in NUMBERS else np.int32) for name in COLUMNS
        }
        self._codes: dict[str, dict[Any, int]] = {
            name: {} for name in COLUMNS if name not in NUMBERS
        }
        self._values: dict[str, list[Any]] = {name: [] for name in self._codes}

    def put(self, row: int, facts: Facts) -> None:
        """Write a row, one after the last at the most."""
        for name, value in zip(COLUMNS, facts_tuple(facts), strict=True):
            array = self._arrays[name]
            if row >= len(array):
                array = self._grown(name, array, row)
            if name in NUMBERS:
                array[row] = np.nan if value is None else value
            else:
                array[row] = _UNKNOWN if value is None else self._code(name, value)

    def facts(self, row: int) -> Facts:
        found: dict[str, Any] = {}
        for name, array in self._arrays.items():
            value = array[row]
            if name in NUMBERS:
                found[name] = None if np.isnan(value) else float(value)
            else:
                found[name] = None if value == _UNKNOWN else self._values[name][value]
        return Facts(**found)

    def matching(self, rows: int, where: Filter) -> Truths:
        """(rows,) whether each of the first rows meets the filter."""
        matches = np.ones(rows, dtype=bool)
        for name, wanted in where.one_of.items():
            codes = self._codes[name]
            known = [codes[value] for value in wanted if value in codes]
            column = self._arrays[name][:rows]
            matches &= column == known[0] if len(known) == 1 else np.isin(column, known)
        for name, (low, high) in where.between.items():
            column = self._arrays[name][:rows]
            matches &= ~np.isnan(column)
            if low is not None:
                matches &= column >= low
            if high is not None:
                matches &= column <= high
        return matches

    def _code(self, name: str, value: Any) -> int:
        codes = self._codes[name]
        if value not in codes:
            codes[value] = len(codes)
            self._values[name].append(value)
        return codes[value]

    def _grown(self, name: str, array: npt.NDArray[Any], row: int) -> npt.NDArray[Any]:
        grown = np.empty(max(1024, 2 * row), dtype=array.dtype)
        grown[: len(array)] = array
        self._arrays[name] = grown
        return grown
