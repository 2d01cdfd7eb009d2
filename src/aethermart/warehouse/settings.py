"""Settings of the warehouse."""

from __future__ import annotations

from dataclasses import dataclass, field

COMPRESSIONS = ("snappy", "gzip")


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


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """Silver and gold as Delta for Spark, Trino, pyarrow, DuckDB and pandas."""

    every_s: float = field(
        default=0.0,
        metadata={"doc": "Seconds between two publications while `serve` runs; 0 for none."},
    )
    folder: str = field(
        default="state/published",
        metadata={"doc": "Where they are written, from the project folder."},
    )
    tables: str = field(
        default="*",
        metadata={
            "doc": "Which tables, with commas between them; `gold.*` leaves out silver, which has "
            "customers' names and addresses as they are."
        },
    )
    compression: str = field(
        default="snappy", metadata={"doc": "Of the Parquet files: `snappy` or `gzip`."}
    )
    kept_publications: int = field(
        default=3,
        metadata={
            "doc": "Publications whose files are kept, the newest included: so long may one take "
            "that reads an older one."
        },
    )
    timeout_s: float = field(
        default=1800.0, metadata={"doc": "A publication is given up after this many seconds."}
    )
