"""The one door to the optional libraries of vectors: numpy, and faiss where it is asked for."""

from __future__ import annotations

from typing import Any

from aethermart.core.errors import Terminal

try:
    import numpy as np
    import numpy.typing as npt
except ModuleNotFoundError as missing:
    if missing.name != "numpy":
        raise  # installed, but broken
    raise Terminal(
        "the library numpy, which vectors are made of, is not installed",
        fix="pip install 'aethermart[search]'",
    ) from missing

Floats = npt.NDArray[np.float32]

__all__ = ["Floats", "faiss_library", "np", "npt"]


def faiss_library() -> Any:
    """Raises Terminal where it is not installed."""
    try:
        import faiss  # noqa: PLC0415 - 50 MB that only its adapter needs
    except ModuleNotFoundError as missing:
        if missing.name != "faiss":
            raise
        raise Terminal(
            "the library faiss is not installed", fix="pip install 'aethermart[faiss]'"
        ) from missing
    return faiss
