"""/lake: declared metrics, gold tables row by row, and how old each shop's data are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from aethermart.api.authorise import authorise
from aethermart.api.problems import RESPONSES
from aethermart.api.routes.asked import PeriodAsked, PlatformOf, ShopQuery, known_shop
from aethermart.client.answers import (
    FreshnessList,
    MetricAnswer,
    MetricList,
    QualityReport,
    TableList,
    TablePage,
)
from aethermart.warehouse.tables.query import MOST_ROWS, TableAsked

router = APIRouter(
    prefix="/lake", tags=["lake"], dependencies=[Depends(authorise("lake"))], responses=RESPONSES
)


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


@router.get("/metrics")
def list_metrics(platform: PlatformOf) -> MetricList:
    """Every declared metric with the ways it can be split."""
    return MetricList(metrics=tuple(platform.list_metrics()))


@router.get("/metrics/{name}")
def metric(
    platform: PlatformOf,
    name: Annotated[str, Path(examples=["revenue"])],
    asked: Annotated[MetricAsked, Query()],
) -> MetricAnswer:
    """One metric's values, a row a shop, currency and key, with their age and what is missing."""
    shop = known_shop(platform, asked.shop)
    return platform.metric(name, shop, asked.by, asked.since, asked.until, dict(asked.where))


@router.get("/tables")
def list_tables(platform: PlatformOf) -> TableList:
    """Every table of gold that can be read row by row, with the columns it shows."""
    return TableList(tables=tuple(platform.list_tables()))


@router.get("/tables/{name}")
def table(
    platform: PlatformOf,
    name: Annotated[str, Path(examples=["fct_orders"])],
    asked: Annotated[RowsAsked, Query()],
) -> TablePage:
    """Rows of one table, a page at a time; columns of personal data are not among them."""
    return platform.table(
        name,
        TableAsked(
            shop=known_shop(platform, asked.shop),
            where=dict(asked.where),
            sort=asked.sort,
            since=asked.since,
            until=asked.until,
            limit=asked.limit,
            cursor=asked.cursor,
        ),
    )


@router.get("/freshness")
def freshness(platform: PlatformOf, asked: ShopQuery) -> FreshnessList:
    """How old each shop's data are, hop by hop, from the time of the shop's own commits."""
    return FreshnessList(shops=tuple(platform.freshness(known_shop(platform, asked.shop))))


@router.get("/quality")
def quality(platform: PlatformOf, asked: ShopQuery) -> QualityReport:
    """Every rule that met rows, with their number: set aside, mended, emptied, noted or linked."""
    return platform.quality(known_shop(platform, asked.shop))
