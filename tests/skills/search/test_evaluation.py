"""NDCG by hand, gains, folds."""

from __future__ import annotations

import math

import pytest

from aethermart.skills.search.evaluation import (
    figure,
    fold_of,
    gains_of,
    judged_only,
    ndcg,
    words_of,
)


def test_ndcg_by_hand() -> None:
    gains = {"a": 1.0, "b": 0.5, "c": 0.0}
    found = ndcg(["x", "b", "a"], gains)
    assert found == pytest.approx(
        (0.5 / math.log2(3) + 1.0 / math.log2(4)) / (1.0 + 0.5 / math.log2(3))
    )
    assert ndcg(["a", "b"], gains) == 1.0
    assert ndcg(["x", "c"], gains) == 0.0
    assert ndcg(["x"] * 10 + ["a"], gains) == 0.0  # the eleventh place counts nothing


def test_a_query_without_any_gain_says_nothing() -> None:
    with pytest.raises(ValueError, match="no judged product"):
        ndcg(["a"], {"a": 0.0})


@pytest.mark.parametrize(
    "relevances, expected",
    [
        ([1.0, 2.33, 3.0], (1.0, 3.0)),
        ([1.67, 2.33], (1.0, 3.0)),  # part of that scale
        ([0.0, 1.0], (0.0, 1.0)),
        ([0.0, 4.0], (0.0, 4.0)),
        ([1.0, 5.0], (1.0, 5.0)),
        ([1.0, 1.0], (0.0, 1.0)),  # only what is relevant was listed
    ],
)
def test_the_scale_of_relevance(relevances: list[float], expected: tuple[float, float]) -> None:
    assert gains_of(relevances) == expected


def test_queries_that_differ_in_order_or_form_share_a_fold() -> None:
    assert words_of("Leaf Blowers") == words_of("blower  leaf") == "blower leaf"
    assert fold_of("Leaf Blowers", 5) == fold_of("blower leaf", 5)
    folds = [fold_of(f"query {number}", 5) for number in range(500)]
    assert all(60 < folds.count(fold) < 140 for fold in range(5))


def test_mean_and_standard_error() -> None:
    found = figure([0.0, 1.0, 1.0, 0.0])
    assert (found.mean, found.standard_error) == (0.5, pytest.approx(math.sqrt(1 / 3) / 2))


def test_judged_only_keeps_the_order() -> None:
    assert judged_only(["x", "b", "y", "a"], {"a": 1.0, "b": 0.0}) == ["b", "a"]
