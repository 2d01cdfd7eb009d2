"""How well every product matches a query's words: BM25F over slots.

A slot is one word of the query with all it may stand for; a product counts for a slot once, by the
best of them, so that neither a mend nor a joined word is counted beside the word it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aethermart.skills.search.libraries import Floats, np
from aethermart.skills.search.postings import Postings
from aethermart.skills.search.spelling import Word


@dataclass(frozen=True, slots=True)
class Slot:
    """
    word    as typed
    choices sets of terms that all must be there, each with its weight; the typed word is first
    worth   the slot's idf: of the typed word, else of the likeliest mend
    """

    word: str
    choices: tuple[tuple[tuple[int, ...], float], ...]
    worth: float


def slots_of(read: Sequence[Word], postings: Postings) -> list[Slot]:
    """One slot a word, in the query's order; those of unknown words have no choices."""
    made = []
    for word in read:
        choices: list[tuple[tuple[int, ...], float]] = []
        if word.term is not None:
            choices.append(((word.term,), 1.0))
        choices += [(mend.terms, mend.weight) for mend in word.mends if not mend.joined]
        worth = _worth(choices, postings)
        for mend in word.mends:
            if mend.joined:  # shared by two slots: each takes its part of the joined word's worth
                own = worth or float(postings.idf[mend.terms[0]]) / 2
                choices.append((mend.terms, mend.weight * own / float(postings.idf[mend.terms[0]])))
                worth = worth or own
        made.append(Slot(word.text, tuple(choices), worth))
    return made


def _worth(choices: Sequence[tuple[tuple[int, ...], float]], postings: Postings) -> float:
    if not choices:
        return 0.0
    terms = max(choices, key=lambda choice: choice[1])[0]
    return float(max(postings.idf[term] for term in terms))


def slot_scores(slot: Slot, postings: Postings) -> Floats:
    """(n_docs,) the best of the slot's choices in every document."""
    best = np.zeros(postings.n_docs, dtype=np.float32)
    for terms, weight in slot.choices:
        if len(terms) == 1:
            docs, worth = postings.of(terms[0])
            best[docs] = np.maximum(best[docs], worth * np.float32(weight))
        else:
            np.maximum(best, postings.scores([(term, weight) for term in terms]), out=best)
    return best


def match(slots: Sequence[Slot], postings: Postings) -> Floats:
    """(n_docs,) the sum over the slots."""
    total = np.zeros(postings.n_docs, dtype=np.float32)
    for slot in slots:
        if len(slot.choices) == 1 and len(slot.choices[0][0]) == 1:
            ((terms, weight),) = slot.choices
            docs, worth = postings.of(terms[0])
            total[docs] += worth * np.float32(weight)
        elif slot.choices:
            total += slot_scores(slot, postings)
    return total
