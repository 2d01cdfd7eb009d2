"""What one mirror transaction changed, as far as tables kept downstream care."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import duckdb


@dataclass(frozen=True, slots=True)
class Touched:
    """The keys of all changed rows in one shop, old values and new.

    whole  a snapshot ended or a table was emptied: anything may have changed, `keys` says nothing
    keys   order keys as text, each once
    tables those whose rows changed; None where that is not known
    """

    whole: bool
    keys: tuple[str, ...] = ()
    tables: tuple[str, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Route:
    """How a changed row of one table leads to the keys it touches.

    column      the column of the changed row that holds the key (or, with `via`, the link)
    via         another table of the shop whose rows hold the key ...
    via_column  ... found where this column of it equals the link
    key         ... in this column of it
    """

    column: str
    via: str | None = None
    via_column: str | None = None
    key: str | None = None


# Called inside the mirror's transaction, after the rows and before the offset.
OnApplied = Callable[[duckdb.DuckDBPyConnection, Mapping[str, Touched]], None]
