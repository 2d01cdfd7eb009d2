"""The real warehouse as the API's platform: its own SQL over a lake of a test's rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aethermart.client.answers import (
    MetricAnswer,
    MetricInfo,
    Readiness,
    ShopFreshness,
    SinkState,
    TableInfo,
    TablePage,
)
from aethermart.warehouse.metrics.query import list_metrics, query_metric
from aethermart.warehouse.tables.query import TableAsked, list_tables, query_table
from tests.warehouse.lake import Lake


@dataclass
class LakePlatform:
    """now  the clock that ages are measured against"""

    lake: Lake
    names: tuple[str, ...]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def shops(self) -> Sequence[str]:
        return self.names

    def list_metrics(self) -> Sequence[MetricInfo]:
        return [MetricInfo.model_validate(metric) for metric in list_metrics()]

    def metric(
        self,
        name: str,
        shop: str | None,
        by: str | None,
        since: datetime | None,
        until: datetime | None,
        where: Mapping[str, str],
    ) -> MetricAnswer:
        with self._asking, closing(self.lake.connection.cursor()) as cursor:
            answer = query_metric(cursor, name, shop, by, since, until, self.now(), where)
        found = MetricAnswer.model_validate(answer)
        return found.model_copy(
            update={"rows": tuple(row for row in found.rows if row.shop in self.names)}
        )

    def list_tables(self) -> Sequence[TableInfo]:
        return [TableInfo.model_validate(table) for table in list_tables()]

    def table(self, name: str, asked: TableAsked) -> TablePage:
        with self._asking, closing(self.lake.connection.cursor()) as cursor:
            return TablePage.model_validate(query_table(cursor, name, asked, self.now()))

    def freshness(self, shop: str | None) -> Sequence[ShopFreshness]:
        ages = self.metric("order_count", shop, None, None, None, {}).shops
        return [
            ShopFreshness(shop=age.shop, as_of=age.as_of, lag_s=age.lag_s)
            for age in ages
            if age.shop in self.names
        ]

    def sinks(self) -> Sequence[SinkState]:
        return ()

    def readiness(self) -> Readiness:
        return Readiness(ready=True)
