"""Orders placed at a steady rate by the store's own procedure, as live traffic places them."""

from __future__ import annotations

import random
import secrets
import threading
import time
from contextlib import closing

from aethermart.simulate.shoppers import find_shoppers
from aethermart.store.connect import connect
from aethermart.store.orders import place_order
from aethermart.store.products import change_stock


def place_orders(
    dsn: str,
    *,
    rate: float,
    seed: int,
    commits: list[float],
    stop: threading.Event,
    filled: threading.Event | None = None,
) -> None:
    """Until `stop`; stock is filled up before, which takes a while with thousands of products.

    rate     orders a second
    commits  takes the time of each commit, by `time.monotonic`
    filled   is set when the first order is about to be placed
    """
    chance, run = random.Random(seed), secrets.token_hex(4)
    with closing(connect(dsn)) as session:
        shoppers = find_shoppers(session)
        for product in shoppers.products:
            change_stock(session, product.product_id, 100_000)
        if filled is not None:
            filled.set()
        due = time.monotonic()
        while not stop.is_set():
            place_order(session, shoppers.request(chance, f"{run}-{len(commits)}"))
            commits.append(time.monotonic())
            due = max(due + 1 / rate, time.monotonic() - 1)
            stop.wait(max(0.0, due - time.monotonic()))
