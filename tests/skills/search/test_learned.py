"""A ranking learned from labels."""

from __future__ import annotations

import pytest

from aethermart.core.errors import BadInput
from aethermart.skills.search.evaluation import Judged, ndcg
from aethermart.skills.search.evidence import evidence, nothing_seen, seen_in
from aethermart.skills.search.learned import candidates_of, train
from aethermart.skills.search.libraries import np
from aethermart.skills.search.ranking import Index
from aethermart.skills.search.records import Product

_MATERIALS = [f"material{chr(97 + n)}" for n in range(20)]


@pytest.fixture(scope="module")
def taught() -> tuple[Index, list[Judged]]:
    """Who asks for a lamp of some material wants the bulb, never the shade: only labels tell."""
    products = [
        Product(f"{material}-{kind}-{n}", f"{material} lamp {kind} {n}")
        for material in _MATERIALS
        for kind in ("shade", "bulb")
        for n in range(4)
    ]
    judged = [
        Judged(f"{material} lamp {n}", {f"{material}-bulb-{m}": 1.0 for m in range(4)})
        for material in _MATERIALS
        for n in range(4)
    ]
    return Index(products), judged


def test_what_labels_teach_holds_for_queries_never_seen(taught: tuple[Index, list[Judged]]) -> None:
    index, judged = taught
    known, unseen = judged[:64], judged[64:]
    ranker = train(index, candidates_of(index, known))

    def score(one: Judged, *, learned: bool) -> float:
        docs = index.rank(one.query, ranker=ranker if learned else None).docs.tolist()
        return ndcg([index.catalogue.products[doc].product_uid for doc in docs], one.gains)

    before = sum(score(one, learned=False) for one in unseen) / len(unseen)
    after = sum(score(one, learned=True) for one in unseen) / len(unseen)
    assert after > before + 0.1


def test_training_twice_gives_the_same_ranking(taught: tuple[Index, list[Judged]]) -> None:
    index, judged = taught
    ready = candidates_of(index, judged)
    _, asked = index.ask("materiala lamp")
    docs, table = ready[0].docs, ready[0].table
    one, other = (train(index, ready).scores(asked, docs, table) for _ in range(2))
    assert one.tolist() == other.tolist()


def test_too_few_labels_are_refused(taught: tuple[Index, list[Judged]]) -> None:
    index, judged = taught
    with pytest.raises(BadInput, match="3 judged queries found candidates"):
        train(index, candidates_of(index, judged[:3]))


def test_evidence_prefers_the_words_of_what_was_judged_better(
    taught: tuple[Index, list[Judged]],
) -> None:
    index, judged = taught
    ready = candidates_of(index, judged[:40])
    seen = seen_in(index.catalogue, [(one.query, one.docs, one.gains) for one in ready])
    shade, bulb = (
        next(
            n for n, p in enumerate(index.catalogue.products) if f"materialt lamp {kind}" in p.title
        )
        for kind in ("shade", "bulb")
    )
    told = evidence(
        index.catalogue, seen.weights(), "lamp", np.array([shade, bulb], dtype=np.int32)
    )
    assert told[1, 0] > 0 > told[0, 0]
    nothing = seen.minus(seen).weights()
    assert not nothing.any()
    assert not nothing_seen().weights().any()
