"""Drift: what changed in the shape of a shop's tables, when, and what was done about it.

Two voices tell of it. The log announces each schema it goes on with: those are compared one after
the other. And what capture could not go on with it stopped, with a reason; that change reaches the
log only when the table is captured anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import duckdb

from aethermart.core.entries import TableSchema
from aethermart.packs.pack import Pack
from aethermart.packs.schema_check import check_schema

Kind = Literal["added", "dropped", "renamed", "retyped", "rekeyed", "gone", "stopped"]
Announced = tuple[int, datetime, TableSchema]  # offset, logged at, from then on

_TABLE = """
CREATE TABLE IF NOT EXISTS gold.schema_drift (
  shop VARCHAR,
  table_name VARCHAR,
  column_name VARCHAR,
  change VARCHAR,
  before VARCHAR,
  after VARCHAR,
  noticed_at TIMESTAMPTZ,
  log_offset BIGINT,
  done VARCHAR
)
"""
# The words of capture (capture/postgres/tables.py); a test holds the two together.
_SAID: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"column (?P<column>.+?) is gone"), "dropped"),
    (
        re.compile(r"column (?P<column>.+?) changed from (?P<before>.+?) to (?P<after>[^\n]+)"),
        "retyped",
    ),
    (re.compile(r"column (?P<column>.+?) was dropped and made anew"), "retyped"),
    (re.compile(r"its key changed from (?P<before>.+?) to (?P<after>[^\n]+)"), "rekeyed"),
    (re.compile(r"(?:it is gone|there is no such table|it was dropped and made anew)"), "gone"),
)


@dataclass(frozen=True, slots=True)
class Drift:
    """One change of one column.

    column         None for a change of the key or of the whole table
    before, after  types; names where a column was renamed
    noticed_at     when the log was told; None while the table is stopped: the log knows nothing yet
    done           what followed
    """

    shop: str
    table: str
    column: str | None
    change: Kind
    before: str | None
    after: str | None
    noticed_at: datetime | None
    log_offset: int | None
    done: str


def drift_of(
    shop: str, pack: Pack, announced: Iterable[Announced], stopped: Mapping[str, str]
) -> list[Drift]:
    """Every change of a shop's tables, in the order it was noticed; what is stopped comes last.

    stopped  table -> why capture does not read it now
    """
    found: list[Drift] = []
    known: dict[str, TableSchema] = {}
    for offset, logged_at, schema in announced:
        before = known.get(schema.table)
        known[schema.table] = schema
        if before is not None:
            done = _done(pack, schema)
            found += [
                Drift(shop, schema.table, column, kind, was, now, logged_at, offset, done)
                for column, kind, was, now in _changes(before, schema)
            ]
    return found + [_stopped(shop, table, why) for table, why in sorted(stopped.items())]


def record_drift(connection: duckdb.DuckDBPyConnection, shop: str, found: Sequence[Drift]) -> None:
    """Replace the shop's rows of gold.schema_drift, in the caller's transaction if it has one."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS gold")
    connection.execute(_TABLE)
    connection.execute("DELETE FROM gold.schema_drift WHERE shop = ?", [shop])
    for d in found:
        connection.execute(
            "INSERT INTO gold.schema_drift VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                d.shop,
                d.table,
                d.column,
                d.change,
                d.before,
                d.after,
                d.noticed_at,
                d.log_offset,
                d.done,
            ],
        )


_Change = tuple[str | None, Kind, str | None, str | None]


def _changes(before: TableSchema, after: TableSchema) -> list[_Change]:
    was = {column.name: column.type for column in before.columns}
    now = {column.name: column.type for column in after.columns}
    lost = [name for name in was if name not in now]
    new = [name for name in now if name not in was]
    changes: list[_Change] = [
        (name, "retyped", was[name], now[name])
        for name in was
        if name in now and was[name] != now[name]
    ]
    for old in [*lost]:
        # One gone and one come of the same type in one step: it has another name.
        alike = [name for name in new if now[name] == was[old]]
        rivals = [name for name in lost if was[name] == was[old]]
        if len(alike) == len(rivals) == 1:
            changes.append((old, "renamed", old, alike[0]))
            lost.remove(old)
            new.remove(alike[0])
    changes += [(name, "dropped", was[name], None) for name in lost]
    changes += [(name, "added", None, now[name]) for name in new]
    if set(before.key) != set(after.key):
        changes.append((None, "rekeyed", ", ".join(before.key), ", ".join(after.key)))
    return changes


def _done(pack: Pack, schema: TableSchema) -> str:
    """What the gate did with it: the check is the gate's own, and gives the same answer again."""
    if schema.table not in pack.tables:
        return "kept in the archive; the pack does not know the table"
    faults = check_schema(pack, schema)
    if faults:
        return "table stopped in the mirror: " + "; ".join(map(str, faults))
    return "passed on"


def _stopped(shop: str, table: str, why: str) -> Drift:
    for pattern, kind in _SAID:
        if match := pattern.search(why):
            told = match.groupdict()
            return Drift(
                shop,
                table,
                told.get("column"),
                kind,
                told.get("before"),
                told.get("after"),
                None,
                None,
                f"capture of the table stopped: {why}",
            )
    return Drift(
        shop, table, None, "stopped", None, None, None, None, f"capture of the table stopped: {why}"
    )
