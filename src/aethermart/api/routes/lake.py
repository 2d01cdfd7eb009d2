"""/lake: declared metrics, gold tables row by row, and how old each shop's data are."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from aethermart.api.authorise import CallerOf, Needs
from aethermart.api.problems import RESPONSES
from aethermart.api.reads import NOT_MODIFIED, ReadOf
from aethermart.api.routes.asked import (
    Bound,
    LakeOf,
    PeriodAsked,
    ShopAsked,
    ShopQuery,
    known_shop,
)
from aethermart.client.answers.catalogue import Layer, Lineage, TableList
from aethermart.client.answers.lake import (
    ExplanationAnswer,
    FreshnessList,
    MetricAnswer,
    MetricList,
    QualityReport,
    TablePage,
)
from aethermart.client.answers.queries import QueryAnswer, QueryAsked
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


class ExplanationAsked(ShopAsked):
    since: Bound = Field(
        alias="from",
        description="Included: an instant, or a day of each shop's own calendar.",
        examples=["2026-01-01"],
    )
    until: Bound = Field(
        alias="to", description="Excluded, of the same kind as `from`.", examples=["2026-02-01"]
    )


class RowsAsked(PeriodAsked):
    sort: str | None = Field(
        default=None, description="A column, falling with a minus first.", examples=["-revenue"]
    )
    limit: int = Field(default=100, ge=0, le=MOST_ROWS, description="Rows on a page.")
    cursor: str | None = Field(default=None, description="`next_cursor` of the page before.")


class TablesAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    layer: Layer | None = Field(default=None, description="Only tables of this layer.")


class LineageAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    direction: Literal["up", "down"] = Field(
        default="up", description="up: what it comes from; down: what it flows into."
    )


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


@router.get(
    "/metrics/{name}/explanation",
    dependencies=_METRICS,
    response_model=ExplanationAnswer,
    responses=NOT_MODIFIED,
)
def explanation(
    lake: LakeOf,
    name: Annotated[str, Path(examples=["revenue"])],
    asked: Annotated[ExplanationAsked, Query()],
    read: ReadOf,
) -> Response:
    """Why revenue changed against the period of the same length before: volume, mix, price,
    products that came or went, refunds; the parts sum to the change, to the cent."""
    shop = known_shop(lake, asked.shop)
    return read(lake.version(), lambda: lake.explanation(name, shop, asked.since, asked.until))


@router.get("/tables", dependencies=_CATALOGUE)
def list_tables(
    lake: LakeOf, caller: CallerOf, asked: Annotated[TablesAsked, Query()]
) -> TableList:
    """Every table and view of the lake: its layer, owner, key, rows and columns with their class
    of personal data."""
    tables = lake.list_tables(caller)
    return TableList(tables=tuple(t for t in tables if asked.layer in (None, t.layer)))


@router.get(
    "/tables/{name}",
    dependencies=_ROWS,
    response_model=TablePage,
    responses=NOT_MODIFIED,
)
def table(
    lake: LakeOf,
    caller: CallerOf,
    name: Annotated[str, Path(examples=["fct_orders"])],
    asked: Annotated[RowsAsked, Query()],
    read: ReadOf,
) -> Response:
    """A table of silver (`silver.orders`) or gold and its rows, a page at a time; personal data
    masked for whoever may not see them. With `limit=0` no rows, of any table."""
    rows = TableAsked(
        shop=known_shop(lake, asked.shop),
        where=dict(asked.where),
        sort=asked.sort,
        since=asked.since,
        until=asked.until,
        limit=asked.limit,
        cursor=asked.cursor,
    )
    return read(lake.version(), lambda: lake.table(name, rows, caller))


@router.get("/lineage/{node}", dependencies=_CATALOGUE)
def lineage(
    lake: LakeOf,
    node: Annotated[str, Path(examples=["gold.fct_sales.revenue"])],
    asked: Annotated[LineageAsked, Query()],
) -> Lineage:
    """Where a column comes from, back to the shops' own columns, or what it flows into."""
    return lake.lineage(node, asked.direction)


@router.post("/queries", dependencies=_ROWS)
def query(lake: LakeOf, caller: CallerOf, asked: QueryAsked) -> QueryAnswer:
    """One SELECT over silver and gold, as far as the caller may see their rows and columns."""
    return lake.query(asked.sql, asked.limit, caller)


@router.get("/freshness", dependencies=_METRICS)
def freshness(lake: LakeOf, asked: ShopQuery) -> FreshnessList:
    """How old each shop's data are, hop by hop, from the time of the shop's own commits."""
    return FreshnessList(shops=tuple(lake.freshness(known_shop(lake, asked.shop))))


@router.get("/quality", dependencies=_METRICS)
def quality(lake: LakeOf, asked: ShopQuery) -> QualityReport:
    """Every rule that met rows, with their number: set aside, mended, emptied, noted or linked."""
    return lake.quality(known_shop(lake, asked.shop))
