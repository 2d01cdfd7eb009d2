"""The language of a catalogue: its small words and its stems.

A catalogue has one, told by the small words of its own texts; where they tell nothing it is
English. A word of a script without spaces is cut into pairs of letters, which need no stem.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice, pairwise
from pathlib import Path

from aethermart.skills.search.libraries import Stemmer
from aethermart.skills.search.text import WORD, folded, is_spaceless, normalised

_TEXTS = 5000  # that are looked at
_SURE = 1.5  # times the small words of English, before another language is believed
_LEAST = 0.01  # of all words; with fewer small words the texts tell nothing


class Language:
    """Words and stems of one language. Threads may share it."""

    def __init__(self, name: str, small: frozenset[str]) -> None:
        """name  of a Snowball stemmer"""
        self.name = name
        self.small = small
        self._stem_words = Stemmer.Stemmer(name).stemWords

    def words(self, text: str) -> list[str]:
        """The words of a text, small words such as `with` left out unless there are no others."""
        return self.split(normalised(text))

    def split(self, plain: str) -> list[str]:
        """The words of a text that is normalised already."""
        found = [part for word in WORD.findall(plain) for part in _cut(word)]
        return [word for word in found if word not in self.small] or found

    def stems(self, found: Sequence[str]) -> list[str]:
        """A stem a word, in their order."""
        stems: list[str] = self._stem_words(found)
        return stems


def language(name: str) -> Language:
    """Raises KeyError for a language without small words."""
    return _language(name, _small_words()[name])


def language_of(texts: Iterable[str]) -> Language:
    """The language that most small words of the texts belong to."""
    seen = Counter(word for text in islice(texts, _TEXTS) for word in WORD.findall(folded(text)))
    share = {name: sum(seen[word] for word in small) for name, small in _small_words().items()}
    best = max(share, key=share.__getitem__)
    told = share[best] > _SURE * share["english"] and share[best] > _LEAST * seen.total()
    return language(best if told else "english")


def _cut(word: str) -> Iterable[str]:
    if len(word) < 3 or not is_spaceless(word):
        return (word,)
    return ("".join(pair) for pair in pairwise(word))


@cache
def _small_words() -> Mapping[str, frozenset[str]]:
    written = tomllib.loads(Path(__file__).with_name("languages.toml").read_text("utf-8"))
    return {name: frozenset(folded(words).split()) for name, words in written.items()}


@cache
def _language(name: str, small: frozenset[str]) -> Language:
    return Language(name, small)


ENGLISH = language("english")
words = ENGLISH.words
stems = ENGLISH.stems
