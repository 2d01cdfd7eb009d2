"""The newest rate of each pair, out of the project's own file and the shops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb

from aethermart.skills.search.records import Rate
from aethermart.warehouse.newest_rates import NewestRates
from tests.warehouse.lake import Lake

TODAY = datetime.now(UTC).date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def _put(lake: Lake, number: int, day: date, currency: str, rate: str) -> None:
    lake.put(
        "exchange_rates",
        rate_id=number,
        rate_date=day,
        currency=currency,
        quote_currency="EUR",
        rate=Decimal(rate),
    )


def test_the_newest_day_counts_and_the_projects_own_file_before_a_shop(lake: Lake) -> None:
    _put(lake, 1, YESTERDAY, "USD", "0.90")
    _put(lake, 2, TODAY, "USD", "0.91")
    _put(lake, 3, TOMORROW, "USD", "0.99")  # nobody knows it yet
    _put(lake, 4, YESTERDAY, "GBP", "1.17")
    _put(lake, 5, TODAY, "CHF", "1.04")
    lake.connection.execute(
        "INSERT INTO reporting.rates_file VALUES (?, 'CHF', 'EUR', 1.05), (?, 'PLN', 'EUR', 0.23)",
        [TODAY, YESTERDAY],
    )

    now = 0.0

    @contextmanager
    def read() -> Iterator[duckdb.DuckDBPyConnection]:
        yield lake.connection

    rates = NewestRates(read, lambda: now)
    assert rates().per == {
        ("USD", "EUR"): Rate(Decimal("0.91"), TODAY),
        ("GBP", "EUR"): Rate(Decimal("1.17"), YESTERDAY),
        ("CHF", "EUR"): Rate(Decimal("1.05"), TODAY),
        ("PLN", "EUR"): Rate(Decimal("0.23"), YESTERDAY),
    }
    _put(lake, 6, TODAY, "GBP", "1.18")
    assert rates().of("GBP", "EUR") == Rate(Decimal("1.17"), YESTERDAY)  # held a while
    now = 301.0
    assert rates().of("GBP", "EUR") == Rate(Decimal("1.18"), TODAY)
