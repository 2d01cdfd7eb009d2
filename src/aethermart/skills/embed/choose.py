"""The embedder that the settings name."""

from __future__ import annotations

from aethermart.skills.embed.embedder import Embedder
from aethermart.skills.embed.gemini import GeminiEmbedder
from aethermart.skills.embed.minilm import MiniLmEmbedder
from aethermart.skills.embed.sentence_transformers import SentenceTransformersEmbedder
from aethermart.skills.embed.settings import EmbeddingSettings
from aethermart.skills.embed.static import StaticEmbedder


def make_embedder(settings: EmbeddingSettings) -> Embedder:
    """Raises Terminal where its library is not installed, BadInput where its key is missing."""
    if settings.model == "minilm":
        return MiniLmEmbedder()
    if settings.model == "gemini":
        return GeminiEmbedder(settings.remote_model, settings.dimension)
    if settings.model == "sentence-transformers":
        return SentenceTransformersEmbedder(
            settings.url or "", settings.remote_model or "", settings.dimension or 0
        )
    return StaticEmbedder()
