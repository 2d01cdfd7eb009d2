"""Static embeddings: a vector a token, averaged. No network, no torch, weights in the wheel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aethermart.skills.embed.libraries import Floats, np, wordllama

_DIMENSION = 256  # what the wheel carries
_FEW = 32  # a query and its words: a batch would start threads, which takes longer than the work


class StaticEmbedder:
    """`wordllama` with the weights that its wheel brings.

    The first text takes a second and 60 MB more. About 20,000 titles a CPU second.
    """

    @cached_property
    def _model(self) -> Any:
        # It looks for weights in a cache folder first, and would download them if let.
        folder = Path(wordllama.__file__).parent
        return wordllama.WordLlama.load(cache_dir=folder, dim=_DIMENSION, disable_download=True)

    @property
    def name(self) -> str:
        return f"wordllama-{version('wordllama')}-{_DIMENSION}"

    @property
    def dimension(self) -> int:
        return _DIMENSION

    def embed(self, texts: Sequence[str]) -> Floats:
        """(n_texts, 256), rows of length 1; all zeros for an empty text."""
        if not texts:
            return np.zeros((0, _DIMENSION), dtype=np.float32)
        vectors = self._few(texts) if len(texts) <= _FEW else self._many(texts)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-9)
        return np.asarray(vectors, dtype=np.float32)

    def _many(self, texts: Sequence[str]) -> Floats:
        return np.asarray(self._model.embed(list(texts)), dtype=np.float32)

    def _few(self, texts: Sequence[str]) -> Floats:
        weights = self._model.embedding
        pooled = np.zeros((len(texts), _DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            tokens = self._model.tokenizer.encode(text, add_special_tokens=False).ids
            if tokens:
                pooled[row] = weights[np.minimum(tokens, len(weights) - 1)].mean(axis=0)
        return pooled
