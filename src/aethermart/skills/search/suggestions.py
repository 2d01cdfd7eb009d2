"""What a person may be about to type: words, pairs of words and values that begin so.

Ranked by how many products they lead to. A prefix with a slip in it finds the nearest one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence

from aethermart.skills.search.libraries import Ints, np, rapidfuzz
from aethermart.skills.search.text import folded

_END = "\U0010ffff"
_MOST_PHRASES = 200_000
_MIN_PHRASE = 2  # titles that must share a pair of words


class Suggester:
    """Completions from a catalogue's titles and values."""

    def __init__(self, titles: Iterable[Sequence[str]], values: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        for words in titles:
            counts.update({word for word in words if len(word) > 2})
            counts.update(
                {
                    " ".join(words[at : at + size])
                    for size in (2, 3)
                    for at in range(len(words) - size + 1)
                    if not words[at][0].isdigit()
                }
            )
        kept = [
            (phrase, count)
            for phrase, count in counts.most_common(_MOST_PHRASES)
            if count >= _MIN_PHRASE or " " not in phrase
        ]
        named = Counter(folded(value).strip() for value in values)
        merged = dict(kept) | {
            value: max(counts.get(value, 0), n) for value, n in named.items() if value
        }
        self._phrases = sorted(merged)
        self._counts: Ints = np.array([merged[phrase] for phrase in self._phrases], dtype=np.int64)

    def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """Completions of the whole text, else of its last word with the words before it kept."""
        text = " ".join(folded(typed).split())
        if not text:
            return []
        found = self._beginning(text, limit)
        head, _, last = text.rpartition(" ")
        if len(found) < limit and head and last:
            found += [f"{head} {word}" for word in self._beginning(last, limit) if " " not in word]
        if not found and len(last) > 3:
            found = [f"{head} {word}".strip() for word in self._near(last, limit)]
        return list(dict.fromkeys(found))[:limit]

    def _beginning(self, prefix: str, limit: int) -> list[str]:
        start = bisect_left(self._phrases, prefix)
        end = bisect_left(self._phrases, prefix + _END)
        best = np.argsort(-self._counts[start:end], kind="stable")[: limit * 3]
        found: list[str] = []
        for at in best.tolist():
            phrase = self._phrases[start + at]
            if not any(phrase == f"{other}s" or f"{phrase}s" == other for other in found):
                found.append(phrase)
        return found[:limit]

    def _near(self, word: str, limit: int) -> list[str]:
        """Words whose beginning is one slip away; the first letter is believed."""
        start = bisect_left(self._phrases, word[0])
        end = bisect_left(self._phrases, word[0] + _END)
        prefixes = [phrase[: len(word)] for phrase in self._phrases[start:end]]
        if not prefixes:
            return []
        slips = rapidfuzz.process.cdist(
            [word], prefixes, scorer=rapidfuzz.distance.OSA.distance, score_cutoff=1, dtype=np.uint8
        )[0]
        near = np.flatnonzero(slips <= 1)
        best = near[np.argsort(-self._counts[start + near], kind="stable")]
        return [p for p in (self._phrases[start + at] for at in best.tolist()) if " " not in p][
            :limit
        ]
