"""A catalogue's own language: its small words, its stems, its script."""

from __future__ import annotations

import pytest

from aethermart.skills.search.engine import SearchEngine
from aethermart.skills.search.language import language, language_of
from aethermart.skills.search.records import Product

GERMAN = (
    "Stühle aus Holz für die Küche",
    "Stuhl mit Lehne",
    "Schreibtischlampe für das Büro",
    "Kissen ohne Füllung",
    "Gläser im Set mit Deckel",
)
FRENCH = ("Bouteille d'huile d'olive", "Chaises en bois pour la cuisine", "Lampe de bureau")
PORTUGUESE = ("Cadeiras de madeira para a cozinha", "Luminária com bateria", "Copo sem tampa")
RUSSIAN = ("Стулья для кухни", "Лампа с батареей", "Подушка без наполнителя")  # noqa: RUF001
JAPANESE = ("静かなメカニカルキーボード", "木製の椅子", "防犯カメラ")


def finder(titles: tuple[str, ...]) -> SearchEngine:
    return SearchEngine([Product(str(at), title) for at, title in enumerate(titles)])


def found(titles: tuple[str, ...], query: str) -> list[str]:
    return [hit.product.title for hit in finder(titles).search(query).hits]


@pytest.mark.parametrize(
    "titles, expected",
    [
        (GERMAN, "german"),
        (FRENCH, "french"),
        (PORTUGUESE, "portuguese"),
        (RUSSIAN, "russian"),
        (("Chair of wood for the kitchen", "Lamp with a battery"), "english"),
        (("LG OLED55C3", "Dell XPS 13"), "english"),  # nothing tells
        (JAPANESE, "english"),
        ((), "english"),
    ],
)
def test_small_words_tell_a_language(titles: tuple[str, ...], expected: str) -> None:
    assert language_of(titles).name == expected


@pytest.mark.parametrize(
    "titles, query, first",
    [
        (GERMAN, "kissen", "Kissen ohne Füllung"),
        (GERMAN, "schreibtischlampen", "Schreibtischlampe für das Büro"),
        (GERMAN, "glaser", "Gläser im Set mit Deckel"),
        (FRENCH, "chaise", "Chaises en bois pour la cuisine"),
        (FRENCH, "huile olive", "Bouteille d'huile d'olive"),
        (PORTUGUESE, "cadeira", "Cadeiras de madeira para a cozinha"),
        (RUSSIAN, "лампы", "Лампа с батареей"),  # noqa: RUF001
        (RUSSIAN, "подушки", "Подушка без наполнителя"),
        (JAPANESE, "キーボード", "静かなメカニカルキーボード"),
        (JAPANESE, "椅子", "木製の椅子"),
    ],
)
def test_a_form_of_a_word_finds_its_product(
    titles: tuple[str, ...], query: str, first: str
) -> None:
    assert found(titles, query)[:1] == [first]


def test_the_words_around_a_french_apostrophe_stand_alone() -> None:
    assert language("french").words("Bouteille d\u2019huile d'olive") == [
        "bouteille",
        "huile",
        "olive",
    ]


def test_small_words_of_another_language_are_words() -> None:
    assert language("english").words("Die Hard") == ["die", "hard"]
    assert language("german").words("die harte Tour") == ["harte", "tour"]


def test_a_letter_that_keeps_no_accent_is_still_a_letter() -> None:
    assert language("german").words("Straße") == ["strasse"]
    assert language("danish").words("Rød sæbe") == ["rod", "saebe"]
