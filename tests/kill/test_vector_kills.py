"""A writer of vectors is killed: every commit is there whole, with its offset, or not at all."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest

from aethermart.sinks.vectors.index import VectorIndex
from tests.kill.vectors_child import after, collection, step
from tests.sinks.vectors.conftest import store_address  # noqa: F401 - a fixture
from tests.sinks.vectors.stores import STORES, close, open_store

pytestmark = pytest.mark.promise(34)


def child(store: str, address: str, shop: str, seed: int, **environment: str) -> subprocess.Popen:  # type: ignore[type-arg]
    command = [sys.executable, "-m", "tests.kill.vectors_child", store, address, shop, str(seed)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )


def check_whole(store: str, address: str, shop: str, seed: int) -> int:
    """Rows, facts and vectors are those of the offset; which it is."""
    index = open_store(store, address)
    try:
        return _checked(index, shop, seed)
    finally:
        close(index)


def _checked(index: VectorIndex, shop: str, seed: int) -> int:
    at = collection(shop)
    offset = index.applied(at)
    held = {key: (one.text_hash, one.facts.price) for key, one in index.held(at).items()}
    assert held == after(seed, offset)
    vectors = index.vectors(at, list(held))
    for key, (written_by, _) in held.items():
        rows, _ = step(seed, int(written_by))
        (row,) = [row for row in rows if row.key == key]
        assert row.vector is not None
        assert np.allclose(vectors[key], row.vector, atol=1e-6)
    return offset


@pytest.mark.parametrize("store", STORES)
def test_a_kill_between_rows_and_offset_leaves_the_commit_before(
    store: str,
    store_address: Callable[[str], str],  # noqa: F811
) -> None:
    address, shop = store_address(store), f"killed_{secrets.token_hex(4)}"
    killed = child(store, address, shop, 7, AETHERMART_KILL_AT="vectors.rows_written:3")
    said, _ = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert said.split() == ["1", "2"]
    assert check_whole(store, address, shop, 7) == 2


@pytest.mark.parametrize("store", STORES)
def test_kills_at_any_moment_leave_whole_commits(
    store: str,
    store_address: Callable[[str], str],  # noqa: F811
) -> None:
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")
    chosen = random.Random(seed)
    address, shop = store_address(store), f"killed_{secrets.token_hex(4)}"
    reached = 0
    for _ in range(3):
        writer = child(store, address, shop, seed)
        assert writer.stdout is not None
        for _ in range(chosen.randint(1, 45)):  # past 32 commits faiss joins them
            writer.stdout.readline()
        time.sleep(chosen.uniform(0, 0.02))
        writer.kill()
        told = [int(line) for line in writer.communicate()[0].split()]
        now = check_whole(store, address, shop, seed)
        assert now >= max(told, default=reached)
        assert now > reached
        reached = now
