"""What is said of products, customers and reviews for their vectors, read from silver and gold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import duckdb
import pytest

from aethermart.core.entries import LoggedEntry, SnapshotEnd, Truncate
from aethermart.operations.vector_rows import Keys, SilverRows
from aethermart.sinks.vectors.collections import Collections
from aethermart.sinks.vectors.index import Facts, Filter
from aethermart.sinks.vectors.sink import VectorSink
from aethermart.sinks.vectors.texts import Told, told
from aethermart.skills.embed.static import StaticEmbedder
from tests.sinks.vectors.exact import ExactIndex
from tests.sinks.vectors.made import entry
from tests.warehouse.lake import ORDERED, Lake

pytestmark = pytest.mark.promise(32)
SHOP = "aethermart"
AS_OF = datetime(2026, 4, 1, tzinfo=UTC)


class Reading:
    """The lake's connection as the engine lends one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @contextmanager
    def read(self, _timeout_s: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        yield self._connection.cursor()


def rows_of(lake: Lake) -> SilverRows:
    return SilverRows(cast("Any", Reading(lake.connection)), lake.compiled, lake.shops)


def said(lake: Lake, entity: str, shop: str = SHOP, keys: Keys = None) -> list[Told]:
    with rows_of(lake).read(shop, entity, keys) as (_, rows):
        return sorted((told(entity, row) for row in rows), key=lambda one: one.key)


def fill(lake: Lake) -> None:
    """Two lamps and a tap; ada bought all of them, the tap last and both lamps twice."""
    lake.put("categories", category_id=1, name="Lighting")
    lake.put("categories", category_id=2, name="Bathroom")
    lamp = {"category_id": 1, "stock_quantity": 3, "is_active": True}
    lake.put(
        "products", product_id=1, sku="L-1", name="Desk lamp", description="Warm  light", **lamp
    )
    lake.put("products", product_id=2, sku="L-2", name="Floor lamp", **lamp | {"stock_quantity": 0})
    lake.put("products", product_id=3, sku="T-1", name="Kitchen tap", category_id=2)
    lake.put("customers", customer_id=7, first_name="Ada", last_name="Byron", phone="+49 30 123456")
    lake.put("customers", customer_id=8, email="eve@example.org")  # bought nothing
    for order, product, days in ((1, 1, 0), (2, 1, 1), (3, 2, 2), (4, 3, 3)):
        at = ORDERED + timedelta(days=days)
        lake.put("orders", order_id=order, customer_id=7, ordered_at=at, updated_at=at)
        lake.put("order_items", order_item_id=order, order_id=order, product_id=product)
    lake.put("orders", order_id=5, customer_id=7, status="CANCELLED")
    lake.put("order_items", order_item_id=5, order_id=5, product_id=3)
    lake.put("reviews", review_id=1, product_id=1, rating=4, title="Good", body="Lights my desk.")
    lake.put("reviews", review_id=2, product_id=1, rating=5, title=None, body=None)
    lake.reflects(SHOP, AS_OF)
    lake.applied(whole=True)


def test_a_product_is_told_by_name_category_and_description(lake: Lake) -> None:
    fill(lake)
    desk, floor, tap = said(lake, "products")
    assert (desk.key, desk.text) == ("1", "Desk lamp. Lighting. Warm light")
    assert desk.facts == Facts(category="Lighting", price=10.0, rating=4.5, in_stock=True)
    assert (floor.text, floor.facts.in_stock) == ("Floor lamp. Lighting", False)
    assert tap.facts == Facts(category="Bathroom", price=10.0, in_stock=True)  # not counted


def test_a_customer_is_told_by_what_was_bought_and_never_by_name(lake: Lake) -> None:
    fill(lake)
    (ada,) = said(lake, "customers")
    assert ada.key == "7"
    assert ada.text == "Lighting. Bathroom. Kitchen tap. Floor lamp. Desk lamp"
    assert ada.facts == Facts()
    for personal in ("Ada", "Byron", "example.org", "123456"):
        assert personal.lower() not in ada.text.lower()


def test_a_review_is_told_by_title_and_body(lake: Lake) -> None:
    fill(lake)
    first, second = said(lake, "reviews")
    assert (first.text, first.facts) == ("Good. Lights my desk.", Facts(product="1", rating=4.0))
    assert second.text == ""


def test_another_shop_s_rows_are_not_read(lake: Lake) -> None:
    fill(lake)
    lake.put("products", "north", product_id=1, name="Anvil", sku="A")
    assert [one.text for one in said(lake, "products", "north")] == ["Anvil"]
    assert "Anvil" not in {one.text for one in said(lake, "products")}


@pytest.mark.parametrize(
    "entity, key, others",
    [("products", "2", 2), ("customers", "7", 0), ("reviews", "1", 1)],
)
def test_some_rows_are_told_as_all_are(lake: Lake, entity: str, key: str, others: int) -> None:
    fill(lake)
    (one,) = said(lake, entity, keys=frozenset({key, "nobody"}))
    everything = said(lake, entity)
    assert one in everything
    assert len(everything) == 1 + others
    assert said(lake, entity, keys=frozenset()) == []


def test_a_change_concerns_the_entities_whose_rows_it_may_show_in(lake: Lake) -> None:
    rows = rows_of(lake)

    def concerned(table: str, shop: str = SHOP) -> set[str]:
        return set(rows.concerned(shop, [entry(1, table, shop=shop)]))

    assert concerned("products") == {"products"}
    assert concerned("reviews") == {"products", "reviews"}
    assert concerned("order_items") == concerned("customers") == {"customers"}
    assert concerned("exchange_rates") == set()
    assert concerned("lines", "online_retail") >= {"products", "customers"}
    assert concerned("products", "nobody") == set()


def test_of_customers_those_are_concerned_whose_orders_changed(lake: Lake) -> None:
    fill(lake)
    rows = rows_of(lake)

    def customers(*entries: LoggedEntry) -> Keys:
        return rows.concerned(SHOP, entries)["customers"]

    paid = entry(1, "orders", shop=SHOP, order_id=4)
    assert customers(paid, entry(2, "order_items", shop=SHOP, order_id=9)) == {"7"}
    assert customers(entry(1, "customers", shop=SHOP)) == frozenset()
    for any_of_them in (
        entry(1, "orders", shop=SHOP, order_id=4, op="d"),
        entry(1, "customers", shop=SHOP, op="d"),
        entry(1, shop=SHOP, controls=[Truncate("orders", 0)]),
        entry(1, shop=SHOP, controls=[SnapshotEnd("s", ("order_items",))]),
        entry(1, "orders", shop=SHOP),  # a row without its order's key
    ):
        assert customers(paid, any_of_them) is None


@pytest.mark.service("postgres")
def test_from_the_mirror_to_what_is_alike(lake: Lake, database: str) -> None:
    from aethermart.platform_db.migrate import migrate, platform_engine

    fill(lake)
    migrate(database)
    engine, index, embedder = platform_engine(database), ExactIndex(), StaticEmbedder()
    sink = VectorSink(
        index, Collections(engine), lambda: embedder, rows_of(lake), rest=lambda _seconds: None
    )
    log = [entry(1, "products", "orders", "reviews", shop=SHOP)]
    assert sink.ready(SHOP, log)
    sink.apply(log)
    live = Collections(engine).live(SHOP, "products")
    assert live is not None
    (asked,) = embedder.embed(["a lamp for the desk"])
    assert [m.key for m in index.nearest(live.collection, asked, 3)] == ["1", "2", "3"]
    there = Filter(one_of={"in_stock": [True]})
    assert [m.key for m in index.nearest(live.collection, asked, 3, there)] == ["1", "3"]
    assert set(index.held(live.collection)) == {"1", "2", "3"}
    lake.remove("products", product_id=1)
    lake.connection.execute("UPDATE mirror._offsets SET log_offset = 2 WHERE shop = ?", [SHOP])
    sink.apply([entry(2, "products", shop=SHOP)])
    assert set(index.held(live.collection)) == {"2", "3"}
    assert sink.applied(SHOP) == 2
    engine.dispose()


def test_a_price_is_a_number_and_an_unknown_one_none() -> None:
    assert told("products", {"key": 1, "name": "A", "price": Decimal("2.50")}).facts.price == 2.5
    assert told("products", {"key": 1, "name": "A", "price": None}).facts.price is None


def test_a_text_is_as_long_as_models_read_and_says_nothing_twice() -> None:
    row = {"key": 1, "name": "Lamp", "category": "Lamp", "description": "x" * 9000}
    text = told("products", row).text
    assert len(text) == 4000
    assert text.startswith("Lamp. xxx")
