"""What others ask of the vectors, and a rebuild that is asked for by name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from aethermart.core.errors import NotFound, Unavailable
from aethermart.operations.vectors import Vectors
from aethermart.sinks.vectors.collections import Registered
from aethermart.sinks.vectors.index import Collection, Facts, Filter, Stored
from tests.sinks.vectors.exact import ExactIndex
from tests.sinks.vectors.made import SHOP, CountedEmbedder

pytestmark = pytest.mark.promise(32)
TEXTS = {"1": "desk lamp", "2": "desk lamp small", "3": "tap"}


def some_vectors(
    *, live: bool = True, store: str = "exact", model: str = "words-1"
) -> tuple[Vectors, ExactIndex]:
    """Three products, of which the second is not in stock."""
    embedder, index = CountedEmbedder(), ExactIndex()
    at = Collection(SHOP, "products", model, 1, embedder.dimension)
    numbers = embedder.embed([*TEXTS.values()])
    rows = [
        Stored(key, "t", vector, Facts(in_stock=key != "2"))
        for key, vector in zip(TEXTS, numbers, strict=True)
    ]
    index.apply(at, 1, rows, ())
    registered = Registered(at, store, "live", 1, 3) if live else None
    vectors = Vectors(cast("Any", None))
    # What would be made of a project's settings at the first use.
    vars(vectors).update(
        index=index,
        embedder=embedder,
        collections=SimpleNamespace(live=lambda _shop, _entity: registered),
    )
    return vectors, index


def test_what_is_like_a_row_leaves_the_row_itself_out() -> None:
    vectors, _ = some_vectors()
    assert [match.key for match in vectors.similar(SHOP, "products", "1", 2)] == ["2", "3"]
    there = Filter(one_of={"in_stock": [True]})
    assert [match.key for match in vectors.similar(SHOP, "products", "1", 5, there)] == ["3"]


def test_a_row_without_a_vector_is_not_found() -> None:
    vectors, _ = some_vectors()
    with pytest.raises(NotFound, match="'9' has no vector"):
        vectors.similar(SHOP, "products", "9")


@pytest.mark.parametrize("how", [{"live": False}, {"store": "faiss"}], ids=["none", "elsewhere"])
def test_what_is_not_built_yet_is_unavailable(how: dict[str, Any]) -> None:
    vectors, _ = some_vectors(**how)
    with pytest.raises(Unavailable, match="not built yet"):
        vectors.similar(SHOP, "products", "1")


def test_what_is_like_some_words() -> None:
    vectors, _ = some_vectors()
    assert [match.key for match in vectors.alike(SHOP, "products", "tap", 1)] == ["3"]
    assert vectors.alike(SHOP, "products", "zzz") == []


def test_words_are_not_compared_with_another_model_s_vectors() -> None:
    vectors, _ = some_vectors(model="words-0")
    with pytest.raises(Unavailable, match="still those of words-0"):
        vectors.alike(SHOP, "products", "tap")
    assert vectors.similar(SHOP, "products", "1", 1)[0].key == "2"
