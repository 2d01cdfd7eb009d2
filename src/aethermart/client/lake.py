"""/lake: metrics, tables, lineage, ages, quality, queries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from aethermart.client.answers.catalogue import Layer, Lineage, TableInfo, TableList
from aethermart.client.answers.lake import (
    ExplanationAnswer,
    FreshnessList,
    MetricAnswer,
    MetricInfo,
    MetricList,
    QualityReport,
    ShopFreshness,
    TablePage,
)
from aethermart.client.answers.queries import QueryAnswer
from aethermart.client.http import Http
from aethermart.core.errors import BadInput


class LakeClient:
    def __init__(self, http: Http) -> None:
        self._http = http

    def metrics(self) -> tuple[MetricInfo, ...]:
        return self._http.get("/lake/metrics", MetricList).metrics

    def metric(
        self,
        name: str,
        *,
        shop: str | None = None,
        by: str | None = None,
        since: date | datetime | None = None,
        until: date | datetime | None = None,
        where: Mapping[str, str] | None = None,
    ) -> MetricAnswer:
        """Values of one metric.

        shop   None asks for every shop
        by     a dimension or a grain of the metric
        since  included, until excluded: a day of each shop's own calendar, or an instant, which
               needs a time zone
        where  dimension -> the value it has
        """
        asked = {
            "shop": shop,
            "by": by,
            "from": _bound(since),
            "to": _bound(until),
            "where": _conditions(where),
        }
        return self._http.get(f"/lake/metrics/{quote(name, safe='')}", MetricAnswer, asked)

    def explanation(
        self,
        name: str,
        *,
        since: date | datetime,
        until: date | datetime,
        shop: str | None = None,
    ) -> ExplanationAnswer:
        """Why the metric changed from the period of the same length before."""
        asked = {"shop": shop, "from": _bound(since), "to": _bound(until)}
        path = f"/lake/metrics/{quote(name, safe='')}/explanation"
        return self._http.get(path, ExplanationAnswer, asked)

    def tables(self, *, layer: Layer | None = None) -> tuple[TableInfo, ...]:
        return self._http.get("/lake/tables", TableList, {"layer": layer}).tables

    def lineage(self, node: str, *, direction: Literal["up", "down"] = "up") -> Lineage:
        """node  `gold.fct_sales` or one of its columns, `gold.fct_sales.revenue`"""
        path = f"/lake/lineage/{quote(node, safe='')}"
        return self._http.get(path, Lineage, {"direction": direction})

    def query(self, sql: str, *, limit: int = 1000) -> QueryAnswer:
        """Rows of one SELECT over silver and gold, at most `limit` of them."""
        return self._http.post("/lake/queries", QueryAnswer, {"sql": sql, "limit": limit})

    def quality(self, *, shop: str | None = None) -> QualityReport:
        return self._http.get("/lake/quality", QualityReport, {"shop": shop})

    def table(
        self,
        name: str,
        *,
        shop: str | None = None,
        where: Mapping[str, str] | None = None,
        sort: str | None = None,
        since: date | datetime | None = None,
        until: date | datetime | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> TablePage:
        """One page of a table's rows.

        name    of a gold table, or such as `silver.orders`
        where   column -> the value it has
        sort    a column, falling with a minus before it
        limit   0 asks for `detail` alone
        cursor  `next_cursor` of the page before
        """
        asked = {
            "shop": shop,
            "where": _conditions(where),
            "sort": sort,
            "from": _bound(since),
            "to": _bound(until),
            "limit": str(limit),
            "cursor": cursor,
        }
        return self._http.get(f"/lake/tables/{quote(name, safe='')}", TablePage, asked)

    def freshness(self, shop: str | None = None) -> tuple[ShopFreshness, ...]:
        return self._http.get("/lake/freshness", FreshnessList, {"shop": shop}).shops


def _conditions(where: Mapping[str, str] | None) -> list[str]:
    return [f"{name}:{value}" for name, value in (where or {}).items()]


def _bound(value: date | datetime | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime) and value.tzinfo is None:
        raise BadInput(f"{value} has no time zone", fix="pass an aware datetime, for instance UTC")
    return value.isoformat()
