"""Facts change under the same words, and pages go on through it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethermart.core.errors import BadInput
from aethermart.skills.search.engine import SearchEngine
from aethermart.skills.search.records import Product, Sort
from tests.skills.search.conftest import dollars


def chairs(count: int) -> list[Product]:
    return [dollars(f"c{n}", f"Oak Chair {n}", f"{n}.00", stock=1) for n in range(1, count + 1)]


def uids(engine: SearchEngine, query: str = "chair", **asked: object) -> list[str]:
    return [hit.product.product_uid for hit in engine.search(query, limit=100, **asked).hits]  # type: ignore[arg-type]


@pytest.mark.promise("B5")
def test_facts_change_without_the_words_and_the_old_engine_stays() -> None:
    old = SearchEngine(chairs(3))
    changed = [
        replace(old.products[0], price=Decimal("50.00"), title="Not looked at"),
        replace(old.products[1], visible=False),
        replace(old.products[2], stock=0, currency="EUR", rating=4.5),
        dollars("new", "Oak Chair 4", "1.00"),
    ]
    new = old.with_facts(changed)
    assert new.index is old.index
    assert uids(new, sort="price_asc") == ["c3", "c1"]
    assert uids(new, "chair under $20") == []
    assert uids(new, "chair under 20 eur") == ["c3"]
    assert uids(new, "chair in stock") == ["c1"]
    assert uids(new, "chair over 4 stars") == ["c3"]
    assert new.search("chair", facets=("price",)).facets[0].values[0].value == "0 to 10 EUR"
    assert new.product("c1") == replace(old.products[0], price=Decimal("50.00"))
    assert sorted(uids(old)) == ["c1", "c2", "c3"]
    assert sorted(uids(old, "chair under $3")) == ["c1", "c2"]


@pytest.mark.promise("B5")
@settings(max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 9),
            st.sampled_from([None, Decimal(2), Decimal(5), Decimal(8)]),
            st.sampled_from([None, 0, 3]),
            st.sampled_from([None, 2.0, 4.5]),
            st.booleans(),
        ),
        max_size=12,
    ),
    st.sampled_from(["relevance", "price_asc", "price_desc", "rating", "title"]),
)
def test_changed_facts_answer_as_an_engine_built_of_them(
    changes: list[tuple[int, Decimal | None, int | None, float | None, bool]], sort: Sort
) -> None:
    products = {product.product_uid: product for product in chairs(9)}
    engine = SearchEngine(list(products.values()))
    for number, price, stock, rating, visible in changes:
        uid = f"c{number}"
        products[uid] = replace(
            products[uid], price=price, stock=stock, rating=rating, visible=visible
        )
        engine = engine.with_facts([products[uid]])
    anew = SearchEngine(list(products.values()))
    for query in ("chair", "oak chair under $6", "chair in stock", "", "cheapest chair 3"):
        asked = {"limit": 4, "facets": ("price", "stock", "rating"), "sort": sort}
        assert engine.search(query, **asked) == anew.search(query, **asked)  # type: ignore[arg-type]


@settings(max_examples=80)
@given(
    st.sampled_from(["relevance", "price_asc", "price_desc"]),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), max_size=6),
)
def test_pages_repeat_and_skip_nothing_that_stood_still(
    sort: Sort, hidden: list[tuple[int, int]]
) -> None:
    """Products hide between the pages: each that stays is on one page, none hidden later is."""
    engine = SearchEngine(chairs(9))
    whole = uids(engine, sort=sort)
    seen: list[str] = []
    cursor, page_number = None, 0
    gone: set[str] = set()
    while True:
        page = engine.search("chair", limit=2, sort=sort, cursor=cursor)
        shown = [hit.product.product_uid for hit in page.hits]
        assert not gone & set(shown)
        assert page.total == 9 - len(gone)
        seen += shown
        if page.cursor is None:
            break
        cursor = page.cursor
        now = {f"c{number}" for at, number in hidden if at == page_number}
        gone |= now
        engine = engine.with_facts(
            [replace(p, visible=False) for p in engine.products if p.product_uid in now]
        )
        page_number += 1
    assert len(seen) == len(set(seen))
    assert [uid for uid in seen if uid not in gone] == [uid for uid in whole if uid not in gone]


def test_a_page_goes_on_behind_the_price_that_was_shown() -> None:
    engine = SearchEngine(chairs(6))
    first = engine.search("chair", limit=3, sort="price_asc")
    engine = engine.with_facts([replace(engine.products[2], price=Decimal("99.00"))])
    second = engine.search("chair", limit=3, sort="price_asc", cursor=first.cursor)
    # c3 has become the dearest, and was shown last: it is not shown again.
    assert [hit.product.product_uid for hit in second.hits] == ["c4", "c5", "c6"]
    assert second.cursor is None
    engine = engine.with_facts([replace(engine.products[0], price=Decimal("98.00"))])
    again = engine.search("chair", limit=4, sort="price_asc", cursor=first.cursor)
    # Of c1 before it nothing is known here: it is shown once more, where it stands now.
    assert [hit.product.product_uid for hit in again.hits] == ["c4", "c5", "c6", "c1"]


def test_a_cursor_outlives_a_build_unless_its_product_is_gone() -> None:
    products = chairs(6)
    first = SearchEngine(products).search("chair", limit=2, sort="price_asc")
    grown = SearchEngine([dollars("c0", "Oak Chair 0", "1.50"), *products])
    second = grown.search("chair", limit=2, sort="price_asc", cursor=first.cursor)
    assert [hit.product.product_uid for hit in second.hits] == ["c3", "c4"]
    without = SearchEngine([p for p in products if p.product_uid != "c2"])
    with pytest.raises(BadInput, match="'c2', with which the page before ended, is gone"):
        without.search("chair", limit=2, sort="price_asc", cursor=first.cursor)


def test_words_longer_than_any_are_read() -> None:
    engine = SearchEngine(chairs(2))
    for letters in (23, 24, 59, 60, 61, 62, 63, 64, 65, 300, 5000):
        assert engine.search("a" * letters).total == 2  # nothing matches: all are shown, and told


def test_what_is_alike_is_visible_and_not_sold_out(small: SearchEngine) -> None:
    keyboards = {"k1", "k2", "k3", "k4"}
    near = [product.product_uid for product, _ in small.alike("k1", 3)]
    assert set(near) == keyboards - {"k1"}
    stocked = [product.product_uid for product, _ in small.alike("k1", 20, in_stock=True)]
    assert "k2" not in stocked  # sold out
    assert stocked[:2] == ["k4", "k3"] or stocked[:2] == ["k3", "k4"]  # of k4 no stock is known
    assert "h1" not in stocked
    assert small.alike("nothing", 3) == []
    assert SearchEngine(chairs(2)).alike("c1", 3) == []
