"""The one door to the optional libraries that making up a shop takes."""

from __future__ import annotations

from aethermart.core.errors import Terminal

try:
    import numpy as np
    import numpy.typing as npt
    from faker import Faker
except ModuleNotFoundError as missing:
    if missing.name not in ("faker", "numpy"):
        raise  # installed, but broken
    raise Terminal(
        f"the library {missing.name}, with which a shop is made up, is not installed",
        fix="pip install 'aethermart[simulate]'",
    ) from missing

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

__all__ = ["Faker", "Flags", "Floats", "Ints", "np"]
