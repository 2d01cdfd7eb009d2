"""The reporting currency, and the dated rates that a project brings along itself.

Rates come from the shops' own tables (silver.exchange_rates) and from the project's `rates.csv`;
where both know one, the file's holds.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb

from aethermart.core.errors import BadInput

_COLUMNS = ("rate_date", "currency", "quote_currency", "rate")
_TABLE = """
CREATE SCHEMA IF NOT EXISTS reporting;
CREATE TABLE IF NOT EXISTS reporting.rates_file (
  rate_date DATE,
  currency VARCHAR,
  quote_currency VARCHAR,
  rate DECIMAL(18,8)
)
"""

Rate = tuple[date, str, str, Decimal]


def ensure_rates_table(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(_TABLE)


def read_rates(file: Path) -> list[Rate]:
    """The rates of a CSV file. Raises BadInput with the line that is wrong."""
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise BadInput(
                    f"{file} has no column {', '.join(missing)}",
                    fix=f"name the columns {', '.join(_COLUMNS)} in its first line",
                )
            return [_rate(file, reader.line_num, row) for row in reader]
    except FileNotFoundError as error:
        raise BadInput(
            f"{file}, the file of rates, does not exist",
            fix="correct `rates` under [reporting], or leave it out",
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8: {error}", fix="save it as UTF-8") from error


def load_rates(connection: duckdb.DuckDBPyConnection, rates: list[Rate]) -> None:
    """Replace what an earlier file brought."""
    connection.execute("BEGIN TRANSACTION")
    ensure_rates_table(connection)
    connection.execute("DELETE FROM reporting.rates_file")
    if rates:
        connection.executemany("INSERT INTO reporting.rates_file VALUES (?, ?, ?, ?)", rates)
    connection.execute("COMMIT")


def _rate(file: Path, line: int, row: dict[str, str | None]) -> Rate:
    texts = {name: (row[name] or "").strip() for name in _COLUMNS}
    try:
        day, rate = date.fromisoformat(texts["rate_date"]), Decimal(texts["rate"])
    except (ValueError, InvalidOperation) as error:
        raise BadInput(
            f"{file}, line {line}: {texts['rate_date']!r} with {texts['rate']!r} is no dated rate",
            fix="write dates as 2026-01-31 and rates as 1.0823",
        ) from error
    codes = texts["currency"], texts["quote_currency"]
    if any(len(code) != 3 or not code.isalpha() or not code.isupper() for code in codes):
        raise BadInput(
            f"{file}, line {line}: {codes[0]!r} to {codes[1]!r} are not two currencies",
            fix="use three capital letters of ISO 4217 each",
        )
    if not rate.is_finite() or rate <= 0 or codes[0] == codes[1]:
        raise BadInput(
            f"{file}, line {line}: {rate} cannot be a rate from {codes[0]} to {codes[1]}",
            fix="give a number above 0 between two different currencies",
        )
    return day, *codes, rate
