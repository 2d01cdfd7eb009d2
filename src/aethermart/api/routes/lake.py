"""/lake: declared metrics and how old each shop's data are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field, model_validator

from aethermart.api.authorise import authorise
from aethermart.api.problems import RESPONSES
from aethermart.api.routes.asked import Instant, PlatformOf, ShopAsked, ShopQuery, known_shop
from aethermart.client.answers import FreshnessList, MetricAnswer, MetricList

router = APIRouter(
    prefix="/lake", tags=["lake"], dependencies=[Depends(authorise("lake"))], responses=RESPONSES
)


class MetricAsked(ShopAsked):
    by: str | None = Field(
        default=None, description="A dimension or a grain of the metric.", examples=["month"]
    )
    since: Instant | None = Field(
        default=None, alias="from", description="Included.", examples=["2026-01-01T00:00:00Z"]
    )
    until: Instant | None = Field(
        default=None, alias="to", description="Excluded.", examples=["2026-02-01"]
    )

    @model_validator(mode="after")
    def _forwards(self) -> MetricAsked:
        if self.since and self.until and self.since >= self.until:
            raise ValueError(f"`from` {self.since} is not before `to` {self.until}")
        return self


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
    return platform.metric(name, shop, asked.by, asked.since, asked.until)


@router.get("/freshness")
def freshness(platform: PlatformOf, asked: ShopQuery) -> FreshnessList:
    """How old each shop's data are, hop by hop, from the time of the shop's own commits."""
    return FreshnessList(shops=tuple(platform.freshness(known_shop(platform, asked.shop))))
