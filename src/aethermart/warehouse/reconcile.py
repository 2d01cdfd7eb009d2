"""Count the lake, to be laid beside what the shop itself counts: kept + quarantined = source.

Reads silver and the quarantine only, never the kept gold tables: a fault there must show.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from aethermart.packs.pack import Shop, SourceTable

_REVENUE = """
SELECT
  shop,
  currency,
  SUM(amount)
FROM (
  SELECT
    i.shop,
    i.currency,
    i.line_total AS amount
  FROM silver.order_items AS i
  INNER JOIN silver.orders AS o
    ON o.shop = i.shop
    AND o.order_id = i.order_id
  WHERE o.status IS DISTINCT FROM 'CANCELLED'
  UNION ALL
  SELECT
    shop,
    currency,
    - refund_amount AS amount
  FROM silver.returns
) AS lines
GROUP BY
  shop,
  currency
"""
_LINE_TOTALS = """
SELECT
  'order_items' AS entity,
  shop,
  currency,
  SUM(line_total)
FROM silver.order_items
GROUP BY
  shop,
  currency
UNION ALL
SELECT
  'returns' AS entity,
  shop,
  currency,
  - SUM(refund_amount)
FROM silver.returns
GROUP BY
  shop,
  currency
"""
_QUARANTINED = """
SELECT
  shop,
  source_table,
  currency,
  COUNT(*),
  SUM(amount)
FROM silver.quarantine
GROUP BY
  shop,
  source_table,
  currency
"""
_ORDERS = """
SELECT
  shop,
  COUNT(*)
FROM silver.orders
WHERE status IS DISTINCT FROM 'CANCELLED'
GROUP BY shop
"""


@dataclass(frozen=True, slots=True)
class ShopCounts:
    """What the lake holds of one shop; money by currency.

    kept, quarantined       source table -> rows, for each table that feeds silver row for row
    orders                  kept orders that are not cancelled, as the metric counts them
    line_total_kept         of the rows of the table that holds order lines, refunds among them
    line_total_quarantined  the same of its rows in quarantine, as far as they can be read
    """

    kept: dict[str, int]
    quarantined: dict[str, int]
    orders: int
    revenue: dict[str, Decimal]
    line_total_kept: dict[str, Decimal]
    line_total_quarantined: dict[str, Decimal]


def count_lake(
    connection: duckdb.DuckDBPyConnection, shops: Sequence[Shop]
) -> dict[str, ShopCounts]:
    """Shop -> counts; each part of silver is read once for all shops."""
    read = _Read(connection, {entity for shop in shops for entity in _fed(shop)})
    return {shop.name: read.counts_of(shop) for shop in shops}


def _feeding(shop: Shop) -> list[SourceTable]:
    return [table for table in shop.pack.tables.values() if table.feeds]


def _fed(shop: Shop) -> list[str]:
    return [entity for table in _feeding(shop) for entity in table.feeds]


class _Read:
    """What one read of silver found, over all shops."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, entities: set[str]) -> None:
        self._kept = {
            (entity, shop): rows
            for entity in sorted(entities)
            for shop, rows in connection.execute(
                f"SELECT shop, COUNT(*) FROM silver.{entity} GROUP BY shop"
            ).fetchall()
        }
        self._orders = dict(connection.execute(_ORDERS).fetchall())
        self._revenue = connection.execute(_REVENUE).fetchall()
        self._line_totals = connection.execute(_LINE_TOTALS).fetchall()
        self._quarantined = connection.execute(_QUARANTINED).fetchall()

    def counts_of(self, shop: Shop) -> ShopCounts:
        feeding = _feeding(shop)
        lines = next((table for table in feeding if "order_items" in table.feeds), None)
        line_entities = lines.feeds if lines else ()
        mine = [row[1:] for row in self._quarantined if row[0] == shop.name]
        return ShopCounts(
            kept={
                table.name: sum(self._kept.get((e, shop.name), 0) for e in table.feeds)
                for table in feeding
            },
            quarantined={
                table.name: sum(row[2] for row in mine if row[0] == table.name) for table in feeding
            },
            orders=self._orders.get(shop.name, 0),
            revenue=_by_currency(row[1:] for row in self._revenue if row[0] == shop.name),
            line_total_kept=_by_currency(
                row[2:]
                for row in self._line_totals
                if row[0] in line_entities and row[1] == shop.name
            ),
            line_total_quarantined=_by_currency(
                (row[1], row[3]) for row in mine if lines and row[0] == lines.name
            ),
        )


def _by_currency(amounts: Iterable[tuple[str | None, Decimal | None]]) -> dict[str, Decimal]:
    """Currency -> sum, to the cent; what has no amount is left out."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        if currency is not None and amount is not None:
            sums[currency] = sums.get(currency, Decimal("0.00")) + amount
    return dict(sorted(sums.items()))
