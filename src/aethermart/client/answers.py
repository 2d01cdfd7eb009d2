"""What the API answers, as typed values: the wire format, defined once.

The server answers with these and the client reads them. Money and ratios are exact decimals and
travel as strings, counts are ints, instants are UTC. A reader ignores fields it does not know, so
an older client reads a newer server.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)

Unit = Literal["money", "count", "ratio"]


def _refuse_float(value: object) -> object:
    if isinstance(value, float):
        raise ValueError(f"{value!r} is a float, which is not exact: send a decimal string")
    return value


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _digits(value: Decimal) -> str:
    return format(value, "f")  # str() would write 1E+3


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Exact = Annotated[Decimal, PlainSerializer(_digits, return_type=str)]
Value = Annotated[int | Exact | None, BeforeValidator(_refuse_float)]
LagS = Annotated[float, Field(ge=0, description="Seconds from `as_of` to the answer.")]


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


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


class TableColumn(Answer):
    name: str = Field(examples=["revenue"])
    type: str = Field(
        description="text, integer, boolean, date, instant, or decimal(digits,places).",
        examples=["decimal(18,2)"],
    )


class TableInfo(Answer):
    """A table of gold that can be read row by row."""

    name: str = Field(examples=["fct_orders"])
    description: str = Field(examples=["Orders with the number and the sum of their lines."])
    key: tuple[str, ...] = Field(examples=[["shop", "order_id"]])
    columns: tuple[str, ...] = Field(examples=[["shop", "order_id", "ordered_at"]])
    time: str | None = Field(
        default=None, description="The column that a period bounds.", examples=["ordered_at"]
    )


class TableList(Answer):
    tables: tuple[TableInfo, ...]


Cell = Annotated[bool | int | str | None, BeforeValidator(_refuse_float)]


class TablePage(Answer):
    """Rows of a table: decimals, dates and instants are strings, as `columns` says."""

    table: str = Field(examples=["fct_orders"])
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


class QualityReport(Answer):
    """Every rule that met a row. Counted at most a minute before the answer: see `as_of`."""

    rules: tuple[RuleCount, ...]
    as_of: Instant | None = Field(default=None, examples=["2026-01-31T12:00:01Z"])
    lag_s: LagS | None = Field(default=None, examples=[0.8])
    shops: tuple[ShopAge, ...] = ()
    stopped_tables: tuple[StoppedTable, ...] = ()


class Hop(Answer):
    """How far the shop's changes have come on one stretch of their way."""

    hop: str = Field(description="capture, log, mirror or archive", examples=["mirror"])
    offset: int | None = Field(default=None, examples=[1042])
    at: Instant | None = Field(default=None, examples=["2026-01-31T12:00:01Z"])
    lag_s: LagS | None = Field(default=None, examples=[0.8])


class ShopFreshness(ShopAge):
    hops: tuple[Hop, ...] = ()
    quiet: bool = Field(
        default=False, description="The shop is looked at and has nothing new: not stalled."
    )


class FreshnessList(Answer):
    shops: tuple[ShopFreshness, ...]


class SinkState(Answer):
    """How far one projection of the log has come for one shop."""

    sink: str = Field(examples=["mirror"])
    shop: str = Field(examples=["aethermart"])
    applied: int | None = Field(
        default=None, description="Log offset it reflects; null before the first.", examples=[1042]
    )
    head: int | None = Field(default=None, description="The log's last offset.", examples=[1043])
    behind: int = Field(default=0, ge=0, description="Entries still to apply.", examples=[1])
    status: str = Field(
        description="running, or a word that says why not: starting, retrying, stopped",
        examples=["running"],
    )
    error: str | None = None


class SinkList(Answer):
    sinks: tuple[SinkState, ...]


class Health(Answer):
    status: Literal["ok"] = "ok"


class Readiness(Answer):
    ready: bool = Field(examples=[False])
    waiting_for: tuple[str, ...] = Field(default=(), examples=[["mirror: aethermart"]])


class Fault(Answer):
    """One part of a request that cannot be used."""

    at: str = Field(examples=["query.from"])
    message: str = Field(examples=["'yesterday' is not an instant"])


class Problem(Answer):
    """A refusal as RFC 9457 writes it, with what to do about it in `fix`."""

    type: str = Field(examples=["urn:aethermart:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no shop 'corner_shop'"])
    fix: str = Field(examples=["use one of: aethermart, online_retail"])
    instance: str = Field(default="", examples=["/api/v1/lake/freshness"])
    request_id: str = Field(default="", examples=["5f0c0c6e1b2d4a7f"])
    errors: tuple[Fault, ...] = ()
