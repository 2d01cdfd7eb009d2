"""The port through which search gets vectors. Whoever embeds matches its shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aethermart.skills.search.libraries import Floats


class Embedder(Protocol):
    """Texts as unit vectors: alike in meaning, near in angle."""

    @property
    def name(self) -> str:
        """Model and version; vectors of two names are never compared."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """(n_texts, dimension), each row of length 1; a text without a known word is all zeros."""
