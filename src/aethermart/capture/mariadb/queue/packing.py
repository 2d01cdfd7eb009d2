"""A row as one CSV line, written by the server: in a trigger, in a snapshot, at a second look.

The same expressions everywhere, so a row has the same values by each way. Text in quotes, bytes as
hexadecimal digits in quotes, everything else bare; null is nothing at all. A TIMESTAMP is written
as seconds since 1970, which no session's time zone moves. Where the whole line would pass
max_allowed_packet it is `?` and the key's line: the row is then read as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aethermart.capture.mariadb.schema import MariadbColumn

KEY_ONLY = b"?"
_BARE = (
    *("tinyint", "smallint", "mediumint", "int", "bigint", "year", "decimal", "double"),
    *("float", "bit"),
)
_CHARACTERS = (
    *("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json"),
    *("enum", "set", "uuid", "inet4", "inet6"),
)
_TIMES = ("date", "datetime", "time")


def identifier(name: str) -> str:
    """For a statement that is executed without values."""
    return "`" + name.replace("`", "``") + "`"


def as_text(column: MariadbColumn) -> bool:
    """Whether the line has the value's own text; else its bytes in hexadecimal digits."""
    return column.kind in {*_BARE, *_CHARACTERS, *_TIMES, "timestamp"}


def packed(columns: Sequence[MariadbColumn], row: str) -> str:
    """The expression for a line. row: what the columns belong to, `NEW`, `OLD` or an alias."""
    values = [_value(column, f"{row}.{identifier(column.name)}") for column in columns]
    # Not CONCAT_WS: it would leave out a value that could not be written.
    return "CONCAT(" + ", ',', ".join(values) + ")"


def packed_or_key(columns: Sequence[MariadbColumn], key: Iterable[str], row: str) -> str:
    of = {column.name: column for column in columns}
    short = packed([of[name] for name in key], row)
    return f"IFNULL({packed(columns, row)}, CONCAT('?', {short}))"


def _value(column: MariadbColumn, name: str) -> str:
    kind = column.kind
    if kind == "float":
        return f"IFNULL({name} + 0e0, '')"  # its own text form has six digits
    if kind == "bit":
        return f"IFNULL({name} + 0, '')"
    if kind in _BARE:
        return f"IFNULL({name}, '')"
    if kind in _TIMES:
        return f"IFNULL(CAST({name} AS CHAR), '')"
    if kind == "timestamp":
        return f"IFNULL(UNIX_TIMESTAMP({name}), '')"
    if kind in _CHARACTERS:
        text = f"""REPLACE(CONVERT({name} USING utf8mb4), '"', '""')"""
        return f"""IF({name} IS NULL, '', CONCAT('"', {text}, '"'))"""
    return f"""IF({name} IS NULL, '', CONCAT('"', HEX({name}), '"'))"""
