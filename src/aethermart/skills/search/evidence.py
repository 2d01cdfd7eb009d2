"""What labels say of a query's word beside a title's word: `vanity` likes `sink`, not `mirror`.

A pair's evidence is how much better than their query's other candidates the products with that
word were judged, shrunk towards nothing where it was seen seldom. It knows words, never products:
what it learned holds for a product that nobody judged.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from aethermart.skills.search.catalogue import Catalogue
from aethermart.skills.search.libraries import Floats, Ints, Places, np

_BUCKETS = 1 << 21
_SHRINK = 25.0  # candidates with a pair before half of what they say is believed
_ANY = "*"  # stands for any query: what a word in a title is worth by itself

NAMES = ("pairs", "pairs_best", "pairs_worst", "pairs_any")


@dataclass(frozen=True, slots=True)
class Seen:
    """Sums over candidates, by pair of words: (n_buckets,) each. Folds are added and subtracted."""

    surplus: Floats
    count: Floats

    def plus(self, other: Seen) -> Seen:
        return Seen(self.surplus + other.surplus, self.count + other.count)

    def minus(self, other: Seen) -> Seen:
        return Seen(self.surplus - other.surplus, self.count - other.count)

    def weights(self) -> Floats:
        """(n_buckets,) believed surplus of gain a pair."""
        weights: Floats = (self.surplus / (self.count + np.float32(_SHRINK))).astype(np.float32)
        return weights


def nothing_seen() -> Seen:
    return Seen(np.zeros(_BUCKETS, dtype=np.float32), np.zeros(_BUCKETS, dtype=np.float32))


def seen_in(catalogue: Catalogue, judged: Sequence[tuple[str, Places, Floats]]) -> Seen:
    """`judged`: queries with their candidates and the gain of each, 0 for the unjudged."""
    surplus = np.zeros(_BUCKETS, dtype=np.float64)
    count = np.zeros(_BUCKETS, dtype=np.float64)
    for query, docs, gains in judged:
        if not len(docs):
            continue
        keys = _pairs(catalogue, query, docs)  # (n_docs, n_query_words + 1, longest)
        over = np.broadcast_to((gains - gains.mean())[:, None, None], keys.shape)
        there = keys >= 0
        np.add.at(surplus, keys[there], over[there])
        np.add.at(count, keys[there], 1.0)
    return Seen(surplus.astype(np.float32), count.astype(np.float32))


def evidence(catalogue: Catalogue, weights: Floats, query: str, docs: Places) -> Floats:
    """(n_docs, 4): the sum over pairs, the best and the worst pair, and the title's words alone."""
    keys = _pairs(catalogue, query, docs)
    found = np.where(keys >= 0, weights[keys], np.float32(0))
    pairs = found[:, :-1]
    return np.column_stack(
        (
            pairs.sum(axis=(1, 2)) / max(pairs.shape[1], 1),
            pairs.max(axis=(1, 2), initial=0.0),
            pairs.min(axis=(1, 2), initial=0.0),
            found[:, -1].sum(axis=1),
        )
    ).astype(np.float32)


def _pairs(catalogue: Catalogue, query: str, docs: Places) -> Ints:
    """(n_docs, n_query_words + 1, longest) buckets, -1 behind a title's end."""
    titles = catalogue.titles_of(docs)
    terms = catalogue.term_of[np.maximum(titles, 0)].astype(np.int64)
    language = catalogue.language
    found = dict.fromkeys(language.stems(language.words(query)))
    asked = [zlib.crc32(stem.encode()) for stem in [*found, _ANY]]
    mixed = np.array(asked, dtype=np.int64)[None, :, None] ^ (terms * 2654435761)[:, None, :]
    keys = (mixed ^ (mixed >> 17)) % _BUCKETS
    return np.where((titles >= 0)[:, None, :], keys, -1)
