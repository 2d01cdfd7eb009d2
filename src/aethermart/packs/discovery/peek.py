"""Small, bounded questions to a shop: some rows, distinct values, which of some keys exist.

Each is one SELECT with a limit, under the connection's own time limit. Names are quoted and values
bound by SQLAlchemy. A question that fails is answered with nothing, and the reason is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
import sqlalchemy.exc

from aethermart.core.logs import masked
from aethermart.core.schemas import Schemas
from aethermart.packs.discovery.facts import Row, Value

COUNTED = 100_000  # more rows than this are not counted
_TEXT = 2_000  # characters kept of a long text


class Peek:
    """failed: table -> why it could not be read.

    digits: table -> its columns of bytes that are captured, and told here, as hexadecimal digits
    """

    def __init__(self, connection: sa.Connection, schemas: Schemas | None) -> None:
        self._connection = connection
        self._schemas = schemas
        self.failed: dict[str, str] = {}
        self.digits: dict[str, set[str]] = {}
        self._mark = "\\x" if connection.dialect.name == "postgresql" else ""

    def rows(
        self,
        table: str,
        columns: Iterable[str],
        limit: int,
        among: tuple[str, Sequence[Value]] | None = None,
        where: tuple[str, Sequence[Value]] | None = None,
    ) -> list[Row]:
        """among, where: (column, values): rows whose column holds one of them."""
        names = list(columns)
        conditions = [c[0] for c in (among, where) if c is not None]
        source = self._table(table, {*names, *conditions})
        query = sa.select(*(source.c[name] for name in names)).limit(limit)
        for condition in (among, where):
            if condition is not None:
                query = query.where(self._among(source, table, condition))
        found = self._ask(table, query)
        return [dict(zip(names, map(self._plain, row), strict=True)) for row in found]

    def count(self, table: str, column: str) -> int | None:
        """Rows, up to COUNTED + 1; None where that took too long."""
        source = self._table(table, {column})
        some = sa.select(source.c[column]).limit(COUNTED + 1).subquery()
        found = self._ask(table, sa.select(sa.func.count()).select_from(some))
        return int(found[0][0]) if found else None

    def distinct(
        self,
        table: str,
        column: str,
        where: tuple[str, Sequence[Value]] | None = None,
        limit: int = 100,
    ) -> list[tuple[Value, int]]:
        """Values and how often each occurs among the first COUNTED rows, the commonest first."""
        source = self._table(table, {column, *([where[0]] if where else [])})
        some = sa.select(source.c[column].label("v")).limit(COUNTED)
        if where:
            some = some.where(self._among(source, table, where))
        of = some.subquery()
        query = (
            sa.select(of.c.v, sa.func.count())
            .group_by(of.c.v)
            .order_by(sa.func.count().desc())
            .limit(limit)
        )
        found: list[Any] = list(self._ask(table, query))
        return [(self._plain(value), int(count)) for value, count in found]

    def present(self, table: str, column: str, values: Sequence[Value]) -> set[str]:
        """Those of `values`, as text, that the column holds."""
        found = self.rows(table, [column], len(values) * 2, among=(column, values))
        return {str(row[column]) for row in found}

    def _among(
        self, source: sa.TableClause, table: str, condition: tuple[str, Sequence[Value]]
    ) -> sa.ColumnElement[bool]:
        column, values = condition
        if column in self.digits.get(table, ()):
            return source.c[column].in_([self._bytes(value) for value in values])
        return source.c[column].in_(list(values))

    def _bytes(self, value: Value) -> bytes | None:
        try:
            return bytes.fromhex(str(value).removeprefix(self._mark))
        except ValueError:
            return None  # equals nothing

    def _plain(self, value: Any) -> Value:
        if isinstance(value, bytes | memoryview):
            return (self._mark + bytes(value).hex())[:_TEXT]
        return _plain(value)

    def _table(self, name: str, columns: Iterable[str]) -> sa.TableClause:
        quoted: list[sa.ColumnClause[Any]] = [
            sa.column(sa.quoted_name(c, quote=True)) for c in sorted(columns)
        ]
        if self._schemas is None:
            return sa.table(sa.quoted_name(name, quote=True), *quoted)
        schema, relation = self._schemas.place(name)
        return sa.table(
            sa.quoted_name(relation, quote=True),
            *quoted,
            schema=sa.quoted_name(schema, quote=True),
        )

    def _ask(self, table: str, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        try:
            found = self._connection.execute(query).fetchall()
        except (sqlalchemy.exc.DBAPIError, ValueError) as error:
            # The statement's values stay out of the reason: they may be personal.
            said = str(getattr(error, "orig", error)).strip().splitlines()
            self.failed[table] = masked(said[0]) if said else type(error).__name__
            self._connection.rollback()
            return []
        self._connection.rollback()  # no transaction of ours stays open in the shop
        return found


def _plain(value: Any) -> Value:
    if isinstance(value, str):
        return value[:_TEXT]
    if value is None or isinstance(value, bool | int | float | Decimal | datetime | date):
        return value
    return str(value)[:_TEXT]
