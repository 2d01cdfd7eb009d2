"""One input of a metric, of one shop, by currency and key: MetricFlow's statement, values bound."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import duckdb

from aethermart.warehouse.metrics.declared import GRAINS, WHOLE, Input, Statements
from aethermart.warehouse.metrics.shops import Bound

# (currency, key) -> value; None where there are rows, and none that has the value
Sums = dict[tuple[str, str | None], Decimal | int | None]


@dataclass(frozen=True, slots=True)
class Question:
    """How to split, to bound and to narrow; `since` is included, `until` excluded.

    where  dimension and the value it has
    """

    by: str | None
    since: Bound
    until: Bound
    where: tuple[tuple[str, str], ...] = ()


def aggregate(
    connection: duckdb.DuckDBPyConnection, part: Input, shop: str, question: Question
) -> Sums:
    """Asked a shop at a time: a group by the shop's name costs more than the sum itself."""
    asked: dict[str, object] = {"shop": shop, **dict(question.where)}
    for name, bound in (("since", question.since), ("until", question.until)):
        if bound is not None:
            asked[f"{name}_at" if isinstance(bound, datetime) else name] = bound
    by = question.by or WHOLE
    statements = part.totals if _can_tell(part.totals, by, asked) else part.lines
    # DuckDB plans with the values: what is NULL, and so narrows nothing, is gone from the plan.
    found = connection.execute(
        statements.sql[by], {name: asked.get(name) for name in statements.parameters}
    ).fetchall()
    if statements is part.totals:
        found = [row[:-1] for row in found if row[-1] > 0]
    if by == WHOLE:
        return {(currency, None): value for currency, value in found}
    if by in GRAINS:
        return {(currency, day.strftime(GRAINS[by])): value for currency, day, value in found}
    return {(currency, key): value for currency, key, value in found}


def _can_tell(totals: Statements, by: str, asked: dict[str, object]) -> bool:
    return by in totals.sql and asked.keys() <= totals.parameters
