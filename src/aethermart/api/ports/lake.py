"""What the routes of /lake need of the platform: a port, small on purpose.

It speaks the wire's own types (`aethermart.client.answers`), which lie low enough for wiring to
make them. Every call may block; routes call it from the thread pool. Errors are the core's:
NotFound for an unknown metric, BadInput for a `by` the metric does not have, Unavailable while
the lake cannot answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, Protocol

from aethermart.client.answers.catalogue import Lineage, TableInfo
from aethermart.client.answers.lake import (
    ExplanationAnswer,
    MetricAnswer,
    MetricInfo,
    QualityReport,
    ShopFreshness,
    TablePage,
)
from aethermart.client.answers.queries import QueryAnswer
from aethermart.identity.roles import Caller
from aethermart.warehouse.tables.query import TableAsked


class Lake(Protocol):
    def shops(self) -> Sequence[str]:
        """Names of all shops; cheap, asked on most requests."""
        ...

    def version(self) -> str:
        """Changes whenever an answer of `metric` or `table` may; cheap."""
        ...

    def list_metrics(self) -> Sequence[MetricInfo]: ...

    def metric(
        self,
        name: str,
        shop: str | None,
        by: str | None,
        since: date | datetime | None,
        until: date | datetime | None,
        where: Mapping[str, str],
    ) -> MetricAnswer:
        """One metric over [since, until), of one shop or (None) of each.

        since, until  a date is one on each shop's own calendar
        where         dimension -> the value it has
        """
        ...

    def explanation(
        self,
        name: str,
        shop: str | None,
        since: date | datetime,
        until: date | datetime,
    ) -> ExplanationAnswer:
        """Why the metric changed; BadInput for one that cannot be explained."""
        ...

    def list_tables(self, caller: Caller) -> Sequence[TableInfo]: ...

    def table(self, name: str, asked: TableAsked, caller: Caller) -> TablePage:
        """One page of a table that `list_tables` names; NotFound for any other.

        Columns of personal data are masked for a caller without that permission; Forbidden for a
        table about single customers without theirs.
        """
        ...

    def lineage(self, node: str, direction: Literal["up", "down"]) -> Lineage:
        """NotFound for a node that the models do not have."""
        ...

    def query(self, sql: str, limit: int, caller: Caller) -> QueryAnswer:
        """Run one SELECT as the caller may see the tables.

        Raises BadInput for what is no such SELECT or does not run, Forbidden for a table or a
        function that may not be used, QueryTimeout and OutOfMemory beyond the limits.
        """
        ...

    def freshness(self, shop: str | None) -> Sequence[ShopFreshness]: ...

    def quality(self, shop: str | None) -> QualityReport: ...
