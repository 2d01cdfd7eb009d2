"""Words that a catalogue does not know, replaced softly by words that it does.

Three mends: a few letters changed (`tolet` -> `toilet`), a word split (`rustoleum` -> `rust
oleum`), two words joined (`snow blower` -> `snowblower`). A mend is weighed by its distance, by how
common it is, and by whether its products also hold the query's other words. The typed word always
stays; a word of `known` (a query log, a list of brands) is never mended.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from aethermart.skills.search.libraries import Floats, np, rapidfuzz
from aethermart.skills.search.postings import Postings

_TOP = 3  # mends kept for one word
_MIN_PAIR = 2  # a pair of words seen once may itself be a misspelling
_LONGEST = 64
_POOL = 24  # nearest entries that are weighed
_RARE = 2  # a word in no more products than this may itself be a misspelling
_DISTANCE_COST = 2.6
_CONTEXT_GAIN = 5.0
_FIRST_LETTER_COST = 0.6
_SKELETON_GAIN = 0.5
_JOINED_WEIGHT = 0.8
_RARE_WEIGHT = 0.5
_VOWELS = str.maketrans("", "", "aeiouy")


@dataclass(frozen=True, slots=True)
class Mend:
    """What a typed word may stand for: terms of the index, and how sure that is, 0 to 1."""

    text: str
    terms: tuple[int, ...]
    weight: float
    joined: bool = False  # the typed word and a neighbour, written as one


@dataclass(frozen=True, slots=True)
class Word:
    """
    text   as typed, folded
    term   its number in the index, or None where the catalogue lacks it
    mends  what else is looked for
    """

    text: str
    term: int | None
    mends: tuple[Mend, ...] = ()


class Speller:
    """Mends of a catalogue's words. Reads only what it was built from; safe to share."""

    def __init__(
        self,
        postings: Postings,
        documents: Iterable[Sequence[str]],
        stems: Callable[[Sequence[str]], list[str]],
        known: frozenset[str] = frozenset(),
    ) -> None:
        self._postings = postings
        self._stems = stems
        self._known = known
        seen: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for words in documents:
            seen.update(set(words))
            pairs.update(
                pair for pair in pairwise(words) if pair[0].isalpha() and pair[1].isalpha()
            )
        self._seen = seen
        self._pairs = pairs
        self._entries, self._terms, self._counts = self._dictionary()
        self._lengths = np.fromiter(map(len, self._entries), dtype=np.int64)
        # By the lengths of _dictionary's words, and of those that may be typed for them.
        self._at_length = np.searchsorted(self._lengths, np.arange(_LONGEST + 1))

    def _dictionary(self) -> tuple[list[str], list[tuple[int, ...]], Floats]:
        """Words and joined pairs by length, what each stands for, and how often it was seen."""
        rows: dict[str, tuple[tuple[str, ...], int]] = {}
        for (left, right), count in self._pairs.items():
            joined = left + right
            sound = 4 < len(joined) < 24 and min(len(left), len(right)) > 1
            if sound and count >= max(_MIN_PAIR, rows.get(joined, ((), 0))[1] + 1):
                rows[joined] = ((left, right), count)
        for word, count in self._seen.items():
            if word.isalpha() and 2 < len(word) < 24:
                rows[word] = ((word,), count)
        entries = sorted(rows, key=lambda entry: (len(entry), entry))
        terms = [self._ids(rows[entry][0]) for entry in entries]
        counts = np.array([rows[entry][1] for entry in entries], dtype=np.float32)
        return entries, terms, counts

    def _ids(self, words: Sequence[str]) -> tuple[int, ...]:
        return tuple(self._postings.terms[stem] for stem in self._stems(words))

    def seen_together(self, left: str, right: str) -> bool:
        """Whether two words stand side by side in some title."""
        return (left, right) in self._pairs

    def read(self, words: Sequence[str]) -> list[Word]:
        """The words of a query, each with what else it may stand for."""
        terms = [self._postings.terms.get(stem) for stem in self._stems(words)]
        read = []
        for word, term in zip(words, terms, strict=True):
            mends: tuple[Mend, ...] = ()
            if word not in self._known and (term is None or self._doubtful(word, term)):
                others = [other for other in terms if other is not None and other != term]
                mends = self._mended(word, others, term)
            read.append(Word(word, term, mends))
        return self._with_joins(words, read)

    def _doubtful(self, word: str, term: int) -> bool:
        return word.isalpha() and len(word) > 3 and self._postings.frequency(term) <= _RARE

    def _mended(self, word: str, others: Sequence[int], term: int | None) -> tuple[Mend, ...]:
        if not word.isalpha():
            return self._split_at_digits(word)
        found = self._near(word, others)
        if term is not None:  # rare, but there
            limit = self._postings.frequency(term) * 10
            found = [
                (score, mend)
                for score, mend in found
                if term not in mend.terms
                and min(self._postings.frequency(t) for t in mend.terms) >= limit
            ]
            return _weighed(found, _RARE_WEIGHT)
        return _weighed(found, 1.0) or self._split(word)

    def _near(self, word: str, others: Sequence[int]) -> list[tuple[float, Mend]]:
        most = 1 if len(word) < 5 else 2 if len(word) < 9 else 3
        if not 3 <= len(word) < _LONGEST - most:
            return []
        low, high = self._at_length[max(len(word) - most, 0)], self._at_length[len(word) + most + 1]
        if low == high:
            return []
        distances = rapidfuzz.process.cdist(
            [word],
            self._entries[low:high],
            scorer=rapidfuzz.distance.OSA.distance,
            score_cutoff=most,
            dtype=np.uint8,
        )[0]
        near = np.flatnonzero(distances <= most)
        if not len(near):
            return []
        base = np.log1p(self._counts[low + near]) - _DISTANCE_COST * distances[near]
        near = near[np.argsort(-base, kind="stable")[:_POOL]]
        context = self._postings.scores([(other, 1.0) for other in others]) if others else None
        best: dict[tuple[int, ...], tuple[float, Mend]] = {}
        for at in near:
            entry, terms = self._entries[low + at], self._terms[low + at]
            score = self._score(word, entry, float(distances[at]), float(self._counts[low + at]))
            if context is not None:
                score += _CONTEXT_GAIN * self._fits(terms, context, others)
            if terms not in best or score > best[terms][0]:
                text = " ".join(_shown(self._pairs, self._seen, entry))
                best[terms] = (score, Mend(text, terms, 0.0))
        return list(best.values())

    @staticmethod
    def _score(word: str, entry: str, distance: float, count: float) -> float:
        cost = distance * _DISTANCE_COST * min(1.0, 6 / len(word))
        if entry[0] != word[0]:
            cost += _FIRST_LETTER_COST * _DISTANCE_COST
        if word.translate(_VOWELS) == entry.translate(_VOWELS):
            cost -= _SKELETON_GAIN * _DISTANCE_COST
        return math.log1p(count) - cost

    def _fits(self, terms: Sequence[int], context: Floats, others: Sequence[int]) -> float:
        """How well the best products with these terms match the query's other words, 0 to 1."""
        docs = self._postings.of(terms[0])[0]
        for term in terms[1:]:
            docs = np.intersect1d(docs, self._postings.of(term)[0], assume_unique=True)
        if not len(docs):
            return 0.0
        there = context[docs]
        if len(there) > 5:
            there = np.partition(there, -5)[-5:]
        most = float(self._postings.idf[list(others)].sum()) * 1.2
        return min(float(there.mean()) / most, 1.0)

    def _split(self, word: str) -> tuple[Mend, ...]:
        """Into two words that stand together somewhere, else into two that are common."""
        best: tuple[float, tuple[str, str]] | None = None
        for at in range(3, len(word) - 2):
            pair = word[:at], word[at:]
            counts = [self._seen.get(part, 0) for part in pair]
            if min(counts) >= 5:
                score = self._pairs.get(pair, 0) * 1000.0 + min(counts)
                if best is None or score > best[0]:
                    best = score, pair
        if best is None:
            return ()
        return (Mend(" ".join(best[1]), self._ids(best[1]), 0.9),)

    def _split_at_digits(self, word: str) -> tuple[Mend, ...]:
        """`4shelves` -> `4 shelves`; codes such as `g135` are left alone."""
        digits = word.rstrip("abcdefghijklmnopqrstuvwxyz")
        letters = word[len(digits) :]
        if not digits.isdigit() or not letters:
            return ()
        there = [
            self._postings.terms[stem]
            for stem in self._stems([digits, letters])
            if stem in self._postings.terms
        ]
        return (Mend(f"{digits} {letters}", tuple(there), 0.9),) if there else ()

    def _with_joins(self, words: Sequence[str], read: list[Word]) -> list[Word]:
        """Two neighbours that the catalogue writes as one word: the first also stands for that."""
        for place, (left, right) in enumerate(pairwise(words)):
            joined = left + right
            if joined.isalpha() and joined in self._seen:
                mend = Mend(joined, self._ids([joined]), _JOINED_WEIGHT, joined=True)
                for at in (place, place + 1):
                    was = read[at]
                    read[at] = Word(was.text, was.term, (*was.mends, mend))
        return read


def _shown(pairs: Counter[tuple[str, str]], seen: Counter[str], entry: str) -> tuple[str, ...]:
    if entry in seen:
        return (entry,)
    splits = [(entry[:at], entry[at:]) for at in range(2, len(entry) - 1)]
    return max(splits, key=pairs.__getitem__)


def _weighed(found: list[tuple[float, Mend]], trust: float) -> tuple[Mend, ...]:
    """The best few, their weights a softmax of their scores times `trust`."""
    best = sorted(found, key=lambda scored: -scored[0])[:_TOP]
    if not best:
        return ()
    shares = [math.exp(score - best[0][0]) for score, _ in best]
    return tuple(
        Mend(mend.text, mend.terms, trust * share / sum(shares))
        for share, (_, mend) in zip(shares, best, strict=True)
    )
