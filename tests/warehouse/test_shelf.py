"""Products as a shopper sees them, out of silver."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from aethermart.packs.load import load_shipped, shipped_packs
from aethermart.sinks.search_index.shelf import Listed
from aethermart.sinks.search_index.touched import Sources
from aethermart.skills.search.records import Product
from aethermart.warehouse.shelf import read_shelf
from tests.warehouse.lake import Lake

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def products(lake: Lake, *ids: str, shop: str = "aethermart") -> dict[str, Listed]:
    shelf = read_shelf(lake.connection, shop, ids or None)
    return {each.product.product_uid: each for each in shelf.products}


def test_a_product_comes_with_its_category_rating_stock_and_what_its_description_says(
    lake: Lake,
) -> None:
    lake.put("categories", category_id=7, name="Keyboards")
    lake.put(
        "products",
        product_id=1,
        sku="KB-1",
        name="Quiet Keyboard",
        description="Made to last. Colour: Black. Brand: Tarn.",
        category_id=7,
        price=Decimal("89.00"),
        currency="EUR",
        stock_quantity=3,
        is_active=True,
    )
    lake.put("reviews", review_id=1, product_id=1, rating=4)
    lake.put("reviews", review_id=2, product_id=1, rating=5)
    lake.put("reviews", review_id=3, product_id=2, rating=1)
    assert products(lake) == {
        "1": Listed(
            Product(
                "1",
                "Quiet Keyboard",
                description="Made to last. Colour: Black. Brand: Tarn.",
                brand="Tarn",
                category="Keyboards",
                price=Decimal("89.00"),
                currency="EUR",
                attributes={"colour": "Black"},
                stock=3,
                rating=4.5,
            ),
            "KB-1",
            2,
        )
    }


def test_what_the_shop_hides_is_hidden_and_what_it_does_not_say_is_unknown(lake: Lake) -> None:
    lake.put("products", product_id=1, is_active=False)
    lake.put("products", product_id=2, is_active=None, price=None, stock_quantity=None)
    found = products(lake)
    assert (found["1"].product.visible, found["2"].product.visible) == (False, True)
    two = found["2"].product
    assert (two.price, two.stock, two.rating, found["2"].reviews) == (None, None, None, None)


def test_some_are_read_by_their_ids_and_what_breaks_a_rule_is_not_there(lake: Lake) -> None:
    for product_id in (1, 2, 3):
        lake.put("products", product_id=product_id)
    lake.put("products", product_id=4, price=Decimal("-1.00"))
    lake.put("reviews", review_id=1, product_id=2, rating=3)
    assert set(products(lake)) == {"1", "2", "3"}
    some = products(lake, "2", "4", "99")
    assert set(some) == {"2"}
    assert some["2"] == products(lake)["2"]
    assert products(lake, shop="online_retail") == {}


def test_the_offset_is_that_of_the_mirror_in_the_same_state(lake: Lake) -> None:
    before = read_shelf(lake.connection, "aethermart", None)
    assert (before.offset, before.as_of) == (0, None)
    lake.connection.execute(
        "INSERT INTO mirror._offsets (shop, log_offset, as_of) VALUES ('aethermart', 41, ?)", [NOON]
    )
    after = read_shelf(lake.connection, "aethermart", ["1"])
    assert (after.offset, after.as_of) == (41, NOON)


def test_a_price_has_two_places_and_more_where_they_say_something(lake: Lake) -> None:
    lake.put("products", product_id=1, price=Decimal("26.90"))
    [listed] = products(lake).values()
    assert str(listed.product.price) == "26.90"


def test_every_shipped_pack_with_products_can_be_followed() -> None:
    packs = {name: load_shipped(name) for name in shipped_packs()}
    for name, pack in packs.items():
        sources = Sources.of(pack)
        assert sources.tables <= set(pack.tables), name
        assert set(sources.keyed) <= sources.tables, name
