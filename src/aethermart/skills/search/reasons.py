"""Why a product is where it is: the parts of its score, and the words that brought it."""

from __future__ import annotations

from aethermart.skills.search.features import INDEX
from aethermart.skills.search.libraries import np
from aethermart.skills.search.ranking import FORMULA, Index, Ranked
from aethermart.skills.search.records import Reason

_PARTS = {
    "match_level": "words",
    "in_order": "order",
    "letters": "letters",
    "meaning": "meaning",
    "words_meaning": "meaning of words",
    "head_head": "kind of thing",
}
_LEAST = 0.005  # a smaller part explains nothing


def reasons_of(index: Index, ranked: Ranked, doc: int) -> tuple[Reason, ...]:
    """The formula's parts, largest first. Under a learned ranking they describe, not add up."""
    place = int(np.flatnonzero(ranked.docs == doc)[0])
    if place >= len(ranked.table):
        return (Reason("words", 0.0, _words(index, ranked, doc)),)
    row = ranked.table[place]
    found = []
    for feature, weight in FORMULA.items():
        score = float(row[INDEX[feature]]) * weight
        if score >= _LEAST:
            told = _words(index, ranked, doc) if feature == "match_level" else ()
            found.append(Reason(_PARTS[feature], score, told))
    return tuple(sorted(found, key=lambda reason: -reason.score))


def _words(index: Index, ranked: Ranked, doc: int) -> tuple[str, ...]:
    """Typed words that the product holds; `tolet (toilet)` where it holds what that stands for."""
    found = []
    for word in ranked.read:
        if word.term is not None and _holds(index, word.term, doc):
            found.append(word.text)
            continue
        for mend in word.mends:
            if all(_holds(index, term, doc) for term in mend.terms):
                found.append(f"{word.text} ({mend.text})")
                break
    return tuple(dict.fromkeys(found))


def _holds(index: Index, term: int, doc: int) -> bool:
    docs, _ = index.catalogue.postings.of(term)
    at = int(np.searchsorted(docs, doc))
    return at < len(docs) and int(docs[at]) == doc
