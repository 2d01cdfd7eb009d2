"""Columns of a table from numbers, without a Python object a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from aethermart.simulate.libraries import Flags, Ints, np

Column: TypeAlias = "pa.Array[Any]"


def whole(values: Ints) -> Column:
    return pa.array(values, pa.int64())


def optional(values: Ints, present: Flags) -> Column:
    """Null where `present` is False."""
    return pa.array(values, pa.int64(), mask=~present)


def money(cents: Ints) -> Column:
    """Exact amounts: the integers' own bits as decimals with two places."""
    halves = np.empty((len(cents), 2), dtype=np.int64)
    halves[:, 0] = cents
    halves[:, 1] = cents >> 63  # the sign, carried into the upper half
    return pa.Array.from_buffers(
        pa.decimal128(12, 2), len(cents), [None, pa.py_buffer(halves.tobytes())]
    )


def moment(microseconds: Ints) -> Column:
    """Microseconds since 1970 as UTC times."""
    return whole(microseconds).cast(pa.timestamp("us", tz="UTC"))


def text(values: Ints) -> Column:
    return whole(values).cast(pa.string())


def picked(pool: Sequence[str | None], index: Ints) -> Column:
    return pa.array(pool, pa.string()).take(whole(index))


def joined(*parts: Column, between: str = "") -> Column:
    """Texts side by side, element by element."""
    column: Column = pc.call_function("binary_join_element_wise", [*parts, pa.scalar(between)])
    return column


def flags(values: Flags) -> Column:
    return pa.array(values, pa.bool_())
