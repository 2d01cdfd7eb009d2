"""Exchange rates of the made-up year: a walk for each currency, on working days."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa

from aethermart.simulate.columns import picked, whole
from aethermart.simulate.libraries import np
from aethermart.store.session import StoreSession

_IN_EUR = {"USD": 0.92, "GBP": 1.17, "CHF": 1.04, "SEK": 0.088, "PLN": 0.23, "DKK": 0.134}
_DAILY = 0.004  # standard deviation of a day's relative change
_DAYS_BEFORE = 10


def make_rates(session: StoreSession, seed: int, first: date, last: date) -> dict[str, int]:
    """Write what each currency was worth in euros from some days before `first` to `last`."""
    rng = np.random.default_rng([seed, 7])
    began = first - timedelta(days=_DAYS_BEFORE)
    days = [began + timedelta(days=day) for day in range((last - began).days + 1)]
    days = [day for day in days if day.weekday() < 5]
    walk = np.exp(np.cumsum(rng.normal(0, _DAILY, (len(_IN_EUR), len(days))), axis=1))
    rates = np.round(np.array([*_IN_EUR.values()])[:, None] * walk, 6).ravel()
    total = len(rates)
    columns = {
        "rate_id": whole(np.arange(total) + 1),
        "rate_date": pa.array(days * len(_IN_EUR), pa.date32()),
        "currency": picked([*_IN_EUR], np.repeat(np.arange(len(_IN_EUR)), len(days))),
        "quote_currency": picked(["EUR"], np.zeros(total, dtype=np.int64)),
        "rate": pa.array(rates, pa.float64()),
    }
    return {"exchange_rates": session.load("exchange_rates", columns)}
