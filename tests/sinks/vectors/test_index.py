"""One behaviour suite for every store of vectors, the exact reference among them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethermart.core.errors import BadInput
from aethermart.sinks.vectors.index import Collection, Facts, Filter, Stored, VectorIndex
from tests.sinks.vectors.exact import ExactIndex
from tests.sinks.vectors.stores import Open, close

pytestmark = pytest.mark.promise(34)
ROWS, DIMENSION, CLUSTERS = 5000, 64, 100


def a_collection(dimension: int = 4, model: str = "m") -> Collection:
    """A new one: the suite shares its databases."""
    return Collection(f"shop_{secrets.token_hex(4)}", "products", model, 1, dimension)


def unit(*numbers: float) -> np.ndarray:
    vector = np.array(numbers, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def row(key: str, *numbers: float, text: str = "t", **facts: object) -> Stored:
    return Stored(key, text, unit(*numbers), Facts(**facts))  # type: ignore[arg-type]


def keys(index: VectorIndex, at: Collection, *query: float, limit: int = 10) -> list[str]:
    return [match.key for match in index.nearest(at, unit(*query), limit)]


@dataclass
class Filled:
    """5,000 vectors in 100 clusters, in a store and in the reference.

    category  c1 has 0.1 % of the rows, c2 1 %, c3 10 %, c4 50 %
    """

    index: VectorIndex
    exact: ExactIndex
    at: Collection
    queries: np.ndarray


@pytest.fixture(scope="session")
def filled(store: Open) -> Iterator[Filled]:
    rng = np.random.default_rng(11)
    centres = rng.normal(size=(CLUSTERS, DIMENSION))
    numbers = centres[rng.integers(0, CLUSTERS, ROWS)] + 0.6 * rng.normal(size=(ROWS, DIMENSION))
    vectors = (numbers / np.linalg.norm(numbers, axis=1, keepdims=True)).astype(np.float32)
    sizes = {"c1": ROWS // 1000, "c2": ROWS // 100, "c3": ROWS // 10, "c4": ROWS // 2}
    names = [name for name, size in sizes.items() for _ in range(size)]
    names += ["c5"] * (ROWS - len(names))
    rng.shuffle(names)
    rows = [
        Stored(
            f"k{n}", "t", vectors[n], Facts(category=names[n], price=float(n), in_stock=n % 2 == 0)
        )
        for n in range(ROWS)
    ]
    index, exact, at = store(), ExactIndex(), a_collection(DIMENSION)
    for start in range(0, ROWS, 1000):
        for each in (index, exact):
            each.apply(at, None, rows[start : start + 1000], ())
    for each in (index, exact):
        each.apply(at, 1, rows[:1], ())
    asked = vectors[rng.choice(ROWS, 40, replace=False)] + 0.05 * rng.normal(size=(40, DIMENSION))
    yield Filled(index, exact, at, asked.astype(np.float32))
    close(index)


def recall(filled: Filled, where: Filter | None) -> float:
    shares = []
    for query in filled.queries:
        wanted = {match.key for match in filled.exact.nearest(filled.at, query, 10, where)}
        found = filled.index.nearest(filled.at, query, 10, where)
        assert len(found) == len({match.key for match in found}) == len(wanted)
        likes = [match.likeness for match in found]
        assert likes == sorted(likes, reverse=True)
        shares.append(len(wanted & {match.key for match in found}) / max(1, len(wanted)))
    return float(np.mean(shares))


@pytest.mark.promise(35)
def test_nineteen_of_twenty_of_the_true_ten_nearest_are_found(filled: Filled) -> None:
    assert recall(filled, None) >= 0.95


@pytest.mark.promise(35)
@pytest.mark.parametrize("category", ["c1", "c2", "c3", "c4"])
def test_a_filter_never_starves_the_answer(filled: Filled, category: str) -> None:
    where = Filter(one_of={"category": [category]})
    assert recall(filled, where) >= 0.95
    found = filled.index.nearest(filled.at, filled.queries[0], 10, where)
    assert {match.facts.category for match in found} == {category}


@pytest.mark.parametrize(
    "where, expected",
    [
        (Filter(between={"price": (100.0, 103.0)}), {"k100", "k101", "k102", "k103"}),
        (Filter(between={"price": (None, 1.0)}), {"k0", "k1"}),
        (Filter(between={"price": (4998.0, None)}), {"k4998", "k4999"}),
        (Filter({"in_stock": [True]}, {"price": (10.0, 13.0)}), {"k10", "k12"}),
        (Filter(one_of={"brand": ["none"]}), set()),
        (Filter(one_of={"category": []}), set()),
        (Filter(between={"rating": (None, None)}), set()),
    ],
    ids=["range", "below", "above", "two at once", "unknown fact", "no value", "unknown number"],
)
def test_all_that_match_are_found_and_nothing_else(
    filled: Filled, where: Filter, expected: set[str]
) -> None:
    found = filled.index.nearest(filled.at, filled.queries[1], 10, where)
    assert {match.key for match in found} == expected


def test_more_than_there_are_gives_all_there_are(filled: Filled) -> None:
    where = Filter(one_of={"category": ["c2"]})
    assert len(filled.index.nearest(filled.at, filled.queries[2], 5000, where)) == ROWS // 100


def test_a_restart_finds_the_same(filled: Filled, opened: Open) -> None:
    again = opened()
    assert again.applied(filled.at) == 1
    assert len(again.held(filled.at)) == ROWS
    query = filled.queries[3]
    before = filled.index.nearest(filled.at, query, 5)
    assert [m.key for m in again.nearest(filled.at, query, 5)] == [m.key for m in before]


def test_likeness_is_the_cosine_and_the_most_alike_comes_first(opened: Open) -> None:
    index, at = opened(), a_collection()
    index.apply(at, 1, [row("x", 1, 0, 0, 0), row("y", 0, 1, 0, 0), row("z", -1, 0, 0, 0)], ())
    found = index.nearest(at, unit(1, 0, 0, 0), 3)
    assert [(match.key, round(match.likeness, 4)) for match in found] == [
        ("x", 1.0),
        ("y", 0.0),
        ("z", -1.0),
    ]


def test_an_update_replaces_vector_and_facts(opened: Open) -> None:
    index, at = opened(), a_collection()
    index.apply(at, 1, [row("a", 1, 0, 0, 0), row("b", 0, 1, 0, 0)], ())
    index.apply(at, 2, [row("a", 0, 0, 1, 0, text="new", brand="Ada", price=3.5)], ())
    assert keys(index, at, 0, 0, 1, 0, limit=1) == ["a"]
    assert index.vectors(at, ["a"])["a"].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert sorted(keys(index, at, 1, 0, 0, 0)) == ["a", "b"]
    held = index.held(at)["a"]
    assert (held.text_hash, held.facts) == ("new", Facts(brand="Ada", price=3.5))


def test_facts_alone_leave_the_vector(opened: Open) -> None:
    index, at = opened(), a_collection()
    index.apply(at, 1, [row("a", 1, 2, 3, 4, in_stock=True)], ())
    unknown = Stored("nobody", "t", None, Facts())
    index.apply(at, 2, [Stored("a", "t", None, Facts(in_stock=False, rating=4.5)), unknown], ())
    assert np.allclose(index.vectors(at, ["a", "nobody"])["a"], unit(1, 2, 3, 4), atol=1e-6)
    assert {key: held.facts for key, held in index.held(at).items()} == {
        "a": Facts(in_stock=False, rating=4.5)
    }


def test_what_is_held_may_be_asked_of_some_keys(opened: Open) -> None:
    index, at = opened(), a_collection()
    index.apply(at, 1, [row("a", 1, 0, 0, 0), row("b", 0, 1, 0, 0)], ())
    assert set(index.held(at, ["b", "nobody"])) == {"b"}
    assert dict(index.held(at, [])) == {}


def test_what_is_deleted_is_found_no_more(opened: Open) -> None:
    index, at = opened(), a_collection()
    index.apply(at, 1, [row("a", 1, 0, 0, 0), row("b", 1, 1, 0, 0)], ())
    index.apply(at, 2, [], ["a", "never there"])
    assert keys(index, at, 1, 0, 0, 0) == ["b"]
    assert set(index.held(at)) == {"b"}
    assert index.vectors(at, ["a"]) == {}


def test_an_offset_that_is_not_newer_changes_nothing(opened: Open) -> None:
    index, at = opened(), a_collection()
    index.apply(at, 5, [row("a", 1, 0, 0, 0)], ())
    for offset in (5, 4):
        index.apply(at, offset, [row("b", 0, 1, 0, 0)], ["a"])
    assert (index.applied(at), set(index.held(at))) == (5, {"a"})


def test_rows_of_a_build_leave_the_offset(opened: Open) -> None:
    index, at = opened(), a_collection()
    index.apply(at, None, [row("a", 1, 0, 0, 0)], ())
    assert (index.applied(at), set(index.held(at))) == (0, {"a"})
    index.apply(at, None, [row("a", 1, 0, 0, 0)], ())
    index.apply(at, 3, [], [])
    assert (index.applied(at), set(index.held(at))) == (3, {"a"})


def test_a_collection_that_is_not_there_is_empty(opened: Open) -> None:
    index, at = opened(), a_collection()
    assert (index.applied(at), dict(index.held(at)), dict(index.vectors(at, ["a"]))) == (0, {}, {})
    assert index.nearest(at, unit(1, 0, 0, 0), 3) == []
    assert index.nearest(at, unit(1, 0, 0, 0), 3, Filter(one_of={"brand": ["x"]})) == []
    index.drop(at)


def test_a_dropped_collection_begins_anew(opened: Open) -> None:
    index, at, other = opened(), a_collection(), a_collection()
    for each in (at, other):
        index.apply(each, 7, [row("a", 1, 0, 0, 0)], ())
    beside = opened()
    assert beside.applied(at) == 7
    index.drop(at)
    assert (beside.applied(at), dict(beside.held(at))) == (0, {})
    index.apply(at, 2, [row("b", 1, 0, 0, 0)], ())
    assert (beside.applied(at), set(beside.held(at))) == (2, {"b"})
    assert set(index.held(other)) == {"a"}


def test_two_models_stand_side_by_side(opened: Open) -> None:
    index, at = opened(), a_collection(model="old")
    new = Collection(at.shop, at.entity, "new", 1, 3)
    index.apply(at, 1, [row("a", 1, 0, 0, 0)], ())
    index.apply(new, 1, [row("a", 1, 0, 0)], ())
    assert (keys(index, at, 1, 0, 0, 0), keys(index, new, 1, 0, 0)) == (["a"], ["a"])
    index.drop(at)
    assert set(index.held(new)) == {"a"}


def test_a_vector_of_another_dimension_is_refused_and_nothing_is_written(opened: Open) -> None:
    index, at = opened(), a_collection()
    with pytest.raises(BadInput, match=r"products 'b': a vector of shape \(3,\)"):
        index.apply(at, 1, [row("a", 1, 0, 0, 0), row("b", 1, 0, 0)], ())
    assert (index.applied(at), dict(index.held(at))) == (0, {})


def test_keys_and_facts_may_hold_any_character(opened: Open) -> None:
    index, at = opened(), a_collection()
    odd = ["O'Brien; --", "Ä/ö", "a", "A", "%s {x}", "日本"]
    index.apply(at, 1, [row(key, 1, n, 0, 0, category=key) for n, key in enumerate(odd)], ())
    assert set(index.held(at)) == set(odd)
    for key in odd:
        found = index.nearest(at, unit(1, 0, 0, 0), 9, Filter(one_of={"category": [key]}))
        assert [(match.key, match.facts.category) for match in found] == [(key, key)]


def test_writers_at_once_leave_what_the_last_offset_says(opened: Open) -> None:
    index, at = opened(), a_collection()
    index.apply(at, 1, [row("k0", 1, 0, 0, 0)], ())
    failures: list[BaseException] = []

    def write(first: int) -> None:
        own = opened()
        try:
            for offset in range(first, 42, 4):
                key = f"k{offset % 10}"
                own.apply(at, offset, [row(key, 1, offset, 0, 0, text=str(offset))], ())
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=write, args=(first,)) for first in (2, 3, 4, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert index.applied(at) == 41
    held = index.held(at)
    # Whoever came late with an older offset wrote nothing; 41 came last for its own key.
    assert held["k1"].text_hash == "41"
    for key in held:
        vector = index.vectors(at, [key])[key]
        offset = held[key].text_hash
        if offset != "t":
            assert np.allclose(vector, unit(1, float(offset), 0, 0), atol=1e-6)


_Step = tuple[int, list[tuple[str, int]], list[str]]
_steps = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 7)), max_size=4),
        st.lists(st.sampled_from("abcdef"), max_size=2),
    ),
    max_size=8,
)


@settings(max_examples=10)
@given(steps=_steps)
def test_any_course_of_writes_ends_as_in_the_reference(store: Open, steps: list[_Step]) -> None:
    index, exact, at = store(), ExactIndex(), a_collection()
    for offset, puts, deletes in steps:
        rows = {key: row(key, 1, n, n * n, 1, text=str(n), price=float(n)) for key, n in puts}
        gone = [key for key in deletes if key not in rows]
        for each in (index, exact):
            each.apply(at, offset, list(rows.values()), gone)
    assert dict(index.held(at)) == dict(exact.held(at))
    assert index.applied(at) == exact.applied(at)
    index.drop(at)
    close(index)
