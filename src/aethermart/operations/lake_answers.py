"""What the lake alone tells the API: metrics, tables row by row, queries, catalogue and lineage."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

import duckdb

from aethermart.client.answers.catalogue import Lineage, TableInfo
from aethermart.client.answers.lake import (
    ExplanationAnswer,
    MetricAnswer,
    MetricInfo,
    Quality,
    StoppedTable,
    TablePage,
)
from aethermart.client.answers.queries import QueryAnswer
from aethermart.core.clock import Clock
from aethermart.core.errors import BadInput, Unavailable
from aethermart.engine.opening import OutOfMemory
from aethermart.governance.catalogue import Catalogue
from aethermart.governance.checks import Checks
from aethermart.governance.lineage import LineageOf
from aethermart.identity.roles import Caller, Permission
from aethermart.warehouse.masking import KEY_PARAMETER, LakeTable, Sight
from aethermart.warehouse.metrics.explanation import explain
from aethermart.warehouse.metrics.query import list_metrics, query_metric
from aethermart.warehouse.sql_queries.query import TIMEOUT_S, run_query
from aethermart.warehouse.tables.declared import ReadableTable, as_declared
from aethermart.warehouse.tables.query import TableAsked, TableSource, query_rows

_MOST_AT_ONCE = 2  # hand-written queries; more would leave too little memory to the mirror


class Read(Protocol):
    """Lends a connection in a read transaction; its statements end after `timeout_s`."""

    def __call__(
        self, timeout_s: float | None = None
    ) -> AbstractContextManager[duckdb.DuckDBPyConnection]: ...


@dataclass(frozen=True, slots=True)
class Governed:
    """What is known of the tables beside their rows. mask_key: pseudonyms are made with it."""

    catalogue: Catalogue
    lineage: LineageOf
    checks: Checks
    mask_key: str = field(repr=False)


class LakeAnswers:
    """The part of api.platform.Platform that needs the lake and a clock.

    read  lends a connection in a transaction of its own: one consistent picture
    """

    def __init__(self, read: Read, governed: Governed, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._governed = governed
        self._running = threading.BoundedSemaphore(_MOST_AT_ONCE)

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

    def explanation(
        self,
        name: str,
        shop: str | None,
        since: date | datetime,
        until: date | datetime,
    ) -> ExplanationAnswer:
        with self._read() as connection:
            answer = explain(connection, name, shop, since, until, self._clock())
            stopped = self._stopped(connection, shop)
        found = ExplanationAnswer.model_validate(answer)
        return found.model_copy(update={"quality": _with_stopped(found.quality, stopped)})

    def list_tables(self, caller: Caller) -> Sequence[TableInfo]:
        with self._read() as connection:
            tables = self._governed.catalogue.list_tables(connection, sight_of(caller))
        return [TableInfo.model_validate(table) for table in tables]

    def table(self, name: str, asked: TableAsked, caller: Caller) -> TablePage:
        catalogue, sight = self._governed.catalogue, sight_of(caller)
        full_name = catalogue.full_name(name)
        detail = TableInfo.model_validate(catalogue.table(full_name, sight))
        if asked.limit == 0:
            return TablePage(table=name, detail=detail, columns=(), rows=())
        table = catalogue.tables.get(full_name)
        if table is None:
            raise BadInput(
                f"rows of {full_name} are not shown: they are as the shop wrote them",
                fix="ask with limit=0 for its columns, or for the table of silver made of it",
            )
        table.check_readable(sight)
        source = _source(table, sight, self._governed.mask_key)
        with self._read() as connection:
            page = query_rows(connection, source, asked, self._clock())
            stopped = self._stopped(connection, asked.shop)
        found = TablePage.model_validate(page)
        quality = _with_stopped(found.quality, stopped)
        return found.model_copy(update={"quality": quality, "detail": detail})

    def lineage(self, node: str, direction: Literal["up", "down"]) -> Lineage:
        return Lineage.model_validate(self._governed.lineage.of(node, direction))

    def query(self, sql: str, limit: int, caller: Caller) -> QueryAnswer:
        if not self._running.acquire(timeout=TIMEOUT_S / 2):
            raise Unavailable(
                f"{_MOST_AT_ONCE} queries are running already", fix="try again in some seconds"
            )
        try:
            with self._read(TIMEOUT_S) as connection:
                answer = run_query(
                    connection,
                    sql,
                    self._governed.catalogue.tables,
                    sight_of(caller),
                    self._governed.mask_key,
                    limit,
                    self._clock(),
                )
                stopped = self._stopped(connection, None)
        except OutOfMemory as error:
            raise BadInput(
                "the query needs more memory than it may have",
                fix="ask for less: fewer columns, a shorter period, no sorting of all rows",
            ) from error
        finally:
            self._running.release()
        found = QueryAnswer.model_validate(answer)
        return found.model_copy(update={"quality": _with_stopped(found.quality, stopped)})

    def _stopped(
        self, connection: duckdb.DuckDBPyConnection, shop: str | None
    ) -> tuple[StoppedTable, ...]:
        """Tables that do not follow their source just now; who knows of them says which."""
        return ()


def _with_stopped(quality: Quality, stopped: tuple[StoppedTable, ...]) -> Quality:
    return quality.model_copy(update={"stopped_tables": stopped})


def sight_of(caller: Caller) -> Sight:
    """What the caller may see of the rows of any table."""
    return Sight(
        personal_data=caller.may(Permission.PERSONAL_DATA),
        customer_rows=caller.may(Permission.CUSTOMER_ROWS),
    )


def _source(table: LakeTable, sight: Sight, mask_key: str) -> TableSource:
    """The table as it is paged: as tables.toml shows it, or with all columns by its key."""
    if not table.key:
        raise BadInput(
            f"{table.full_name} has no key to be paged along",
            fix="read it by POST /lake/queries",
        )
    readable = as_declared(table.schema, table.name) or ReadableTable(
        name=table.name,
        description="",
        key=table.key,
        columns=tuple(table.columns),
        schema=table.schema,
    )
    sql = table.select(sight)
    return TableSource(readable, sql, {KEY_PARAMETER: mask_key} if KEY_PARAMETER in sql else {})
