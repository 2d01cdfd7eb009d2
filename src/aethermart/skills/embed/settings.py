"""Settings of the model that makes vectors of texts."""

from __future__ import annotations

from dataclasses import dataclass, field

from aethermart.core.errors import BadInput

MODELS = ("wordllama", "minilm", "gemini", "sentence-transformers")


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    model: str = field(
        default="wordllama",
        metadata={
            "doc": "`wordllama` (offline, weights in its wheel), `minilm` (offline, extra "
            "`minilm`), `gemini` (key in GEMINI_API_KEY or GEMINI_API_KEY_FILE) or "
            "`sentence-transformers` (a server at `url`)."
        },
    )
    url: str | None = field(
        default=None,
        metadata={"doc": "Server of `sentence-transformers`: its `/embed` takes texts."},
    )
    remote_model: str | None = field(
        default=None,
        metadata={
            "doc": "Name of the model behind `gemini` (gemini-embedding-001 where absent) or "
            "`sentence-transformers`, where it must be named."
        },
    )
    dimension: int | None = field(
        default=None,
        metadata={
            "doc": "Numbers in a vector of `gemini` (768 where absent) or "
            "`sentence-transformers`, where it must be said."
        },
    )

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise BadInput(
                f"[embeddings] model: {self.model!r} is no model",
                fix=f"use one of {', '.join(MODELS)}",
            )
        if self.dimension is not None and not 1 <= self.dimension <= 2000:
            raise BadInput(
                f"[embeddings] dimension: {self.dimension} is out of range",
                fix="use 1 to 2000: longer vectors have no index in PostgreSQL",
            )
        if self.model != "sentence-transformers":
            return
        for name in ("url", "remote_model", "dimension"):
            if getattr(self, name) is None:
                raise BadInput(
                    f"[embeddings] model is sentence-transformers, and `{name}` says nothing",
                    fix=f"set `{name}` in [embeddings]",
                )
