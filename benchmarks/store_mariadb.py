"""What the store's triggers cost on MariaDB: orders a second with them and without.

Two databases of one server hold the same shop; in one the triggers of orders and their lines are
dropped. `place` places orders of two lines, `pay` moves each on to PAID, over one connection, by
turns in blocks. Without the triggers orders move no stock and have neither event nor
payment: what is bought with the cost.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from aethermart.servers.mariadb import EmbeddedMariadb
from aethermart.store.connect import connect
from aethermart.store.orders import OrderLine, OrderRequest, change_status, place_order
from aethermart.store.schema import apply_schema
from aethermart.store.session import StoreSession
from benchmarks.options import main, parser
from benchmarks.result import Result, Spread, versions

_PRODUCTS = 2000
_CUSTOMERS = 1000
_WITH, _WITHOUT = "with triggers", "without"


def measure(options: argparse.Namespace) -> Result:
    with tempfile.TemporaryDirectory() as name:
        server = EmbeddedMariadb(Path(name) / "mariadb")
        server.start()
        try:
            for database in ("with_triggers", "without"):
                server.create_database(database)
            with (
                closing(connect(server.dsn("with_triggers"))) as ours,
                closing(connect(server.dsn("without"))) as bare,
            ):
                for session in (ours, bare):
                    apply_schema(session)
                    fill(session)
                drop_triggers(bare)
                return by_turns({_WITH: ours, _WITHOUT: bare}, options)
        finally:
            server.destroy()


def by_turns(sessions: dict[str, StoreSession], options: argparse.Namespace) -> Result:
    rng = random.Random(options.seed)
    rates: dict[str, dict[str, list[float]]] = {
        step: {side: [] for side in sessions} for step in ("place", "pay")
    }
    for block in range(options.repetitions + 1):
        requests = [_request(rng) for _ in range(options.orders)]
        for side in (_WITH, _WITHOUT) if block % 2 else (_WITHOUT, _WITH):
            session = sessions[side]
            began = time.perf_counter()
            placed = [place_order(session, request).order_id for request in requests]
            between = time.perf_counter()
            for order_id in placed:
                change_status(session, order_id, "PAID")
            ended = time.perf_counter()
            if block:  # the first warms up
                rates["place"][side].append(options.orders / (between - began))
                rates["pay"][side].append(options.orders / (ended - between))
    return _result(options, rates)


def _request(rng: random.Random) -> OrderRequest:
    customer = rng.randint(1, _CUSTOMERS)
    lines = tuple(OrderLine(rng.randint(1, _PRODUCTS), rng.randint(1, 3)) for _ in range(2))
    return OrderRequest(customer, customer, "web", lines)


def fill(session: StoreSession) -> None:
    with session.transaction():
        session.bulk()
        session.execute("INSERT INTO categories (category_id, name) VALUES (1, 'everything')")
        session.execute(
            "INSERT INTO products (product_id, sku, name, category_id, price, stock_quantity)"
            f" SELECT seq, CONCAT('SKU-', seq), 'x', 1, 9.99, 1000000 FROM seq_1_to_{_PRODUCTS}"
        )
        session.execute(
            "INSERT INTO customers (customer_id, email, first_name, last_name)"
            f" SELECT seq, CONCAT('c', seq, '@example.org'), 'x', 'x' FROM seq_1_to_{_CUSTOMERS}"
        )
        session.execute(
            "INSERT INTO customer_addresses"
            " (address_id, customer_id, street, city, postal_code, country)"
            f" SELECT seq, seq, 'x', 'x', 'x', 'DE' FROM seq_1_to_{_CUSTOMERS}"
        )


def drop_triggers(session: StoreSession) -> None:
    named = session.rows(
        "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
        " AND event_object_table IN ('orders', 'order_items')"
    )
    for (name,) in named:
        session.execute(f"DROP TRIGGER {name}")


def _result(options: argparse.Namespace, rates: dict[str, dict[str, list[float]]]) -> Result:
    return Result(
        name="store_mariadb",
        claim="what the triggers of orders and their lines cost on MariaDB",
        sizes={"orders a block": options.orders, "products": _PRODUCTS},
        seed=options.seed,
        ratio={
            f"{step}: rate with / without": Spread.of(
                a / b for a, b in zip(sides[_WITH], sides[_WITHOUT], strict=True)
            )
            for step, sides in rates.items()
        },
        measures=[
            (
                f"{step}, {side}",
                {"a second": round(statistics.median(values), 1)},
            )
            for step, sides in rates.items()
            for side, values in sides.items()
        ],
        versions=versions("pymysql"),
        notes=["One connection, a commit a call, the server's defaults of durability."],
    )


def _parser() -> argparse.ArgumentParser:
    made = parser(__doc__, repetitions=5)
    made.add_argument("--orders", type=int, default=1000, help="of a block (%(default)s)")
    return made


if __name__ == "__main__":
    main(_parser(), measure)
