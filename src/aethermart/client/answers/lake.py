"""Answers of /lake: metrics, tables, ages, quality."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from aethermart.client.answers.catalogue import TableInfo
from aethermart.client.answers.values import Answer, Exact, Instant, LagS, Value, refuse_float

Unit = Literal["money", "count", "ratio"]


class MetricInfo(Answer):
    """A number the platform declares: one definition, whoever asks."""

    name: str = Field(examples=["revenue"])
    label: str = Field(examples=["Revenue"])
    description: str = Field(examples=["Line totals of orders not cancelled, less refunds."])
    unit: Unit = Field(examples=["money"])
    dimensions: tuple[str, ...] = Field(examples=[["country", "channel"]])
    grains: tuple[str, ...] = Field(examples=[["day", "week", "month"]])


class MetricList(Answer):
    metrics: tuple[MetricInfo, ...]


class MetricRow(Answer):
    """One value of one shop and currency; currencies are never added."""

    shop: str = Field(examples=["aethermart"])
    currency: str | None = Field(default=None, examples=["EUR"])
    key: str | None = Field(
        default=None, description="The group's value when `by` is given.", examples=["2026-01"]
    )
    value: Value = Field(
        default=None,
        description="Money and ratios: a decimal string. Counts: a number. Null: undefined.",
        examples=["1234.50"],
    )


class ShopAge(Answer):
    """How far one shop's rows reach: every commit of the shop before `as_of` is counted."""

    shop: str = Field(examples=["aethermart"])
    as_of: Instant | None = Field(default=None, examples=["2026-01-31T12:00:01Z"])
    lag_s: LagS | None = Field(default=None, examples=[0.8])


class StoppedTable(Answer):
    """A table whose changes are not taken in, and why."""

    shop: str = Field(examples=["aethermart"])
    table: str = Field(examples=["orders"])
    error: str = Field(examples=["column total_amount changed from numeric to text"])


class Lack(Answer):
    """A shop whose pack does not give what the number is made of; its value is then null."""

    shop: str = Field(examples=["online_retail"])
    entities: tuple[str, ...] = Field(examples=[["payments"]])


class Quality(Answer):
    """What is missing from the number: rows set aside, tables that stand still, entities lacked."""

    quarantined_rows: int = Field(default=0, ge=0, examples=[3])
    stopped_tables: tuple[StoppedTable, ...] = ()
    lacking: tuple[Lack, ...] = ()


class MetricAnswer(Answer):
    """A metric's values with their age, what is missing from them and where they come from."""

    metric: str = Field(examples=["revenue"])
    label: str = Field(default="", examples=["Revenue"])
    description: str = Field(
        default="", examples=["Line totals of orders not cancelled, less refunds."]
    )
    unit: Unit | None = Field(default=None, examples=["money"])
    by: str | None = Field(default=None, examples=["month"])
    rows: tuple[MetricRow, ...]
    as_of: Instant | None = Field(
        default=None,
        description="The oldest of the shops shown.",
        examples=["2026-01-31T12:00:01Z"],
    )
    lag_s: LagS | None = Field(default=None, examples=[0.8])
    shops: tuple[ShopAge, ...] = ()
    quality: Quality = Quality()
    sources: tuple[str, ...] = Field(default=(), examples=[["gold.fct_sales"]])


class ExplanationPart(Answer):
    """One cause and what it added to the change, or took from it."""

    cause: Literal["volume", "mix", "price", "new_products", "gone_products", "refunds"] = Field(
        examples=["price"]
    )
    amount: Exact = Field(examples=["-120.50"])


class Explanation(Answer):
    """Of one shop and currency: the parts sum to `value` less `base`, to the cent."""

    shop: str = Field(examples=["aethermart"])
    currency: str = Field(examples=["EUR"])
    base: Exact | None = Field(
        default=None, description="Of the period before; null: unknown.", examples=["2000.00"]
    )
    value: Exact | None = Field(
        default=None, description="Of the period asked for; null: unknown.", examples=["1879.50"]
    )
    parts: tuple[ExplanationPart, ...] = ()


class ExplanationAnswer(Answer):
    """Why a metric changed against the period of the same length before."""

    metric: str = Field(examples=["revenue"])
    against: Instant | date = Field(
        description="Where the period before begins; it ends at `since`.", examples=["2025-12-01"]
    )
    since: Instant | date = Field(examples=["2026-01-01"])
    until: Instant | date = Field(examples=["2026-02-01"])
    rows: tuple[Explanation, ...]
    as_of: Instant | None = Field(default=None, examples=["2026-01-31T12:00:01Z"])
    lag_s: LagS | None = Field(default=None, examples=[0.8])
    shops: tuple[ShopAge, ...] = ()
    quality: Quality = Quality()
    sources: tuple[str, ...] = Field(default=(), examples=[["gold.fct_sales"]])


class TableColumn(Answer):
    name: str = Field(examples=["revenue"])
    type: str = Field(
        description="text, integer, boolean, date, instant, or decimal(digits,places).",
        examples=["decimal(18,2)"],
    )


Cell = Annotated[bool | int | str | None, BeforeValidator(refuse_float)]


class TablePage(Answer):
    """Rows of a table: decimals, dates and instants are strings, as `columns` says.

    A masked column holds pseudonyms or coarser values, and sorts and narrows by them.
    """

    table: str = Field(examples=["fct_orders"])
    detail: TableInfo | None = Field(default=None, description="The table as the catalogue has it.")
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    next_cursor: str | None = Field(
        default=None, description="Ask with it for the next page; null on the last."
    )
    as_of: Instant | None = Field(default=None, examples=["2026-01-31T12:00:01Z"])
    lag_s: LagS | None = Field(default=None, examples=[0.8])
    shops: tuple[ShopAge, ...] = ()
    quality: Quality = Quality()
    sources: tuple[str, ...] = Field(default=(), examples=[["gold.fct_orders"]])


class RuleCount(Answer):
    """A rule of quality that met rows of one shop, and what was done with them."""

    shop: str = Field(examples=["aethermart"])
    entity: str = Field(examples=["customers"])
    rule: str = Field(examples=["phone_respelled"])
    done: Literal["quarantined", "mended", "emptied", "noted", "linked"] = Field(
        examples=["mended"]
    )
    rows: int = Field(ge=0, examples=[82])


class Check(Answer):
    """A promise of a model, put to the live rows: which break it."""

    name: str = Field(examples=["not_null_fct_sales_revenue"])
    table: str | None = Field(default=None, examples=["gold.fct_sales"])
    column: str | None = Field(default=None, examples=["revenue"])
    kind: str = Field(
        description="not_null, unique_key, accepted_values, or the test's own name.",
        examples=["not_null"],
    )
    failing_rows: int | None = Field(
        default=None, ge=0, description="Null where it could not be counted.", examples=[0]
    )
    error: str | None = None
    checked_at: Instant = Field(examples=["2026-01-31T12:00:01Z"])


class QualityReport(Answer):
    """Every rule that met a row. Counted at most a minute before the answer: see `as_of`.

    checks  over all shops, whichever is asked for; empty until they ran for the first time
    """

    rules: tuple[RuleCount, ...]
    checks: tuple[Check, ...] = ()
    checked_at: Instant | None = Field(
        default=None, description="When the last check ended.", examples=["2026-01-31T12:00:01Z"]
    )
    as_of: Instant | None = Field(default=None, examples=["2026-01-31T12:00:01Z"])
    lag_s: LagS | None = Field(default=None, examples=[0.8])
    shops: tuple[ShopAge, ...] = ()
    stopped_tables: tuple[StoppedTable, ...] = ()


HopName = Literal["capture", "log", "mirror", "warehouse", "archive", "publish"]


class Hop(Answer):
    """How far the shop's changes have come on one stretch of their way."""

    hop: str = Field(
        description="capture, log, mirror, warehouse, archive or publish", examples=["mirror"]
    )
    offset: int | None = Field(default=None, examples=[1042])
    at: Instant | None = Field(default=None, examples=["2026-01-31T12:00:01Z"])
    lag_s: LagS | None = Field(default=None, examples=[0.8])
    own_s: float | None = Field(
        default=None,
        ge=0,
        description="Seconds that this hop alone is late: behind what the hop before it has.",
        examples=[0.2],
    )
    bound_s: float | None = Field(
        default=None, description="What `own_s` may be before the hop is late.", examples=[5.0]
    )
    late: bool = False


class ShopFreshness(ShopAge):
    """guilty: the earliest hop that is later than its bound; null while none is."""

    hops: tuple[Hop, ...] = ()
    guilty: HopName | None = Field(default=None, examples=["mirror"])
    why: str | None = Field(
        default=None,
        examples=["mirror has offset 40 of 42 and has not moved for 61 s: OutOfMemory"],
    )
    quiet: bool = Field(
        default=False, description="The shop is looked at and has nothing new: not stalled."
    )


class FreshnessList(Answer):
    shops: tuple[ShopFreshness, ...]
