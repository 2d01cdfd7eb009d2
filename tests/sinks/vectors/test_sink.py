"""The pipeline of vectors: what changed is embedded, nothing else; models are switched at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from aethermart.core.entries import SnapshotEnd, Truncate
from aethermart.core.errors import Unavailable
from aethermart.platform_db.migrate import migrate, platform_engine
from aethermart.sinks.vectors.collections import Collections
from aethermart.sinks.vectors.index import Collection, Facts
from aethermart.sinks.vectors.sink import VectorSink
from tests.sinks.vectors.exact import ExactIndex
from tests.sinks.vectors.made import SHOP, CountedEmbedder, ShopRows, entry

pytestmark = pytest.mark.service("postgres")


@dataclass
class Shop:
    """A sink over hand-made rows; `serve` restarts as `reopen` does."""

    collections: Collections
    index: ExactIndex = field(default_factory=ExactIndex)
    rows: ShopRows = field(default_factory=ShopRows)
    embedder: CountedEmbedder = field(default_factory=CountedEmbedder)
    now: float = 0.0
    rests: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sink = self.open()

    def open(self, **more: Any) -> VectorSink:
        self.sink = VectorSink(
            self.index,
            self.collections,
            lambda: self.embedder,
            self.rows,
            rest=self.rests.append,
            clock=lambda: self.now,
            **more,
        )
        return self.sink

    def commit(self, offset: int, *tables: str, **more: Any) -> None:
        self.rows.offset = offset
        self.sink.apply([entry(offset, *tables, **more)])

    def asked(self) -> list[str]:
        """Texts embedded since the last look."""
        asked, self.embedder.asked = self.embedder.asked, []
        return asked

    def live(self, entity: str = "products") -> Collection:
        found = self.collections.live(SHOP, entity)
        assert found is not None
        return found.collection

    def keys(self, entity: str = "products") -> list[str]:
        return sorted(self.index.held(self.live(entity)))


@pytest.fixture
def shop(database: str) -> Iterator[Shop]:
    migrate(database)
    engine = platform_engine(database)
    yield Shop(Collections(engine))
    engine.dispose()


@pytest.mark.promise(32)
def test_only_what_changed_is_embedded_again(shop: Shop) -> None:
    shop.rows.product("1", "Desk lamp", description="Bright")
    shop.rows.product("2", "Tap")
    shop.commit(1, "products")
    assert shop.asked() == ["Desk lamp. Bright", "Tap"]
    shop.rows.product("2", "Kitchen tap")
    shop.commit(2, "products")
    assert shop.asked() == ["Kitchen tap"]
    shop.commit(3, "products")
    assert shop.asked() == []
    assert shop.sink.applied(SHOP) == 3


@pytest.mark.promise(32)
def test_model_dimension_and_form_of_text_are_kept_with_the_collection(shop: Shop) -> None:
    shop.rows.product("1", "Lamp")
    shop.commit(1, "products")
    told = [
        (one.collection.entity, one.collection.model, one.collection.dimension, one.state)
        for one in shop.collections.all(SHOP)
    ]
    assert told == [
        ("customers", "words-1", 32, "live"),
        ("products", "words-1", 32, "live"),
        ("reviews", "words-1", 32, "live"),
    ]
    (products,) = [o for o in shop.collections.all(SHOP) if o.collection.entity == "products"]
    assert (products.applied, products.vectors, products.collection.text_version) == (1, 1, 1)


def test_a_fact_changes_without_a_new_vector(shop: Shop) -> None:
    shop.rows.product("1", "Lamp", price=10, stock_quantity=3)
    shop.commit(1, "products")
    before = shop.index.vectors(shop.live(), ["1"])["1"]
    shop.asked()
    shop.rows.product("1", "Lamp", price=12, stock_quantity=0)
    shop.commit(2, "products")
    assert shop.asked() == []
    assert shop.index.held(shop.live())["1"].facts == Facts(price=12.0, in_stock=False)
    assert shop.index.vectors(shop.live(), ["1"])["1"].tolist() == before.tolist()


def test_what_is_gone_is_removed(shop: Shop) -> None:
    shop.rows.product("1", "Lamp")
    shop.rows.product("2", "Tap")
    shop.commit(1, "products")
    del shop.rows.rows["products"]["1"]
    shop.commit(2, "products")
    assert shop.keys() == ["2"]


@pytest.mark.parametrize(
    "control", [Truncate("products", 0), SnapshotEnd("s", ("products",))], ids=["emptied", "anew"]
)
def test_a_table_emptied_or_captured_anew_is_looked_at(shop: Shop, control: Any) -> None:
    shop.rows.product("1", "Lamp")
    shop.commit(1, "products")
    shop.rows.rows["products"].clear()
    shop.commit(2, controls=[control])
    assert shop.keys() == []


def test_a_text_that_lost_its_last_known_word_loses_its_vector(shop: Shop) -> None:
    shop.rows.product("1", "Lamp")
    shop.commit(1, "products")
    shop.rows.product("1", "zzz")
    shop.commit(2, "products")
    assert shop.keys() == []


def test_tables_that_no_text_is_made_of_cost_nothing(shop: Shop) -> None:
    shop.rows.product("1", "Lamp")
    shop.commit(1, "products")
    shop.rows.reads.clear()
    shop.commit(2, "exchange_rates")
    assert shop.rows.reads == []
    shop.commit(3, "reviews")
    assert shop.rows.reads == ["reviews"]
    assert shop.sink.applied(SHOP) == 3


def test_of_customers_only_those_are_read_whose_orders_changed(shop: Shop) -> None:
    shop.rows.customer("ada", "Lamp")
    shop.rows.customer("eve", "Tap")
    shop.commit(1, "orders")
    assert shop.asked() == ["Lamp", "Tap"]
    shop.rows.reads.clear()
    shop.rows.customer("ada", "Sofa", "Lamp")
    shop.rows.buyers = {"ada"}
    shop.commit(2, "orders")
    assert (shop.rows.reads, shop.asked()) == (["customers ['ada']"], ["Sofa. Lamp"])
    shop.rows.rows["customers"].pop("ada")
    shop.commit(3, "orders")
    assert shop.keys("customers") == ["eve"]
    assert shop.sink.applied(SHOP) == 3


def test_a_product_s_new_name_is_told_of_all_who_bought_it(shop: Shop) -> None:
    shop.rows.product("1", "Lamp")
    shop.rows.customer("ada", "Lamp")
    shop.commit(1, "products", "orders")
    shop.asked()
    shop.rows.product("1", "Lantern")
    shop.rows.customer("ada", "Lantern")
    shop.embedder.fails = Unavailable("the model does not answer", fix="wait")
    with pytest.raises(Unavailable):
        shop.commit(2, "products")
    shop.embedder.fails = None
    shop.commit(2, "products")
    assert shop.asked() == ["Lantern", "Lantern"]
    shop.rows.product("1", "Lantern", price=3)
    shop.rows.reads.clear()
    shop.commit(3, "products")
    assert shop.rows.reads == ["products"]


def test_after_a_restart_everything_is_looked_at_once(shop: Shop) -> None:
    shop.rows.customer("ada", "Lamp")
    shop.commit(1, "orders")
    shop.open()
    shop.rows.reads.clear()
    shop.rows.buyers = {"eve"}
    shop.commit(2, "orders")
    assert shop.rows.reads == ["products", "customers", "reviews"]
    shop.rows.reads.clear()
    shop.commit(3, "orders")
    assert shop.rows.reads == ["customers ['eve']"]


def test_entries_that_were_seen_change_nothing(shop: Shop) -> None:
    shop.rows.product("1", "Lamp")
    shop.commit(5, "products")
    shop.asked()
    shop.rows.reads.clear()
    shop.sink.apply([entry(number, "products") for number in (1, 2, 3, 4, 5)])
    assert (shop.rows.reads, shop.asked(), shop.sink.applied(SHOP)) == ([], [], 5)


def test_entries_wait_for_the_mirror(shop: Shop) -> None:
    shop.rows.offset = 2
    assert not shop.sink.ready(SHOP, [entry(3, "products")])
    shop.rows.offset = 3
    assert shop.sink.ready(SHOP, [entry(3, "products"), entry(4, "products")]) == 1


def test_looking_takes_a_tenth_of_the_time_at_the_most(shop: Shop) -> None:
    read = shop.rows.read

    def slow(name: str, entity: str, keys: Any) -> Any:
        shop.now += 1.0
        return read(name, entity, keys)

    shop.rows.read = slow  # type: ignore[method-assign]
    shop.commit(1, "products")  # all three are looked at, for the first time
    assert not ready_at(shop, 3.0 + 29.9)
    assert ready_at(shop, 3.0 + 30.1)


def ready_at(shop: Shop, now: float) -> bool:
    shop.now, shop.rows.offset = now, 2
    return shop.sink.ready(SHOP, [entry(2, "products")]) == 1


def test_the_embedder_rests_as_long_as_it_worked_a_second_at_the_most(shop: Shop) -> None:
    plain, took_s = shop.embedder.embed, [0.4, 3.0]

    def slow(texts: Any) -> Any:
        shop.now += took_s.pop(0)
        return plain(texts)

    shop.embedder.embed = slow  # type: ignore[method-assign]
    for number in range(257):
        shop.rows.product(str(number), f"Lamp {number}")
    shop.commit(1, "products")
    assert shop.rests == [pytest.approx(0.4), 1.0]


@pytest.mark.promise(32)
def test_a_new_model_is_built_beside_the_old_and_takes_its_place_at_once(shop: Shop) -> None:
    for number in range(300):
        shop.rows.product(str(number), f"Lamp {number}")
    shop.commit(1, "products")
    old = shop.live()
    answers: list[tuple[Collection, int]] = []

    class Watching(CountedEmbedder):
        """Looks while it is asked: the old one still answers, whole."""

        def embed(self, texts: Any) -> Any:
            live = shop.live()
            answers.append((live, len(shop.index.held(live))))
            return super().embed(texts)

    shop.embedder = Watching("words-2", dimension=16)
    shop.open()
    assert shop.sink.applied(SHOP) == 0  # so the runner reads the log again
    shop.commit(1, "products")
    assert answers == [(old, 300), (old, 300)]
    assert (shop.live().model, shop.live().dimension, len(shop.keys())) == ("words-2", 16, 300)
    assert shop.index.held(old) == {}
    assert {one.collection.model for one in shop.collections.all(SHOP)} == {"words-2"}


def test_a_new_form_of_text_is_a_new_collection(shop: Shop) -> None:
    shop.rows.product("1", "Lamp")
    shop.commit(1, "products")
    shop.asked()
    shop.open(text_version=2)
    shop.commit(1, "products")
    assert shop.asked() == ["Lamp"]
    assert shop.live().text_version == 2


def test_a_build_that_broke_off_goes_on_where_it_was(shop: Shop) -> None:
    for number in range(600):
        shop.rows.product(str(number), f"Lamp {number}")
    plain, batches = shop.embedder.embed, []

    def breaks(texts: Any) -> Any:
        batches.append(len(texts))
        if len(batches) == 2:
            raise Unavailable("the model does not answer", fix="wait")
        return plain(texts)

    shop.embedder.embed = breaks  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="does not answer"):
        shop.commit(1, "products")
    assert shop.collections.live(SHOP, "products") is None
    assert shop.sink.applied(SHOP) == 0
    batches.clear()
    shop.embedder.embed = plain  # type: ignore[method-assign]
    shop.asked()
    shop.commit(1, "products")
    assert len(shop.asked()) == 600 - 256
    assert len(shop.keys()) == 600


def test_a_reset_builds_everything_anew(shop: Shop) -> None:
    shop.rows.product("1", "Lamp")
    shop.commit(4, "products")
    shop.asked()
    shop.sink.reset(SHOP)
    assert shop.sink.applied(SHOP) == 0
    shop.commit(4, "products")
    assert shop.asked() == ["Lamp"]


def test_two_that_switch_at_once_leave_one_that_answers(shop: Shop) -> None:
    made = [Collection(SHOP, "products", f"m{number}", 1, 4) for number in range(4)]
    for one in made:
        shop.collections.begin(one, "exact")
    threads = [
        threading.Thread(target=shop.collections.switch, args=(one, "exact")) for one in made
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = sorted(one.state for one in shop.collections.all(SHOP))
    assert states == ["live", "retired", "retired", "retired"]
