"""Which keys a transaction's rows touch, by their old values and their new."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb

from aethermart.sinks.mirror.tables import mirror_table, quoted
from aethermart.sinks.mirror.touched import Route, Touched

_KEYS_LIMIT = 50_000  # with more keys touched, recomputing the whole shop is the cheaper way


class Touching:
    """Collects what one transaction on one shop touches.

    exists  whether the mirror has a table of the shop
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        shop: str,
        routes: Mapping[tuple[str, str], Route],
        exists: Callable[[str], bool],
    ) -> None:
        self._connection = connection
        self._shop = shop
        self._routes = {table: route for (at, table), route in routes.items() if at == shop}
        self._exists = exists
        self._any = False
        self._whole = False
        self._keys: set[str] = set()
        self._tables: set[str] = set()
        self._links: dict[str, set[str]] = {}  # table with a `via` route -> its links' values

    def all_rows(self) -> None:
        """A table was replaced or emptied."""
        self._any = self._whole = True

    def asks_of(self, table: str) -> str | None:
        """The column whose values must be known of a table's rows; None where none need be."""
        route = self._routes.get(table)
        return None if route is None or self._whole else route.column

    def rows_of(self, table: str, values: set[str]) -> None:
        """Rows of a table were written.

        values  of the column asked for, in the rows that came and in those they replaced
        """
        self._any = True
        self._tables.add(table)
        route = self._routes.get(table)
        if route is None or self._whole:
            return
        if route.via is None:
            self._keys |= values
        else:
            self._links.setdefault(table, set()).update(values)
        self._whole = len(self._keys) > _KEYS_LIMIT

    def answer(self) -> Touched | None:
        """None when no row changed; no keys when only rows that belong to no order did."""
        if not self._any:
            return None
        for table, links in self._links.items():
            self._keys |= self._linked(self._routes[table], links)
        if self._whole or len(self._keys) > _KEYS_LIMIT:
            return Touched(whole=True)
        return Touched(
            whole=False, keys=tuple(sorted(self._keys)), tables=tuple(sorted(self._tables))
        )

    def _linked(self, route: Route, links: set[str]) -> set[str]:
        if route.via is None or route.via_column is None or route.key is None:
            return set()
        if not self._exists(route.via):
            return set()  # never captured: no order can lead there
        through = mirror_table(self._shop, route.via)
        found = self._connection.execute(
            f"SELECT DISTINCT {quoted(route.key)}::VARCHAR FROM {through}"
            f" WHERE {quoted(route.via_column)}::VARCHAR IN (SELECT unnest(?::VARCHAR[]))",
            [sorted(links)],
        ).fetchall()
        return {value for (value,) in found if value is not None}
