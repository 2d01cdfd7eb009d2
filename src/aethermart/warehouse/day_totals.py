"""Totals a day of the kept gold tables, so that a dashboard need not read every line.

`gold.<table>_by_day` holds amounts to add up, of which any number may stand for one day: a batch
takes off what its orders' rows came to and adds what they come to now, in the mirror's transaction;
now and then the rows of a day are folded into one. The semantic models say what is totalled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse.metrics.declared import DayTotals, list_day_totals

_MOVED = "_moved_rows"
_FOLD_AT = 20_000  # rows; reading them costs about a millisecond
Row = tuple[Any, ...]


def totals_of(table: str) -> DayTotals | None:
    """What is totalled of a kept table, `gold.<name>`."""
    return next((t for t in list_day_totals() if f"gold.{t.table}" == table), None)


def definition(totals: DayTotals) -> str:
    """Changes whenever the totals must be built again."""
    return json.dumps([totals.date, totals.by, totals.sums])


def build(connection: duckdb.DuckDBPyConnection, totals: DayTotals) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE {totals.relation} AS {counted_select(totals)}")


def build_shop(connection: duckdb.DuckDBPyConnection, totals: DayTotals, shop: str) -> None:
    connection.execute(f"DELETE FROM {totals.relation} WHERE shop = ?", [shop])
    connection.execute(
        f"INSERT INTO {totals.relation} SELECT * FROM ({counted_select(totals)}) WHERE shop = ?",
        [shop],
    )


def move(
    connection: duckdb.DuckDBPyConnection,
    totals: DayTotals,
    gone: Iterable[Row],
    come: Iterable[Row],
) -> int:
    """Take off rows of the kept table and add others; how many rows of totals that made.

    gone, come  values of `moved_columns`
    """
    width = 2 + len(totals.by)
    net: dict[Row, list[Any]] = {}
    for sign, rows in ((-1, gone), (1, come)):
        for row in rows:
            amounts = net.setdefault(row[:width], [0] * (1 + len(totals.sums)))
            for place, amount in enumerate((1, *row[width:])):
                amounts[place] += sign * amount
    moved = [(*key, *amounts) for key, amounts in net.items() if any(amounts)]
    if moved:
        columns = [
            pa.array(values, kind)
            for values, kind in zip(zip(*moved, strict=True), _types(totals), strict=True)
        ]
        connection.register(_MOVED, pa.table(columns, [str(n) for n in range(len(columns))]))
        try:
            connection.execute(f"INSERT INTO {totals.relation} SELECT * FROM {_MOVED}").fetchall()
        finally:
            connection.unregister(_MOVED)
    return len(moved)


def moved_columns(totals: DayTotals) -> str:
    return ", ".join([_keys(totals), *map(quoted, totals.sums)])


def needs_folding(loose_rows: int) -> bool:
    return loose_rows > _FOLD_AT


def fold(connection: duckdb.DuckDBPyConnection, totals: DayTotals, shop: str) -> None:
    """One row a day again, in the caller's transaction."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE _folded AS "
        f"SELECT * FROM ({folded_select(totals)}) WHERE shop = ?",
        [shop],
    )
    connection.execute(f"DELETE FROM {totals.relation} WHERE shop = ?", [shop])
    connection.execute(f"INSERT INTO {totals.relation} SELECT * FROM temp._folded")
    connection.execute("DROP TABLE temp._folded")


def counted_select(totals: DayTotals) -> str:
    """The totals as the kept table has them."""
    sums = "".join(f", SUM({quoted(name)}) AS {quoted(name)}" for name in totals.sums)
    return (
        f"SELECT {_keys(totals)}, CAST(COUNT(*) AS BIGINT) AS rows{sums} "
        f"FROM gold.{totals.table} GROUP BY {_keys(totals)}"
    )


def folded_select(totals: DayTotals) -> str:
    """The totals as the table of totals has them."""
    sums = "".join(
        f", CAST(SUM({quoted(name)}) AS DECIMAL(38,2)) AS {quoted(name)}" for name in totals.sums
    )
    return (
        f"SELECT {_keys(totals)}, CAST(SUM(rows) AS BIGINT) AS rows{sums} "
        f"FROM {totals.relation} GROUP BY {_keys(totals)} HAVING SUM(rows) <> 0"
    )


def _keys(totals: DayTotals) -> str:
    return ", ".join(quoted(name) for name in ("shop", totals.date, *totals.by))


def _types(totals: DayTotals) -> list[pa.DataType]:
    keys: list[pa.DataType] = [pa.string(), pa.date32(), *[pa.string()] * len(totals.by)]
    return [*keys, pa.int64(), *[pa.decimal128(38, 2)] * len(totals.sums)]
