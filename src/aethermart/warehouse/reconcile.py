"""Count the lake, to be laid beside what the shop itself counts: kept + quarantined = source.

Reads silver and the quarantine only, never the kept gold tables: a fault there must show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from aethermart.packs.pack import Shop

Money = dict[str, Decimal]  # currency -> amount

_REVENUE = """
SELECT
  currency,
  SUM(amount)
FROM (
  SELECT
    i.currency,
    i.line_total AS amount
  FROM silver.order_items AS i
  INNER JOIN silver.orders AS o
    ON o.shop = i.shop
    AND o.order_id = i.order_id
  WHERE i.shop = $shop
    AND o.status IS DISTINCT FROM 'CANCELLED'
  UNION ALL
  SELECT
    currency,
    - refund_amount AS amount
  FROM silver.returns
  WHERE shop = $shop
) AS lines
GROUP BY currency
ORDER BY currency
"""
_LINE_TOTAL = """
SELECT
  currency,
  SUM(amount)
FROM (
  SELECT
    currency,
    line_total AS amount
  FROM silver.order_items
  WHERE shop = $shop
  UNION ALL
  SELECT
    currency,
    - refund_amount AS amount
  FROM silver.returns
  WHERE shop = $shop
    AND $with_returns
) AS lines
GROUP BY currency
ORDER BY currency
"""
_LINE_TOTAL_QUARANTINED = """
SELECT
  currency,
  SUM(amount)
FROM silver.quarantine
WHERE shop = $shop
  AND source_table = $source_table
  AND amount IS NOT NULL
GROUP BY currency
ORDER BY currency
"""


@dataclass(frozen=True, slots=True)
class ShopCounts:
    """What the lake holds of one shop.

    kept, quarantined       source table -> rows, for each table that feeds silver row for row
    orders                  kept orders that are not cancelled, as the metric counts them
    line_total_kept         of the rows of the table that holds order lines, refunds among them
    line_total_quarantined  the same of its rows in quarantine, as far as they can be read
    """

    kept: dict[str, int]
    quarantined: dict[str, int]
    orders: int
    revenue: Money
    line_total_kept: Money
    line_total_quarantined: Money


def count_lake(
    connection: duckdb.DuckDBPyConnection, shops: Sequence[Shop]
) -> dict[str, ShopCounts]:
    """Shop -> count."""
    return {shop.name: _count(connection, shop) for shop in shops}


def _count(connection: duckdb.DuckDBPyConnection, shop: Shop) -> ShopCounts:
    name = {"shop": shop.name}
    feeding = [table for table in shop.pack.tables.values() if table.feeds]
    lines = next((table for table in feeding if "order_items" in table.feeds), None)
    lines_name = lines.name if lines else ""
    with_returns = lines is not None and "returns" in lines.feeds
    return ShopCounts(
        kept={
            table.name: sum(_kept(connection, shop.name, entity) for entity in table.feeds)
            for table in feeding
        },
        quarantined={
            table.name: _quarantined(connection, shop.name, table.name) for table in feeding
        },
        orders=_number(
            connection,
            "SELECT COUNT(*) FROM silver.orders "
            "WHERE shop = $shop AND status IS DISTINCT FROM 'CANCELLED'",
            name,
        ),
        revenue=_money(connection, _REVENUE, name),
        line_total_kept=_money(connection, _LINE_TOTAL, name | {"with_returns": with_returns}),
        line_total_quarantined=_money(
            connection, _LINE_TOTAL_QUARANTINED, name | {"source_table": lines_name}
        ),
    )


def _kept(connection: duckdb.DuckDBPyConnection, shop: str, entity: str) -> int:
    return _number(
        connection, f"SELECT COUNT(*) FROM silver.{entity} WHERE shop = $shop", {"shop": shop}
    )


def _quarantined(connection: duckdb.DuckDBPyConnection, shop: str, table: str) -> int:
    return _number(
        connection,
        "SELECT COUNT(*) FROM silver.quarantine "
        "WHERE shop = $shop AND source_table = $source_table",
        {"shop": shop, "source_table": table},
    )


def _number(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> int:
    row = connection.execute(sql, dict(values)).fetchone()
    return int(row[0]) if row else 0


def _money(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]
) -> dict[str, Decimal]:
    """Cents of every currency: an empty shop has none."""
    return {
        currency: Decimal(amount).quantize(Decimal("0.01"))
        for currency, amount in connection.execute(sql, dict(values)).fetchall()
    }
