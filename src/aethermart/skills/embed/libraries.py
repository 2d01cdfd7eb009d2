"""The one door to the optional library of static embeddings."""

from __future__ import annotations

from aethermart.core.errors import Terminal

try:
    import numpy as np
    import numpy.typing as npt
    import wordllama
except ModuleNotFoundError as missing:
    if missing.name not in ("numpy", "wordllama"):
        raise  # installed, but broken
    raise Terminal(
        f"the library {missing.name}, with which texts become vectors, is not installed",
        fix="pip install 'aethermart[search]'",
    ) from missing

Floats = npt.NDArray[np.float32]

__all__ = ["Floats", "np", "wordllama"]
