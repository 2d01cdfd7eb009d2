"""Rows as of one time, as known at another.

Each change of a row has two times: `committed_at`, when the shop had it, and `logged_at`, when we
learned of it. A row **as of T, as known at K** is the one after the change with the newest
`committed_at` among those committed at or before T and logged at or before K; of several committed
at one instant the last in the log holds. If that change deleted the row, there is none. A change
that comes late therefore takes its place in the past, for every K from its arrival on, and never
changes what was known before.

A truncation, and a new snapshot that lacks the row, count as deletions at the moment the shop was
read. Reads `staging.<entity>_changes`, hence the archive: what is in the log and not archived yet
(seconds) is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from aethermart.core.errors import BadInput

_KEYS = {"customers": "customer_id", "products": "product_id", "orders": "order_id"}
_OWN = ("op", "committed_at", "log_offset", "row_position", "logged_at")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one row; `values` is empty where it was deleted."""

    op: str
    committed_at: datetime
    logged_at: datetime
    values: dict[str, Any]


def rows_as_of(
    connection: duckdb.DuckDBPyConnection,
    entity: str,
    shop: str,
    at: datetime,
    known_at: datetime | None = None,
    keys: Sequence[str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Key -> the row as the shop had it at `at`, as far as we knew at `known_at` (None: now).

    keys  only these; all where None
    Raises BadInput for an entity without history or an instant without time zone.
    """
    key = _key_of(entity)
    _check_instants(at, known_at)
    found = connection.execute(
        f"""
        SELECT * EXCLUDE (newest)
        FROM (
          SELECT
            *,
            ROW_NUMBER() OVER (
              PARTITION BY {key}
              ORDER BY committed_at DESC, log_offset DESC, row_position DESC
            ) AS newest
          FROM staging.{entity}_changes
          WHERE shop = $shop
            AND committed_at <= $at
            AND logged_at <= COALESCE($known_at, logged_at)
            AND ($keys IS NULL OR list_contains(CAST($keys AS VARCHAR[]), {key}))
        ) AS told
        WHERE newest = 1
          AND op <> 'd'
        """,
        {"shop": shop, "at": at, "known_at": known_at, "keys": None if keys is None else [*keys]},
    )
    names = [column[0] for column in found.description or []]
    rows = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    return {row[key]: _values(row) for row in rows}


def changes_of_row(
    connection: duckdb.DuckDBPyConnection, entity: str, shop: str, key: str
) -> list[Change]:
    """Everything that ever happened to one row, in the order of its commits."""
    found = connection.execute(
        f"SELECT * FROM staging.{entity}_changes WHERE shop = ? AND {_key_of(entity)} = ?"
        " ORDER BY committed_at, log_offset, row_position",
        [shop, key],
    )
    names = [column[0] for column in found.description or []]
    rows = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    return [
        Change(
            row["op"],
            row["committed_at"],
            row["logged_at"],
            {} if row["op"] == "d" else _values(row),
        )
        for row in rows
    ]


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _OWN}


def _key_of(entity: str) -> str:
    if entity not in _KEYS:
        raise BadInput(
            f"{entity!r} has no history that can be asked", fix=f"use one of {', '.join(_KEYS)}"
        )
    return _KEYS[entity]


def _check_instants(*instants: datetime | None) -> None:
    for instant in instants:
        if instant is not None and instant.tzinfo is None:
            raise BadInput(
                f"{instant.isoformat()!r} has no time zone", fix="add one: 2026-01-31T00:00:00Z"
            )
