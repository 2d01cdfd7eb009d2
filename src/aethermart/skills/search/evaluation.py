"""How good a ranking is against graded judgements: NDCG@10, standard errors, folds without leaks.

Gain is the grade above the scale's lowest, as a share of the scale; what nobody judged counts 0.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aethermart.skills.search.language import stems, words
from aethermart.skills.search.libraries import np

DEPTH = 10
_DISCOUNT = [1 / float(np.log2(rank + 2)) for rank in range(DEPTH)]


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and the gain, 0 to 1, of the products that were judged for it."""

    query: str
    gains: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over queries and its standard error."""

    mean: float
    standard_error: float


def gains_of(relevances: Iterable[float]) -> tuple[float, float]:
    """Lowest and highest of the scale: 1 to 3 where all grades lie there, else what was found."""
    found = list(relevances)
    low, high = min(found), max(found)
    if low >= 1.0 and 2.0 < high <= 3.0:
        return 1.0, 3.0
    return (low, high) if low < high else (min(low, 0.0), high)


def ndcg(ranked: Sequence[str], gains: Mapping[str, float]) -> float:
    """NDCG@10 of one query; the ideal order is taken over all that was judged for it.

    Raises ValueError when nothing has a gain: such a query says nothing.
    """
    ideal = _discounted(sorted(gains.values(), reverse=True))
    if ideal <= 0:
        raise ValueError("no judged product has a gain")
    return _discounted([gains.get(uid, 0.0) for uid in ranked[:DEPTH]]) / ideal


def judged_only(ranked: Iterable[str], gains: Mapping[str, float]) -> list[str]:
    """The ranking without what nobody judged."""
    return [uid for uid in ranked if uid in gains]


def figure(values: Sequence[float]) -> Figure:
    """Mean and standard error of the mean."""
    array = np.asarray(values, dtype=np.float64)
    error = float(array.std(ddof=1) / np.sqrt(len(array))) if len(array) > 1 else 0.0
    return Figure(float(array.mean()), error)


def words_of(query: str) -> str:
    """A query's stemmed words, each once, in order: what two askers of the same thing share."""
    return " ".join(sorted(set(stems(words(query)))))


def fold_of(query: str, folds: int) -> int:
    """Queries that differ only in the order or the form of their words share a fold."""
    return zlib.crc32(words_of(query).encode()) % folds


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain * weight for gain, weight in zip(gains, _DISCOUNT, strict=False))
