"""A file of SQL as single statements, by the rules of the `mariadb` client.

So the same file runs by hand, too: `DELIMITER //` on a line of its own begins a routine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_DELIMITER = re.compile(r"[ \t]*DELIMITER[ \t]+(\S+)[ \t]*\r?\n?", re.IGNORECASE)
# What a delimiter within does not end: quoted text and comments.
_WHOLE = re.compile(
    r"'(?:[^'\\]|\\.|'')*'"
    r'|"(?:[^"\\]|\\.|"")*"'
    r"|`[^`]*`|--[ \t][^\n]*|--\n|\#[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
_REMARK = re.compile(r"\s*(?:(?:--[ \t][^\n]*|--\n|\#[^\n]*|/\*(?!!).*?\*/)\s*)*", re.DOTALL)


def statements(text: str) -> Iterator[str]:
    """In their order, without delimiters; what holds comments only is none."""
    end, begin, at = ";", 0, 0
    while at < len(text):
        if (at == 0 or text[at - 1] == "\n") and (named := _DELIMITER.match(text, at)):
            yield from _said(text[begin:at])
            end, begin, at = named[1], named.end(), named.end()
        elif whole := _WHOLE.match(text, at):
            at = whole.end()
        elif text.startswith(end, at):
            yield from _said(text[begin:at])
            at += len(end)
            begin = at
        else:
            at += 1
    yield from _said(text[begin:])


def _said(text: str) -> Iterator[str]:
    # Comments before a statement go: the server would not keep them with the object.
    remark = _REMARK.match(text)
    statement = text[remark.end() if remark else 0 :].strip()
    if statement:
        yield statement
