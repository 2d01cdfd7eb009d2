"""Constraints as a mask over the catalogue: exact, computed before anything is ranked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from aethermart.skills.search.catalogue import Catalogue
from aethermart.skills.search.libraries import Flags, Floats, Ints, Places, np
from aethermart.skills.search.records import Constraints, PriceRange, Product
from aethermart.skills.search.text import stems, words
from aethermart.skills.search.understanding.measures import measures_of
from aethermart.skills.search.understanding.values import Values, asked_phrase, phrase_of

_DENIES = frozenset("no without non zero not".split())
_DENIES_AFTER = frozenset("free less".split())


class Filters:
    """What each product is by its hard facts. A fact that is not known passes no filter on it."""

    def __init__(self, catalogue: Catalogue, values: Values) -> None:
        products = catalogue.products
        self._catalogue = catalogue
        self._values = values
        self._visible: Flags = np.array([product.visible for product in products], dtype=bool)
        self._stocked: Flags = np.array([(p.stock or 0) > 0 for p in products], dtype=bool)
        self.rating = np.array([_or_nan(product.rating) for product in products])
        self.price = np.array([_or_nan(product.price) for product in products])
        self._currency = np.array([product.currency for product in products], dtype=object)
        self.currencies = frozenset(product.currency for product in products) - {""}
        self._measures = _measures(products)
        self.measured = frozenset(self._measures)
        self._place = {product.product_uid: doc for doc, product in enumerate(products)}
        self._mentions = lru_cache(maxsize=256)(self._mentioned)

    def mask(self, constraints: Constraints) -> Flags:
        """(n_docs,) what is visible and meets every constraint."""
        mask = self._visible.copy()
        if constraints.in_stock:
            mask &= self._stocked
        if constraints.min_rating is not None:
            mask &= self.rating >= constraints.min_rating  # an unknown one is not a number
        if constraints.price is not None:
            mask &= self._priced(constraints.price)
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

    def _priced(self, wanted: PriceRange) -> Flags:
        mask: Flags = ~np.isnan(self.price)
        if wanted.currency:
            mask &= self._currency == wanted.currency
        if wanted.low is not None:
            low = float(wanted.low)
            mask &= (self.price > low) if wanted.low_open else (self.price >= low)
        if wanted.high is not None:
            high = float(wanted.high)
            mask &= (self.price < high) if wanted.high_open else (self.price <= high)
        return mask

    def _any_of(self, name: str, values: frozenset[str]) -> Flags:
        mask = np.zeros(len(self._visible), dtype=bool)
        for value in values:
            mask |= self._values.having(name, asked_phrase(name, phrase_of(value)))
        return mask

    def said(self, word: str) -> bool:
        """Whether a word, in any form, stands in any text of any product."""
        return all(stem in self._catalogue.postings.terms for stem in stems([word]))

    def said_together(self, left: str, right: str) -> bool:
        """Whether two words stand side by side in any text of any product, denied or not."""
        phrase = stems([left, right])
        return any(
            any(
                _places(stems(words(text)), phrase)
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
        mask = np.zeros(len(self._visible), dtype=bool)
        phrase = stems(words(text))
        for doc in self._with_all(phrase):
            texts = _texts(self._catalogue.products[doc])
            mask[doc] = any(_speaks_of(part, phrase) for part in texts)
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


def _speaks_of(text: str, phrase: Sequence[str]) -> bool:
    found = words(text)
    return any(
        (at == 0 or found[at - 1] not in _DENIES)
        and (at + len(phrase) == len(found) or found[at + len(phrase)] not in _DENIES_AFTER)
        for at in _places(stems(found), phrase)
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


def _or_nan(value: object) -> float:
    return float("nan") if value is None else float(str(value))
