"""One spelling for numbers, units, fractions and letters."""

from __future__ import annotations

import pytest

from aethermart.skills.search.language import stems, words
from aethermart.skills.search.text import folded


@pytest.mark.parametrize(
    "text, expected",
    [
        ("1-1/2 in. x 4 ft.", "1.5 inch 4 ft"),
        ('1 1/2" pipe', "1.5 inch pipe"),
        ("1½ inches", "1.5 inch"),
        ("3/4-in elbow", "0.75 inch elbow"),
        ("4x8 plywood", "4 8 plywood"),
        ("5 gal. bucket", "5 gal bucket"),
        ("60W bulb", "60 watt bulb"),
        ("7,000 BTU", "7000 btu"),
        ("100 sq. ft. rug", "100 sqft rug"),
        ("10' ladder", "10 ft ladder"),
        ("2.0 L", "2 l"),
        ("open 24/7", "open 24 7"),  # no fraction
        ("PSLX350H turntable", "pslx350h turntable"),
        ("men's shoe", "men shoe"),
        ("D&eacute;cor &amp; more", "decor more"),
        ("Café <b>au</b> lait", "cafe au lait"),
        ("the", "the"),  # a small word alone is a query
        ("", ""),
    ],
)
def test_words_of_a_text(text: str, expected: str) -> None:
    assert " ".join(words(text)) == expected


def test_every_spelling_of_a_size_gives_the_same_words() -> None:
    spellings = ["1-1/2 in. pipe", '1 1/2" pipe', "1.5 inch pipe", "1½in pipe"]
    assert {tuple(words(text)) for text in spellings} == {("1.5", "inch", "pipe")}


def test_folding_undoes_html_twice_and_accents() -> None:
    assert folded("Caf&amp;eacute; CRÈME") == "cafe creme"


def test_stems_keep_the_order_of_words() -> None:
    assert stems(["shoes", "running", "shoe"]) == ["shoe", "run", "shoe"]
