"""What was found in a shop's database: tables, columns, keys, and a few rows to judge them by.

Sampled rows may hold personal data: they are kept out of every `repr`, printed and logged nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from aethermart.packs.types import ColumnType

Value = str | int | float | Decimal | bool | date | datetime | None
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """declared: the type as the database names it; kind: as it is captured."""

    name: str
    declared: str
    kind: ColumnType
    nullable: bool = True
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[str, ...]
    table: str
    referred: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableFacts:
    """key: the primary key, empty where there is none; bytes_key: one of bytes.

    rows: None where it could not be counted;
    counted: False where `rows` is only the least there are."""

    name: str
    columns: Mapping[str, ColumnFacts]
    key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    rows: int | None = None
    counted: bool = True
    sample: Sequence[Row] = field(default=(), repr=False)
    bytes_key: bool = False

    @property
    def single_keys(self) -> tuple[str, ...]:
        """Columns that alone name a row, the primary key first."""
        return tuple(columns[0] for columns in (self.key, *self.uniques) if len(columns) == 1)

    def values(self, column: str) -> list[Value]:
        return [row[column] for row in self.sample]


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """engine: postgresql, mysql or sqlite. schema: of PostgreSQL, several with commas.

    unread: table -> why it could not be read."""

    engine: str
    schema: str | None
    tables: Mapping[str, TableFacts]
    views: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
