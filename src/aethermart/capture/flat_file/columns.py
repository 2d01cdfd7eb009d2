"""The columns of a file as they travel: one width of integer and of float, one kind of text."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from aethermart.core.entries import META
from aethermart.core.errors import BadInput

_types = pa.types


def travelling_schema(file: pa.Schema, ordinal: str, told: str) -> pa.Schema:
    """The file's columns with the types they travel as.

    ordinal  name of the column that is added
    told     names shop and file in an error. Raises BadInput for a name or type that cannot travel.
    """
    taken = {ordinal, *META.names}
    for name in file.names:
        if name in taken:
            raise BadInput(
                f"{told} has a column {name!r}"
                + (" twice" if name not in {ordinal, *META.names} else ", a name kept for our own"),
                fix="rename the column in the file",
            )
        taken.add(name)
    return pa.schema([pa.field(f.name, _travelling(f, told), f.nullable) for f in file])


def _travelling(field: pa.Field[Any], told: str) -> pa.DataType:
    kind = field.type
    while isinstance(kind, pa.DictionaryType):
        kind = kind.value_type
    if _types.is_integer(kind) and kind != pa.uint64():
        return pa.int64()  # the archive cannot widen a column later
    if _types.is_floating(kind):
        return pa.float64()
    if _types.is_string(kind) or _types.is_large_string(kind) or _types.is_string_view(kind):
        return pa.string()
    if _types.is_binary(kind) or _types.is_large_binary(kind) or _types.is_binary_view(kind):
        return pa.binary()
    if _types.is_date(kind):
        return pa.date32()
    if isinstance(kind, pa.TimestampType) and kind.tz is not None:
        return pa.timestamp("us", tz="UTC")
    if _types.is_boolean(kind) or _types.is_decimal128(kind):
        return kind
    raise BadInput(
        f"{told}: column {field.name} has type {kind}, which cannot be kept as it is",
        fix="write times with a zone, nested values as JSON text, others as text or a decimal",
    )
