"""POST /lake/queries: what is asked, and its answer."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from aethermart.client.answers.lake import Cell, Quality, ShopAge, TableColumn
from aethermart.client.answers.values import Answer, Instant, LagS

MOST_CHARACTERS = 20_000
MOST_ROWS = 10_000


class QueryAsked(BaseModel):
    """One SELECT over silver and gold."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(
        min_length=1,
        max_length=MOST_CHARACTERS,
        examples=["SELECT country, SUM(revenue) AS revenue FROM gold.fct_sales GROUP BY country"],
    )
    limit: int = Field(default=1000, ge=1, le=MOST_ROWS, description="Most rows of the answer.")


class QueryAnswer(Answer):
    """Rows of a query: decimals, dates and instants are strings, as `columns` says.

    sql      as it was run: every table stands as what the caller may see of it
    masked   columns of the tables read that the caller sees masked
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    row_count: int = Field(ge=0, examples=[2])
    truncated: bool = Field(description="There were more rows than `limit`.", examples=[False])
    as_of: Instant | None = Field(default=None, examples=["2026-01-31T12:00:01Z"])
    lag_s: LagS | None = Field(default=None, examples=[0.8])
    shops: tuple[ShopAge, ...] = ()
    quality: Quality = Quality()
    sources: tuple[str, ...] = Field(default=(), examples=[["gold.fct_sales"]])
    masked: tuple[str, ...] = Field(default=(), examples=[["gold.dim_customer.email"]])
    sql: str
    elapsed_s: float = Field(ge=0, examples=[0.02])
