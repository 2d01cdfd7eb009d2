"""Which products a shop's log entries may have changed, as far as the pack lets it be told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aethermart.core.entries import Batch, Chunk, Entry, Heartbeat, LoggedEntry
from aethermart.packs.pack import Pack

_SHOWN = ("products", "categories", "reviews")
_MOST_KEYS = 2000  # with more, reading all products is the cheaper way


@dataclass(frozen=True, slots=True)
class Touched:
    """all   any product may have changed, beside those of `ids`
    ids   of those that are known to have, as far as that is not all
    """

    all: bool = False
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sources:
    """Captured tables that products are read from.

    tables  all of them: products themselves, their categories, their reviews
    keyed   those whose rows name their product -> the column with its id
    """

    tables: frozenset[str]
    keyed: Mapping[str, str]

    @staticmethod
    def of(pack: Pack) -> Sources:
        read = {entity: pack.reading(entity) for entity in _SHOWN}
        keyed = {}
        for entity in ("products", "reviews"):
            table = read[entity].tables[0] if read[entity].row_by_row else None
            column = _id_column(pack.staging[entity]) if table is not None else None
            if table is None or column is None or table not in pack.tables:
                continue
            if entity == "reviews" or pack.tables[table].key == (column,):
                keyed[table] = column
        every = [table for reading in read.values() for table in reading.tables]
        # Read for two entities, a table's rows say two things of products.
        return Sources(frozenset(every), {t: c for t, c in keyed.items() if every.count(t) == 1})

    def touched(self, entries: Sequence[LoggedEntry]) -> Touched:
        ids: set[str] = set()
        unknown = any(self._controlled(logged.entry) for logged in entries)
        for logged in entries:
            for part in logged.entry.parts:
                if part.table in self.tables:
                    named = self._named(part)
                    ids |= named or set()
                    unknown = unknown or named is None
        if len(ids) > _MOST_KEYS:
            return Touched(all=True)
        return Touched(unknown, frozenset(ids))

    def _controlled(self, entry: Entry) -> bool:
        """Whether a table of ours was replaced, emptied or got other columns."""
        for control in entry.controls:
            if isinstance(control, Heartbeat):
                continue
            tables = getattr(control, "tables", None) or (getattr(control, "table", ""),)
            if self.tables.intersection(tables):
                return True
        return False

    def _named(self, part: Batch | Chunk) -> set[str] | None:
        """Ids of a part's products; None where they cannot be told."""
        column = self.keyed.get(part.table)
        if isinstance(part, Chunk) or column is None or column not in part.rows.column_names:
            return None
        values = part.rows.column(column).to_pylist()
        if not all(isinstance(value, int | str) for value in values):
            return None
        return {str(value) for value in values}


def _id_column(sql: str) -> str | None:
    """The column of the table that becomes `product_id`, where the SQL hands on one as it is."""
    named = re.search(r'^\s*"?(\w+)"?\s+AS\s+product_id\b', sql, re.MULTILINE | re.IGNORECASE)
    if named:
        return named.group(1)
    return "product_id" if re.search(r"^\s*product_id,", sql, re.MULTILINE) else None
