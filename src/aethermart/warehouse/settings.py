"""Settings of the warehouse."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ReportingSettings:
    """The currency that amounts of all shops are also shown in."""

    currency: str | None = field(
        default=None,
        metadata={"doc": "Three letters of ISO 4217; the first shop's currency where absent."},
    )
    rates: str | None = field(
        default=None,
        metadata={
            "doc": "A CSV file of dated rates with the columns rate_date, currency, quote_currency,"
            " rate (units of quote_currency for one of currency); rates of the shops' own tables"
            " hold where the file has none."
        },
    )
