"""BM25F by hand."""

from __future__ import annotations

import math

import pytest

from aethermart.skills.search.bm25 import PlainBm25
from aethermart.skills.search.postings import Field, build_postings


def test_one_field_scores_as_bm25_is_defined() -> None:
    scores = PlainBm25(["red lamp", "red red chair", "blue chair table"], k1=1.0, b=0.5).scores(
        "red"
    )
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    average = 8 / 3
    first = 1 / (0.5 + 0.5 * 2 / average)
    second = 2 / (0.5 + 0.5 * 3 / average)
    assert scores.tolist() == pytest.approx(
        [idf * first * 2 / (first + 1), idf * second * 2 / (second + 1), 0.0], rel=1e-5
    )


def test_a_word_in_two_fields_is_saturated_once() -> None:
    texts = {"title": [["lamp"], ["lamp"]], "description": [["lamp"], []]}
    fields = {"title": Field(1.0, 0.0), "description": Field(0.5, 0.0)}
    postings = build_postings(texts, fields, k1=1.0)
    idf = math.log(1 + 0.5 / 2.5)
    both, one = 1.5 * 2 / 2.5 * idf, 1.0 * 2 / 2 * idf
    assert postings.scores([(postings.terms["lamp"], 1.0)]).tolist() == pytest.approx([both, one])


def test_documents_without_words_are_found_by_nothing() -> None:
    postings = build_postings({"title": [[], ["lamp"], []]}, {"title": Field(1.0, 0.5)}, k1=1.0)
    assert postings.scores([(0, 1.0)]).nonzero()[0].tolist() == [1]
    assert postings.frequency(0) == 1
