"""Names of tables and columns as concepts: `tblBestellPositionen` -> order, item.

A name is cut at separators and capitals; a part that is no known word is cut into known words
(`orderdate`, `rechnungsbetrag`); each word is replaced by its concept (words.toml).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
    # Letters that are no letter with an accent; U+0131 is Turkish, without a dot.
    | {"ł": "l", "Ł": "L", "\u0131": "i", "ø": "o", "Ø": "O", "đ": "d", "æ": "ae", "œ": "oe"}
)
_ENDINGS = ("s", "es", "en", "n", "e", "er", "x")
_LINKS = ("", "s", "n", "en", "es")
_SHORTEST = 2  # of a word within a compound; shorter ones stand only alone
_COMPOUND_END = ("id", "nr", "no", "dt", "am", "at")


@cache
def concepts_of(name: str) -> tuple[str, ...]:
    """The concepts of a name's words in order; a word nobody knows stays, in lower case."""
    found: list[str] = []
    for part in words_of(name):
        found += _known(part) or _cut(part) or [_singular(part)]
    return tuple(found)


@cache
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case and without accents."""
    text = unicodedata.normalize("NFKD", name.translate(_UMLAUTS))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return tuple(part.lower() for part in _PARTS.findall(text) if not part.isdigit())


@cache
def _words() -> dict[str, str]:
    text = files("aethermart.packs.mapping").joinpath("words.toml").read_text(encoding="utf-8")
    concepts: dict[str, str] = tomllib.loads(text)["concepts"]
    return {word: concept for concept, words in concepts.items() for word in words.split()}


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _known(word: str) -> list[str]:
    words = _words()
    if word in words:
        return [words[word]]
    if word.endswith("ies") and word[:-3] + "y" in words:
        return [words[word[:-3] + "y"]]
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2 and stem in words:
            return [words[stem]]
    return []


def _cut(word: str) -> list[str]:
    """A compound as its concepts, the longest first word first; empty where it is none."""
    for length in range(len(word) - 2, 2, -1):
        head, rest = word[:length], word[length:]
        first = _known(head)
        if not first:
            continue
        for link in _LINKS:
            if not rest.startswith(link):
                continue
            tail = rest[len(link) :]
            if len(tail) < 3 and tail not in _COMPOUND_END:
                continue
            after = _known(tail) or _cut(tail)
            if after:
                return first + after
    return []
