"""The port of everything that makes vectors of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aethermart.skills.embed.libraries import Floats


class Embedder(Protocol):
    """Texts as unit vectors: alike in meaning, near in angle."""

    @property
    def name(self) -> str:
        """Model and version; vectors of two names are never compared."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """(n_texts, dimension), each row of length 1; a text without a known word is all zeros.

        Raises Transient where the model is somewhere else and does not answer, Terminal where it
        refuses.
        """
