"""Retrieval tasks that no weight of ours was fitted on, each with products and graded queries.

Abt-Buy: a shop's title finds the same product in another shop. Online Retail and the made-up shop:
a few words of a description, some of them with a slip of the hand, find what has these words.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet

from aethermart.operations.judgement_files import Judgement
from aethermart.skills.search.records import Product
from benchmarks.search_shop import make_shop


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    products: Sequence[Product]
    judgements: Sequence[Judgement]


def abt_buy(folder: Path) -> list[Task]:
    """Both ways: 1,081 and 1,092 products."""
    abt, buy = (_offers(folder / f"{name}.csv") for name in ("abt", "buy"))
    with (folder / "gt.csv").open(encoding="latin-1") as lines:
        pairs = [line.strip().split("|") for line in lines][1:]
    return [
        Task(
            "Abt title finds Buy product", [*buy.values()], _same(abt, [(a, b) for a, b in pairs])
        ),
        Task(
            "Buy title finds Abt product", [*abt.values()], _same(buy, [(b, a) for a, b in pairs])
        ),
    ]


def _offers(file: Path) -> dict[str, Product]:
    with file.open(encoding="latin-1", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="|")
        return {r["id"]: Product(r["id"], r["name"], r["description"] or "") for r in rows}


def _same(asking: dict[str, Product], pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
    return [Judgement(asking[one].title, other, 3.0) for one, other in pairs]


def online_retail(file: Path, seed: int, queries: int = 600) -> Task:
    """Each distinct description is a product."""
    column = pyarrow.parquet.read_table(file, columns=["Description"]).column(0)
    told = {" ".join(text.split()) for text in column.unique().to_pylist() if text}
    titles = sorted(text for text in told if text.isupper() and len(text.split()) > 2)
    random.Random(seed).shuffle(titles)
    products = [Product(str(number), title) for number, title in enumerate(titles)]
    return Task("Online Retail, words with slips", products, _slipped(products, seed, queries))


def made_shop(seed: int, queries: int = 400) -> Task:
    wares = [ware.product for ware in make_shop(seed, 1500)]
    return Task("made-up shop, words with slips", wares, _slipped(wares, seed, queries))


def _slipped(products: Sequence[Product], seed: int, queries: int) -> list[Judgement]:
    """Queries of two or three words of one title; relevant is every title with all of them."""
    rng = random.Random(seed)
    holders: dict[str, set[str]] = defaultdict(set)
    for product in products:
        for word in product.title.lower().split():
            holders[word].add(product.product_uid)
    found = []
    while queries:
        words = [
            w for w in rng.choice(products).title.lower().split() if w.isalpha() and len(w) > 2
        ]
        if len(words) < 2:
            continue
        at = rng.randrange(len(words) - 1)
        asked = words[at : at + rng.choice((2, 3))]
        relevant = set.intersection(*(holders[word] for word in asked))
        slipped = [_slip(rng, word) if rng.random() < 0.3 else word for word in asked]
        if rng.random() < 0.15:
            slipped = ["".join(slipped[:2]), *slipped[2:]]
        query = " ".join(slipped)
        found += [Judgement(query, uid, 1.0) for uid in sorted(relevant)]
        queries -= 1
    return found


def _slip(rng: random.Random, word: str) -> str:
    """One letter left out, doubled, changed or swapped; never the first, and short words stay."""
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 1)
    return rng.choice((
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + rng.choice("aeiourstnl") + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ))  # fmt: skip
