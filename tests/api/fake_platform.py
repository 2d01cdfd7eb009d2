"""A platform that behaves: it holds orders in a list and answers the declared metrics from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from aethermart.client.answers.catalogue import (
    ColumnInfo,
    Lineage,
    LineageEdge,
    LineageNode,
    TableInfo,
)
from aethermart.client.answers.lake import (
    Explanation,
    ExplanationAnswer,
    ExplanationPart,
    Hop,
    MetricAnswer,
    MetricInfo,
    MetricRow,
    Quality,
    QualityReport,
    RuleCount,
    ShopAge,
    ShopFreshness,
    StoppedTable,
    TableColumn,
    TablePage,
)
from aethermart.client.answers.ops import Readiness, SinkState
from aethermart.client.answers.queries import QueryAnswer
from aethermart.core.errors import BadInput, NotFound
from aethermart.core.money import UNKNOWN_CURRENCY
from aethermart.identity.roles import Caller, Permission
from aethermart.warehouse.tables.query import TableAsked
from tests.api.fake_operations import FakeOperations

TOKEN = "all-of-it-0123456789"
NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)

_DIMENSIONS = ("country", "status", "channel")
_GRAINS = ("day", "week", "month")
_UNITS = {
    "revenue": "money",
    "order_count": "count",
    "average_order_value": "money",
    "pending_stuck": "count",
}

_COLUMNS = (
    TableColumn(name="shop", type="text"),
    TableColumn(name="ordered_at", type="instant"),
    TableColumn(name="status", type="text"),
    TableColumn(name="total", type="decimal(18,2)"),
)


@dataclass(frozen=True, slots=True)
class FakeOrder:
    shop: str
    currency: str
    total: str
    at: datetime
    status: str = "PAID"
    country: str = "DE"
    channel: str = "web"


@dataclass
class FakePlatform(FakeOperations):
    """as_of  how far each shop is read; a shop without one has no data yet
    now       the clock ages are measured against
    calls     every question asked, to prove that a refused one was never put
    """

    shop_names: list[str] = field(default_factory=lambda: ["aethermart", "online_retail"])
    orders: list[FakeOrder] = field(default_factory=list)
    as_of: dict[str, datetime] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    quarantined: dict[str, int] = field(default_factory=dict)
    stopped: list[StoppedTable] = field(default_factory=list)
    sink_errors: dict[str, str] = field(default_factory=dict)
    quiet: set[str] = field(default_factory=set)
    waiting_for: tuple[str, ...] = ()
    changes: int = 0

    def shops(self) -> Sequence[str]:
        return tuple(self.shop_names)

    def version(self) -> str:
        """Of all that a test may change by hand."""
        told = (self.orders, self.as_of, self.quarantined, self.stopped, self.shop_names)
        return f"{self.changes} {told!r}"

    def list_metrics(self) -> Sequence[MetricInfo]:
        self._called("list_metrics")
        return [
            MetricInfo(
                name=name,
                label=name.replace("_", " ").capitalize(),
                description=f"The {name} of the fake.",
                unit=unit,  # type: ignore[arg-type]
                dimensions=_DIMENSIONS,
                grains=_GRAINS,
            )
            for name, unit in _UNITS.items()
        ]

    def metric(
        self,
        name: str,
        shop: str | None,
        by: str | None,
        since: date | datetime | None,
        until: date | datetime | None,
        where: Mapping[str, str],
    ) -> MetricAnswer:
        self._called(f"metric {name}")
        if name not in _UNITS:
            raise NotFound(f"there is no metric {name!r}", fix=f"use one of: {', '.join(_UNITS)}")
        if by is not None and by not in _DIMENSIONS + _GRAINS:
            raise BadInput(f"{name} has no {by!r}", fix="use a dimension or a grain of the metric")
        shops = self._shown(shop)
        groups: dict[tuple[str, str, str | None], list[FakeOrder]] = defaultdict(list)
        for order in self.orders:
            wanted = all(getattr(order, name) == value for name, value in where.items())
            if wanted and order.shop in shops and _within(order.at, since, until):
                groups[order.shop, order.currency, _key(order, by)].append(order)
        ages = [self._age(each) for each in shops]
        known = [age for age in ages if age.as_of is not None]
        return MetricAnswer(
            metric=name,
            label=name.capitalize(),
            description=f"The {name} of the fake.",
            unit=_UNITS[name],  # type: ignore[arg-type]
            by=by,
            rows=tuple(
                MetricRow(shop=s, currency=c, key=k, value=self._value(name, by, orders))
                for (s, c, k), orders in sorted(groups.items(), key=lambda item: str(item[0]))
            ),
            as_of=min((age.as_of for age in known if age.as_of), default=None),
            lag_s=max((age.lag_s for age in known if age.lag_s is not None), default=None),
            shops=tuple(ages),
            quality=Quality(
                quarantined_rows=sum(self.quarantined.get(each, 0) for each in shops),
                stopped_tables=tuple(each for each in self.stopped if each.shop in shops),
            ),
            sources=("gold.fct_sales",),
        )

    def explanation(
        self,
        name: str,
        shop: str | None,
        since: date | datetime,
        until: date | datetime,
    ) -> ExplanationAnswer:
        """The change of revenue, all of it by volume."""
        self._called(f"explanation {name}")
        if name != "revenue":
            raise BadInput(f"{name} cannot be explained", fix="ask for revenue")
        first, end = _instant(since), _instant(until)
        against = first - (end - first)
        before = self.metric(name, shop, None, against, first, {}).rows
        after = self.metric(name, shop, None, first, end, {}).rows
        sums = [{(row.shop, row.currency): row.value for row in rows} for rows in (before, after)]
        return ExplanationAnswer(
            metric=name,
            against=against,
            since=first,
            until=end,
            rows=tuple(
                Explanation(
                    shop=place[0],
                    currency=place[1] or UNKNOWN_CURRENCY,
                    base=Decimal(sums[0].get(place) or 0),
                    value=Decimal(sums[1].get(place) or 0),
                    parts=(
                        ExplanationPart(
                            cause="volume",
                            amount=Decimal(sums[1].get(place) or 0)
                            - Decimal(sums[0].get(place) or 0),
                        ),
                    ),
                )
                for place in sorted({*sums[0], *sums[1]}, key=str)
            ),
            shops=tuple(self._age(each) for each in self._shown(shop)),
            sources=("gold.fct_sales",),
        )

    def list_tables(self, caller: Caller) -> Sequence[TableInfo]:
        self._called("list_tables")
        return [_table(caller)]

    def table(self, name: str, asked: TableAsked, caller: Caller) -> TablePage:
        """The orders by their time; a page begins at the number that the cursor says."""
        self._called(f"table {name}")
        if name != "fct_orders":
            raise NotFound(f"there is no table {name!r}", fix="use one of: fct_orders")
        rows = [
            (order.shop, f"{order.at:%Y-%m-%dT%H:%M:%SZ}", order.status, order.total)
            for order in sorted(self.orders, key=lambda each: each.at)
            if asked.shop in (None, order.shop)
            and _within(order.at, asked.since, asked.until)
            and all(getattr(order, name) == value for name, value in asked.where.items())
        ]
        first = int(asked.cursor or 0)
        end = first + asked.limit
        return TablePage(
            table=name,
            detail=_table(caller),
            columns=_COLUMNS,
            rows=tuple(rows[first:end]),
            next_cursor=str(end) if end < len(rows) else None,
            shops=tuple(self._age(each) for each in self._shown(asked.shop)),
            sources=("gold.fct_orders",),
        )

    def lineage(self, node: str, direction: Literal["up", "down"]) -> Lineage:
        """Revenue comes from the shop's own column."""
        self._called(f"lineage {node} {direction}")
        revenue, own = "gold.fct_sales.revenue", "shop.aethermart.orders.total_amount"
        if node != revenue:
            raise NotFound(f"there is no {node!r}", fix=f"ask for {revenue}")
        return Lineage(
            node=node,
            direction=direction,
            nodes=(
                LineageNode(node=revenue, layer="gold", table="fct_sales", column="revenue"),
                LineageNode(node=own, layer="shop", table="orders", column="total_amount"),
            ),
            edges=(LineageEdge(source=own, target=revenue, transformation=None),),
            sources=(own,),
        )

    def query(self, sql: str, limit: int, caller: Caller) -> QueryAnswer:
        """The number of orders, whatever was asked."""
        self._called(f"query {caller.role} {limit} {sql}")
        return QueryAnswer(
            columns=(TableColumn(name="orders", type="integer"),),
            rows=((len(self.orders),),),
            row_count=1,
            truncated=False,
            shops=tuple(self._age(each) for each in self.shop_names),
            sources=("gold.fct_orders",),
            sql=sql,
            elapsed_s=0.01,
        )

    def freshness(self, shop: str | None) -> Sequence[ShopFreshness]:
        self._called("freshness")
        return [self._freshness(each) for each in self._shown(shop)]

    def quality(self, shop: str | None) -> QualityReport:
        self._called("quality")
        rules = [
            RuleCount(shop=name, entity="orders", rule="set_aside", done="quarantined", rows=rows)
            for name, rows in self.quarantined.items()
            if shop in (None, name)
        ]
        ages = [self._age(name) for name in self._shown(shop)]
        return QualityReport(rules=tuple(rules), shops=tuple(ages))

    def sinks(self) -> Sequence[SinkState]:
        self._called("sinks")
        return [
            SinkState(
                sink="mirror",
                shop=shop,
                applied=41,
                head=42,
                behind=1,
                status="stopped" if shop in self.sink_errors else "running",
                error=self.sink_errors.get(shop),
            )
            for shop in self.shop_names
        ]

    def readiness(self) -> Readiness:
        self._called("readiness")
        return Readiness(ready=not self.waiting_for, waiting_for=self.waiting_for)

    def _shown(self, shop: str | None) -> list[str]:
        return [each for each in self.shop_names if shop in (None, each)]

    def _age(self, shop: str) -> ShopAge:
        as_of = self.as_of.get(shop)
        lag_s = None if as_of is None else max(0.0, (self.now() - as_of).total_seconds())
        return ShopAge(shop=shop, as_of=as_of, lag_s=lag_s)

    def _freshness(self, shop: str) -> ShopFreshness:
        age = self._age(shop)
        hops = tuple(
            Hop(hop=name, offset=42 - late, at=age.as_of, lag_s=age.lag_s)
            for late, name in enumerate(("capture", "log", "mirror", "archive"))
        )
        return ShopFreshness(
            shop=shop,
            as_of=age.as_of,
            lag_s=age.lag_s,
            hops=hops if age.as_of else (),
            quiet=shop in self.quiet,
        )

    def _value(
        self, name: str, by: str | None, orders: Iterable[FakeOrder]
    ) -> int | Decimal | None:
        kept = [o for o in orders if o.status != "CANCELLED"]
        if name == "order_count":
            return len(list(orders)) if by == "status" else len(kept)
        if name == "pending_stuck":
            return sum(
                o.status == "PENDING" and o.at < self.as_of[o.shop] - timedelta(hours=24)
                for o in kept
            )
        revenue = sum((Decimal(o.total) for o in kept), Decimal("0.00"))
        if name == "revenue":
            return revenue
        if not kept:
            return None
        return (revenue / len(kept)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _table(caller: Caller) -> TableInfo:
    masked = not caller.may(Permission.PERSONAL_DATA)
    return TableInfo(
        name="fct_orders",
        layer="gold",
        description="Orders of the fake.",
        owner="executive",
        key=("ordered_at",),
        columns=(
            *(ColumnInfo(name=column.name, type=column.type) for column in _COLUMNS),
            ColumnInfo(name="customer_id", type="text", pii="customer_id", masked=masked),
        ),
        time="ordered_at",
        readable=True,
    )


def _within(at: datetime, since: date | datetime | None, until: date | datetime | None) -> bool:
    first, end = (
        datetime.combine(bound, time(), UTC)
        if bound is not None and not isinstance(bound, datetime)
        else bound
        for bound in (since, until)
    )
    return (first is None or first <= at) and (end is None or at < end)


def _instant(bound: date | datetime) -> datetime:
    return bound if isinstance(bound, datetime) else datetime.combine(bound, time(), UTC)


def _key(order: FakeOrder, by: str | None) -> str | None:
    if by is None:
        return None
    if by in _DIMENSIONS:
        return str(getattr(order, by))
    day = order.at.date()
    if by == "month":
        return f"{day:%Y-%m}"
    return str(day if by == "day" else day - timedelta(days=day.weekday()))


def three_orders() -> FakePlatform:
    """Two shops in two currencies at noon: 150.00 EUR of two orders, 10.05 GBP of one.

    One EUR order of 70.00 is cancelled; the PENDING one of 100.00 is two days old.
    """
    orders = [
        FakeOrder("aethermart", "EUR", "100.00", NOON - timedelta(days=2), status="PENDING"),
        FakeOrder("aethermart", "EUR", "50.00", NOON - timedelta(hours=1), country="FR"),
        FakeOrder("aethermart", "EUR", "70.00", NOON - timedelta(hours=1), status="CANCELLED"),
        FakeOrder("online_retail", "GBP", "10.05", NOON - timedelta(days=40), country="GB"),
    ]
    return FakePlatform(
        orders=orders,
        as_of={
            "aethermart": NOON - timedelta(seconds=0.8),
            "online_retail": NOON - timedelta(seconds=3),
        },
        now=lambda: NOON,
        quarantined={"online_retail": 3},
    )
