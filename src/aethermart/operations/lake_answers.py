"""What the lake alone tells the API: metrics, and gold's tables row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime

import duckdb

from aethermart.client.answers.lake import (
    MetricAnswer,
    MetricInfo,
    Quality,
    StoppedTable,
    TableInfo,
    TablePage,
)
from aethermart.core.clock import Clock
from aethermart.warehouse.metrics.query import list_metrics, query_metric
from aethermart.warehouse.tables.query import TableAsked, list_tables, query_table

Read = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


class LakeAnswers:
    """The part of api.platform.Platform that needs the lake and a clock.

    read  lends a connection in a transaction of its own: one consistent picture
    """

    def __init__(self, read: Read, clock: Clock) -> None:
        self._read = read
        self._clock = clock

    def list_metrics(self) -> Sequence[MetricInfo]:
        return [MetricInfo.model_validate(metric) for metric in list_metrics()]

    def metric(
        self,
        name: str,
        shop: str | None,
        by: str | None,
        since: date | datetime | None,
        until: date | datetime | None,
        where: Mapping[str, str],
    ) -> MetricAnswer:
        with self._read() as connection:
            answer = query_metric(connection, name, shop, by, since, until, self._clock(), where)
            stopped = self._stopped(connection, shop)
        found = MetricAnswer.model_validate(answer)
        return found.model_copy(update={"quality": _with_stopped(found.quality, stopped)})

    def list_tables(self) -> Sequence[TableInfo]:
        return [TableInfo.model_validate(table) for table in list_tables()]

    def table(self, name: str, asked: TableAsked) -> TablePage:
        with self._read() as connection:
            page = query_table(connection, name, asked, self._clock())
            stopped = self._stopped(connection, asked.shop)
        found = TablePage.model_validate(page)
        return found.model_copy(update={"quality": _with_stopped(found.quality, stopped)})

    def _stopped(
        self, connection: duckdb.DuckDBPyConnection, shop: str | None
    ) -> tuple[StoppedTable, ...]:
        """Tables that do not follow their source just now; who knows of them says which."""
        return ()


def _with_stopped(quality: Quality, stopped: tuple[StoppedTable, ...]) -> Quality:
    return quality.model_copy(update={"stopped_tables": stopped})
