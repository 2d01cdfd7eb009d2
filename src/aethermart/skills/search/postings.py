"""An inverted index in arrays: which documents hold a term, and what the term is worth there.

Worth is BM25F's: frequencies are weighted by field and by the field's length first, then saturated,
so a word in two fields does not count twice as much. It is computed once, when the index is built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aethermart.skills.search.libraries import Floats, Ints, Places, np


@dataclass(frozen=True, slots=True)
class Field:
    """
    weight  what one occurrence counts, against 1.0 in the title
    b       how much a long text counts less, 0 to 1
    """

    weight: float
    b: float


@dataclass(frozen=True, slots=True)
class Postings:
    """
    terms    term -> its number
    starts   (n_terms + 1,) where a term's entries begin
    docs     (n_entries,) document numbers, ascending within a term
    worth    (n_entries,) idf times the saturated frequency
    idf      (n_terms,)
    n_docs   documents in all
    """

    terms: Mapping[str, int]
    starts: Ints
    docs: Places
    worth: Floats
    idf: Floats
    n_docs: int

    def of(self, term: int) -> tuple[Places, Floats]:
        """The documents of a term and its worth in each."""
        entries = slice(self.starts[term], self.starts[term + 1])
        return self.docs[entries], self.worth[entries]

    def frequency(self, term: int) -> int:
        """In how many documents the term stands."""
        return int(self.starts[term + 1] - self.starts[term])

    def scores(self, weighted: Sequence[tuple[int, float]]) -> Floats:
        """Sum of the terms' worth, each times its weight, for every document: (n_docs,)."""
        total = np.zeros(self.n_docs, dtype=np.float32)
        for term, weight in weighted:
            docs, worth = self.of(term)
            total[docs] += worth if weight == 1.0 else worth * np.float32(weight)
        return total


def build_postings(
    texts: Mapping[str, Sequence[Sequence[str]]],
    fields: Mapping[str, Field],
    *,
    k1: float,
) -> Postings:
    """Index `texts`: for each field the terms of every document, in the documents' order."""
    n_docs = len(next(iter(texts.values())))
    terms: dict[str, int] = {}
    keys, counts = [], []
    for name, of_docs in texts.items():
        field_keys, frequency = _counted(of_docs, terms)
        lengths = np.fromiter(map(len, of_docs), dtype=np.float32, count=n_docs)
        average = float(lengths.sum()) / max(n_docs, 1) or 1.0
        field = fields[name]
        damped = field.weight / (1 - field.b + field.b * lengths / average)
        keys.append(field_keys)
        counts.append(frequency * damped[field_keys % max(n_docs, 1)])
    entries, frequency = _summed(np.concatenate(keys), np.concatenate(counts))
    term_of, docs = entries // max(n_docs, 1), (entries % max(n_docs, 1)).astype(np.int32)
    held = np.bincount(term_of, minlength=len(terms))
    idf = np.log1p((n_docs - held + 0.5) / (held + 0.5)).astype(np.float32)
    worth = idf[term_of] * frequency * (k1 + 1) / (frequency + k1)
    starts = np.concatenate(([0], np.cumsum(held)))
    return Postings(terms, starts, docs, worth.astype(np.float32), idf, n_docs)


def _counted(of_docs: Sequence[Sequence[str]], terms: dict[str, int]) -> tuple[Ints, Floats]:
    """One number for each pair of term and document, and how often it occurs; new terms get one."""
    n_docs = len(of_docs)
    pairs = np.fromiter(
        (
            terms.setdefault(term, len(terms)) * n_docs + doc
            for doc, found in enumerate(of_docs)
            for term in found
        ),
        dtype=np.int64,
    )
    keys, counts = np.unique(pairs, return_counts=True)
    return keys, counts.astype(np.float32)


def _summed(keys: Ints, values: Floats) -> tuple[Ints, Floats]:
    unique, place = np.unique(keys, return_inverse=True)
    return unique, np.bincount(place, weights=values, minlength=len(unique)).astype(np.float32)
