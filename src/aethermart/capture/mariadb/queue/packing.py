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
_QUOTE, _COMMA = "'\"'", "','"
_SIGNS = (_QUOTE, _COMMA)


def identifier(name: str) -> str:
    """For a statement that is executed without values."""
    return "`" + name.replace("`", "``") + "`"


def as_text(column: MariadbColumn) -> bool:
    """Whether the line has the value's own text; else its bytes in hexadecimal digits."""
    return column.kind in {*_BARE, *_CHARACTERS, *_TIMES, "timestamp"}


def packed(columns: Sequence[MariadbColumn], row: str) -> str:
    """The expression for a line. row: what the columns belong to, `NEW`, `OLD` or an alias.

    Null where a column is null by now that was not when the expression was made.
    """
    pieces: list[str] = []
    for column in columns:
        if pieces:
            _append(pieces, _COMMA)
        for piece in _pieces(column, f"{row}.{identifier(column.name)}"):
            _append(pieces, piece)
    # Not CONCAT_WS: it would leave out a value that could not be written.
    return "CONCAT(" + ", ".join(pieces) + ")"


def _append(pieces: list[str], piece: str) -> None:
    """Signs that follow each other become one argument: each costs a change of the shop time."""
    if pieces and piece in _SIGNS and pieces[-1].startswith("'"):
        pieces[-1] = pieces[-1][:-1] + piece[1:]
    else:
        pieces.append(piece)


def packed_or_key(columns: Sequence[MariadbColumn], key: Iterable[str], row: str) -> str:
    of = {column.name: column for column in columns}
    short = packed([of[name] for name in key], row)
    return f"IFNULL({packed(columns, row)}, CONCAT('?', {short}))"


def _pieces(column: MariadbColumn, name: str) -> list[str]:
    """What a value is put together from; a column that may be null is one piece."""
    kind = column.kind
    if kind == "float":
        value = f"{name} + 0e0"  # its own text form has six digits
    elif kind == "bit":
        value = f"{name} + 0"
    elif kind in _TIMES:
        value = f"CAST({name} AS CHAR)" if column.nullable else name
    elif kind == "timestamp":
        value = f"UNIX_TIMESTAMP({name})"
    elif kind in _BARE:
        value = name
    else:
        text = f"""REPLACE(CONVERT({name} USING utf8mb4), '"', '""')"""
        quoted = [_QUOTE, text if kind in _CHARACTERS else f"HEX({name})", _QUOTE]
        whole = f"IF({name} IS NULL, '', CONCAT({', '.join(quoted)}))"
        return [whole] if column.nullable else quoted
    return [f"IFNULL({value}, '')" if column.nullable else value]
