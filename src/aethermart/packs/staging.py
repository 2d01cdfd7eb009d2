"""What a staging file reads: the one reader of its SQL, for the check, history and the refresh."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Text and quoted names are kept whole, so that two hyphens within them begin no comment.
_COMMENT = re.compile(r"""('[^'\n]*'|"[^"\n]*")|--[^\n]*|\{#.*?#\}""", re.DOTALL)
_CAPTURED = re.compile(
    r"""(?P<base>\bFROM\s+)?\{\{-?\s*captured\(\s*shop\s*,\s*(['"])(?P<table>.+?)\2\s*\)""",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\bAS\s+(\w+)", re.IGNORECASE)
_DERIVED = re.compile(r"\bderived\(")
_QUOTED = re.compile(r"""'[^'\n]*'|"[^"\n]*\"""")
_SEVERAL = re.compile(r"\b(?:WHERE|GROUP|DISTINCT|JOIN|QUALIFY|OVER)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Staging:
    """tables      captured tables, in the file's order; one that is read twice stands twice
    bases       those whose rows become the entity's, or a joined query's
    named       what stands after an AS: its columns, and more
    derived     its rows are grouped out of several, which are accounted for elsewhere
    row_by_row  each row of the one table it reads is a row of it, whatever else the table holds
    """

    tables: tuple[str, ...]
    bases: frozenset[str]
    named: frozenset[str]
    derived: bool
    row_by_row: bool

    @staticmethod
    def of(sql: str) -> Staging:
        plain = _COMMENT.sub(lambda found: found.group(1) or " ", sql)
        read = list(_CAPTURED.finditer(plain))
        derived = bool(_DERIVED.search(plain))
        return Staging(
            tables=tuple(found["table"] for found in read),
            bases=frozenset(found["table"] for found in read if found["base"]),
            named=frozenset(_NAMED.findall(plain)),
            derived=derived,
            row_by_row=len(read) == 1
            and not derived
            and not _SEVERAL.search(_QUOTED.sub("", plain)),
        )
