"""The type in which a column of each engine arrives in the mirror, as a pack writes it.

Capture decides; this is the same decision said beforehand. Whatever has no counterpart is text.
"""

from __future__ import annotations

import re

from aethermart.packs.types import ColumnType

_ARGUMENTS = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_WIDE = ColumnType("decimal", 38, 9)  # a numeric without precision
_KINDS = {
    **dict.fromkeys(
        ("int", "integer", "smallint", "bigint", "mediumint", "int2", "int4", "int8", "oid"),
        "integer",
    ),
    **dict.fromkeys(("real", "float", "double", "double precision", "float4", "float8"), "double"),
    **dict.fromkeys(("bool", "boolean"), "boolean"),
    **dict.fromkeys(("json", "jsonb"), "json"),
    "date": "date",
}
_MYSQL_INTEGERS = ("tinyint", "bit", "year")


_ID_BYTES = 32  # in `binary`: capture brings them as hexadecimal digits
_BINARY = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}


def captured_type(engine: str, declared: str) -> ColumnType | None:
    """declared: the type's name as the database says it, for instance `NUMERIC(12, 2)`.

    None for bytes, which no pack can speak of; those of ids come as their digits.
    """
    if engine == "mysql" and declared.lower().replace(" ", "") in ("tinyint(1)", "bit(1)"):
        return ColumnType("boolean")
    words = _ARGUMENTS.sub("", declared.lower()).split()
    name = " ".join(word for word in words if word not in ("unsigned", "zerofill", "signed"))
    if engine == "sqlite":
        return None if "blob" in name else _sqlite(name, declared)
    if engine == "mysql" and name in _BINARY:
        return ColumnType("text") if bytes_of_an_id(engine, declared) else None
    if name in ("numeric", "decimal", "dec", "fixed"):
        return _decimal(declared, ColumnType("decimal", 10, 0) if engine == "mysql" else _WIDE)
    if name.startswith(("timestamp", "datetime")):
        return ColumnType("timestamp")
    if engine == "mysql" and name in _MYSQL_INTEGERS:
        return ColumnType("integer")
    return ColumnType(_KINDS.get(name, "text"))


def bytes_of_an_id(engine: str, declared: str) -> bool:
    """Whether a column holds bytes that capture brings as text."""
    words = declared.lower().split("(")
    if engine == "postgresql":
        return words[0] == "bytea"
    length = _ARGUMENTS.search(declared)
    return (
        engine == "mysql" and words[0] == "binary" and int(length[1] if length else 1) <= _ID_BYTES
    )


def _decimal(declared: str, bare: ColumnType) -> ColumnType:
    found = _ARGUMENTS.search(declared)
    if found is None:
        return bare
    precision, scale = int(found[1]), int(found[2] or 0)
    if not 0 < precision <= 38 or scale > precision:
        return ColumnType("text")
    return ColumnType("decimal", precision, scale)


def _sqlite(name: str, declared: str) -> ColumnType:
    """By the declared type's affinity; what is no number is text, dates and times included."""
    if "int" in name:
        return ColumnType("integer")
    if any(word in name for word in ("char", "clob", "text")):
        return ColumnType("text")
    if any(word in name for word in ("real", "floa", "doub")):
        return ColumnType("double")
    if "bool" in name:
        return ColumnType("boolean")
    if any(word in name for word in ("numeric", "decimal", "money")):
        return _decimal(declared, _WIDE)
    return ColumnType("text")
