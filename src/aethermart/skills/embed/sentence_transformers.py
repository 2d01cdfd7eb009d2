"""Embeddings by a server of Sentence Transformers models, such as Text Embeddings Inference.

The library itself needs torch, gigabytes of it: it stays on the server.
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from aethermart.skills.embed.libraries import Floats
from aethermart.skills.embed.remote import RemoteVectors, client

_AT_ONCE = 32  # what such a server takes in a request unless it was told otherwise


class SentenceTransformersEmbedder:
    """`url` is the server's; texts are sent to its `/embed`."""

    def __init__(
        self,
        url: str,
        model: str,
        dimension: int,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._url = f"{url.rstrip('/')}/embed"
        self.dimension = dimension
        self.name = f"sentence-transformers-{model}-{dimension}"
        self._client = client(transport)
        self._vectors = RemoteVectors(
            f"the model {model} at {url}", dimension, lambda told: told, at_once=_AT_ONCE
        )

    def embed(self, texts: Sequence[str]) -> Floats:
        """As the port says; raises what RemoteVectors.embed does."""
        return self._vectors.embed(texts, self._post)

    def _post(self, texts: Sequence[str]) -> httpx.Response:
        asked = {"inputs": list(texts), "normalize": True, "truncate": True}
        return self._client.post(self._url, json=asked)
