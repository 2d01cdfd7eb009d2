"""What each partition of a published table holds, and which of them changed since.

A partition's rows are told by their number and by the sum and the exclusive or of a hash of each
row, whatever their order: computed in the lake, for a small part of what it costs to write them.
The hash is DuckDB's own, which may differ from one of its versions to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse.publish.tables import PublishedTable

NULL = "__HIVE_DEFAULT_PARTITION__"

Values = tuple[str | None, ...]  # of the partition columns
Sums = Mapping[str, Mapping[str, str]]  # column -> currency ("" where none is named) -> exact sum


@dataclass(frozen=True, slots=True)
class Part:
    """One partition of one publication; a table that is not partitioned is one part.

    digest  stands for its rows; empty for a part that is never compared
    """

    values: Values
    rows: int
    sums: Sums
    digest: str = ""


def name_of(partition_by: Sequence[str], values: Values) -> str:
    """`shop=north/ordered_month=2026-03`, its folder."""
    return "/".join(
        f"{name}={NULL if value is None else value}"
        for name, value in zip(partition_by, values, strict=True)
    )


def digests(connection: duckdb.DuckDBPyConnection, table: PublishedTable) -> dict[Values, str]:
    """Of every partition that the table has now."""
    by = ", ".join(map(quoted, table.partition_by))
    found = connection.execute(
        f"SELECT {by}, COUNT(*), SUM(hash(t)), BIT_XOR(hash(t)) "
        f"FROM ({table.sql}) AS t GROUP BY {by}"
    ).fetchall()
    width = len(table.partition_by)
    return {tuple(row[:width]): " ".join(map(str, row[width:])) for row in found}


def only(table: PublishedTable, parts: Iterable[Values]) -> tuple[str, list[str]]:
    """The table's rows of some partitions, as SQL and the values to bind."""
    conditions, bound = [], []
    for values in parts:
        terms = []
        for column, value in zip(table.partition_by, values, strict=True):
            terms.append(f"{quoted(column)} IS NULL" if value is None else f"{quoted(column)} = ?")
            bound += [] if value is None else [value]
        conditions.append(f"({' AND '.join(terms)})")
    return f"SELECT * FROM ({table.sql}) AS t WHERE {' OR '.join(conditions)}", bound


class Tally:
    """Rows and sums of what passes, a partition each: what was written, not what should be."""

    def __init__(self, table: PublishedTable) -> None:
        self._by = table.partition_by
        self._money = table.money
        self._rows: dict[Values, int] = {}
        self._sums: dict[Values, dict[str, dict[str, Decimal]]] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        for values, _, rows in self._grouped(batch, None, []):
            self._rows[values] = self._rows.get(values, 0) + rows["count_all"]
        for column, currency in self._money:
            for values, name, summed in self._grouped(batch, currency, [column]):
                sums = self._sums.setdefault(values, {}).setdefault(column, {})
                sums[name] = sums.get(name, Decimal(0)) + (summed[f"{column}_sum"] or Decimal(0))

    def parts(self, digest: Mapping[Values, str]) -> list[Part]:
        return [
            Part(values, rows, self._as_text(values), digest.get(values, ""))
            for values, rows in self._rows.items()
        ]

    def _grouped(
        self, batch: pa.RecordBatch, currency: str | None, summed: list[str]
    ) -> list[tuple[Values, str, dict[str, Any]]]:
        """Partition, currency and aggregates of each group of a batch."""
        keys = [*self._by, *([currency] if currency else [])]
        wanted: Any = [(column, "sum") for column in summed] or [([], "count_all")]
        if not keys:
            row = {f"{column}_sum": pc.sum(batch.column(column)).as_py() for column in summed}
            return [((), "", {**row, "count_all": batch.num_rows})]
        columns = {f"key_{at}": batch.column(key) for at, key in enumerate(keys)}
        rows = pa.table({**columns, **{column: batch.column(column) for column in summed}})
        groups = rows.group_by([*columns], use_threads=False).aggregate(wanted).to_pylist()
        width = len(self._by)
        return [
            (
                tuple(group[f"key_{at}"] for at in range(width)),
                (group[f"key_{width}"] or "") if currency else "",
                group,
            )
            for group in groups
        ]

    def _as_text(self, values: Values) -> dict[str, dict[str, str]]:
        sums = self._sums.get(values, {})
        return {
            column: {name: str(amount) for name, amount in sorted(sums.get(column, {}).items())}
            for column, _ in self._money
        }


def total(table: PublishedTable, parts: Iterable[Part]) -> Sums:
    """Sums of the whole table."""
    sums: dict[str, dict[str, Decimal]] = {column: {} for column, _ in table.money}
    for part in parts:
        for column, of_part in part.sums.items():
            for currency, amount in of_part.items():
                before = sums[column].get(currency, Decimal(0))
                sums[column][currency] = before + Decimal(amount)
    return {
        column: {name: str(amount) for name, amount in sorted(found.items())}
        for column, found in sums.items()
    }
