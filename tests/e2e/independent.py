"""Revenue and orders of both shops, computed without a line of AetherMart.

Reads the source Parquet of Online Retail and a COPY of the store's tables, and adds up in Python's
Decimal. Run as a script it prints JSON: `python independent.py PARQUET DSN`.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import psycopg
import pyarrow.parquet as pq

CENT = Decimal("0.01")


def online_retail(parquet: str) -> dict[str, object]:
    """C invoices are refunds and count against revenue; the three A invoices are adjustments."""
    rows = pq.read_table(parquet, columns=["InvoiceNo", "Quantity", "UnitPrice"]).to_pylist()
    revenue, set_aside, orders, kept = Decimal(0), Decimal(0), set(), 0
    for row in rows:
        total = int(row["Quantity"]) * Decimal(row["UnitPrice"])
        total = total.quantize(CENT, rounding=ROUND_HALF_UP)
        if row["InvoiceNo"].startswith("A"):
            set_aside += total
            continue
        kept += 1
        revenue += total
        if not row["InvoiceNo"].startswith("C"):
            orders.add(row["InvoiceNo"])
    return {
        "revenue": str(revenue),
        "quarantined": str(set_aside),
        "orders": len(orders),
        "rows": len(rows),
        "kept": kept,
    }


def store(dsn: str) -> dict[str, object]:
    """Lines of orders not cancelled, less refunds; each line rounded to the cent."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        orders = _copy(connection, "orders")
        lines = _copy(connection, "order_items")
        refunds = _copy(connection, "returns")
    counted = {o["order_id"] for o in orders if o["status"] != "CANCELLED"}
    revenue = Decimal(0)
    for line in lines:
        if line["order_id"] in counted:
            total = int(line["quantity"]) * Decimal(line["unit_price"])
            total -= Decimal(line["discount_amount"])
            revenue += total.quantize(CENT, rounding=ROUND_HALF_UP)
    revenue -= sum((Decimal(refund["refund_amount"]) for refund in refunds), Decimal(0))
    statuses: dict[str, int] = {}
    for order in orders:
        statuses[order["status"]] = statuses.get(order["status"], 0) + 1
    return {"revenue": str(revenue), "orders": len(counted), "statuses": statuses}


_TABLES = {"order_status_changes": "order_events"}  # by another name in the store


def since(dsn: str, began: datetime, times: Mapping[str, str]) -> dict[str, int]:
    """Rows of each entity's table whose time, in the column named, is past an instant."""
    with psycopg.connect(dsn) as connection:
        return {
            entity: connection.execute(
                f"SELECT count(*) FROM {_TABLES.get(entity, entity)} WHERE {time} > %s".encode(),
                [began],
            ).fetchall()[0][0]
            for entity, time in times.items()
        }


def _copy(connection: psycopg.Connection[tuple[object, ...]], table: str) -> list[dict[str, str]]:
    with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT csv, HEADER)") as copy:  # type: ignore[arg-type]
        text = b"".join(bytes(block) for block in copy).decode()
    return list(csv.DictReader(io.StringIO(text)))


if __name__ == "__main__":
    print(
        json.dumps({"online_retail": online_retail(sys.argv[1]), "aethermart": store(sys.argv[2])})
    )
