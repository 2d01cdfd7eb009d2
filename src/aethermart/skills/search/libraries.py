"""The one door to the optional libraries that search takes."""

from __future__ import annotations

from aethermart.core.errors import Terminal

try:
    import numpy as np
    import numpy.typing as npt
    import rapidfuzz
    import Stemmer
except ModuleNotFoundError as missing:
    if missing.name not in ("numpy", "rapidfuzz", "Stemmer"):
        raise  # installed, but broken
    raise Terminal(
        f"the library {missing.name}, with which products are searched, is not installed",
        fix="pip install 'aethermart[search]'",
    ) from missing

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

__all__ = ["Flags", "Floats", "Ints", "Places", "Stemmer", "np", "rapidfuzz"]
