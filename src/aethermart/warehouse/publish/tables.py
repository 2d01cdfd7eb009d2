"""Which tables are published, by which SELECT, partitioned how, with which money in them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from aethermart.core.errors import BadInput
from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse.kept import table_of
from aethermart.warehouse.project import CompiledProject, Model

_SCHEMAS = ("silver", "gold")
_MONEY = "DECIMAL(18,2)"
# To Delta these are text; every other type of a contract is one that all readers know.
_AS_TEXT = {"JSON"}


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """name       as the manifest has it: gold.fct_sales
    sql           its rows, partition columns included
    partition_by  a shop's rows of one month lie together; empty for a table that is small
    money         column -> the column with its currency, None where the table names none
    """

    name: str
    sql: str
    partition_by: tuple[str, ...]
    money: tuple[tuple[str, str | None], ...]
    model: Model

    @property
    def path(self) -> str:
        return self.name.replace(".", "/")


def published_tables(compiled: CompiledProject, wanted: str = "*") -> tuple[PublishedTable, ...]:
    """Models of silver and gold; of a kept one its table, which equals its view.

    wanted  names or patterns, with commas between them: `gold.*, silver.orders`
    Raises BadInput for a pattern that no table has.
    """
    tables = [_table(m) for m in compiled.models if m.schema in _SCHEMAS and m.published]
    patterns = [pattern.strip() for pattern in wanted.split(",")]
    for pattern in patterns:
        if tables and not any(fnmatchcase(table.name, pattern) for table in tables):
            raise BadInput(
                f"no table of silver or gold is named {pattern!r}",
                fix="correct `tables` under [publish]: names such as gold.fct_sales, or gold.*",
            )
    return tuple(t for t in tables if any(fnmatchcase(t.name, pattern) for pattern in patterns))


def month_column(dated: str) -> str:
    """`ordered_on` -> `ordered_month`, the text 2026-03."""
    return f"{dated.rpartition('_')[0]}_month"


def _table(model: Model) -> PublishedTable:
    relation = table_of(model) if model.kept_by else model.relation
    name = relation if model.kept_by else f"{model.schema}.{model.name}"
    columns = [
        f"CAST({quoted(column)} AS VARCHAR) AS {quoted(column)}"
        if kind in _AS_TEXT
        else quoted(column)
        for column, kind in model.columns
    ]
    partition_by: tuple[str, ...] = ()
    if model.published_by_month:
        month = month_column(model.published_by_month)
        columns.append(f"strftime({quoted(model.published_by_month)}, '%Y-%m') AS {quoted(month)}")
        partition_by = ("shop", month)
    return PublishedTable(
        name,
        f"SELECT {', '.join(columns)} FROM {relation}",
        partition_by,
        tuple(_money(model)),
        model,
    )


def _money(model: Model) -> list[tuple[str, str | None]]:
    """Amounts with their currency's column: `original_revenue` with `original_currency`."""
    names = [name for name, _ in model.columns]
    found: list[tuple[str, str | None]] = []
    for name, kind in model.columns:
        if kind == _MONEY:
            own = f"{name.partition('_')[0]}_currency"
            candidates = [c for c in (own, "currency", "reporting_currency") if c in names]
            found.append((name, candidates[0] if candidates else None))
    return found
