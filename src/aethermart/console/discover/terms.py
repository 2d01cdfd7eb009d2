"""What people looked for and what came of it, a query, over the days of a table's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aethermart.client.answers.lake import TablePage

_COUNTS = ("searches", "zero_results", "searches_clicked")


@dataclass(frozen=True, slots=True)
class Term:
    """nothing  searches that matched no product
    opened   searches of which some hit was opened or put into the basket
    """

    query: str
    searches: int
    nothing: int
    opened: int


def terms_of(page: TablePage) -> tuple[Term, ...]:
    """One a query of mart_search_terms, its days added up, the most searched first."""
    place = {column.name: number for number, column in enumerate(page.columns)}
    sums: dict[str, list[int]] = {}
    for row in page.rows:
        counts = sums.setdefault(str(row[place["query"]]), [0, 0, 0])
        for number, name in enumerate(_COUNTS):
            counts[number] += int(str(row[place[name]]))
    found = (Term(query, *counts) for query, counts in sums.items())
    return tuple(sorted(found, key=lambda term: (-term.searches, term.query)))


def first_day(page: TablePage) -> date | None:
    """The oldest day of the page."""
    place = next(number for number, column in enumerate(page.columns) if column.name == "day")
    days = [_day(row[place]) for row in page.rows]
    return min(days, default=None)


def total(terms: Sequence[Term]) -> Term:
    return Term(
        "",
        sum(term.searches for term in terms),
        sum(term.nothing for term in terms),
        sum(term.opened for term in terms),
    )


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])
