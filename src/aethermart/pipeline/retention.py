"""Remove what is older than its class of data may be kept: what is asked for, and what was done.

`serve` asks, removes the rows from the mirror and notes it; the process that appends to the archive
finds what is asked of it with its upkeep, so that nobody else ever writes there. A pass that died
is done again: both steps find nothing the second time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Column, ColumnElement, Engine, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from aethermart.platform_db.reach import reached
from aethermart.platform_db.tables import retention_passes

_log = logging.getLogger(__name__)
_VACUUM_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class OldRows:
    """Rows of a table whose time lies before the bound."""

    shop: str
    table: str
    key: tuple[str, ...]
    time_column: str
    bound: datetime


@dataclass(frozen=True, slots=True)
class Pass:
    """The last pass over a table, and what all of them removed and emptied."""

    asked: OldRows
    requested_at: datetime
    mirrored_at: datetime | None
    archived_at: datetime | None
    rows_removed: int
    rows_emptied: int

    @property
    def enforced_at(self) -> datetime | None:
        """When the later of both was through with it; None before."""
        if self.mirrored_at is None or self.archived_at is None:
            return None
        through = max(self.mirrored_at, self.archived_at)
        begun = min(self.mirrored_at, self.archived_at)
        return through if begun >= self.requested_at else begun


class RetentionBook:
    """Passes, kept in the platform database: a row a table."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, rows: OldRows) -> None:
        values = {
            "key_columns": list(rows.key),
            "time_column": rows.time_column,
            "bound": rows.bound,
        }
        statement = insert(retention_passes).values(shop=rows.shop, table_name=rows.table, **values)
        with reached(self._engine) as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["shop", "table_name"],
                    set_={**values, "requested_at": func.clock_timestamp()},
                )
            )

    def passes(self) -> Sequence[Pass]:
        return self._passes()

    def waiting_for_archive(self) -> Sequence[Pass]:
        """What the archive has not been through since it was asked for."""
        table = retention_passes
        since: ColumnElement[bool] = or_(
            table.c.archived_at.is_(None), table.c.archived_at < table.c.requested_at
        )
        return self._passes(since)

    def note_mirror(self, rows: OldRows, removed: int) -> None:
        table = retention_passes
        self._note(rows, table.c.mirrored_at, table.c.rows_removed, removed)

    def note_archive(self, rows: OldRows, emptied: int) -> None:
        table = retention_passes
        self._note(rows, table.c.archived_at, table.c.rows_emptied, emptied)

    def _note(
        self, rows: OldRows, through: Column[datetime], total: Column[int], count: int
    ) -> None:
        table = retention_passes
        statement = (
            update(table)
            .where(table.c.shop == rows.shop, table.c.table_name == rows.table)
            .values({through: func.clock_timestamp(), total: total + count})
        )
        with reached(self._engine) as connection:
            connection.execute(statement)

    def _passes(self, *conditions: ColumnElement[bool]) -> Sequence[Pass]:
        table = retention_passes
        query = select(table).where(*conditions).order_by(table.c.shop, table.c.table_name)
        with reached(self._engine) as connection:
            return [
                Pass(
                    OldRows(
                        row["shop"],
                        row["table_name"],
                        tuple(row["key_columns"]),
                        row["time_column"],
                        row["bound"],
                    ),
                    row["requested_at"],
                    row["mirrored_at"],
                    row["archived_at"],
                    row["rows_removed"],
                    row["rows_emptied"],
                )
                for row in connection.execute(query).mappings()
            ]


class EmptiedArchive(Protocol):
    """What retention needs of the archive."""

    def empty_rows(
        self, shop: str, table: str, key: Sequence[str], time_column: str, before: datetime
    ) -> int: ...

    def vacuum(self, shop: str, table: str) -> None: ...


class ArchiveRetention:
    """The archive's part, for the process that appends to it."""

    def __init__(self, archive: EmptiedArchive, book: RetentionBook) -> None:
        self._archive = archive
        self._book = book
        self._vacuumed_at = float("-inf")

    def enforce(self) -> None:
        """Empty what is asked for; now and then delete the files that were replaced for it."""
        for each in self._book.waiting_for_archive():
            rows = each.asked
            emptied = self._archive.empty_rows(
                rows.shop, rows.table, rows.key, rows.time_column, rows.bound
            )
            self._book.note_archive(rows, emptied)
            _log.info(
                "%s.%s: %d rows from before %s emptied in the archive",
                rows.shop, rows.table, emptied, rows.bound,
            )  # fmt: skip
        if time.monotonic() - self._vacuumed_at > _VACUUM_EVERY_S:
            self._vacuumed_at = time.monotonic()
            for each in self._book.passes():
                self._archive.vacuum(each.asked.shop, each.asked.table)
