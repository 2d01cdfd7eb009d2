"""How alike two words are by their letters: cosine of their n-grams of 3 and 4 letters.

`dishwasher` and `dishwashers`, `rechargable` and `rechargeable` are near; it needs no dictionary.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from aethermart.skills.search.libraries import Floats, Ints, np

_BUCKETS = 1 << 16


class Letters:
    """Similarity of any text to the words of one vocabulary."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        grams = [_grams(word) for word in vocabulary]
        lengths = np.fromiter(map(len, grams), dtype=np.int64, count=len(grams))
        flat = np.fromiter((gram for of_word in grams for gram in of_word), dtype=np.int64)
        word_of = np.repeat(np.arange(len(grams)), lengths)
        order = np.argsort(flat, kind="stable")
        self._words: Ints = word_of[order]
        held = np.bincount(flat, minlength=_BUCKETS)
        self._starts = np.concatenate(([0], np.cumsum(held)))
        self._weights = np.log1p(len(grams) / (held + 1.0)).astype(np.float32)
        squares = np.bincount(word_of, self._weights[flat] ** 2, minlength=len(grams))
        self._lengths = np.sqrt(np.maximum(squares, 1e-9)).astype(np.float32)

    def likeness(self, word: str) -> Floats:
        """(n_words,) 0 to 1, 1.0 for the same letters."""
        total = np.zeros(len(self._lengths), dtype=np.float32)
        grams = _grams(word)
        if not grams:
            return total
        for gram in grams:
            weight = self._weights[gram]
            total[self._words[self._starts[gram] : self._starts[gram + 1]]] += weight * weight
        own = float(np.sqrt((self._weights[grams] ** 2).sum()))
        likeness: Floats = np.minimum(total / (self._lengths * np.float32(max(own, 1e-9))), 1.0)
        return likeness


def _grams(word: str) -> list[int]:
    """Buckets of a word's distinct n-grams, its edges marked."""
    marked = f"<{word}>"
    found = {marked[at : at + size] for size in (3, 4) for at in range(len(marked) - size + 1)}
    return sorted({zlib.crc32(gram.encode()) % _BUCKETS for gram in found})
