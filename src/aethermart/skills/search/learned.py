"""The ranking that labels teach: LambdaMART over the features, and what labels say of words.

A trained ranking knows words and their order, never a product's id. The door to LightGBM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aethermart.core.errors import BadInput, Terminal
from aethermart.skills.search.evaluation import Judged, fold_of
from aethermart.skills.search.evidence import Seen, evidence, nothing_seen, seen_in
from aethermart.skills.search.features import Asked, features
from aethermart.skills.search.libraries import Floats, Places, np
from aethermart.skills.search.ranking import RERANKED, Index, formula

try:
    import lightgbm
except ModuleNotFoundError as missing:
    if missing.name != "lightgbm":
        raise  # installed, but broken
    raise Terminal(
        "the library lightgbm, with which a ranking is learned, is not installed",
        fix="pip install 'aethermart[search]'",
    ) from missing

_INNER = 5  # folds in which evidence is gathered, so that no query is its own witness
_GRADES = 4  # gains 0 to 1 become grades 0 to 4
_MIN_QUERIES = 50
_ROUNDS = 300
_PRIOR = 2.0  # of the fixed formula, added to what was learned: holds where labels say little
_PARAMETERS: Mapping[str, object] = {
    "objective": "lambdarank",
    "label_gain": list(range(_GRADES + 1)),
    "lambdarank_truncation_level": 20,
    "learning_rate": 0.1,
    "num_leaves": 20,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "metric": "none",
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
}


@dataclass(frozen=True, slots=True)
class Candidates:
    """A judged query made ready for training: its candidates, their features and their gains."""

    query: str
    docs: Places
    table: Floats
    gains: Floats


class LearnedRanker:
    """Scores candidates as the labels taught."""

    def __init__(self, index: Index, booster: lightgbm.Booster, weights: Floats) -> None:
        self._index = index
        self._booster = booster
        self._weights = weights

    def scores(self, asked: Asked, docs: Places, table: Floats) -> Floats:
        if not len(docs):
            return np.zeros(0, dtype=np.float32)
        seen = evidence(self._index.catalogue, self._weights, asked.text, docs)
        columns = _columns(table, seen)
        learned = np.asarray(self._booster.predict(columns, num_threads=1), dtype=np.float32)
        return learned + np.float32(_PRIOR) * formula(table)


def candidates_of(index: Index, judged: Sequence[Judged]) -> list[Candidates]:
    """Each query's first candidates, as the label-free ranking would meet them."""
    place = {product.product_uid: doc for doc, product in enumerate(index.catalogue.products)}
    ready = []
    for one in judged:
        _, asked = index.ask(one.query)
        docs, matched, _ = index.candidates(asked)
        docs = docs[:RERANKED]
        if not len(docs) or not asked.slots:
            continue
        table = features(index.catalogue, index.letters, asked, docs, matched[docs])
        known = {place[uid]: gain for uid, gain in one.gains.items() if uid in place}
        gains = np.array([known.get(int(doc), 0.0) for doc in docs], dtype=np.float32)
        ready.append(Candidates(one.query, docs, table, gains))
    return ready


def train(index: Index, ready: Sequence[Candidates], *, seed: int = 1) -> LearnedRanker:
    """Learn from judged queries. Raises BadInput when there are too few to learn anything."""
    if len(ready) < _MIN_QUERIES:
        raise BadInput(
            f"{len(ready)} judged queries found candidates: too few to learn a ranking from",
            fix=f"give at least {_MIN_QUERIES}, or leave the labels out",
        )
    folds = [fold_of(one.query, _INNER) for one in ready]
    seen = [_seen(index, [r for r, f in zip(ready, folds, strict=True) if f == k])
            for k in range(_INNER)]  # fmt: skip
    total = nothing_seen()
    for part in seen:
        total = total.plus(part)
    others = [total.minus(part).weights() for part in seen]
    rows, grades, sizes = [], [], []
    for one, fold in zip(ready, folds, strict=True):
        seen_here = evidence(index.catalogue, others[fold], one.query, one.docs)
        rows.append(_columns(one.table, seen_here))
        grades.append(np.round(one.gains * _GRADES).astype(np.int32))
        sizes.append(len(one.docs))
    data = lightgbm.Dataset(np.concatenate(rows), np.concatenate(grades), group=sizes)
    least = max(5, min(100, sum(sizes) // 200))
    parameters = {**_PARAMETERS, "min_data_in_leaf": least, "seed": seed}
    booster = lightgbm.train(parameters, data, _ROUNDS)
    return LearnedRanker(index, booster, total.weights())


def _seen(index: Index, ready: Sequence[Candidates]) -> Seen:
    return seen_in(index.catalogue, [(one.query, one.docs, one.gains) for one in ready])


def _columns(table: Floats, seen: Floats) -> Floats:
    """Features, the fixed formula's own score, and the evidence."""
    return np.column_stack((table, formula(table), seen)).astype(np.float32)
