"""/lake: declared metrics, gold tables row by row, and how old each shop's data are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from aethermart.api.authorise import Needs
from aethermart.api.problems import RESPONSES
from aethermart.api.reads import NOT_MODIFIED, ReadOf
from aethermart.api.routes.asked import LakeOf, PeriodAsked, ShopQuery, known_shop
from aethermart.client.answers.lake import (
    FreshnessList,
    MetricAnswer,
    MetricList,
    QualityReport,
    TableList,
    TablePage,
)
from aethermart.identity.roles import Permission
from aethermart.warehouse.tables.query import MOST_ROWS, TableAsked

router = APIRouter(prefix="/lake", tags=["lake"], responses=RESPONSES)
_METRICS = [Depends(Needs(Permission.METRICS))]
_CATALOGUE = [Depends(Needs(Permission.CATALOGUE))]
_ROWS = [Depends(Needs(Permission.ROWS))]


class MetricAsked(PeriodAsked):
    by: str | None = Field(
        default=None, description="A dimension or a grain of the metric.", examples=["month"]
    )


class RowsAsked(PeriodAsked):
    sort: str | None = Field(
        default=None, description="A column, falling with a minus first.", examples=["-revenue"]
    )
    limit: int = Field(default=100, ge=1, le=MOST_ROWS, description="Rows on a page.")
    cursor: str | None = Field(default=None, description="`next_cursor` of the page before.")


@router.get("/metrics", dependencies=_METRICS)
def list_metrics(lake: LakeOf) -> MetricList:
    """Every declared metric with the ways it can be split."""
    return MetricList(metrics=tuple(lake.list_metrics()))


@router.get(
    "/metrics/{name}",
    dependencies=_METRICS,
    response_model=MetricAnswer,
    responses=NOT_MODIFIED,
)
def metric(
    lake: LakeOf,
    name: Annotated[str, Path(examples=["revenue"])],
    asked: Annotated[MetricAsked, Query()],
    read: ReadOf,
) -> Response:
    """One metric's values, a row a shop, currency and key, with their age and what is missing."""
    shop = known_shop(lake, asked.shop)
    return read(
        lake.version(),
        lambda: lake.metric(name, shop, asked.by, asked.since, asked.until, dict(asked.where)),
    )


@router.get("/tables", dependencies=_CATALOGUE)
def list_tables(lake: LakeOf) -> TableList:
    """Every table of gold that can be read row by row, with the columns it shows."""
    return TableList(tables=tuple(lake.list_tables()))


@router.get(
    "/tables/{name}",
    dependencies=_ROWS,
    response_model=TablePage,
    responses=NOT_MODIFIED,
)
def table(
    lake: LakeOf,
    name: Annotated[str, Path(examples=["fct_orders"])],
    asked: Annotated[RowsAsked, Query()],
    read: ReadOf,
) -> Response:
    """Rows of one table, a page at a time; columns of personal data are not among them."""
    rows = TableAsked(
        shop=known_shop(lake, asked.shop),
        where=dict(asked.where),
        sort=asked.sort,
        since=asked.since,
        until=asked.until,
        limit=asked.limit,
        cursor=asked.cursor,
    )
    return read(lake.version(), lambda: lake.table(name, rows))


@router.get("/freshness", dependencies=_METRICS)
def freshness(lake: LakeOf, asked: ShopQuery) -> FreshnessList:
    """How old each shop's data are, hop by hop, from the time of the shop's own commits."""
    return FreshnessList(shops=tuple(lake.freshness(known_shop(lake, asked.shop))))


@router.get("/quality", dependencies=_METRICS)
def quality(lake: LakeOf, asked: ShopQuery) -> QualityReport:
    """Every rule that met rows, with their number: set aside, mended, emptied, noted or linked."""
    return lake.quality(known_shop(lake, asked.shop))
