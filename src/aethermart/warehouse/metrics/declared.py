"""The metrics that metrics.toml declares."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from aethermart.core.errors import BadInput, NotFound

Unit = Literal["money", "count", "ratio"]

# Grain -> the key of a date in it.
GRAINS = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}
_COLUMN = re.compile(r"\bf\.(\w+)")


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate over one kept table `f` of gold; the fields as metrics.toml explains them."""

    table: str
    expression: str
    time: str
    date: str
    dimensions: Mapping[str, str]
    filter: str = "TRUE"
    not_by: tuple[str, ...] = ()
    as_of: bool = False
    additive: bool = True
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DayTotals:
    """A kept table of gold added up by shop, date and `by`: its rows, and `sums`, never null."""

    table: str
    date: str
    by: tuple[str, ...]
    sums: tuple[str, ...]

    @property
    def relation(self) -> str:
        return f"gold.{self.table}_by_day"

    def expression_for(self, part: Aggregate, columns: Iterable[str]) -> str | None:
        """The aggregate's expression over the totals; None where they cannot tell it.

        columns  what the answer is split by and narrowed by, beside the currency
        """
        known = {"COUNT(*)": "CAST(SUM(f.rows) AS BIGINT)"}
        known |= {f"SUM(f.{name})": f"SUM(f.{name})" for name in self.sums}
        asked = {*_COLUMN.findall(part.filter), *columns}
        fits = part.table == self.table and part.date == self.date and not part.as_of
        if not fits or not asked <= {*self.by, self.date}:
            return None
        return known.get(part.expression)


@dataclass(frozen=True, slots=True)
class Metric:
    """parts: the aggregate, or numerator and denominator of a ratio."""

    name: str
    label: str
    description: str
    unit: Unit
    parts: tuple[Aggregate, ...]
    grains: tuple[str, ...] = field(default=tuple(GRAINS))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Dimensions of every part; of a ratio none that would lift a part's filter."""
        shared = list(self.parts[0].dimensions)
        for part in self.parts[1:]:
            shared = [n for n in shared if n in part.dimensions and n not in part.not_by]
        return tuple(shared)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f"gold.{part.table}" for part in self.parts))

    def check_by(self, by: str | None) -> None:
        known = (*self.dimensions, *self.grains)
        if by is not None and by not in known:
            raise BadInput(
                f"{self.name} cannot be shown by {by!r}", fix=f"use one of {', '.join(known)}"
            )

    def check_dimension(self, dimension: str) -> None:
        if dimension not in self.dimensions:
            raise BadInput(
                f"{self.name} cannot be narrowed by {dimension!r}",
                fix=f"use one of {', '.join(self.dimensions) or 'no dimension'}",
            )


def list_day_totals() -> tuple[DayTotals, ...]:
    return _day_totals()


def list_metrics() -> tuple[Metric, ...]:
    return tuple(_declared().values())


def metric_named(name: str) -> Metric:
    known = _declared()
    if name not in known:
        raise NotFound(f"no metric is named {name!r}", fix=f"use one of {', '.join(known)}")
    return known[name]


def _file() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("metrics.toml").read_text(encoding="utf-8"))


@cache
def _day_totals() -> tuple[DayTotals, ...]:
    return tuple(
        DayTotals(text["table"], text["date"], tuple(text["by"]), tuple(text["sums"]))
        for text in _file()["day_totals"]
    )


@cache
def _declared() -> dict[str, Metric]:
    declared: dict[str, Metric] = {}
    for text in _file()["metrics"]:
        about = {name: text.pop(name) for name in ("name", "label", "description", "unit")}
        grains = tuple(text.pop("grains", GRAINS))
        declared[about["name"]] = Metric(**about, parts=_parts(text, declared), grains=grains)
    return declared


def _parts(text: dict[str, Any], declared: Mapping[str, Metric]) -> tuple[Aggregate, ...]:
    if "numerator" in text:
        return declared[text["numerator"]].parts + declared[text["denominator"]].parts
    per = text.pop("per", None)
    lists = {name: tuple(text.get(name, ())) for name in ("not_by", "needs")}
    whole = Aggregate(**{**text, **lists})
    return (whole,) if per is None else (whole, replace(whole, expression=per))
