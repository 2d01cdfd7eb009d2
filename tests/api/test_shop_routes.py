"""/shop: what shoppers find, what they are refused, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI

from aethermart.client.answers.shop import SearchAnswer, SearchEvent
from aethermart.identity.roles import Caller, Role
from aethermart.operations.shop.live_shop import LiveShop
from aethermart.sinks.search_index.index import SearchIndex
from aethermart.sinks.search_index.shelf import Listed
from tests.api.asking import app_on, ask, role_token
from tests.api.fake_platform import three_orders
from tests.api.fake_shop import FakeShop
from tests.sinks.search_index.shelves import SHOP, Lake, at, settle


@dataclass
class Notes:
    """Keeps what was searched and done."""

    searches: list[SearchAnswer] = field(default_factory=list)
    done: list[tuple[str, SearchEvent, str]] = field(default_factory=list)

    def searched(self, answer: SearchAnswer, caller: Caller) -> None:
        self.searches.append(answer)

    def did(self, shop: str, did: Sequence[tuple[SearchEvent, str]], caller: Caller) -> int:
        self.done += [(shop, event, product_id) for event, product_id in did]
        return len(did)


@dataclass
class Shop:
    """The platform's own answers over an index whose lake is in memory."""

    lake: Lake
    index: SearchIndex
    notes: Notes
    app: FastAPI

    def get(self, path: str, role: Role = Role.CUSTOMER, **params: Any) -> Any:
        answer = ask(self.app, path, token=role_token(role), params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def titles(self, q: str, **params: Any) -> list[str]:
        return [hit["product"]["title"] for hit in self.get("/shop/search", q=q, **params)["hits"]]

    def refused(self, path: str, status: int, **params: Any) -> str:
        answer = ask(self.app, path, params=params)
        assert answer.status_code == status, answer.text
        return str(answer.json()["detail"])


def opened(lake: Lake, *, primary: str | None = SHOP, shops: Sequence[str] = (SHOP,)) -> Shop:
    index, notes = lake.index(*shops), Notes()
    for name in shops:
        index.applied(name)
    live = LiveShop(index.state, shops, primary, notes, clock=lambda: at(100))
    return Shop(lake, index, notes, app_on(three_orders(), shop=live))


@pytest.fixture
def shop() -> Shop:
    lake = Lake()
    lake.put(1, "Quiet Mechanical Keyboard", "89.00", stock=300, rating=4.5, category="Keyboards")
    lake.put(2, "Mechanical Keyboard Pro", "129.00", stock=0, category="Keyboards")
    lake.put(3, "Membrane Keyboard", "25.00", category="Keyboards")
    lake.put(4, "Desk Lamp", "45.00", category="Lamps")
    lake.put(5, "Secret Keyboard", "1.00", visible=False, category="Keyboards")
    return opened(lake)


@pytest.mark.promise("36")
def test_a_quiet_mechanical_keyboard_under_100_over_http(shop: Shop) -> None:
    found = shop.get("/shop/search", q="quite mecanical keybord under 100 eur", explain="true")
    [best] = found["hits"]  # what has one word of three is no result beside it
    assert best["product"]["title"] == "Quiet Mechanical Keyboard"
    assert best["title_marked"] == (
        "<mark>Quiet</mark> <mark>Mechanical</mark> <mark>Keyboard</mark>"
    )
    assert found["understood"] == [{"kind": "price", "text": "under 100 EUR"}]
    assert {"typed": "keybord", "meant": "keyboard"} in found["read_as"]
    assert best["why"][0]["part"] == "words"
    assert (found["total"], found["shop"], found["relaxed"]) == (1, SHOP, [])
    assert (found["as_of"], found["lag_s"]) == ("2026-03-01T12:00:05Z", 95.0)


@pytest.mark.promise("B5")
def test_a_changed_price_and_a_hidden_product_are_seen_by_the_next_request(shop: Shop) -> None:
    assert shop.titles("keyboard", price_max="30") == ["Membrane Keyboard"]
    shop.index.apply([shop.lake.alter(3, price=Decimal("31.00"))])
    assert shop.titles("keyboard", price_max="30") == []
    shop.index.apply([shop.lake.alter(1, visible=False)])
    assert "Quiet Mechanical Keyboard" not in shop.titles("keyboard")
    assert "sku-1" not in [p["sku"] for p in shop.get("/shop/products")["items"]]
    assert "has no product 'sku-1' on sale" in shop.refused("/shop/products/sku-1", 404)


def test_facets_count_all_that_match_and_narrow_the_search(shop: Shop) -> None:
    found = shop.get("/shop/search", q="keyboard", limit=1)
    facets = {
        facet["name"]: {each["value"]: each["count"] for each in facet["values"]}
        for facet in found["facets"]
    }
    assert facets["category"] == {"Keyboards": 3}
    assert facets["price"] == {"25 to 50 EUR": 1, "50 to 100 EUR": 1, "100 to 250 EUR": 1}
    assert facets["stock"] == {"in stock": 2, "not in stock": 1}
    assert shop.titles("", where=["category:Lamps"]) == ["Desk Lamp"]
    assert len(shop.titles("", where=["category:Lamps", "category:Keyboards"])) == 4
    assert shop.titles("keyboard", in_stock="true", sort="price_asc") == [
        "Membrane Keyboard",
        "Quiet Mechanical Keyboard",
    ]
    assert shop.titles("", min_rating="4") == ["Quiet Mechanical Keyboard"]


def test_what_was_given_up_is_told_and_a_constraint_never_is(shop: Shop) -> None:
    found = shop.get("/shop/search", q="zeppelin under 30")
    assert [hit["product"]["title"] for hit in found["hits"]] == ["Membrane Keyboard"]
    assert found["relaxed"] == [
        "no product has the words 'zeppelin': all that meet the rest are shown"
    ]
    assert shop.get("/shop/search", q="keyboard under 2")["hits"] == []


def test_pages_neither_repeat_nor_skip_while_facts_change_in_between(shop: Shop) -> None:
    """By price: 25 Membrane, 45 Lamp, 89 Quiet, 129 Pro."""
    first = shop.get("/shop/search", q="", sort="price_asc", limit=2)
    assert [hit["product"]["product_id"] for hit in first["hits"]] == ["3", "4"]
    # The last one shown gets dear, the one before it goes, and one that is to come is hidden.
    shop.index.apply(
        [
            shop.lake.alter(4, price=Decimal("500.00")),
            shop.lake.remove(3),
            shop.lake.alter(1, visible=False),
        ]
    )
    second = shop.get("/shop/search", q="", sort="price_asc", cursor=first["next_cursor"])
    assert [hit["product"]["product_id"] for hit in second["hits"]] == ["2"]
    assert second["next_cursor"] is None
    assert second["search_id"] == first["search_id"]


def test_a_cursor_counts_for_its_own_search_alone(shop: Shop) -> None:
    cursor = shop.get("/shop/search", q="keyboard", limit=1)["next_cursor"]
    assert "is no cursor of this list" in shop.refused(
        "/shop/search", 400, q="lamp", limit=1, cursor=cursor
    )
    shop.index.apply([shop.lake.remove(int(_ids(shop, "keyboard")[0]))])
    settle(shop.index)
    assert "is gone from the catalogue" in shop.refused(
        "/shop/search", 400, q="keyboard", limit=1, cursor=cursor
    )


def _ids(shop: Shop, q: str) -> list[str]:
    return [hit["product"]["product_id"] for hit in shop.get("/shop/search", q=q)["hits"]]


def test_products_in_pages_by_their_ids(shop: Shop) -> None:
    shop.index.apply([shop.lake.put(10, "Stool"), shop.lake.put(9, "Sofa")])
    seen, cursor = [], None
    while True:
        asked = {} if cursor is None else {"cursor": cursor}
        page = shop.get("/shop/products", limit=2, **asked)
        seen.append([item["product_id"] for item in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [["1", "2"], ["3", "4"], ["9", "10"]]


def test_a_customer_is_told_of_at_most_ten_pieces(shop: Shop) -> None:
    def stock(role: Role) -> Any:
        return shop.get("/shop/products/sku-1", role)["product"]["stock"]

    assert (stock(Role.CUSTOMER), stock(Role.PRODUCT)) == (10, 300)


def test_what_is_not_known_is_null(shop: Shop) -> None:
    shop.lake.products[SHOP]["6"] = Listed(
        replace(shop.lake.products[SHOP]["4"].product, product_uid="6", price=None, stock=None,
                rating=None, category="", currency=""),
        "sku-6",
    )  # fmt: skip
    shop.index.apply([shop.lake.changed(6)])
    told = shop.get("/shop/products/sku-6")["product"]
    unknown = ("price", "currency", "stock", "rating", "reviews", "brand", "category")
    assert {name: told[name] for name in unknown} == dict.fromkeys(unknown)


def test_suggestions(shop: Shop) -> None:
    found = shop.get("/shop/search/suggestions", q="mech")
    assert found["suggestions"] == [{"text": "mechanical"}, {"text": "mechanical keyboard"}]
    assert shop.get("/shop/search/suggestions", q="secr")["suggestions"] == []


def test_what_is_alike_comes_from_the_vectors_and_is_visible_and_not_sold_out(shop: Shop) -> None:
    asked: list[tuple[str, str]] = []
    near = [("5", 0.9), ("2", 0.8), ("99", 0.7), ("3", 0.6), ("4", 0.5)]  # hidden, sold out, gone

    def alike(name: str, product_id: str, limit: int) -> list[tuple[str, float]]:
        asked.append((name, product_id))
        return near

    live = LiveShop(shop.index.state, [SHOP], SHOP, Notes(), alike=alike)
    answer = ask(app_on(three_orders(), shop=live), "/shop/products/sku-1/similar").json()
    assert [(s["product"]["sku"], s["likeness"]) for s in answer["similar"]] == [
        ("sku-3", 0.6),
        ("sku-4", 0.5),
    ]
    assert asked == [(SHOP, "1")]
    near.clear()  # not known yet: the index has none either, for it was built without meaning
    assert (
        ask(app_on(three_orders(), shop=live), "/shop/products/sku-1/similar").json()["similar"]
        == []
    )


def test_a_sku_may_hold_what_an_address_must_quote(shop: Shop) -> None:
    product = replace(shop.lake.products[SHOP]["4"].product, product_uid="7")
    shop.lake.products[SHOP]["7"] = Listed(product, "A B?c#1%")
    shop.index.apply([shop.lake.changed(7)])
    assert shop.get("/shop/products/A%20B%3Fc%231%25")["product"]["product_id"] == "7"


@pytest.mark.parametrize(
    "query",
    ["\x00", "\u202e\u0000drop", "💥" * 150, "a" * 300, "-" * 300, "under $", "%' OR 1=1 --",
     "no no no no", "<script>alert(1)</script>", "\ud7ff\uffff", "size -1 under -5 €"],
)  # fmt: skip
def test_odd_queries_are_answered(shop: Shop, query: str) -> None:
    found = shop.get("/shop/search", q=query)
    assert all("<script" not in hit["title_marked"] for hit in found["hits"])
    assert shop.get("/shop/search/suggestions", q=query)["shop"] == SHOP


@pytest.mark.parametrize(
    "asked, said",
    [
        ({"q": "a" * 301}, "at most 300 characters"),
        ({"q": "a", "limit": 101}, "less than or equal to 100"),
        ({"q": "a", "price_min": "9", "price_max": "3"}, "`price_min` 9 is above `price_max` 3"),
        ({"q": "a", "price_max": "-1"}, "greater than or equal to 0"),
        ({"q": "a", "sort": "luck"}, "'relevance'"),
        ({"q": "a", "where": "category"}, "is not NAME:VALUE"),
        ({"q": "a", "where": "smell:rose"}, "no product has an attribute 'smell'"),
        ({"q": "a", "colour": "red"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_asked_is_refused(shop: Shop, asked: dict[str, Any], said: str) -> None:
    assert said in shop.refused("/shop/search", 400, **asked)


def test_a_query_of_ten_thousand_letters_is_refused_at_the_door(shop: Shop) -> None:
    assert "longer than 8192 bytes" in shop.refused("/shop/search", 414, q="a" * 10_000)


def test_an_unknown_shop_and_one_without_products_are_told_apart(shop: Shop) -> None:
    assert "there is no shop 'moon'" in shop.refused("/shop/search", 404, q="a", shop="moon")
    assert "the pack of 'online_retail' stages no products" in shop.refused(
        "/shop/search", 404, q="a", shop="online_retail"
    )


def test_without_a_name_the_only_shop_with_products_is_meant() -> None:
    lake = Lake(products={SHOP: {}, "online_retail": {}})
    lake.put(1, "Lamp")
    lake.put(1, "Vase", shop="online_retail")
    both = (SHOP, "online_retail")
    assert opened(lake, primary=None).titles("") == ["Lamp"]
    assert opened(lake, primary="online_retail", shops=both).titles("") == ["Vase"]
    neither = opened(lake, primary=None, shops=both)
    assert "2 shops have products" in neither.refused("/shop/search", 400, q="")
    assert neither.titles("", shop="online_retail") == ["Vase"]


def test_while_products_are_being_indexed_it_is_503() -> None:
    lake = Lake()
    index = lake.index()
    live = LiveShop(index.state, [SHOP], SHOP, Notes())
    answer = ask(app_on(three_orders(), shop=live), "/shop/search", params={"q": "a"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_a_shop_that_is_not_captured_yet_is_503_and_one_without_a_product_404() -> None:
    lake = Lake()
    shop = opened(lake)
    assert "has no products" in shop.refused("/shop/search", 404, q="a")
    lake.unread = True
    assert "not captured and indexed yet" in opened(lake).refused("/shop/search", 503, q="a")


def test_a_search_is_noted_once_and_not_for_its_later_pages(shop: Shop) -> None:
    first = shop.get("/shop/search", q="keyboard", limit=1)
    shop.get("/shop/search", q="keyboard", limit=1, cursor=first["next_cursor"])
    assert [(n.query, n.total, n.search_id) for n in shop.notes.searches] == [
        ("keyboard", 3, first["search_id"])
    ]


def test_events_on_products_of_the_shop_are_taken(shop: Shop) -> None:
    told = [
        {"search_id": "s1", "kind": "click", "sku": "sku-1", "position": 1},
        {"search_id": "s1", "kind": "cart", "sku": "nothing", "position": 2},
    ]
    answer = ask(shop.app, "/shop/events", method="POST", body={"events": told})
    assert answer.json() == {"taken": 1}
    [(name, event, product_id)] = shop.notes.done
    assert (name, event.kind, event.position, product_id) == (SHOP, "click", 1, "1")


def test_too_many_events_and_a_place_before_the_first_are_refused(shop: Shop) -> None:
    told = {"search_id": "s1", "kind": "click", "sku": "sku-1", "position": 1}
    for events in ([told] * 201, [told | {"position": 0}], [told | {"kind": "stare"}]):
        answer = ask(shop.app, "/shop/events", method="POST", body={"events": events})
        assert answer.status_code == 400
    assert shop.notes.done == []


def test_the_client_s_search_id_stays_over_the_pages_of_any_platform() -> None:
    fake = FakeShop()
    app = app_on(three_orders(), shop=fake)
    first = ask(app, "/shop/search", params={"q": "keyboard", "limit": 2}).json()
    asked = {"q": "keyboard", "limit": 2, "cursor": first["next_cursor"]}
    second = ask(app, "/shop/search", params=asked).json()
    assert [hit["product"]["product_id"] for hit in second["hits"]] == ["19"]
    assert second["search_id"] == first["search_id"]
    assert fake.calls == ["search None keyboard", "search None keyboard"]


def test_the_age_of_what_is_shown_is_told_everywhere(shop: Shop) -> None:
    shop.index.apply([shop.lake.alter(4, price=Decimal(4))])
    for path in ("/shop/products", "/shop/products/sku-4", "/shop/products/sku-4/similar"):
        told = shop.get(path)
        assert told["as_of"] == f"{at(6):%Y-%m-%dT%H:%M:%SZ}"
        assert told["lag_s"] == (at(100) - at(6)) / timedelta(seconds=1)
