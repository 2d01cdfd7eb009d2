"""What a query does not want: `without`, `not`, `no`, `-less`, `-free`, a minus before a word."""

from __future__ import annotations

import re
from collections.abc import Callable

from aethermart.skills.search.records import Wanted
from aethermart.skills.search.understanding.scratch import GAP, Scratch
from aethermart.skills.search.understanding.values import (
    BRAND,
    CATEGORY,
    COLOUR,
    SIZE,
    TOKEN,
    Phrase,
    Values,
    asked_phrase,
)

_DENIED = re.compile(
    r"(?<![\w-])(?:(?:and|but|or)\s+)?(?P<word>without(?:\s+(?:a|an|any|the))?|w/o|excluding|exclude|"
    r"lacking(?:\s+(?:a|an|any|the))?|minus\s+(?:a|an|the)|"
    r"(?:that\s+|which\s+)?(?:does\s?n[o']t|do(?:es)?\s+not)\s+"
    r"(?:need|have|require|include|come\s+with)"
    r"(?:\s+(?:a|an|any|the))?|except(?:\s+for)?|other\s+than|anything\s+but|avoid|"
    r"(?:that\s+(?:is|are)\s+)?not(?:\s+(?:a|in|made\s+of|from|by))?|no|nor)\s+(?=[a-z0-9])"
)
_MINUS = re.compile(r"(?<!\S)-(?=[a-z]{3})")
_NON = re.compile(r"(?<![\w-])non[\s-](?=[a-z])")
_SUFFIXED = re.compile(r"(?<![\w-])(?P<what>[a-z]{3,})(?P<how>-less|less|-free|\s+free)(?![\w-])")
_NOT_A_DENIAL = frozenset(
    "too only so very just more less over under above below if sure yet necessarily really".split()
)
_STOPS = frozenset(
    "with in for under over below above by from but that which and or nor without no not made at "
    "cheaper please around between less more on to is are".split()
)
_LABELS = {
    "brand": BRAND, "colour": COLOUR, "color": COLOUR, "category": CATEGORY, "size": SIZE,
}  # fmt: skip
_LONGEST = 3


def read_denials(
    scratch: Scratch,
    values: Values,
    beside: Callable[[str, str], bool],
    said: Callable[[str, str], bool],
    seen: Callable[[str], bool],
) -> tuple[tuple[Wanted, ...], tuple[str, ...]]:
    """Take every denial out: values that are not wanted, and words that may stand nowhere."""
    found = _Found(values, beside, said)
    at = 0
    while match := _DENIED.search(scratch.text, at):
        at = found.take(scratch, match.start(), match.end(), _first(match["word"]))
    at = 0
    while match := _MINUS.search(scratch.text, at):
        at = found.take(scratch, match.start(), match.end(), "-")
    at = 0
    while match := _NON.search(scratch.text, at):  # `non-red`, but `non-slip` is what it is called
        at = found.take(scratch, match.start(), match.end(), "non")

    def suffixed(match: re.Match[str]) -> bool:
        what, how = match["what"], match["how"].strip(" -")
        if seen(what + how) or beside(what, how) or not seen(what):
            return False  # the shop itself calls things so, or the word is none
        found.without.append(what)
        return True

    scratch.take(_SUFFIXED, suffixed)
    return found.unwanted(), tuple(dict.fromkeys(found.without))


class _Found:
    """What was denied so far."""

    def __init__(
        self,
        values: Values,
        beside: Callable[[str, str], bool],
        said: Callable[[str, str], bool],
    ) -> None:
        self._values = values
        self._beside = beside
        self._said = said
        self._unwanted: dict[str, set[str]] = {}
        self.without: list[str] = []

    def unwanted(self) -> tuple[Wanted, ...]:
        return tuple(Wanted(name, frozenset(of)) for name, of in sorted(self._unwanted.items()))

    def take(self, scratch: Scratch, start: int, end: int, word: str) -> int:
        """Take one denial with all that it reaches; returns where to look on."""
        tokens = [
            t for t in TOKEN.finditer(scratch.text, end) if GAP not in scratch.text[end : t.start()]
        ]
        words = [token[0] for token in tokens]
        if not words or self._is_name(word, words[0]):
            return end
        at, last = 0, 0
        while at < len(words):
            size = self._reach(words[at:])
            if not size:
                break
            self._deny(tuple(words[at : at + size]))
            last = at + size
            at = last
            if at + 1 >= len(words) or not self._goes_on(words, at, word):
                break
            at += 1
        if not last:
            return end
        scratch.cut(start, tokens[last - 1].end())
        return start + 1

    def _is_name(self, word: str, first: str) -> bool:
        """`no. 8 screws`, `not only`, `no drill blinds` where a title says `No Drill`."""
        if first in _NOT_A_DENIAL or (word in ("no", "not") and first[0].isdigit()):
            return True
        if word == "non":
            return self._value((first,)) is None
        return word in ("no", "not") and self._beside(word, first)

    def _goes_on(self, words: list[str], at: int, word: str) -> bool:
        """Whether what follows `or`, `nor` or `and` is denied as well."""
        joint = words[at]
        if joint in ("or", "nor"):
            return True
        return joint == "and" and word != "-" and at + 2 == len(words)

    def _reach(self, words: list[str]) -> int:
        """How many words are denied: the longest value or pair that the catalogue knows."""
        free = 0
        while free < min(len(words), _LONGEST) and words[free] not in _STOPS:
            if free and self._opens_a_demand(words[free:]):
                break
            free += 1
        for size in range(free, 1, -1):
            phrase = tuple(words[:size])
            if self._value(phrase) or all(map(self._said, phrase, phrase[1:])):
                return size
        return min(free, 1)

    def _opens_a_demand(self, words: list[str]) -> bool:
        """`brand tarn` in `not grey brand tarn`, though texts say `Colour: grey. Brand: Tarn`."""
        name = _LABELS.get(words[0])
        return name is not None and any(
            self._values.knows(name, asked_phrase(name, tuple(words[1 : 1 + size])))
            for size in range(1, _LONGEST + 1)
        )

    def _deny(self, phrase: Phrase) -> None:
        name = self._value(phrase)
        if name is None:
            self.without.append(" ".join(phrase))
        else:
            self._unwanted.setdefault(name, set()).add(" ".join(asked_phrase(name, phrase)))

    def _value(self, phrase: Phrase) -> str | None:
        for name in (BRAND, COLOUR, CATEGORY):
            if self._values.knows(name, asked_phrase(name, phrase)):
                return name
        if (
            len(phrase) == 2
            and phrase[0] == SIZE
            and self._values.knows(SIZE, asked_phrase(SIZE, phrase[1:]))
        ):
            return SIZE
        return None


def _first(word: str) -> str:
    found = TOKEN.search(word)
    return found[0] if found else word
