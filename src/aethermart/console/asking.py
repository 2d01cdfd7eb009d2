"""Ask for what one part of a page shows, each question for the shop and period chosen.

After the first problem nothing more is asked in this run: each question would only wait again, and
the last answers stand in for the new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeVar

from aethermart.client.answers.lake import MetricAnswer, TablePage
from aethermart.client.client import AetherMartClient
from aethermart.console.period import Filters
from aethermart.console.reading import Reading, read
from aethermart.core.errors import AetherMartError, NotFound

T = TypeVar("T")


@dataclass(slots=True)
class Asking:
    """patient  a client that waits for what takes long
    memory   the visitor's last good answers, kept by the session
    problem  the first one met
    """

    connect: Callable[[], AetherMartClient]
    patient: Callable[[], AetherMartClient]
    memory: MutableMapping[Hashable, Any]
    filters: Filters
    problem: AetherMartError | None = None

    def metric(
        self, name: str, *, by: str | None = None, where: Mapping[str, str] | None = None
    ) -> Reading[MetricAnswer]:
        asked = self.filters
        return self.read(
            ("metric", name, asked, by, tuple((where or {}).items())),
            lambda api: api.lake.metric(
                name, shop=asked.shop, by=by, since=asked.since, until=asked.until, where=where
            ),
        )

    def table(
        self,
        name: str,
        *,
        shop: str | None = None,
        where: Mapping[str, str] | None = None,
        sort: str | None = None,
        limit: int = 100,
        dated: bool = False,
    ) -> Reading[TablePage]:
        """shop   None takes the one chosen
        dated  whether the period chosen bounds the rows
        """
        asked = self.filters
        of_shop = shop or asked.shop
        since, until = (asked.since, asked.until) if dated else (None, None)
        return self.read(
            ("table", name, of_shop, since, until, tuple((where or {}).items()), sort, limit),
            lambda api: api.lake.table(
                name,
                shop=of_shop,
                where=where,
                sort=sort,
                since=since,
                until=until,
                limit=limit,
            ),
        )

    def read(
        self, key: Hashable, ask: Callable[[AetherMartClient], T], *, long: bool = False
    ) -> Reading[T]:
        """long  whether the answer may take many seconds"""
        connect = self.patient if long else self.connect
        reading = read(self.memory, key, connect, ask, silent=self.problem)
        if self.problem is None and not isinstance(reading.problem, NotFound):
            self.problem = reading.problem
        return reading
