"""Reading rows back out of a table's files: few files, each once, then split by entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from aethermart.core.errors import Terminal
from aethermart.log.archive.delta import ActiveFile, AppendOnlyTable
from aethermart.log.archive.journal import PartShape


class IncompleteArchive(Terminal):
    """Bronze has fewer or more rows of an entry than `_entries` says."""


def between(table: AppendOnlyTable, index: str, low: Any, high: Any) -> pa.Table:
    """Rows whose `index` column lies from `low` to `high`, both included, in no order."""
    inside = (ds.field(index) >= low) & (ds.field(index) <= high)
    return _rows(table, low, high, inside)


def by_entry(table: AppendOnlyTable, ids: Sequence[str]) -> dict[str, pa.Table]:
    """Rows of each of these entries, in order of their position."""
    low, high = min(ids), max(ids)
    entry = ds.field("_entry")
    rows = _rows(table, low, high, (entry >= low) & (entry <= high) & entry.isin(list(ids)))
    if rows.num_rows == 0:
        return {}
    # Stable, so rows that share a position keep the order they were written in.
    order = pc.sort_indices(rows, [("_entry", "ascending"), ("_position", "ascending")])
    rows = rows.take(order)
    counts = dict(sorted(_counts(rows).items()))  # as the rows are; Arrow's own order is another
    starts = accumulate(counts.values(), initial=0)
    return {
        name: rows.slice(start, count)
        for (name, count), start in zip(counts.items(), starts, strict=False)
    }


def entry_counts(table: AppendOnlyTable) -> dict[str, int]:
    """How many rows the whole table has of each entry."""
    paths = [str(table.folder / file.name) for file in table.files()]
    if not paths:
        return {}
    schema = pa.schema([pa.field("_entry", pa.string())])
    return _counts(ds.dataset(paths, schema=schema, format="parquet").to_table())


def announcing(entries: AppendOnlyTable) -> list[dict[str, Any]]:
    """offset, logged_at and controls of the entries that announce a table's schema, in order."""
    paths = [str(entries.folder / file.name) for file in entries.files()]
    if not paths:
        return []
    rows = ds.dataset(paths, format="parquet").to_table(
        columns=["offset", "logged_at", "controls"],
        filter=pc.match_substring(pc.field("controls"), '"table_schema"'),
    )
    found: list[dict[str, Any]] = rows.sort_by("offset").to_pylist()
    return found


def parts_of(
    entry_id: str, shapes: Iterable[PartShape], rows: Mapping[str, pa.Table]
) -> list[pa.Table]:
    """The entry's rows a table, cut into its parts, each with the schema it came with.

    Raises IncompleteArchive: an entry is handed out whole or not at all.
    """
    taken: dict[str, int] = {}
    parts = []
    for shape in shapes:
        start = taken.get(shape.table, 0)
        taken[shape.table] = start + shape.rows
        if shape.rows and shape.table in rows:
            part = rows[shape.table].slice(start, shape.rows).select(shape.schema.names)
            parts.append(_under(part, shape.schema))
        else:  # also without rows a part has its columns, and bronze may never have had them
            parts.append(shape.schema.empty_table())
    for table, expected in taken.items():
        has = rows[table].num_rows if table in rows else 0
        if has != expected:
            raise IncompleteArchive(
                f"bronze has {has} rows of {table} for entry {entry_id}, not {expected}",
                fix="restore bronze from a backup, or capture the shop anew",
            )
    return parts


def _rows(table: AppendOnlyTable, low: Any, high: Any, inside: pc.Expression) -> pa.Table:
    schema = table.schema()
    if schema is None:
        return pa.table({})
    paths = [str(table.folder / file.name) for file in table.files() if _may_hold(file, low, high)]
    if not paths:
        return schema.empty_table()
    return ds.dataset(paths, schema=schema, format="parquet").to_table(filter=inside)


def _under(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows with exactly this schema; a cast, which takes a while, only where types differ."""
    if rows.schema.types == schema.types:
        return pa.Table.from_arrays(rows.columns, schema=schema)
    return rows.cast(schema)


def _counts(rows: pa.Table) -> dict[str, int]:
    """Rows of each entry, in no order."""
    counted = rows.group_by("_entry", use_threads=False).aggregate([("_entry", "count")])
    names: list[Any] = counted["_entry"].to_pylist()
    counts: list[Any] = counted["_entry_count"].to_pylist()
    return dict(zip(names, counts, strict=True))


def _may_hold(file: ActiveFile, low: Any, high: Any) -> bool:
    if file.first is None or file.last is None:
        return True
    return bool(file.first <= high and file.last >= low)
