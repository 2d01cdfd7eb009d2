"""Static embeddings, from the weights that come with the library."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aethermart.skills.embed.libraries import np
from aethermart.skills.embed.static import StaticEmbedder


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder()


def test_vectors_have_length_one_and_a_text_without_words_none(embedder: StaticEmbedder) -> None:
    vectors = embedder.embed(["desk lamp", "", "kitchen faucet"])
    assert vectors.shape == (3, embedder.dimension)
    assert np.linalg.norm(vectors, axis=1).round(5).tolist() == [1.0, 0.0, 1.0]


def test_what_means_the_same_is_nearer(embedder: StaticEmbedder) -> None:
    tap, faucet, sofa = embedder.embed(["tap for the kitchen", "kitchen faucet", "leather sofa"])
    assert tap @ faucet > 0.5 > tap @ sofa


def test_one_by_one_and_in_a_batch_are_the_same(embedder: StaticEmbedder) -> None:
    texts = ["desk lamp", "Küche é 12 in.", "zzxxqq", ""] * 20
    assert np.allclose(embedder.embed(texts)[:4], embedder.embed(texts[:4]), atol=1e-6)


def test_no_texts_give_no_vectors(embedder: StaticEmbedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_the_name_tells_model_and_version(embedder: StaticEmbedder) -> None:
    assert embedder.name.startswith("wordllama-0.")
    assert embedder.name.endswith("-256")


def test_the_library_leaves_the_process_s_logging_alone() -> None:
    program = (
        "import logging; import aethermart.skills.embed.static;"
        " print(logging.getLogger().handlers, logging.getLogger().level)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout.decode().strip() == "[] 30"
