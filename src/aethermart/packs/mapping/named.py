"""Codes that another table names, as it named them at `pack init`: for a table that cannot be
joined, since a change of it could not be followed to the orders that show the name."""

from __future__ import annotations

from aethermart.packs.mapping.build import Builder
from aethermart.packs.mapping.relations import Lookup

_MOST = 300


def names_now(builder: Builder, join: Lookup, column: str) -> dict[str, str]:
    """Code -> name, in the order of the codes."""
    rows = builder.peek.rows(
        join.table,
        [join.referred, column],
        _MOST,
        where=None if join.where is None else (join.where[0], (join.where[1],)),
    )
    names = {
        str(row[join.referred]): str(row[column]) for row in rows if row[column] not in (None, "")
    }
    return dict(sorted(names.items()))
