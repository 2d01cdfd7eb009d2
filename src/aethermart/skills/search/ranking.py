"""From a query's words to an order of products, hard filters applied before anything is ranked.

Candidates are the best matches by words; where words find few, the nearest by meaning join them.
The best `RERANKED` are ordered again by a fixed formula over their features, or by a learned
ranking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from aethermart.skills.search.catalogue import Catalogue, build_catalogue
from aethermart.skills.search.embedding import Embedder
from aethermart.skills.search.features import INDEX, Asked, features
from aethermart.skills.search.letters import Letters
from aethermart.skills.search.libraries import Flags, Floats, Places, np
from aethermart.skills.search.matching import match, slots_of
from aethermart.skills.search.records import Product
from aethermart.skills.search.spelling import Speller, Word

RERANKED = 100
_FEW = 10  # fewer matches by words than this: meaning may add some
_NEAR = 0.35  # least cosine of those
_KEPT = 0.3  # of the best match: what matches less is no result

# What the label-free order adds to the match, as shares of a whole match.
FORMULA = {
    "match_level": 1.0,
    "in_order": 0.1,
    "letters": 0.15,
    "meaning": 0.15,
    "words_meaning": 0.1,
    "head_head": 0.05,
}


class Ranker(Protocol):
    """Orders candidates by more than the fixed formula."""

    def scores(self, asked: Asked, docs: Places, table: Floats) -> Floats:
        """(n_docs,) higher is better; `table` (n_docs, n_features) is that of `features`."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """
    docs      candidates, best first
    scores    of each
    table     features of the first `RERANKED` of them, in the same order
    n_close   of the candidates, how many were found by meaning only
    """

    docs: Places
    scores: Floats
    table: Floats
    read: Sequence[Word]
    asked: Asked
    n_close: int


class Index:
    """One catalogue, ready to be ranked. Nothing in it changes; threads may share it."""

    def __init__(
        self,
        products: Sequence[Product],
        embedder: Embedder | None = None,
        known: frozenset[str] = frozenset(),
    ) -> None:
        self.catalogue: Catalogue = build_catalogue(products, embedder)
        stems = self.catalogue.language.stems
        self.speller = Speller(self.catalogue.postings, self.titles(), stems, known)
        self.letters = Letters(self.catalogue.words)
        self._embedder = embedder

    def titles(self) -> Iterator[list[str]]:
        """The words of every title."""
        starts, tokens = self.catalogue.starts.tolist(), self.catalogue.tokens.tolist()
        for start, end in pairwise(starts):
            yield [self.catalogue.words[token] for token in tokens[start:end]]

    def ask(self, text: str) -> tuple[list[Word], Asked]:
        """A query's free text read: its words with their mends, and all that ranking needs."""
        found = self.catalogue.language.words(text)
        read = self.speller.read(found)
        vectors = self._embedder.embed([text, *found]) if self._embedder and found else None
        slots = slots_of(read, self.catalogue.postings)
        if vectors is None:
            return read, Asked(text, slots, None, None)
        return read, Asked(text, slots, vectors[0], vectors[1:])

    def candidates(self, asked: Asked, allowed: Flags | None = None) -> tuple[Places, Floats, int]:
        """Documents, their matches, and how many of them meaning alone found; best first."""
        matched = match(asked.slots, self.catalogue.postings)
        if allowed is not None:
            matched = np.where(allowed, matched, np.float32(0))
        best = float(matched.max(initial=0.0))
        docs = np.flatnonzero(matched > best * _KEPT).astype(np.int32) if best > 0 else _NO_DOCS
        close = self._close(asked, docs, allowed) if len(docs) < _FEW else _NO_DOCS
        order = self._best_first(docs, matched[docs])
        return np.concatenate((docs[order], close)), matched, len(close)

    def rank(
        self, text: str, *, allowed: Flags | None = None, ranker: Ranker | None = None
    ) -> Ranked:
        """Candidates in order; those past the first `RERANKED` stay in the order of their match."""
        read, asked = self.ask(text)
        docs, matched, n_close = self.candidates(asked, allowed)
        first = docs[:RERANKED]
        table = (
            features(self.catalogue, self.letters, asked, first, matched[first])
            if len(first) and asked.slots
            else np.zeros((len(first), len(INDEX)), dtype=np.float32)
        )
        scores = ranker.scores(asked, first, table) if ranker else formula(table)
        order = self._best_first(first, scores)
        rest = docs[RERANKED:]
        below = float(scores.min(initial=0.0)) - 1.0  # the tail stands below, whatever its scale
        return Ranked(
            np.concatenate((first[order], rest)),
            np.concatenate((scores[order], below + matched[rest] / max(float(matched.max()), 1e-6)))
            if len(rest)
            else scores[order],
            table[order],
            read,
            asked,
            n_close,
        )

    def _best_first(self, docs: Places, scores: Floats) -> Places:
        """An order of `docs`; equal scores by the titles' shuffle, never by id or place."""
        return np.lexsort((self.catalogue.shuffle[docs], -scores)).astype(np.int32)

    def nearest(self, asked: Asked, allowed: Flags) -> Places:
        """The nearest by meaning among what is allowed, however far; best first."""
        if self.catalogue.vectors is None or asked.vector is None or not asked.vector.any():
            return _NO_DOCS
        docs = np.flatnonzero(allowed).astype(np.int32)
        cosines = self.catalogue.vectors[docs] @ asked.vector
        return docs[self._best_first(docs, cosines)][:RERANKED]

    def _close(self, asked: Asked, docs: Places, allowed: Flags | None) -> Places:
        """The nearest by meaning that words did not find."""
        if self.catalogue.vectors is None or asked.vector is None:
            return _NO_DOCS
        cosines = self.catalogue.vectors @ asked.vector
        cosines[docs] = -1.0
        if allowed is not None:
            cosines[~allowed] = -1.0
        near = np.flatnonzero(cosines >= _NEAR).astype(np.int32)
        return near[self._best_first(near, cosines[near])][: RERANKED - len(docs)]


_NO_DOCS: Places = np.zeros(0, dtype=np.int32)


def formula(table: Floats) -> Floats:
    """The label-free score: (n_docs,)."""
    total: Floats = sum(
        (table[:, INDEX[name]] * np.float32(weight) for name, weight in FORMULA.items()),
        start=np.zeros(len(table), dtype=np.float32),
    )
    return total
