"""Products of a test's own in the demo's store, and how soon the search shows what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg

from tests.e2e.platform import LiveDemo

_WORD = "Zorkmid"  # no product of the demo has it


def put_products(demo: LiveDemo, count: int) -> list[int]:
    """Products, each 10.00 EUR, 5 pieces; their ids. The traffic may buy and restock them."""
    with psycopg.connect(demo.project.shop_dsn("aethermart")) as store:
        made = store.execute(
            "INSERT INTO products (sku, name, category_id, price, stock_quantity)"
            " SELECT 'ZORK-' || gen_random_uuid(), %s || ' Clock', min(category_id), 10, 5"
            " FROM categories, generate_series(1, %s) AS n GROUP BY n RETURNING product_id",
            [_WORD, count],
        ).fetchall()
    return [product_id for (product_id,) in made]


def change(demo: LiveDemo, product_id: int, what: str) -> None:
    """Commit `SET what` of one product."""
    with psycopg.connect(demo.project.shop_dsn("aethermart"), autocommit=True) as store:
        store.execute(f"UPDATE products SET {what} WHERE product_id = %s", [product_id])


def shown(demo: LiveDemo, q: str = f"{_WORD} clock") -> dict[int, dict[str, Any]]:
    """Products that a search shows, by id."""
    found = demo.get("/shop/search", q=q, shop="aethermart", limit="100")
    if found["relaxed"]:
        return {}
    return {int(hit["product"]["product_id"]): hit["product"] for hit in found["hits"]}


def changes_of(demo: LiveDemo, product_id: int) -> list[float]:
    """Seconds to the results of another price, of selling out, and of being hidden."""
    waits = []
    for what, seen in (
        ("price = 77.70", lambda: shown(demo)[product_id]["price"] == "77.70"),
        ("stock_quantity = 0", lambda: product_id not in shown(demo, f"{_WORD} clock in stock")),
        ("is_active = false", lambda: product_id not in shown(demo)),
    ):
        change(demo, product_id, what)
        with _held(demo, product_id):
            waits.append(seconds_until(seen))
    return waits


@contextmanager
def _held(demo: LiveDemo, product_id: int) -> Iterator[None]:
    """Nobody else writes the product: the traffic would restock what was sold out."""
    with psycopg.connect(demo.project.shop_dsn("aethermart")) as store:
        store.execute("SELECT FROM products WHERE product_id = %s FOR UPDATE", [product_id])
        yield


def sku_of(demo: LiveDemo, product_id: int) -> str:
    with psycopg.connect(demo.project.shop_dsn("aethermart")) as store:
        row = store.execute(
            "SELECT sku FROM products WHERE product_id = %s", [product_id]
        ).fetchone()
    assert row is not None
    return str(row[0])


def of_the_store(demo: LiveDemo) -> dict[str, tuple[str, int]]:
    """Price and stock of every visible product, by sku, as the store has them."""
    with psycopg.connect(demo.project.shop_dsn("aethermart")) as store:
        rows = store.execute(
            "SELECT sku, price::text, stock_quantity FROM products WHERE is_active"
        ).fetchall()
    return {sku: (price, stock) for sku, price, stock in rows}


def listed(demo: LiveDemo) -> dict[str, tuple[str, int]]:
    """The same, as /shop/products lists it."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = demo.get("/shop/products", shop="aethermart", limit="50", **cursor)
        found += page["items"]
        if page["next_cursor"] is None:
            return {item["sku"]: (item["price"], item["stock"]) for item in found}
        cursor = {"cursor": page["next_cursor"]}


def is_as_the_store(demo: LiveDemo) -> bool:
    """False while the products are being indexed."""
    try:
        return listed(demo) == of_the_store(demo)
    except httpx.HTTPStatusError as refused:
        if refused.response.status_code != 503:
            raise
        return False


def seconds_until(condition: Callable[[], bool], within_s: float = 30.0) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s
        time.sleep(0.02)
    return time.monotonic() - began


def most_of(waits: Sequence[float]) -> float:
    """What nine of ten took at the most."""
    return sorted(waits)[int(0.9 * (len(waits) - 1))]
