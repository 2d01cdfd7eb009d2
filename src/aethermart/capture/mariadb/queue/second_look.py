"""Rows of which the queue has the key alone, read as they stand in the window's own snapshot.

Where triggers write keys only, a row that changed many times within a window comes once, as it is
at the window's end; its steps between are not told. Nothing else is lost by it: the row and the
queue are of one snapshot, so whatever happens to it later is in a later window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pyarrow as pa

from aethermart.capture.mariadb.queue.lines import Change, LineReader, values_of, with_changes
from aethermart.capture.mariadb.queue.packing import KEY_ONLY, packed
from aethermart.capture.mariadb.reader import bound_value
from aethermart.capture.mariadb.schema import MariadbColumn, MariadbTable, quoted

_KEYS_A_STATEMENT = 500
_COMPACT_ROWS = 200_000
_NAMES = ["key", "op", "id", "at"]


class KeyChanges:
    """What happened to the keys of one table within a window: what first, and when last."""

    def __init__(self) -> None:
        self._held: list[pa.Table] = []
        self._rows = 0

    def add(self, changes: Sequence[Change]) -> None:
        ids, ops, lines, times = zip(*changes, strict=True)
        keys = [line.removeprefix(KEY_ONLY) for line in lines]
        self._held.append(pa.Table.from_arrays([*map(pa.array, (keys, ops, ids, times))], _NAMES))
        self._rows += len(keys)
        if self._rows > _COMPACT_ROWS:
            self._held = [self._once_a_key()]
            self._rows = 0

    def __bool__(self) -> bool:
        return bool(self._held)

    def slices(self) -> Iterator[list[Change]]:
        """One change a key, by the id of its last; its op is that of its first."""
        changes = self._once_a_key().sort_by("id").select(["id", "op", "key", "at"])
        for batch in changes.to_batches(max_chunksize=_KEYS_A_STATEMENT):
            yield [*zip(*(column.to_pylist() for column in batch.columns), strict=True)]

    def _once_a_key(self) -> pa.Table:
        grouped = pa.concat_tables(self._held).group_by("key", use_threads=False)  # or no order
        found = grouped.aggregate([("op", "first"), ("id", "max"), ("at", "max")])
        return found.select(["key", "op_first", "id_max", "at_max"]).rename_columns(_NAMES)


def changes_again(
    reading: Any, lines: LineReader, table: MariadbTable, changes: Sequence[Change], *, gone: bool
) -> pa.Table:
    """The changed rows as they stand, one a key.

    gone  tell the deletion of what was there before and is not now; else it has a change of its own
    """
    there, rows = rows_again(reading, lines, table, [line for _, _, line, _ in changes])
    place = {line: at for at, line in enumerate(there)}
    kept = [
        (number, "c" if op == "c" else "u", line, at)
        for number, op, line, at in changes
        if line in place
    ]
    left = [
        (number, "d", line, at)
        for number, op, line, at in changes
        if gone and line not in place and op != "c"
    ]
    images = rows.take(pa.array([place[line] for _, _, line, _ in kept], pa.int64()))
    key = [table.column(name) for name in table.key]
    keys = lines.rows(table.name, key, [line for _, _, line, _ in left])
    made = lines.joined(table, images, keys)
    return with_changes(made, [*kept, *left]).sort_by("_position")


def rows_again(
    reading: Any, lines: LineReader, table: MariadbTable, keys: Sequence[bytes]
) -> tuple[list[bytes], pa.Table]:
    """The rows that have these keys now, and the keys' own lines. Raises UnfitValue."""
    key = [table.column(name) for name in table.key]
    asked = set(keys)
    found: list[Any] = []
    for first in range(0, len(keys), _KEYS_A_STATEMENT):
        some = keys[first : first + _KEYS_A_STATEMENT]
        with closing(reading.cursor()) as cursor:
            cursor.execute(*_by_key(table, key, some))
            # A collation may call another key equal.
            found += [row for row in cursor.fetchall() if row[0] in asked]
    columns = [*zip(*found, strict=True)] or [()] * (len(table.columns) + 1)
    return list(columns[0]), lines.decoded(table.name, table.columns, columns[1:])


def _by_key(
    table: MariadbTable, key: Sequence[MariadbColumn], keys: Sequence[bytes]
) -> tuple[str, list[Any]]:
    line = packed(key, "t").replace("%", "%%")
    values = ", ".join(column.value for column in table.columns)
    names = ", ".join(column.ordered for column in key)
    one = f"({', '.join(column.bound for column in key)})"
    query = (
        f"SELECT CAST({line} AS BINARY), {values} FROM {quoted(table.name)} AS t"
        f" WHERE ({names}) IN ({', '.join([one] * len(keys))})"
    )
    rows = zip(*values_of(key, keys), strict=True)
    return query, [
        bound_value(column, value.hex() if isinstance(value, bytes) else value)
        for row in rows
        for column, value in zip(key, row, strict=True)
    ]
