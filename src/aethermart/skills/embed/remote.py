"""What embedders that ask a server share: batches, checked answers, what may be tried again.

Texts leave this machine only where such a model was chosen. A key goes in a header alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import httpx

from aethermart.core.errors import BadInput, Terminal, Unavailable
from aethermart.skills.embed.libraries import Floats, np

_TIMEOUT_S = 60.0
_LATER = (408, 425, 429, 500, 502, 503, 504)
_REFUSED = (401, 403)
_QUOTED = 200  # characters of an answer that an error quotes

Post = Callable[[Sequence[str]], httpx.Response]


class RemoteVectors:
    """Asks for a few texts at a time and checks what comes back.

    told       the server, as errors name it
    read       the vectors in an answer's JSON
    at_once    texts that the server takes in one request
    """

    def __init__(
        self, told: str, dimension: int, read: Callable[[Any], Any], *, at_once: int
    ) -> None:
        self._told = told
        self._dimension = dimension
        self._read = read
        self._at_once = at_once

    def embed(self, texts: Sequence[str], post: Post) -> Floats:
        """(n_texts, dimension), rows of length 1; an empty text is not sent and is all zeros.

        Raises Unavailable where trying again can help, BadInput where the key is refused, Terminal
        where the request or the answer is unfit.
        """
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        asked = [at for at, text in enumerate(texts) if text.strip()]
        for start in range(0, len(asked), self._at_once):
            rows = asked[start : start + self._at_once]
            vectors[rows] = self._asked([texts[at] for at in rows], post)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
        return np.asarray(unit, dtype=np.float32)

    def _asked(self, texts: Sequence[str], post: Post) -> Floats:
        try:
            answer = post(texts)
        except httpx.TransportError as error:
            raise Unavailable(
                f"{self._told} does not answer: {type(error).__name__}",
                fix="check the network and the server; this is retried",
            ) from error
        self._check_status(answer)
        try:
            found = np.asarray(self._read(answer.json()), dtype=np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise Terminal(
                f"{self._told} answered what is no list of vectors: {answer.text[:_QUOTED]!r}",
                fix="check that [embeddings] names a server and a model for embeddings",
            ) from error
        if found.shape != (len(texts), self._dimension):
            raise Terminal(
                f"{self._told} gave vectors of shape {found.shape} for {len(texts)} texts, where"
                f" the dimension is {self._dimension}",
                fix="set `dimension` in [embeddings] to that of the model",
            )
        if not np.isfinite(found).all():
            raise Terminal(
                f"{self._told} gave vectors with numbers that are none",
                fix="ask the server's owner; without it choose another model in [embeddings]",
            )
        return found

    def _check_status(self, answer: httpx.Response) -> None:
        code = answer.status_code
        if code == 200:
            return
        said = f"{self._told} answered {code}: {answer.text[:_QUOTED]!r}"
        if code in _LATER:
            raise Unavailable(said, fix="this is retried; a quota may need to be raised")
        if code in _REFUSED:
            raise BadInput(said, fix="check the key: it may have expired or lack the right")
        raise Terminal(said, fix="check the model's name and the texts' length")


def client(transport: httpx.BaseTransport | None) -> httpx.Client:
    """transport: another than the network, for tests."""
    return httpx.Client(timeout=_TIMEOUT_S, transport=transport)
