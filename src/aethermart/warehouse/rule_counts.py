"""How many rows each rule of quality met: set aside, mended, emptied, noted or linked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import duckdb

from aethermart.core.clock import lag_s
from aethermart.warehouse.metrics.shops import ShopAge, known_shops, oldest

Done = Literal["quarantined", "mended", "emptied", "noted", "linked"]

# The quarantine is a kept table; the rest is computed now, over all rows.
_COUNTS = """
SELECT
  shop,
  entity,
  rule,
  done,
  COUNT(*) AS row_count
FROM (
  SELECT shop, entity, rule, 'quarantined' AS done FROM gold.fct_quarantine
  UNION ALL
  SELECT shop, entity, finding AS rule, done FROM silver.findings
  UNION ALL
  SELECT shop, 'customers' AS entity, 'duplicate_customer' AS rule, 'linked' AS done
  FROM silver.customer_links
  UNION ALL
  SELECT shop, 'products' AS entity, 'duplicate_product' AS rule, 'linked' AS done
  FROM silver.product_links
) AS met
WHERE $shop IS NULL
  OR shop = $shop
GROUP BY
  shop,
  entity,
  rule,
  done
ORDER BY
  shop,
  done,
  row_count DESC,
  entity,
  rule
"""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """rows: cells, where the rule is about a column."""

    shop: str
    entity: str
    rule: str
    done: Done
    rows: int


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """as_of: of the oldest shop counted, None while any is unknown."""

    rules: tuple[RuleCount, ...]
    as_of: datetime | None
    lag_s: float | None
    shops: tuple[ShopAge, ...]


def count_rules(
    connection: duckdb.DuckDBPyConnection, shop: str | None, now: datetime
) -> RuleCounts:
    """Every rule that met a row, of one shop or of all. NotFound for an unknown shop."""
    shops = tuple(known.age for known in known_shops(connection, shop, now))
    found = connection.execute(_COUNTS, {"shop": shop}).fetchall()
    as_of = oldest(shops)
    return RuleCounts(
        rules=tuple(RuleCount(*row) for row in found),
        as_of=as_of,
        lag_s=lag_s(now, as_of) if as_of else None,
        shops=shops,
    )
