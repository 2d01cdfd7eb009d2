"""Writes vectors until it is killed: `python -m tests.kill.vectors_child STORE ADDRESS SHOP SEED`.

What offset n writes follows from the seed alone, so what must be there after n does, too.
"""

from __future__ import annotations

import random
import sys

import numpy as np

from aethermart.sinks.vectors.index import Collection, Facts, Stored, VectorIndex
from tests.sinks.vectors.stores import open_store

DIMENSION = 8
KEYS = 30


def collection(shop: str) -> Collection:
    return Collection(shop, "products", "killed", 1, DIMENSION)


def step(seed: int, offset: int) -> tuple[list[Stored], list[str]]:
    """Rows to write and keys to delete, no key in both."""
    chosen = random.Random(f"{seed}/{offset}")
    touched = chosen.sample(range(KEYS), 8)
    rows = []
    for key in touched[:6]:
        numbers = np.array([chosen.uniform(-1, 1) for _ in range(DIMENSION)], dtype=np.float32)
        vector = numbers / np.linalg.norm(numbers)
        rows.append(Stored(f"k{key}", str(offset), vector, Facts(price=float(offset))))
    return rows, [f"k{key}" for key in touched[6:]]


def after(seed: int, offset: int) -> dict[str, tuple[str, float]]:
    """Key -> text_hash and price, once every step up to `offset` is written."""
    held: dict[str, tuple[str, float]] = {}
    for number in range(1, offset + 1):
        rows, deletes = step(seed, number)
        for key in deletes:
            held.pop(key, None)
        held |= {row.key: (row.text_hash, float(number)) for row in rows}
    return held


def write(index: VectorIndex, shop: str, seed: int) -> None:
    at = collection(shop)
    while True:
        offset = index.applied(at) + 1
        index.apply(at, offset, *step(seed, offset))
        print(offset, flush=True)


if __name__ == "__main__":
    write(open_store(sys.argv[1], sys.argv[2]), sys.argv[3], int(sys.argv[4]))
