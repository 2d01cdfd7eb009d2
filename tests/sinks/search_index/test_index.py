"""The index follows the lake: facts at once, words soon, nothing that is gone or hidden."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethermart.core.entries import SnapshotEnd
from aethermart.core.errors import NotFound, Unavailable
from aethermart.packs.load import load_shipped
from aethermart.sinks.search_index.index import SearchIndex
from aethermart.sinks.search_index.touched import Sources
from aethermart.skills.search.records import Constraints, PriceRange
from tests.sinks.search_index.shelves import SHOP, Lake, at, found, settle


@pytest.fixture
def lake() -> Lake:
    lake = Lake()
    for uid, title in enumerate(["Quiet Keyboard", "Loud Keyboard", "Desk Lamp"], start=1):
        lake.put(uid, title, f"{uid}0.00")
    return lake


@pytest.fixture
def index(lake: Lake) -> SearchIndex:
    index = lake.index()
    assert index.applied(SHOP) == 3
    return index


def under(price: int) -> Constraints:
    return Constraints(price=PriceRange(high=Decimal(price)))


@pytest.mark.promise("B5")
def test_a_price_is_in_the_results_when_its_entry_is_applied(
    lake: Lake, index: SearchIndex
) -> None:
    words = index.state(SHOP).engine.index  # type: ignore[union-attr]
    assert found(index, "keyboard", filters=under(15)) == ["1"]
    index.apply([lake.alter(1, price=Decimal("99.00"))])
    assert found(index, "keyboard", filters=under(15)) == []
    index.apply([lake.alter(2, price=Decimal("12.00"))])
    assert found(index, "keyboard", filters=under(15)) == ["2"]
    assert index.state(SHOP).listed["2"].product.price == Decimal("12.00")
    settle(index)
    assert index.state(SHOP).engine.index is words  # type: ignore[union-attr]


@pytest.mark.promise("B5")
def test_what_sells_out_is_hidden_or_goes_leaves_the_results_at_once(
    lake: Lake, index: SearchIndex
) -> None:
    stocked = Constraints(in_stock=True)
    index.apply([lake.alter(1, stock=0)])
    assert found(index, "keyboard", filters=stocked) == ["2"]
    assert sorted(found(index, "keyboard")) == ["1", "2"]
    index.apply([lake.alter(2, visible=False)])
    assert found(index, "keyboard") == ["1"]
    index.apply([lake.alter(2, visible=True), lake.remove(1)])
    assert found(index, "keyboard") == ["2"]
    assert "1" not in index.state(SHOP).listed
    assert index.state(SHOP).of_sku == {"sku-2": "2", "sku-3": "3"}


def test_the_state_that_a_reader_holds_does_not_change(lake: Lake, index: SearchIndex) -> None:
    held = index.state(SHOP)
    index.apply([lake.alter(1, price=Decimal("99.00")), lake.remove(2)])
    assert held.engine is not None
    assert [h.product.price for h in held.engine.search("quiet").hits] == [Decimal("10.00")]
    assert set(held.listed) == {"1", "2", "3"}


def test_new_words_and_new_products_are_found_after_a_build(lake: Lake, index: SearchIndex) -> None:
    index.apply([lake.alter(3, title="Reading Light", price=Decimal("5.00")), lake.put(4, "Sofa")])
    # The old words with the new price; the new product is known, and not yet found.
    assert found(index, "lamp", filters=under(6)) == ["3"]
    assert found(index, "sofa", filters=under(1)) == []
    assert "4" in index.state(SHOP).listed
    settle(index)
    assert found(index, "reading light")[0] == "3"
    assert found(index, "sofa")[0] == "4"


def test_until_its_words_are_in_a_commit_does_not_count_as_reflected(
    lake: Lake, index: SearchIndex
) -> None:
    assert index.state(SHOP).as_of == at(3)
    index.apply([lake.alter(1, price=Decimal(1))])
    assert index.state(SHOP).as_of == at(4)
    index.apply([lake.put(4, "Sofa")])
    index.apply([lake.alter(1, price=Decimal(2))])
    assert index.state(SHOP).as_of == at(4)  # the sofa was committed after it
    settle(index)
    assert index.state(SHOP).as_of == at(6)


def test_hidden_words_are_suggested_no_more_after_a_build(lake: Lake, index: SearchIndex) -> None:
    def suggested() -> list[str]:
        engine = index.state(SHOP).engine
        assert engine is not None
        return engine.suggest("la")

    assert suggested() == ["lamp"]
    index.apply([lake.alter(3, visible=False)])
    assert index.state(SHOP).as_of == at(4)  # the results are right already
    settle(index)
    assert suggested() == []


def test_a_review_changes_the_rating_of_its_product_alone(lake: Lake, index: SearchIndex) -> None:
    lake.reads.clear()
    index.apply([lake.reviewed(2, 4.5, 2)])
    assert found(index, "keyboard", filters=Constraints(min_rating=4.0)) == ["2"]
    assert index.state(SHOP).listed["2"].reviews == 2
    assert lake.reads == [(SHOP, ["2"])]


def test_where_no_row_tells_the_products_all_are_read_behind_the_answers(
    lake: Lake, index: SearchIndex
) -> None:
    lake.reads.clear()
    index.apply([lake.recategorised("Office")])
    assert lake.reads == []
    assert index.state(SHOP).as_of == at(3)
    settle(index)
    assert lake.reads == [(SHOP, None)]
    assert index.state(SHOP).as_of == at(4)
    engine = index.state(SHOP).engine
    assert engine is not None
    assert {h.product.category for h in engine.search("keyboard").hits} == {"Office"}


def test_a_snapshot_s_end_reads_all_products(lake: Lake, index: SearchIndex) -> None:
    del lake.products[SHOP]["1"]
    index.apply([lake.entry(SHOP, controls=[SnapshotEnd("s2", ("products",))])])
    settle(index)
    assert found(index, "keyboard") == ["2"]


def test_rows_of_other_tables_are_not_looked_at(lake: Lake, index: SearchIndex) -> None:
    lake.reads.clear()
    index.apply([lake.entry(SHOP, controls=[SnapshotEnd("s2", ("orders",))])])
    settle(index)
    assert lake.reads == []
    assert (index.applied(SHOP), index.state(SHOP).as_of) == (4, at(4))


def test_an_entry_delivered_twice_is_read_once(lake: Lake, index: SearchIndex) -> None:
    entry = lake.alter(1, price=Decimal("11.00"))
    lake.reads.clear()
    index.apply([entry])
    index.apply([entry])
    assert lake.reads == [(SHOP, ["1"])]


def test_a_lake_that_fails_leaves_the_state_and_the_offset(lake: Lake, index: SearchIndex) -> None:
    entry = lake.alter(1, price=Decimal("77.00"))
    before = index.state(SHOP)
    lake.fail = Unavailable("the lake is being opened anew", fix="wait")
    with pytest.raises(Unavailable):
        index.apply([entry])
    assert index.state(SHOP) is before
    assert index.applied(SHOP) == 3
    lake.fail = None
    index.apply([entry])
    assert index.state(SHOP).listed["1"].product.price == Decimal("77.00")


def test_a_lake_that_is_being_rebuilt_is_not_read_whole(lake: Lake, index: SearchIndex) -> None:
    index.apply([lake.recategorised("Office")])
    kept, lake.products[SHOP] = lake.products[SHOP], {}
    lake.offsets[SHOP] = 1
    settle(index)
    assert sorted(found(index, "keyboard")) == ["1", "2"]
    lake.products[SHOP], lake.offsets[SHOP] = kept, 4
    settle(index)
    assert index.state(SHOP).listed["1"].product.category == "Office"


def test_two_shops_do_not_touch_each_other(lake: Lake) -> None:
    lake.products["other"] = {}
    lake.put(1, "Garden Chair", shop="other")
    index = lake.index("other")
    assert (index.applied(SHOP), index.applied("other")) == (3, 1)
    index.apply([lake.alter(1, shop="other", price=Decimal("5.00"))])
    assert index.state(SHOP).listed["1"].product.price == Decimal("10.00")
    assert found(index, "chair", shop="other") == ["1"]
    assert "Garden Chair" not in [e.product.title for e in index.state(SHOP).listed.values()]


def test_a_shop_without_an_index_says_why(lake: Lake) -> None:
    index = lake.index()
    with pytest.raises(Unavailable, match="'aethermart' are being indexed"):
        index.state(SHOP)
    with pytest.raises(NotFound, match="the pack of 'telemetry' stages no products"):
        index.state("telemetry")
    assert index.applied("telemetry") == 0


def test_the_first_product_of_an_empty_shop_is_found() -> None:
    lake = Lake()
    index = lake.index()
    assert index.applied(SHOP) == 0
    assert index.state(SHOP).engine is None
    index.apply([lake.put(1, "Quiet Keyboard")])
    settle(index)
    assert found(index, "keyboard") == ["1"]
    index.apply([lake.remove(1)])
    settle(index)
    assert found(index, "keyboard") == []


def test_a_reset_builds_anew_and_the_old_index_answers_meanwhile(
    lake: Lake, index: SearchIndex
) -> None:
    index.reset(SHOP)
    assert index.reflected(SHOP) == 0
    assert sorted(found(index, "keyboard")) == ["1", "2"]
    lake.reads.clear()
    assert index.applied(SHOP) == index.reflected(SHOP) == 3
    assert lake.reads == [(SHOP, None)]


def test_builds_rest_for_a_multiple_of_the_time_they_take(lake: Lake) -> None:
    now = [0.0]
    index = SearchIndex(
        lake, {SHOP: lake_sources()}, rest=4.0, least_rest_s=0.5, clock=lambda: now[0]
    )
    index.applied(SHOP)
    index.apply([lake.put(4, "Sofa")])
    index.step(SHOP)
    assert "4" in found(index, "sofa")
    index.apply([lake.put(5, "Stool")])
    index.step(SHOP)
    assert "5" not in found(index, "stool")
    now[0] = 0.5
    index.step(SHOP)
    assert "5" in found(index, "stool")


def lake_sources() -> Sources:
    return Sources.of(load_shipped("aethermart"))


def test_which_tables_name_their_products_is_read_from_the_pack() -> None:
    ours = lake_sources()
    assert ours.keyed == {"products": "product_id", "reviews": "product_id"}
    assert ours.tables == {"products", "categories", "reviews"}
    assert Sources.of(load_shipped("classicmodels")).keyed == {"products": "productCode"}
    # Products grouped out of invoice lines: no row is one of them.
    assert Sources.of(load_shipped("online_retail")).keyed == {}


def _same(one: SearchIndex, other: SearchIndex) -> bool:
    queries = ["", "keyboard", "quiet keybord", "lamp under 20 eur", "cheapest desk", "office"]
    states = one.state(SHOP), other.state(SHOP)
    assert states[0].listed == states[1].listed
    assert (list(states[0].ids), states[0].of_sku) == (list(states[1].ids), states[1].of_sku)
    engines = [state.engine for state in states]
    if engines[0] is None or engines[1] is None:
        return engines == [None, None]
    for query in queries:
        pages = [engine.search(query, limit=50, facets=("price", "stock")) for engine in engines]  # type: ignore[union-attr]
        assert pages[0] == pages[1], query
    assert engines[0].suggest("ke") == engines[1].suggest("ke")
    return True


_TITLES = st.sampled_from(
    ["Quiet Keyboard", "Loud Keyboard", "Desk Lamp", "Lamp", "Office Desk", "Keyboard for a Desk"]
)
_STEP = st.one_of(
    st.tuples(st.just("put"), st.integers(1, 6), _TITLES),
    st.tuples(st.just("price"), st.integers(1, 6), st.integers(1, 40)),
    st.tuples(st.just("stock"), st.integers(1, 6), st.integers(0, 1)),
    st.tuples(st.just("visible"), st.integers(1, 6), st.booleans()),
    st.tuples(st.just("remove"), st.integers(1, 6), st.none()),
    st.tuples(st.just("category"), st.none(), st.sampled_from(["Office", "Home"])),
    st.tuples(st.just("deliver"), st.none(), st.booleans()),
    st.tuples(st.just("step"), st.none(), st.none()),
)


def _change(lake: Lake, kind: str, uid: Any, value: Any) -> Any:
    if kind == "put":
        return lake.put(uid, value)
    if kind == "category":
        return lake.recategorised(value)
    if str(uid) not in lake.products[SHOP]:
        return None
    if kind == "remove":
        return lake.remove(uid)
    if kind == "price":
        return lake.alter(uid, price=Decimal(value))
    return lake.alter(uid, **{kind: value})


@pytest.mark.promise("B5")
@settings(max_examples=60)
@given(st.lists(_STEP, max_size=25))
def test_whatever_comes_it_ends_as_an_index_built_anew(steps: list[tuple[str, Any, Any]]) -> None:
    lake = Lake()
    lake.put(1, "Quiet Keyboard")
    index = lake.index()
    index.applied(SHOP)
    log: list[Any] = []
    for kind, uid, value in steps:
        if kind == "step":
            index.step(SHOP)
        elif kind == "deliver":
            # From the offset on, or (again) all of them.
            behind = [e for e in log if value or e.offset > index.applied(SHOP)]
            if behind:
                index.apply(behind)
                _shows_nothing_untrue(lake, index)
        elif (entry := _change(lake, kind, uid, value)) is not None:
            log.append(entry)
    if log:
        index.apply(log)
    _shows_nothing_untrue(lake, index)
    settle(index)
    anew = lake.index()
    anew.applied(SHOP)
    assert _same(index, anew)
    assert index.state(SHOP).as_of == anew.state(SHOP).as_of


def _shows_nothing_untrue(lake: Lake, index: SearchIndex) -> None:
    """Words may be old; who is shown, and for how much, is as the shop has it."""
    engine = index.state(SHOP).engine
    for hit in engine.search("", limit=100).hits if engine is not None else ():
        now = lake.products[SHOP][hit.product.product_uid].product
        assert now.visible
        assert (hit.product.price, hit.product.stock) == (now.price, now.stock)
