"""The one door to the optional libraries that make vectors of texts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aethermart.core.errors import Terminal

_root = logging.getLogger()
_kept = _root.handlers[:], _root.level
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

_root.handlers[:], _level = _kept  # wordllama sets up logging for the whole process
_root.setLevel(_level)

Floats = npt.NDArray[np.float32]

__all__ = ["Floats", "np", "transformer_libraries", "wordllama"]


def transformer_libraries() -> tuple[Callable[[str], Any], Callable[[Path], Mapping[str, Floats]]]:
    """How a tokenizer and weights are read from their files. Raises Terminal without them."""
    try:
        from safetensors.numpy import load_file  # noqa: PLC0415 - only this model needs them
        from tokenizers import Tokenizer  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        if missing.name not in ("safetensors", "tokenizers"):
            raise
        raise Terminal(
            f"the library {missing.name}, which the model minilm needs, is not installed",
            fix="pip install 'aethermart[minilm]'",
        ) from missing
    return Tokenizer.from_file, load_file
