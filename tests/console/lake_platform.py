"""The platform's own answers over a lake of a test's rows."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime

import duckdb

from aethermart.client.answers.lake import MetricAnswer, QualityReport, ShopFreshness
from aethermart.client.answers.ops import Readiness, SinkState
from aethermart.operations.lake_answers import LakeAnswers
from tests.api.fake_operations import FakeOperations
from tests.warehouse.governed import governed_over
from tests.warehouse.lake import Lake


class LakePlatform(LakeAnswers, FakeOperations):
    """Some shops of a lake, `names`; the board tells nothing."""

    def __init__(
        self,
        lake: Lake,
        names: tuple[str, ...],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        FakeOperations.__init__(self)
        LakeAnswers.__init__(self, self._cursor, governed_over(lake), clock)
        self.lake = lake
        self.names = names
        self._asking = threading.Lock()
        self._versions = itertools.count()

    @contextmanager
    def _cursor(self, timeout_s: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._asking, closing(self.lake.connection.cursor()) as cursor:
            yield cursor

    def shops(self) -> Sequence[str]:
        return self.names

    def version(self) -> str:
        """Another each time: a test writes into the lake whenever it likes."""
        return f"{next(self._versions)}"

    def quality(self, shop: str | None) -> QualityReport:
        return QualityReport(rules=())

    def metric(
        self,
        name: str,
        shop: str | None,
        by: str | None,
        since: date | datetime | None,
        until: date | datetime | None,
        where: Mapping[str, str],
    ) -> MetricAnswer:
        found = super().metric(name, shop, by, since, until, where)
        return found.model_copy(
            update={"rows": tuple(row for row in found.rows if row.shop in self.names)}
        )

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
