"""One aggregate of one shop, by currency and key, from a kept gold table or its day totals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb

from aethermart.warehouse.metrics.declared import GRAINS, Aggregate, list_day_totals

Bound = date | datetime | None
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
    connection: duckdb.DuckDBPyConnection, part: Aggregate, shop: str, question: Question
) -> Sums:
    """Asked a shop at a time: a group by the shop's name costs more than the sum itself."""
    conditions, values = _conditions(part, shop, question)
    by = question.by
    column = None if by is None else part.date if by in GRAINS else part.dimensions[by]
    relation, expression, having = _cheapest(part, question, column)
    as_of = "JOIN mirror._offsets AS o ON o.shop = f.shop" if part.as_of else ""
    rest = f"FROM {relation} AS f {as_of} WHERE {' AND '.join(conditions)}"
    if column is None:  # a second column to group by would double the time
        found = connection.execute(
            f"SELECT f.currency, {expression} {rest} GROUP BY f.currency {having}", values
        ).fetchall()
        return {(currency, None): value for currency, value in found}
    key = _expression(column)
    if by in GRAINS and not part.additive:
        key = f"STRFTIME({key}, '{GRAINS[by]}')"
    found = connection.execute(
        f"SELECT f.currency, {key}, {expression} {rest} GROUP BY f.currency, {key} {having}",
        values,
    ).fetchall()
    if by in GRAINS and part.additive:
        return _in_grain(found, GRAINS[by])
    return {(currency, name): value for currency, name, value in found}


def _cheapest(part: Aggregate, question: Question, column: str | None) -> tuple[str, str, str]:
    """Relation, expression and HAVING: of the day totals where they can tell, which is quicker."""
    instants = isinstance(question.since, datetime) or isinstance(question.until, datetime)
    columns = [part.dimensions[name] for name, _ in question.where]
    columns += [column] if column else []
    for totals in () if instants else list_day_totals():
        expression = totals.expression_for(part, columns)
        if expression is not None:
            return totals.relation, expression, "HAVING SUM(f.rows) > 0"
    return f"gold.{part.table}", part.expression, ""


def _expression(column: str) -> str:
    """Of a dimension: a column's name, or an expression that says `f.` itself."""
    return column if "f." in column else f"f.{column}"


def _in_grain(days: Iterable[tuple[str, date, Decimal | int | None]], form: str) -> Sums:
    """Days into their weeks or months: a thousand rows here are cheaper than a format a line."""
    sums: Sums = {}
    for currency, day, value in days:
        key = (currency, day.strftime(form))
        so_far = sums.get(key)
        sums[key] = value if so_far is None else so_far + (value or 0)
    return sums


def _conditions(
    part: Aggregate, shop: str, question: Question
) -> tuple[list[str], dict[str, object]]:
    conditions = ["f.shop = $shop"]
    values: dict[str, object] = {"shop": shop}
    if question.by not in part.not_by:
        conditions.append(f"({part.filter})")
    for number, (dimension, value) in enumerate(question.where):
        conditions.append(f"{_expression(part.dimensions[dimension])} = $where{number}")
        values[f"where{number}"] = value
    for name, bound, comparison in (
        ("since", question.since, ">="),
        ("until", question.until, "<"),
    ):
        if bound is not None:
            column = part.time if isinstance(bound, datetime) else part.date
            conditions.append(f"f.{column} {comparison} ${name}")
            values[name] = bound
    return conditions, values
