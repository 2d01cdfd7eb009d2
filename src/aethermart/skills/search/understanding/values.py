"""The values that a catalogue's products have: brands, categories, colours, sizes, whatever else.

A value is told by its words, folded. A product that leaves an attribute empty is judged by its
title. Colours are found by each of their words: `Navy Blue` is navy, and blue.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from aethermart.skills.search.libraries import Flags, Places, np
from aethermart.skills.search.records import Product
from aethermart.skills.search.text import folded

Phrase = tuple[str, ...]
TOKEN = re.compile(r"[a-z0-9]+(?:[.][0-9]+)?")
COLOUR, SIZE, BRAND, CATEGORY = "colour", "size", "brand", "category"
_SAME_NAME = {"color": COLOUR, "colours": COLOUR, "colors": COLOUR, "farbe": COLOUR}
_SAME_COLOUR = {"gray": "grey", "multicolour": "multicolor", "offwhite": "white"}
_SHADES = frozenset("light dark matte pale bright deep off pastel metallic glossy and".split())
SAME_SIZE = {
    "small": "s", "medium": "m", "large": "l", "xlarge": "xl", "extralarge": "xl", "2xl": "xxl",
    "xsmall": "xs", "extrasmall": "xs", "3xl": "xxxl",
}  # fmt: skip
_MANY = re.compile(r"\s*[/,;|&+]\s*")
_LONGEST = 4  # words of a value that is looked for in a text
_OWN = 0.8  # of the titles with a brand's words that must be that brand's


def name_of(attribute: str) -> str:
    """One name for what shops name differently."""
    plain = folded(attribute).strip()
    return _SAME_NAME.get(plain, plain)


def phrase_of(text: str) -> Phrase:
    """A value's words: `D&eacute;cor-Co` is (decor, co)."""
    return tuple(TOKEN.findall(folded(text)))


class Values:
    """What each product has of each attribute, and which words of a query may mean it."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._n = len(products)
        found: dict[str, dict[Phrase, list[int]]] = defaultdict(lambda: defaultdict(list))
        self.shown: dict[str, dict[Phrase, str]] = defaultdict(dict)
        for doc, product in enumerate(products):
            for name, value in _attributes(product):
                for phrase in _phrases(name, value):
                    of_value = found[name][phrase]
                    if not of_value or of_value[-1] != doc:
                        of_value.append(doc)
                        self.shown[name].setdefault(phrase, value)
        self._docs: dict[str, dict[Phrase, Places]] = {
            name: {phrase: np.array(docs, dtype=np.int32) for phrase, docs in values.items()}
            for name, values in found.items()
        }
        self._filled = {name: self._any(values) for name, values in self._docs.items()}
        self._titles: list[Phrase] = [phrase_of(product.title) for product in products]
        self._in_titles = self._mentioned()

    @property
    def names(self) -> list[str]:
        return list(self._docs)

    def knows(self, name: str, phrase: Phrase) -> bool:
        return phrase in self._docs.get(name, {})

    def having(self, name: str, phrase: Phrase) -> Flags:
        """(n_docs,) products with the value, or, where they leave it empty, with its words."""
        mask = np.zeros(self._n, dtype=bool)
        mask[self._docs.get(name, {}).get(phrase, _NOTHING)] = True
        told = self._in_titles.get(phrase, _NOTHING)
        filled = self._filled.get(name)
        mask[told if filled is None else told[~filled[told]]] = True
        return mask

    def is_own_name(self, brand: Phrase) -> bool:
        """Whether a brand's words mean that brand wherever a title has them."""
        titled = self._in_titles.get(brand, _NOTHING)
        if sum(map(len, brand)) < 3 or brand[0].isdigit():
            return False
        own = np.isin(titled, self._docs[BRAND][brand]).sum()
        return bool(own >= _OWN * len(titled))

    def is_colour_before(self, colour: Phrase, following: str) -> bool:
        """Whether `colour` tells a colour before this word: not `white` before `noise`."""
        told = self._in_titles.get(colour, _NOTHING)
        pair = [doc for doc in told.tolist() if _follows(self._titles[doc], colour, following)]
        if not pair:
            return True
        of_colour = np.isin(pair, self._docs[COLOUR][colour]).sum()
        return bool(2 * of_colour > len(pair))

    def _any(self, values: Mapping[Phrase, Places]) -> Flags:
        mask = np.zeros(self._n, dtype=bool)
        for docs in values.values():
            mask[docs] = True
        return mask

    def _mentioned(self) -> dict[Phrase, Places]:
        """Titles that hold the words of some brand, category, colour or size side by side."""
        wanted = {phrase for values in self._docs.values() for phrase in values}
        longest = min(max(map(len, wanted), default=0), _LONGEST)
        found: dict[Phrase, list[int]] = defaultdict(list)
        for doc, title in enumerate(self._titles):
            plain = tuple(_SAME_COLOUR.get(word, word) for word in title)
            for size in range(1, longest + 1):
                for at in range(len(plain) - size + 1):
                    phrase = plain[at : at + size]
                    if phrase in wanted:
                        found[phrase].append(doc)
        return {phrase: np.unique(docs).astype(np.int32) for phrase, docs in found.items()}


_NOTHING: Places = np.zeros(0, dtype=np.int32)


def _attributes(product: Product) -> Iterator[tuple[str, str]]:
    yield BRAND, product.brand
    yield CATEGORY, product.category
    for name, value in product.attributes.items():
        yield name_of(name), value


def _phrases(name: str, value: str) -> Iterator[Phrase]:
    parts = _MANY.split(value) if name in (COLOUR, SIZE) else [value]
    for part in parts:
        phrase = phrase_of(part)
        if not phrase:
            continue
        if name == COLOUR:
            phrase = tuple(_SAME_COLOUR.get(word, word) for word in phrase)
            yield from ((word,) for word in phrase if len(phrase) > 1 and word not in _SHADES)
        elif name == SIZE:
            phrase = (SAME_SIZE.get("".join(phrase), "".join(phrase)),)
        yield phrase


def asked_phrase(name: str, words: Phrase) -> Phrase:
    """A query's words in the spelling under which a value is kept."""
    if name == COLOUR:
        return tuple(_SAME_COLOUR.get(word, word) for word in words)
    if name == SIZE:
        joined = "".join(words)
        return (SAME_SIZE.get(joined, joined),)
    return words


def _follows(title: Phrase, phrase: Phrase, word: str) -> bool:
    size = len(phrase)
    return any(
        title[at : at + size] == phrase and title[at + size] == word
        for at in range(len(title) - size)
    )
