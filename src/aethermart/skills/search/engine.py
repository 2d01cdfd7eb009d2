"""Product search: what a person types in, ranked products with their reasons out.

Hard constraints hold for every hit, whatever else happens. When nothing is left, only soft parts
are given up (words, never constraints), and the page says which.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from aethermart.core.errors import BadInput
from aethermart.skills.search.embedding import Embedder
from aethermart.skills.search.facets import facets_of
from aethermart.skills.search.filters import Filters
from aethermart.skills.search.highlight import highlighted
from aethermart.skills.search.libraries import Flags, Floats, Places, np
from aethermart.skills.search.ranking import Index, Ranked, Ranker
from aethermart.skills.search.reasons import reasons_of
from aethermart.skills.search.records import (
    Constraints,
    Hit,
    Page,
    PriceRange,
    Product,
    Sort,
)
from aethermart.skills.search.suggestions import Suggester
from aethermart.skills.search.text import stems, words
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
    """One catalogue, searched. Built once; nothing in it changes, so threads may share it.

    known   words that are never taken for misspellings: from a query log, a list of brands
    ranker  learned from labels; without one a fixed formula ranks
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
        self.index = Index(products, embedder, known | brands)
        self._ranker = ranker
        self._values = Values(products)
        self._filters = Filters(self.index.catalogue, self._values)
        speller = self.index.speller
        self._reader = QueryReader(
            self._values,
            self._filters.currencies,
            self._filters.measured,
            beside=speller.seen_together,
            said=self._filters.said_together,
            seen=self._filters.said,
        )
        self._suggester = Suggester(self.index.titles(), (p.brand for p in products if p.brand))
        # A cursor of another catalogue would show other products: it is refused.
        self._stamp = zlib.crc32("\n".join(p.product_uid for p in products).encode())

    def understand(self, query: str) -> Reading:
        """What a query asks for, before anything is looked up."""
        return self._reader.read(query)

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
    ) -> Page:
        """A page of products that meet the query's constraints and `filters`, best first.

        facets  attributes to count over all that match: brand, category, colour, price …
        cursor  of the page before; the same query over the same catalogue goes on where it ended
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
        found = self._find(reading.text, self._filters.mask(constraints))
        docs, scores = self._sorted(found, chosen)
        key = self._key(query, filters, chosen)
        start = self._start(cursor, key)
        shown = slice(start, start + limit)
        end = start + limit
        hits = self._hits(found, docs[shown], scores[shown], explain, marks)
        return Page(
            hits=hits,
            total=len(docs),
            constraints=constraints,
            text=reading.text,
            cursor=_cursor(end, key) if end < len(docs) else None,
            facets=facets_of(self.index.catalogue.products, docs, facets, self._values),
            read_as=_read_as(found.ranked),
            relaxed=(*told, *found.relaxed),
        )

    def _than_the_one_meant(
        self, reading: Reading, constraints: Constraints
    ) -> tuple[Constraints, tuple[str, ...]]:
        """`like X but cheaper`: below the price of the product that X names, and not that one."""
        if reading.like is None:
            return constraints, ()
        ranked = self.index.rank(reading.like)
        sure = len(ranked.docs) > 0 and float(ranked.table[0, _COVERED]) >= _SURE
        meant = self.index.catalogue.products[int(ranked.docs[0])] if sure else None
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

    def _sorted(self, found: _Found, sort: Sort) -> tuple[Places, Floats]:
        """Unknown prices and ratings stand last; ties keep their order of relevance."""
        if sort == "relevance":
            return found.docs, found.scores
        if sort == "title":
            products = self.index.catalogue.products
            titles = [products[doc].title.casefold() for doc in found.docs.tolist()]
            order = np.array(sorted(range(len(titles)), key=titles.__getitem__), dtype=np.int64)
        else:
            column = self._filters.rating if sort == "rating" else self._filters.price
            values = column[found.docs] * (1 if sort == "price_asc" else -1)
            order = np.argsort(values, kind="stable")  # what is not a number goes last
        return found.docs[order], found.scores[order]

    def _hits(
        self, found: _Found, docs: Places, scores: Floats, explain: bool, marks: Marks | None
    ) -> tuple[Hit, ...]:
        terms = self._marked(found) if marks else frozenset()
        hits = []
        for doc, score in zip(docs.tolist(), scores.tolist(), strict=True):
            product = self.index.catalogue.products[doc]
            reasons = reasons_of(self.index, found.ranked, doc) if explain and found.ranked else ()
            title = highlighted(product.title, terms, marks.before, marks.after) if marks else ""
            hits.append(Hit(product, score, reasons, title))
        return tuple(hits)

    def _marked(self, found: _Found) -> frozenset[str]:
        marked = set(stems(words(found.text)))
        for word in found.ranked.read if found.ranked else ():
            for mend in word.mends:
                marked.update(stems(mend.text.split()))
        return frozenset(marked)

    def _key(self, query: str, filters: Constraints | None, sort: str) -> int:
        return zlib.crc32(f"{self._stamp}\n{query}\n{filters}\n{sort}".encode())

    @staticmethod
    def _start(cursor: str | None, key: int) -> int:
        if cursor is None:
            return 0
        try:
            start, of = json.loads(base64.urlsafe_b64decode(cursor))
            if of == key and isinstance(start, int) and start >= 0:
                return start
        except (binascii.Error, ValueError, TypeError):
            pass
        raise BadInput(
            f"the cursor {cursor!r} belongs to another query or another state of the catalogue",
            fix="ask for the first page again",
        )


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


def _cursor(start: int, key: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, key]).encode()).decode()


def _read_as(ranked: Ranked | None) -> tuple[tuple[str, str], ...]:
    """What was typed, and the likeliest word that was looked for in its place."""
    if ranked is None:
        return ()
    pairs = []
    for word in ranked.read:
        if word.term is None and word.mends:
            pairs.append((word.text, max(word.mends, key=lambda mend: mend.weight).text))
    return tuple(pairs)
