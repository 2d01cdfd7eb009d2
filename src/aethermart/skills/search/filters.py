"""Constraints as a mask over the catalogue: exact, computed before anything is ranked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from aethermart.skills.search.catalogue import Catalogue
from aethermart.skills.search.facts import Facts
from aethermart.skills.search.language import Language
from aethermart.skills.search.libraries import Flags, Floats, Ints, Places, np
from aethermart.skills.search.records import Constraints, Product, Rates
from aethermart.skills.search.understanding.measures import measures_of
from aethermart.skills.search.understanding.values import Values, asked_phrase, phrase_of

_DENIES = frozenset("no without non zero not".split())
_DENIES_AFTER = frozenset("free less".split())


class Filters:
    """What each product is by its words and facts. What is not known passes no filter on it."""

    def __init__(self, catalogue: Catalogue, values: Values) -> None:
        products = catalogue.products
        self._catalogue = catalogue
        self._language = catalogue.language
        self._values = values
        self._measures = _measures(products)
        self.measured = frozenset(self._measures)
        self._place = {product.product_uid: doc for doc, product in enumerate(products)}
        self._mentions = lru_cache(maxsize=256)(self._mentioned)

    def place_of(self, uid: str) -> int | None:
        """A product's place in the catalogue."""
        return self._place.get(uid)

    def mask(self, constraints: Constraints, facts: Facts, rates: Rates | None = None) -> Flags:
        """(n_docs,) what is visible and meets every constraint."""
        mask = facts.visible.copy()
        if constraints.in_stock:
            mask &= facts.stocked
        if constraints.min_rating is not None:
            mask &= facts.rating >= constraints.min_rating  # an unknown one is not a number
        if constraints.price is not None:
            mask &= facts.priced(constraints.price, rates)
        for wanted in constraints.wanted:
            mask &= self._any_of(wanted.name, wanted.values)
        for unwanted in constraints.unwanted:
            mask &= ~self._any_of(unwanted.name, unwanted.values)
        for text in constraints.without:
            mask &= ~self._mentions(text)
        for measure in constraints.measures:
            docs, amounts = self._measures.get(measure.kind, (_NONE, np.zeros(0)))
            met = np.zeros(len(mask), dtype=bool)
            met[
                [doc for doc, x in zip(docs.tolist(), amounts, strict=True) if measure.holds(x)]
            ] = 1
            mask &= met
        for uid in constraints.excluded & self._place.keys():
            mask[self._place[uid]] = False
        return mask

    def _any_of(self, name: str, values: frozenset[str]) -> Flags:
        mask = np.zeros(len(self._catalogue), dtype=bool)
        for value in values:
            mask |= self._values.having(name, asked_phrase(name, phrase_of(value)))
        return mask

    def said(self, word: str) -> bool:
        """Whether a word, in any form, stands in any text of any product."""
        return all(stem in self._catalogue.postings.terms for stem in self._language.stems([word]))

    def said_together(self, left: str, right: str) -> bool:
        """Whether two words stand side by side in any text of any product, denied or not."""
        phrase = self._language.stems([left, right])
        return any(
            any(
                _places(self._language.stems(self._language.words(text)), phrase)
                for text in _texts(self._catalogue.products[doc])
            )
            for doc in self._with_all(phrase)
        )

    def _with_all(self, phrase: Sequence[str]) -> list[int]:
        """Products with each of some stems somewhere."""
        terms = [self._catalogue.postings.terms.get(stem) for stem in phrase]
        docs = [self._catalogue.postings.of(term)[0] for term in terms if term is not None]
        if not phrase or len(docs) < len(terms):
            return []
        shared = docs[0]
        for others in docs[1:]:
            shared = np.intersect1d(shared, others, assume_unique=True)
        found: list[int] = shared.tolist()
        return found

    def _mentioned(self, text: str) -> Flags:
        """Products that speak of something without denying it: not `no X`, not `X free`."""
        mask = np.zeros(len(self._catalogue), dtype=bool)
        phrase = self._language.stems(self._language.words(text))
        for doc in self._with_all(phrase):
            texts = _texts(self._catalogue.products[doc])
            mask[doc] = any(_speaks_of(self._language, part, phrase) for part in texts)
        return mask


_NONE: Places = np.zeros(0, dtype=np.int32)


def _texts(product: Product) -> Sequence[str]:
    return (
        product.title,
        product.brand,
        product.category,
        product.description,
        *product.attributes.values(),
    )


def _speaks_of(language: Language, text: str, phrase: Sequence[str]) -> bool:
    found = language.words(text)
    return any(
        (at == 0 or found[at - 1] not in _DENIES)
        and (at + len(phrase) == len(found) or found[at + len(phrase)] not in _DENIES_AFTER)
        for at in _places(language.stems(found), phrase)
    )


def _places(found: Sequence[str], phrase: Sequence[str]) -> list[int]:
    size = len(phrase)
    return [at for at in range(len(found) - size + 1) if found[at : at + size] == phrase]


def _measures(products: Sequence[Product]) -> Mapping[str, tuple[Ints, Floats]]:
    """Kind of measure -> products that state one, and how much."""
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for doc, product in enumerate(products):
        for kind, amount in measures_of(product.attributes.values()):
            found[kind].append((doc, amount))
    return {
        kind: (np.array([doc for doc, _ in rows]), np.array([amount for _, amount in rows]))
        for kind, rows in found.items()
    }
