"""Product search: what a person types in, ranked products with their reasons out.

Hard constraints hold for every hit, whatever else happens. When nothing is left, only soft parts
are given up (words, never constraints), and the page says which.

Words are indexed once. Prices, stocks, ratings and visibility change by `with_facts`, which makes
another engine over the same words: whoever searches holds one of them, and sees one state.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import compress

from aethermart.core.errors import BadInput
from aethermart.skills.search import cursors
from aethermart.skills.search.embedding import Embedder
from aethermart.skills.search.facets import facets_of
from aethermart.skills.search.facts import Facts
from aethermart.skills.search.filters import Filters
from aethermart.skills.search.highlight import highlighted
from aethermart.skills.search.language import words
from aethermart.skills.search.libraries import Flags, Floats, Places, np
from aethermart.skills.search.ranking import Index, Ranked, Ranker
from aethermart.skills.search.reasons import reasons_of
from aethermart.skills.search.records import (
    Constraints,
    Facet,
    Hit,
    Page,
    PriceRange,
    Product,
    Rates,
    Sort,
)
from aethermart.skills.search.suggestions import Suggester
from aethermart.skills.search.understanding.prices import narrowest
from aethermart.skills.search.understanding.reading import QueryReader, Reading
from aethermart.skills.search.understanding.values import Values

_SORTS = ("relevance", "price_asc", "price_desc", "rating", "title")
_MOST = 1000
_SURE = 0.6  # share of a name's words that the product meant by `like …` must hold


@dataclass(frozen=True, slots=True)
class Marks:
    """What surrounds a matched word in a highlighted title."""

    before: str = "<mark>"
    after: str = "</mark>"


@dataclass(frozen=True, slots=True)
class _Found:
    docs: Places
    scores: Floats
    ranked: Ranked | None
    text: str
    relaxed: tuple[str, ...]


class SearchEngine:
    """One catalogue, searched. Nothing in an engine changes, so threads may share it.

    products  in the order they came, with the facts of now
    known     words that are never taken for misspellings: from a query log, a list of brands
    ranker    learned from labels; without one a fixed formula ranks
    """

    def __init__(
        self,
        products: Sequence[Product],
        embedder: Embedder | None = None,
        *,
        known: frozenset[str] = frozenset(),
        ranker: Ranker | None = None,
    ) -> None:
        brands = frozenset(word for p in products if p.brand for word in words(p.brand))
        self.products: Sequence[Product] = list(products)
        self.facts = Facts.of(products)
        self.index = Index(products, embedder, known | brands)
        self._ranker = ranker
        self._values = Values(products)
        self._filters = Filters(self.index.catalogue, self._values)
        self.reader = self._made_reader(self.facts)
        # What is hidden is not suggested either.
        visible = [p.visible for p in products]
        self._suggester = Suggester(
            compress(self.index.titles(), visible),
            (p.brand for p in products if p.brand and p.visible),
        )

    def with_facts(self, changed: Iterable[Product]) -> SearchEngine:
        """This engine with the price, currency, stock, rating and visibility of these products.

        Their texts are not looked at, and stay as they were indexed. A product that the catalogue
        lacks is passed over.
        """
        places: dict[int, Product] = {}
        products = list(self.products)
        for product in changed:
            doc = self._filters.place_of(product.product_uid)
            if doc is not None:
                places[doc] = products[doc] = replace(
                    products[doc],
                    price=product.price,
                    currency=product.currency,
                    stock=product.stock,
                    rating=product.rating,
                    visible=product.visible,
                )
        made = copy.copy(self)
        made.products, made.facts = products, self.facts.changed(places)
        if made.facts.currencies != self.facts.currencies:
            made.reader = self._made_reader(made.facts)
        return made

    def _made_reader(self, facts: Facts) -> QueryReader:
        return QueryReader(
            self._values,
            facts.currencies,
            self._filters.measured,
            beside=self.index.speller.seen_together,
            said=self._filters.said_together,
            seen=self._filters.said,
        )

    def product(self, uid: str) -> Product | None:
        """As it was indexed, with the facts of now."""
        doc = self._filters.place_of(uid)
        return None if doc is None else self.products[doc]

    def alike(self, uid: str, limit: int, *, in_stock: bool = False) -> list[tuple[Product, float]]:
        """Visible products whose titles are nearest in meaning, with their cosines, best first.

        in_stock  leaves out those that are known to be sold out
        Empty without an embedder and for a product that the catalogue lacks.
        """
        doc, vectors = self._filters.place_of(uid), self.index.catalogue.vectors
        if doc is None or vectors is None:
            return []
        cosines = vectors @ vectors[doc]
        cosines[~self.facts.visible] = -np.inf
        cosines[doc] = -np.inf
        found: list[tuple[Product, float]] = []
        for other in np.argsort(-cosines, kind="stable").tolist():
            if len(found) == limit or cosines[other] <= 0:
                break
            product = self.products[other]
            if not (in_stock and product.stock is not None and product.stock <= 0):
                found.append((product, float(cosines[other])))
        return found

    @property
    def attributes(self) -> Sequence[str]:
        """What products have values of: brand, category, colour …, in the order first met."""
        return self._values.names

    def understand(self, query: str) -> Reading:
        """What a query asks for, before anything is looked up."""
        return self.reader.read(query)

    def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """What the person may be about to type."""
        return self._suggester.suggest(typed, limit)

    def search(
        self,
        query: str,
        *,
        limit: int = 20,
        filters: Constraints | None = None,
        sort: Sort | None = None,
        explain: bool = False,
        facets: Sequence[str] = (),
        cursor: str | None = None,
        marks: Marks | None = None,
        rates: Rates | None = None,
    ) -> Page:
        """A page of products that meet the query's constraints and `filters`, best first.

        facets  attributes to count over all that match: brand, category, colour, price …; one
                that `filters` chooses values of is counted as if it did not, since the others
                would be added to those
        cursor  of the page before: goes on behind the last product that it showed
        rates   by which a bound in another currency is told in a product's own; without them a
                price in another currency lies in no bound
        Raises BadInput for a limit, a sort or a cursor that cannot be used.
        """
        reading = self.understand(query)
        chosen = sort or reading.sort or "relevance"
        if not 1 <= limit <= _MOST:
            raise BadInput(f"limit {limit} is not between 1 and {_MOST}", fix="ask for fewer")
        if chosen not in _SORTS:
            raise BadInput(f"{chosen!r} is no order", fix=f"use one of {', '.join(_SORTS)}")
        constraints = both(reading.constraints, filters or Constraints())
        constraints, told = self._than_the_one_meant(reading, constraints)
        key = cursors.key_of(query, filters, chosen)
        after = None if cursor is None else cursors.read(cursor, key)
        mask = self._filters.mask(constraints, self.facts, rates)
        found, docs, scores, start = self._from(after, reading.text, mask, chosen)
        hits = self._hits(
            found, docs[start : start + limit], scores[start : start + limit], explain, marks
        )
        more = start + limit < len(docs)
        return Page(
            hits=hits,
            total=len(docs),
            constraints=constraints,
            text=reading.text,
            cursor=cursors.written(start + limit, hits[-1].product, chosen, key) if more else None,
            facets=self._counted(facets, docs, reading, constraints, filters, rates),
            read_as=_read_as(found.ranked),
            relaxed=(*told, *found.relaxed),
        )

    def _counted(
        self,
        names: Sequence[str],
        docs: Places,
        reading: Reading,
        constraints: Constraints,
        filters: Constraints | None,
        rates: Rates | None,
    ) -> tuple[Facet, ...]:
        """Facets in the order of their names. What the words demand holds for each."""
        chosen = filters.wanted if filters else ()
        found: list[Facet] = []
        for name in names:
            others = tuple(wanted for wanted in chosen if wanted.name != name)
            over = docs
            if len(others) < len(chosen):
                rest = replace(constraints, wanted=reading.constraints.wanted + others)
                over = self._find(reading.text, self._filters.mask(rest, self.facts, rates)).docs
            found += facets_of(self.products, over, [name], self._values)
        return tuple(found)

    def _than_the_one_meant(
        self, reading: Reading, constraints: Constraints
    ) -> tuple[Constraints, tuple[str, ...]]:
        """`like X but cheaper`: below the price of the product that X names, and not that one."""
        if reading.like is None:
            return constraints, ()
        ranked = self.index.rank(reading.like)
        sure = len(ranked.docs) > 0 and float(ranked.table[0, _COVERED]) >= _SURE
        meant = self.products[int(ranked.docs[0])] if sure else None
        if meant is None or meant.price is None:
            why = "no such product" if meant is None else "its price is not known"
            return replace(constraints, price=_IMPOSSIBLE), (
                f"cheaper than {reading.like!r} cannot be told: {why}",
            )
        below = PriceRange(high=meant.price, high_open=True, currency=meant.currency)
        price = narrowest([below, constraints.price]) if constraints.price else below
        excluded = constraints.excluded | {meant.product_uid}
        return replace(constraints, price=price, excluded=excluded), ()

    def _find(self, text: str, allowed: Flags) -> _Found:
        if not words(text):
            docs = np.flatnonzero(allowed).astype(np.int32)
            shuffled = docs[np.argsort(self.index.catalogue.shuffle[docs], kind="stable")]
            return _Found(shuffled, np.zeros(len(docs), dtype=np.float32), None, text, ())
        ranked = self.index.rank(text, allowed=allowed, ranker=self._ranker)
        if len(ranked.docs) or not allowed.any():
            return _Found(ranked.docs, ranked.scores, ranked, text, ())
        close = self.index.nearest(ranked.asked, allowed)
        if len(close):
            told = f"no product has the words {text!r}: the nearest in meaning are shown"
            return _Found(close, np.zeros(len(close), dtype=np.float32), None, text, (told,))
        docs = np.flatnonzero(allowed).astype(np.int32)
        told = f"no product has the words {text!r}: all that meet the rest are shown"
        return _Found(docs, np.zeros(len(docs), dtype=np.float32), None, text, (told,))

    def _from(
        self, after: cursors.After | None, text: str, mask: Flags, sort: Sort
    ) -> tuple[_Found, Places, Floats, int]:
        """All that matches in its order, and where the page begins.

        The product behind which the page begins is found in the order by what it was, for it may
        have changed, been sold or hidden since; it is not counted if it no longer matches.
        """
        if after is None:
            found = self._find(text, mask)
            return found, *self._sorted(found, sort), 0
        doc = self._filters.place_of(after.uid)
        if doc is None:
            raise cursors.gone(after.uid)
        kept = bool(mask[doc])
        mask[doc] = True
        found = self._find(text, mask)
        docs, scores = self._sorted(found, sort, (doc, after.value))
        there = np.flatnonzero(docs == doc)
        start = int(there[0]) + 1 if len(there) else min(after.shown, len(docs))
        if len(there) and not kept:
            docs, scores = np.delete(docs, there), np.delete(scores, there)
            start -= 1
        return found, docs, scores, start

    def _sorted(
        self, found: _Found, sort: Sort, was: tuple[int, float | None] | None = None
    ) -> tuple[Places, Floats]:
        """Unknown prices and ratings stand last; ties keep their order of relevance.

        was  a product and the value by which it is to stand
        """
        if sort == "relevance":
            return found.docs, found.scores
        if sort == "title":
            titles = [self.products[doc].title.casefold() for doc in found.docs.tolist()]
            order = np.array(sorted(range(len(titles)), key=titles.__getitem__), dtype=np.int64)
        else:
            column = self.facts.rating if sort == "rating" else self.facts.price
            values = column[found.docs]
            if was is not None:
                values[found.docs == was[0]] = math.nan if was[1] is None else was[1]
            values = values * (1 if sort == "price_asc" else -1)
            order = np.argsort(values, kind="stable")  # what is not a number goes last
        return found.docs[order], found.scores[order]

    def _hits(
        self, found: _Found, docs: Places, scores: Floats, explain: bool, marks: Marks | None
    ) -> tuple[Hit, ...]:
        terms = self._marked(found) if marks else frozenset()
        language = self.index.catalogue.language
        around = (marks.before, marks.after) if marks else None
        hits = []
        for doc, score in zip(docs.tolist(), scores.tolist(), strict=True):
            product = self.products[doc]
            reasons = reasons_of(self.index, found.ranked, doc) if explain and found.ranked else ()
            title = highlighted(product.title, language, terms, *around) if around else ""
            hits.append(Hit(product, score, reasons, title))
        return tuple(hits)

    def _marked(self, found: _Found) -> frozenset[str]:
        language = self.index.catalogue.language
        marked = set(language.stems(language.words(found.text)))
        for word in found.ranked.read if found.ranked else ():
            for mend in word.mends:
                marked.update(language.stems(mend.text.split()))
        return frozenset(marked)


_COVERED = 2  # features.NAMES
_IMPOSSIBLE = PriceRange(high=Decimal(0), high_open=True)


def both(one: Constraints, other: Constraints) -> Constraints:
    """What meets all of both."""
    prices = [price for price in (one.price, other.price) if price is not None]
    ratings = [least for least in (one.min_rating, other.min_rating) if least is not None]
    return Constraints(
        price=narrowest(prices) if prices else None,
        wanted=one.wanted + other.wanted,
        unwanted=one.unwanted + other.unwanted,
        without=one.without + other.without,
        measures=one.measures + other.measures,
        excluded=one.excluded | other.excluded,
        in_stock=one.in_stock or other.in_stock,
        min_rating=max(ratings, default=None),
    )


def _read_as(ranked: Ranked | None) -> tuple[tuple[str, str], ...]:
    """What was typed, and the likeliest word that was looked for in its place."""
    if ranked is None:
        return ()
    pairs = []
    for word in ranked.read:
        if word.term is None and word.mends:
            pairs.append((word.text, max(word.mends, key=lambda mend: mend.weight).text))
    return tuple(pairs)
