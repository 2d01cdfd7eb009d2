"""What a ranking looks at beyond the sum of the words: order, place, numbers, letters, meaning.

All of it is computed over a query's candidates at once. The same columns serve the fixed formula
and the learned ranking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aethermart.skills.search.catalogue import Catalogue, head_of
from aethermart.skills.search.letters import Letters
from aethermart.skills.search.libraries import Flags, Floats, Ints, Places, np
from aethermart.skills.search.matching import Slot

_AHEAD = 10  # words into a title after which the place tells nothing

NAMES = (
    "match_share",  # of the best candidate's match
    "match_level",  # of what a title with each word once would have
    "covered",  # worth of the words that the title holds
    "missing",  # words that it lacks
    "complete",
    "in_order",  # neighbours in the query that are neighbours in the title
    "near",  # with one word between
    "reversed",
    "first_place",
    "starts",  # the title begins with a word of the query
    "starts_first",  # … with its first
    "head",  # the title's head is a word of the query
    "head_last",  # … its last
    "head_head",  # … its own head
    "length",
    "filled",  # share of the title's words that the query holds
    "filled_worth",
    "numbers",  # of the query's, held by the title
    "numbers_missing",
    "numbers_other",  # of the title, foreign to the query
    "worst_missing",  # worth of the weightiest word that is missing
    "letters",  # likeness by letters of what is missing
    "meaning",  # cosine of title and query
    "meaning_gap",  # to the best candidate
    "words_meaning",  # of each missing word to its nearest in the title
    "query_words",
    "query_worth",
    "query_unknown",
    "query_mended",
)
INDEX = {name: at for at, name in enumerate(NAMES)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query made ready.

    text     its free text
    slots    one a word
    vector   (d,) of its text, and `word_vectors` (n_slots, d); None without an embedder
    """

    text: str
    slots: Sequence[Slot]
    vector: Floats | None
    word_vectors: Floats | None


@dataclass(frozen=True, slots=True)
class _Titles:
    """Candidates' titles against the slots.

    words  (n, longest) word numbers, -1 behind the end
    hits   (n, longest) the slot that a word answers, -1 for none
    held   (n, n_slots) whether the title answers a slot
    """

    words: Places
    hits: Places
    held: Flags
    heads: Places
    there: Flags
    terms: Places


def features(
    catalogue: Catalogue, letters: Letters, asked: Asked, docs: Places, matched: Floats
) -> Floats:
    """(n_docs, n_features) in the order of `NAMES`; `matched` (n_docs,) are the docs' scores."""
    titles = _titles(catalogue, asked.slots, docs)
    worth = np.array([slot.worth for slot in asked.slots], dtype=np.float32)
    total = max(float(worth.sum()), 1e-6)
    table = np.zeros((len(docs), len(NAMES)), dtype=np.float32)
    columns = (
        {
            "match_share": matched / max(float(matched.max(initial=0.0)), 1e-6),
            "match_level": matched / total,
        }
        | _coverage(titles, worth, total)
        | _order(titles, worth)
        | _places(catalogue, titles, asked)
        | _fullness(catalogue, titles)
        | _numbers(catalogue, titles, asked.slots)
        | _likeness(catalogue, letters, titles, asked, docs, worth / total)
        | {
            "query_words": np.float32(len(asked.slots)),
            "query_worth": np.float32(total),
            "query_unknown": np.float32(sum(not slot.choices for slot in asked.slots)),
            "query_mended": np.float32(sum(len(slot.choices) > 1 for slot in asked.slots)),
        }
    )
    for name, column in columns.items():
        table[:, INDEX[name]] = column
    return table


def _titles(catalogue: Catalogue, slots: Sequence[Slot], docs: Places) -> _Titles:
    slot_of = np.full(len(catalogue.postings.terms) + 1, -1, dtype=np.int32)
    for number in reversed(range(len(slots))):  # a word asked twice answers its first slot
        for terms, weight in slots[number].choices:
            if weight >= 0.2:
                slot_of[list(terms)] = number
    words = catalogue.titles_of(docs)
    there = words >= 0
    word_terms: Places = np.where(there, catalogue.term_of[words], np.int32(len(slot_of) - 1))
    hits: Places = slot_of[word_terms]
    held = (hits[:, :, None] == np.arange(len(slots))).any(axis=1)
    return _Titles(words, hits, held, catalogue.heads[docs], there, word_terms)


def _coverage(titles: _Titles, worth: Floats, total: float) -> dict[str, Floats]:
    lacking = ~titles.held
    return {
        "covered": _weighed(titles.held, worth) / total,
        "missing": lacking.sum(axis=1).astype(np.float32),
        "complete": titles.held.all(axis=1).astype(np.float32),
        "worst_missing": (lacking * worth).max(axis=1, initial=0.0),
    }


def _order(titles: _Titles, worth: Floats) -> dict[str, Floats]:
    """Shares of the query's pairs of neighbours, weighed by worth."""
    pairs: Floats = ((worth[1:] + worth[:-1]) / np.float32(2)).astype(np.float32)
    whole = max(float(pairs.sum()), 1e-6)
    hits, n_pairs = titles.hits, len(pairs)

    def share(left: Places, right: Places, step: int) -> Floats:
        meets = (left >= 0) & (right >= 0) & (right == left + step)
        pair = np.where(meets, np.minimum(left, right), n_pairs)
        found = (pair[:, :, None] == np.arange(n_pairs)).any(axis=1)
        return _weighed(found, pairs) / np.float32(whole)

    return {
        "in_order": share(hits[:, :-1], hits[:, 1:], 1),
        "near": share(hits[:, :-2], hits[:, 2:], 1),
        "reversed": share(hits[:, :-1], hits[:, 1:], -1),
    }


def _places(catalogue: Catalogue, titles: _Titles, asked: Asked) -> dict[str, Floats]:
    hit = titles.hits >= 0
    first = np.where(hit.any(axis=1), hit.argmax(axis=1), _AHEAD)
    rows = np.arange(len(titles.hits))
    head = titles.hits[rows, np.minimum(titles.heads, titles.hits.shape[1] - 1)]
    last = len(asked.slots) - 1
    own_head = min(head_of(asked.text, catalogue.language), last)
    return {
        "first_place": np.minimum(first, _AHEAD).astype(np.float32) / _AHEAD,
        "starts": (titles.hits[:, 0] >= 0).astype(np.float32),
        "starts_first": (titles.hits[:, 0] == 0).astype(np.float32),
        "head": (head >= 0).astype(np.float32),
        "head_last": (head == last).astype(np.float32),
        "head_head": (head == own_head).astype(np.float32),
    }


def _fullness(catalogue: Catalogue, titles: _Titles) -> dict[str, Floats]:
    hit = titles.hits >= 0
    idf = np.append(catalogue.postings.idf, np.float32(0))[titles.terms]
    length = np.maximum(titles.there.sum(axis=1), 1)
    return {
        "length": length.astype(np.float32),
        "filled": (hit.sum(axis=1) / length).astype(np.float32),
        "filled_worth": (idf * hit).sum(axis=1) / np.maximum(idf.sum(axis=1), 1e-6),
    }


def _numbers(catalogue: Catalogue, titles: _Titles, slots: Sequence[Slot]) -> dict[str, Floats]:
    asked = np.array([slot.word[0].isdigit() for slot in slots], dtype=bool)
    held = titles.held[:, asked].sum(axis=1)
    numeric = catalogue.is_number[titles.words] & titles.there
    other = (numeric & (titles.hits < 0)).sum(axis=1)
    return {
        "numbers": (held / max(int(asked.sum()), 1)).astype(np.float32),
        "numbers_missing": (int(asked.sum()) - held).astype(np.float32),
        "numbers_other": other.astype(np.float32),
    }


def _likeness(
    catalogue: Catalogue,
    letters: Letters,
    titles: _Titles,
    asked: Asked,
    docs: Places,
    share: Floats,
) -> dict[str, Floats]:
    """By letters and by meaning; a word that the title holds counts as wholly alike."""
    by_letters = _weighed(titles.held, share)
    by_meaning = by_letters.copy()
    lacking: list[int] = np.flatnonzero(~titles.held.all(axis=0)).tolist()
    seen, place = np.unique(np.maximum(titles.words, 0), return_inverse=True)
    place = place.reshape(titles.words.shape)
    for number in lacking:
        slot = asked.slots[number]
        weight = share[number] if slot.choices else np.float32(1 / len(asked.slots))
        alike = letters.likeness(slot.word)[seen]
        by_letters += weight * _best(alike, place, titles, number)
        if catalogue.word_vectors is not None and asked.word_vectors is not None:
            meant = catalogue.word_vectors[seen] @ asked.word_vectors[number]
            by_meaning += weight * _best(meant, place, titles, number)
    meaning = np.zeros(len(docs), dtype=np.float32)
    if catalogue.vectors is not None and asked.vector is not None:
        meaning = catalogue.vectors[docs] @ asked.vector
    return {
        "letters": by_letters,
        "meaning": meaning,
        "meaning_gap": meaning.max(initial=0.0) - meaning,
        "words_meaning": by_meaning,
    }


def _best(alike: Floats, place: Ints, titles: _Titles, slot: int) -> Floats:
    """(n,) the best likeness of a title's words, 0 where the title holds the slot itself."""
    best = np.where(titles.there, alike[place], 0.0).max(axis=1, initial=0.0)
    lacking: Floats = np.where(titles.held[:, slot], np.float32(0), best.astype(np.float32))
    return lacking


def _weighed(held: Flags, weights: Floats) -> Floats:
    """(n,) the weights of what is held, summed. `@` warns here of numbers it never used."""
    total: Floats = np.where(held, weights, np.float32(0)).sum(axis=1, dtype=np.float32)
    return total
