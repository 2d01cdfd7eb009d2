"""Embeddings by Google's Gemini API, over plain HTTP."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from aethermart.core.errors import BadInput
from aethermart.skills.embed.libraries import Floats
from aethermart.skills.embed.remote import RemoteVectors, client

_BASE = "https://generativelanguage.googleapis.com/v1beta"
_MODEL = "gemini-embedding-001"
_DIMENSION = 768
_AT_ONCE = 100  # the API takes no more in a request
KEY = "GEMINI_API_KEY"


class GeminiEmbedder:
    """Texts are sent to Google. Raises BadInput without a key."""

    def __init__(
        self,
        model: str | None = None,
        dimension: int | None = None,
        *,
        environment: Mapping[str, str] = os.environ,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._model = model or _MODEL
        self.dimension = dimension or _DIMENSION
        self.name = f"gemini-{self._model}-{self.dimension}"
        self._key = _key(environment)
        self._client = client(transport)
        self._vectors = RemoteVectors(
            "the Gemini API",
            self.dimension,
            lambda told: [each["values"] for each in told["embeddings"]],
            at_once=_AT_ONCE,
        )

    def embed(self, texts: Sequence[str]) -> Floats:
        """As the port says; raises what RemoteVectors.embed does."""
        return self._vectors.embed(texts, self._post)

    def _post(self, texts: Sequence[str]) -> httpx.Response:
        requests = [
            {
                "model": f"models/{self._model}",
                "content": {"parts": [{"text": text}]},
                "taskType": "SEMANTIC_SIMILARITY",
                "outputDimensionality": self.dimension,
            }
            for text in texts
        ]
        return self._client.post(
            f"{_BASE}/models/{self._model}:batchEmbedContents",
            json={"requests": requests},
            headers={"x-goog-api-key": self._key},
        )


def _key(environment: Mapping[str, str]) -> str:
    """From the variable, or from the file that another one names."""
    key = environment.get(KEY, "")
    file = environment.get(f"{KEY}_FILE")
    if not key and file:
        try:
            key = Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadInput(
                f"{KEY}_FILE: {file} cannot be read: {error.strerror}",
                fix="name a file that this user may read",
            ) from error
    if not key:
        raise BadInput(
            "[embeddings] model is gemini, and there is no key",
            fix=f"put {KEY} into .env, or name a file with it by {KEY}_FILE",
        )
    return key
