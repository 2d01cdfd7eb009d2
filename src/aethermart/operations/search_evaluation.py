"""Evaluate search on a user's own products and judgements, beside plain BM25 in the same run."""

from __future__ import annotations

import resource
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from aethermart.core.errors import BadInput
from aethermart.operations.judgement_files import Judgement
from aethermart.skills.embed.static import StaticEmbedder
from aethermart.skills.search.bm25 import PlainBm25
from aethermart.skills.search.evaluation import (
    Figure,
    Judged,
    figure,
    fold_of,
    gains_of,
    judged_only,
    ndcg,
    words_of,
)
from aethermart.skills.search.libraries import Floats, np
from aethermart.skills.search.ranking import Index, Ranker
from aethermart.skills.search.records import Product

if TYPE_CHECKING:
    from aethermart.skills.search.learned import Candidates

_DEEP = 1000  # places of a ranking that are kept: what is judged may stand far down


@dataclass(frozen=True, slots=True)
class Scale:
    """How a judgement becomes a gain: 0 at `low`, 1 at `high`."""

    low: float
    high: float

    def gain(self, relevance: float) -> float:
        span = self.high - self.low
        return min(max((relevance - self.low) / span, 0.0), 1.0) if span else 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    ours, bm25           NDCG@10, unjudged = 0
    only_judged          the same with what nobody judged left out of the rankings
    p95_ms               of a whole query: reading, matching, ranking
    unknown              judgements of products that the catalogue lacks; they can never be found
    """

    ours: Figure
    bm25: Figure
    difference: Figure
    only_judged: Mapping[str, Figure]
    queries: int
    without_gain: int
    p50_ms: float
    p95_ms: float
    index_s: float
    peak_mb: float
    labels: str
    scale: Scale
    bm25_over: str
    unknown: int

    def as_record(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "ndcg_at_10": {"ours": _round(self.ours.mean), "bm25": _round(self.bm25.mean)},
            "queries": self.queries,
            "p95_ms": round(self.p95_ms, 2),
            "p50_ms": round(self.p50_ms, 2),
            "standard_error": {
                "ours": _round(self.ours.standard_error),
                "bm25": _round(self.bm25.standard_error),
                "difference": _round(self.difference.standard_error),
            },
            "ndcg_at_10_judged_only": {
                name: _round(found.mean) for name, found in self.only_judged.items()
            },
            "labels": self.labels,
            "gain": asdict(self.scale),
            "bm25_over": self.bm25_over,
            "queries_without_gain": self.without_gain,
            "judgements_of_unknown_products": self.unknown,
            "index_s": round(self.index_s, 1),
            "peak_mb": round(self.peak_mb),
        }


def evaluate(
    products: Sequence[Product],
    judgements: Sequence[Judgement],
    train_on: Sequence[Judgement] | None = None,
    folds: int | None = None,
) -> Evaluation:
    """Rank every judged query over all products.

    With `train_on` a ranking is learned from it; queries of it that are also judged here are left
    out of the training. With `folds` each part is ranked by what the others taught. Else no label
    is used. Raises BadInput where nothing can be measured.
    """
    scale = Scale(*gains_of([j.relevance for j in [*judgements, *(train_on or ())]]))
    judged = _judged(judgements, scale)
    useful = [one for one in judged if max(one.gains.values()) > 0]
    if not useful:
        raise BadInput(
            f"no query has a product judged above {scale.low:g}",
            fix="give judgements with different grades of relevance",
        )
    start = time.process_time()
    index = Index(products, StaticEmbedder())
    index_s = time.process_time() - start
    rankers = _rankers(index, judged, _judged(train_on or (), scale), folds)
    ours, times = _ranked_by_us(index, useful, rankers)
    plain, over = _ranked_plainly(index, products, useful)
    known = {product.product_uid for product in products}
    our_scores, plain_scores = _scores(useful, ours), _scores(useful, plain)
    return Evaluation(
        ours=figure(our_scores),
        bm25=figure(plain_scores),
        difference=figure([a - b for a, b in zip(our_scores, plain_scores, strict=True)]),
        only_judged={
            name: figure(_scores(useful, [
                judged_only(ranked, one.gains) for ranked, one in zip(found, useful, strict=True)
            ]))
            for name, found in (("ours", ours), ("bm25", plain))
        },
        queries=len(useful),
        without_gain=len(judged) - len(useful),
        p50_ms=float(np.percentile(times, 50)) * 1000,
        p95_ms=float(np.percentile(times, 95)) * 1000,
        index_s=index_s,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        labels=f"{folds} folds" if folds else "train" if train_on is not None else "none",
        scale=scale,
        bm25_over=over,
        unknown=sum(judgement.product_uid not in known for judgement in judgements),
    )  # fmt: skip


def _judged(judgements: Sequence[Judgement], scale: Scale) -> list[Judged]:
    """By query, in the order of first appearance; of a pair judged twice the mean counts."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in judgements:
        found[one.query][one.product_uid].append(scale.gain(one.relevance))
    return [
        Judged(query, {uid: sum(gains) / len(gains) for uid, gains in of_query.items()})
        for query, of_query in found.items()
    ]


def _rankers(
    index: Index, judged: Sequence[Judged], train_on: Sequence[Judged], folds: int | None
) -> Callable[[str], Ranker | None]:
    """Which ranking orders a query: none, the trained one, or that of its fold."""
    if not folds and not train_on:
        return lambda _: None
    from aethermart.skills.search.learned import candidates_of, train  # noqa: PLC0415

    if not folds:
        asked = {words_of(one.query) for one in judged}
        others = [one for one in train_on if words_of(one.query) not in asked]
        ranker = train(index, candidates_of(index, others))
        return lambda _: ranker
    ready: list[Candidates] = candidates_of(index, judged)
    of_fold = [
        train(index, [one for one in ready if fold_of(one.query, folds) != fold])
        for fold in range(folds)
    ]
    return lambda query: of_fold[fold_of(query, folds)]


def _ranked_by_us(
    index: Index, judged: Sequence[Judged], ranker_of: Callable[[str], Ranker | None]
) -> tuple[list[list[str]], list[float]]:
    """The first products a query, deep enough to leave the unjudged out; and seconds a query."""
    products = index.catalogue.products
    rankings, times = [], []
    for one in judged:
        ranker = ranker_of(one.query)
        start = time.perf_counter()
        docs = index.rank(one.query, ranker=ranker).docs
        times.append(time.perf_counter() - start)
        rankings.append([products[doc].product_uid for doc in docs[:_DEEP].tolist()])
    return rankings, times


def _ranked_plainly(
    index: Index, products: Sequence[Product], judged: Sequence[Judged]
) -> tuple[list[list[str]], str]:
    """BM25 over titles, or over titles and all other text, whichever is better on these queries."""
    over = {"product_title": [product.title for product in products]}
    if any(product.description or product.brand or product.category for product in products):
        over["all text"] = [
            " ".join((product.title, product.brand, product.category, product.description))
            for product in products
        ]
    found = {}
    for name, texts in over.items():
        plain = PlainBm25(texts, language=index.catalogue.language)
        found[name] = [_best(plain.scores(one.query), index, products) for one in judged]
    best = max(found, key=lambda name: figure(_scores(judged, found[name])).mean)
    return found[best], best


def _best(scores: Floats, index: Index, products: Sequence[Product]) -> list[str]:
    """The highest scores' products; equal ones in the order that ours has for them."""
    docs = np.flatnonzero(scores > 0)
    if len(docs) > _DEEP:
        least = np.partition(scores[docs], -_DEEP)[-_DEEP]
        docs = docs[scores[docs] >= least]
    order = np.lexsort((index.catalogue.shuffle[docs], -scores[docs]))[:_DEEP]
    return [products[doc].product_uid for doc in docs[order].tolist()]


def _scores(judged: Sequence[Judged], rankings: Sequence[Sequence[str]]) -> list[float]:
    return [ndcg(ranked, one.gains) for one, ranked in zip(judged, rankings, strict=True)]


def _round(value: float) -> float:
    return round(value, 4)
