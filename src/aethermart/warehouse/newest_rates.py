"""The newest exchange rate of each pair of currencies that the shops tell, with its day."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import duckdb

from aethermart.skills.search.records import Rate, Rates

_HELD_S = 300.0  # rates are a day's: reading them at each search would only cost time

# Grain: one pair of currencies. Of several sources of a day the project's own file holds, else the
# first shop by name, as in gold.reporting_rates.
_NEWEST = """
SELECT
  currency,
  quote_currency,
  rate,
  rate_date
FROM (
  SELECT 0 AS source_rank, '' AS shop, currency, quote_currency, rate, rate_date
  FROM reporting.rates_file
  UNION ALL
  SELECT 1 AS source_rank, shop, currency, quote_currency, rate, rate_date
  FROM silver.exchange_rates
) AS known
WHERE rate_date <= CURRENT_DATE AND rate > 0
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY currency, quote_currency
  ORDER BY rate_date DESC, source_rank, shop
) = 1
"""


class NewestRates:
    """Called, it gives the rates; read at most every few minutes."""

    def __init__(
        self,
        read: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._held: tuple[float, Rates] | None = None

    def __call__(self) -> Rates:
        with self._lock:
            if self._held is None or self._clock() - self._held[0] > _HELD_S:
                self._held = (self._clock(), self._newest())
            return self._held[1]

    def _newest(self) -> Rates:
        with self._read() as connection:
            rows = connection.execute(_NEWEST).fetchall()
        return Rates({(code, quote): Rate(rate, on) for code, quote, rate, on in rows})
