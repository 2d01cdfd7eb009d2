"""The plain yardstick: BM25 over stemmed words, title and description as one text, nothing else.

k1 0.9 and b 0.4 are what product titles were measured best with; both are given, not fitted here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aethermart.skills.search.language import ENGLISH, Language
from aethermart.skills.search.libraries import Floats
from aethermart.skills.search.postings import Field, build_postings

_WORD = re.compile(r"\w+")


class PlainBm25:
    """Scores of every text for a query."""

    def __init__(
        self,
        texts: Sequence[str],
        *,
        k1: float = 0.9,
        b: float = 0.4,
        language: Language = ENGLISH,
    ) -> None:
        self._language = language
        read = [self._read(text) for text in texts]
        self._postings = build_postings({"text": read}, {"text": Field(1.0, b)}, k1=k1)

    def scores(self, query: str) -> Floats:
        """(n_texts,); 0 where no word is shared."""
        terms = self._postings.terms
        return self._postings.scores([(terms[w], 1.0) for w in self._read(query) if w in terms])

    def _read(self, text: str) -> list[str]:
        return self._language.stems(_WORD.findall(text.lower()))
