"""Answers of /lake about tables and columns: the catalogue and where a column comes from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aethermart.client.answers.values import Answer

Layer = Literal["bronze", "mirror", "silver", "gold"]


class ColumnInfo(Answer):
    name: str = Field(examples=["email"])
    type: str = Field(description="As DuckDB spells it.", examples=["VARCHAR"])
    description: str | None = Field(default=None, examples=["of the business; its dates are there"])
    pii: str | None = Field(
        default=None,
        description="The class of personal data it holds; null: none.",
        examples=["email"],
    )
    masked: bool = Field(
        default=False,
        description="The caller sees a pseudonym or a coarser value.",
        examples=[True],
    )


class TableInfo(Answer):
    """A table or view of the lake.

    A gold table goes by its bare name, the others by layer and name.
    """

    name: str = Field(examples=["fct_orders"])
    layer: Layer = Field(examples=["gold"])
    description: str = Field(examples=["Orders with the number and the sum of their lines."])
    owner: str | None = Field(default=None, description="A role.", examples=["executive"])
    shop: str | None = Field(
        default=None, description="Of bronze and mirror, the shop it is captured from."
    )
    key: tuple[str, ...] = Field(examples=[["shop", "order_id"]])
    columns: tuple[ColumnInfo, ...]
    time: str | None = Field(
        default=None, description="The column that a period bounds.", examples=["ordered_at"]
    )
    rows: int | None = Field(
        default=None,
        ge=0,
        description="Counted at most a minute ago; null where that costs too much.",
        examples=[10000],
    )
    readable: bool = Field(
        default=False, description="Its rows can be paged and queried by this caller."
    )
    about_customers: bool = Field(
        default=False, description="A row tells of a single customer: some roles may not read it."
    )


class TableList(Answer):
    tables: tuple[TableInfo, ...]


class LineageNode(Answer):
    """A column, or a table where a table was asked for."""

    node: str = Field(
        description="layer.table.column; `shop` layer: shop.SHOP.TABLE.COLUMN.",
        examples=["gold.fct_sales.revenue"],
    )
    layer: Literal["shop", "mirror", "bronze", "staging", "silver", "gold", "project"] = Field(
        examples=["gold"]
    )
    table: str = Field(examples=["fct_sales"])
    column: str | None = Field(default=None, examples=["revenue"])
    shop: str | None = Field(default=None, examples=["aethermart"])
    pii: str | None = Field(default=None, examples=["email"])
    computed: bool = Field(
        default=False,
        description="No column is its source: a constant, a count, the platform's own bookkeeping.",
    )


class LineageEdge(Answer):
    """`source` flows into `target`."""

    source: str = Field(examples=["silver.order_items.line_total"])
    target: str = Field(examples=["gold.fct_sales.revenue"])
    transformation: str | None = Field(
        default=None,
        description="The expression of `target`; null where it is passed on as it is.",
        examples=["CASE WHEN o.status = 'CANCELLED' THEN 0 ELSE i.line_total END"],
    )


class Lineage(Answer):
    """All that a column comes from (up) or flows into (down), with what happens on the way."""

    node: str = Field(examples=["gold.fct_sales.revenue"])
    direction: Literal["up", "down"] = Field(examples=["up"])
    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]
    sources: tuple[str, ...] = Field(
        default=(),
        description="Upwards: the shops' own columns it comes from.",
        examples=[["shop.aethermart.order_items.line_total"]],
    )
