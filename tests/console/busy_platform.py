"""A platform whose lake, queries and ages a test sets, for the pages that look at the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from aethermart.client.answers.catalogue import (
    ColumnInfo,
    Layer,
    Lineage,
    LineageEdge,
    LineageNode,
    TableInfo,
)
from aethermart.client.answers.lake import Check, Hop, QualityReport, ShopFreshness, TableColumn
from aethermart.client.answers.ops import Alert, RetentionClass, Run, RunError, RunState, SinkState
from aethermart.client.answers.queries import QueryAnswer
from aethermart.core.errors import AetherMartError, NotFound
from aethermart.identity.roles import Caller, Permission
from tests.api.fake_operations import letter
from tests.api.fake_platform import NOON, FakePlatform, three_orders

_BOUNDS = {"capture": 15.0, "log": 5.0, "mirror": 5.0, "warehouse": 5.0, "archive": 10.0}


@dataclass
class BusyPlatform(FakePlatform):
    """edges   what flows into what, by node; lineage follows them
    own_s   (shop, hop) -> seconds that this hop alone is late
    answer  what a query gives, or how it is refused
    """

    tables: list[TableInfo] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    own_s: dict[tuple[str, str], float] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    sinks_are: list[SinkState] = field(default_factory=list)
    answer: QueryAnswer | AetherMartError | None = None

    def list_tables(self, caller: Caller) -> Sequence[TableInfo]:
        self._called("list_tables")
        clear = caller.may(Permission.PERSONAL_DATA)
        return [
            table.model_copy(
                update={
                    "columns": tuple(
                        column.model_copy(update={"masked": bool(column.pii) and not clear})
                        for column in table.columns
                    )
                }
            )
            for table in self.tables
        ]

    def lineage(self, node: str, direction: Literal["up", "down"]) -> Lineage:
        self._called(f"lineage {node} {direction}")
        if node not in {name for edge in self.edges for name in edge}:
            raise NotFound(f"the models have no {node!r}", fix="name a table of the catalogue")
        found, ahead, kept = {node}, [node], set[tuple[str, str]]()
        while ahead:
            at = ahead.pop()
            for source, target in self.edges:
                here, there = (target, source) if direction == "up" else (source, target)
                if here == at:
                    kept.add((source, target))
                    if there not in found:
                        found.add(there)
                        ahead.append(there)
        return Lineage(
            node=node,
            direction=direction,
            nodes=tuple(_node(name) for name in sorted(found)),
            edges=tuple(LineageEdge(source=s, target=t) for s, t in sorted(kept)),
        )

    def query(self, sql: str, limit: int, caller: Caller) -> QueryAnswer:
        self._called(f"query {caller.role} {limit} {sql}")
        if isinstance(self.answer, AetherMartError):
            raise self.answer
        return self.answer or super().query(sql, limit, caller)

    def quality(self, shop: str | None) -> QualityReport:
        update = {"checks": self.checks, "checked_at": NOON if self.checks else None}
        return super().quality(shop).model_copy(update=update)

    def sinks(self) -> Sequence[SinkState]:
        return self.sinks_are or super().sinks()

    def freshness(self, shop: str | None) -> Sequence[ShopFreshness]:
        return [self._blamed(each) for each in super().freshness(shop)]

    def _blamed(self, fresh: ShopFreshness) -> ShopFreshness:
        if fresh.as_of is None:
            return fresh
        hops = tuple(
            Hop.model_validate(
                {
                    "hop": name,
                    "offset": 42,
                    "at": fresh.as_of,
                    "lag_s": fresh.lag_s,
                    "own_s": self.own_s.get((fresh.shop, name), 0.1),
                    "bound_s": bound,
                    "late": self.own_s.get((fresh.shop, name), 0.1) > bound,
                }
            )
            for name, bound in _BOUNDS.items()
        )
        guilty = next((hop.hop for hop in hops if hop.late), None)
        why = f"{guilty} has offset 40 of 42 and has not moved for 61 s" if guilty else None
        return fresh.model_copy(update={"hops": hops, "guilty": guilty, "why": why})


def _node(name: str) -> LineageNode:
    layer, *rest = name.split(".")
    shop = rest.pop(0) if layer == "shop" else None
    if "__" in rest[0]:
        shop = rest[0].partition("__")[0]
    table, column = (rest[0], rest[1]) if len(rest) > 1 else (rest[0], None)
    pii = "email" if column == "email" else None
    values: dict[str, Any] = {"node": name, "layer": layer, "table": table, "column": column}
    return LineageNode.model_validate({**values, "shop": shop, "pii": pii})


def table(
    name: str,
    layer: Layer = "gold",
    columns: Sequence[str] = ("shop", "order_id", "email"),
    **more: Any,
) -> TableInfo:
    """A table whose columns named `email` hold personal data."""
    made = tuple(
        ColumnInfo(name=each, type="VARCHAR", pii="email" if each == "email" else None)
        for each in columns
    )
    values = {"owner": "marketing", "rows": 1234, "key": (columns[0],), "readable": True, **more}
    words = values.pop("description", f"What {name} holds.")
    return TableInfo.model_validate(
        {"name": name, "layer": layer, "description": words, "columns": made, **values}
    )


WAY = [
    ("shop.aethermart.orders", "mirror.aethermart__orders"),
    ("shop.aethermart.order_items", "mirror.aethermart__order_items"),
    ("shop.aethermart.customers", "mirror.aethermart__customers"),
    ("mirror.aethermart__orders", "staging.aethermart__stg_orders"),
    ("mirror.aethermart__order_items", "staging.aethermart__stg_order_items"),
    ("mirror.aethermart__customers", "staging.aethermart__stg_customers"),
    ("staging.aethermart__stg_orders", "silver.orders"),
    ("staging.aethermart__stg_order_items", "silver.order_items"),
    ("staging.aethermart__stg_customers", "silver.customers"),
    ("silver.orders", "gold.v_fct_sales"),
    ("silver.order_items", "gold.v_fct_sales"),
    ("gold.v_fct_sales", "gold.fct_sales"),
    ("silver.customers", "gold.dim_customer"),
    ("gold.fct_sales", "gold.mart_city_performance"),
    ("gold.dim_customer", "gold.mart_city_performance"),
]


def small_lake() -> BusyPlatform:
    """Two shops; three tables of the way of an order; one query's answer with a masked column."""
    orders = three_orders()
    return BusyPlatform(
        orders=orders.orders,
        as_of=orders.as_of,
        now=orders.now,
        quarantined=orders.quarantined,
        tables=[
            table("fct_sales", columns=("shop", "order_id", "revenue"), owner="executive"),
            table("dim_customer", columns=("shop", "customer_id", "email"), about_customers=True),
            table("silver.orders", "silver", columns=("shop", "order_id", "status")),
            table(
                "mirror.aethermart__orders",
                "mirror",
                columns=("id", "status"),
                shop="aethermart",
                owner=None,
                rows=None,
            ),
        ],
        edges=list(WAY),
        checks=(
            Check(
                name="not_null_fct_sales_revenue",
                table="gold.fct_sales",
                column="revenue",
                kind="not_null",
                failing_rows=2,
                checked_at=NOON,
            ),
            Check(
                name="unique_key_dim_customer",
                table="gold.dim_customer",
                kind="unique_key",
                failing_rows=0,
                checked_at=NOON,
            ),
        ),
        answer=QueryAnswer(
            columns=(
                TableColumn(name="email", type="text"),
                TableColumn(name="orders", type="integer"),
                TableColumn(name="revenue", type="decimal(38,2)"),
                TableColumn(name="last", type="instant"),
            ),
            rows=(("p-3f1c", 2, "1234.50", "2026-01-31T12:00:00Z"), ("p-77aa", 1, "0.10", None)),
            row_count=2,
            truncated=False,
            as_of=NOON - timedelta(seconds=0.8),
            lag_s=0.8,
            sources=("gold.dim_customer", "gold.fct_sales"),
            masked=("gold.dim_customer.email",),
            sql="SELECT email FROM v_masked_dim_customer",
            elapsed_s=0.02,
        ),
    )


def large_lake() -> BusyPlatform:
    """Five hundred tables with long names, sixty sinks, a wide lineage."""
    lake = small_lake()
    long = "a_shop_with_a_name_that_goes_on_and_on"
    lake.tables += [
        table(
            f"mirror.{long}__customer_addresses_of_the_year_{number:04}",
            "mirror",
            columns=[f"column_number_{at}" for at in range(12)],
            shop=long,
            description="One row an address and year, as the shop's own table has it. " * 3,
        )
        for number in range(496)
    ]
    lake.edges += [
        (f"mirror.{long}__customer_addresses_of_the_year_{number:04}", "silver.orders")
        for number in range(100)
    ]
    lake.sinks_are = [
        SinkState(
            sink=("mirror", "archive", "documents")[number % 3],
            shop=f"{long}_{number // 3:02}",
            applied=1_000_000 + number,
            head=1_000_100 + number,
            behind=100,
            status="stopped" if number == 40 else "running",
            error="the disk of state has 20 MB free, and the mirror needs 200" * 3
            if number == 40
            else None,
        )
        for number in range(60)
    ]
    return lake


def troubled() -> BusyPlatform:
    """All that operations can have to say: letters, runs in every state, alerts, a stopped sink."""
    platform = small_lake()
    platform.sink_errors = {"online_retail": "the disk of state has 20 MB free"}
    platform.own_s = {("aethermart", "mirror"): 61.0}
    platform.letters = [
        letter(1, resolved_at=NOON),
        letter(2, attempts=7),
        letter(3, shop="online_retail", sink="archive", retry_requested_at=NOON),
    ]
    states: tuple[RunState, ...] = ("succeeded", "failed", "lost", "cancelled", "queued", "running")
    platform.made_runs = [
        Run(
            id=number,
            kind="publish" if number % 2 else "sink_rebuild",
            arguments={} if number % 2 else {"sink": "mirror"},
            state=state,
            progress=0.4 if state == "running" else None,
            message="12 of 30 tables" if state == "running" else "",
            error=RunError(cause="the disk of state has 20 MB free", fix="free space")
            if state in ("failed", "lost")
            else None,
            result={"tables": 30} if state == "succeeded" else None,
            started_by="david",
            requested_at=NOON,
            started_at=None if state == "queued" else NOON,
            ended_at=None if state in ("queued", "running") else NOON + timedelta(seconds=42),
        )
        for number, state in enumerate(states, start=1)
    ]
    stalled = Alert(
        rule="CaptureStalled",
        severity="critical",
        state="firing",
        about={"shop": "aethermart"},
        summary="No look at the shop's changes for too long.",
        value=93.0,
        bound=60.0,
        unit="seconds",
        since=NOON,
        mend="see /ops/sinks for the error of `capture`",
    )
    low = {"rule": "DiskLow", "severity": "warning", "state": "pending", "about": {}}
    platform.firing = [stalled, stalled.model_copy(update=low)]
    platform.kept = [
        RetentionClass(
            data_class="clickstream_events",
            shop="aethermart",
            table="clickstream_events",
            days=400,
            bound=NOON,
            oldest=NOON,
            overdue_rows=3,
        )
    ]
    return platform
