"""Made-up orders as Arrow, the same for every side, and the loop in which a side answers.

DuckDB makes the rows: both environments have it. Nothing of ours is imported here.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pyarrow as pa

KEY = "order_id"
PIECE_ROWS = 250_000

_COLUMNS = """
    k AS order_id,
    1 + k * 7919 % 200000 AS customer_id,
    1 + k * 7919 % 200000 AS address_id,
    ['web', 'mobile', 'popup', 'partner'][1 + k % 4] AS channel,
    ['PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED'][1 + (k + n) % 4] AS status,
    'EUR' AS currency,
    TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_seconds(k % 30000000) AS ordered_at,
    TIMESTAMPTZ '2024-01-02 00:00:00+00' + to_seconds(k % 30000000 + n) AS updated_at,
    md5(k::VARCHAR) AS idempotency_key,
    4.90::DECIMAL(12, 2) AS shipping_amount,
    (k * 31 % 9000 / 100)::DECIMAL(12, 2) AS tax_amount,
    ((k * 7 + n * 13) % 40000 / 100)::DECIMAL(12, 2) AS total_amount
"""
CHECK = "count(*), sum(total_amount)::VARCHAR, max(updated_at)::VARCHAR"


def all_rows(rows: int) -> Iterator[pa.Table]:
    """Orders 1 to `rows`, in pieces."""
    for first in range(1, rows + 1, PIECE_ROWS):
        last = min(first + PIECE_ROWS, rows + 1)
        yield _arrow(
            f"SELECT {_COLUMNS} FROM (SELECT range AS k, 0 AS n FROM range(?, ?))", first, last
        )


def changed_rows(rows: int, changed: int, repetition: int, seed: int) -> pa.Table:
    """`changed` of the orders, chosen at random, as their `repetition`-th change leaves them."""
    keys = random.Random(f"{seed} {repetition}").sample(range(1, rows + 1), changed)
    return _arrow(
        f"SELECT {_COLUMNS} FROM (SELECT unnest(?::BIGINT[]) AS k, ? AS n)", keys, repetition
    )


def answer_until_end(answer: Callable[..., dict[str, Any]]) -> None:
    """Answer each line of standard input, a JSON object of arguments, by one line."""
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)


def _arrow(query: str, *values: Any) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows: pa.Table = connection.sql(query, params=values).to_arrow_table()
        return rows
