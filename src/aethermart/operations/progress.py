"""How far a long piece of work is, told to whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being done, and how much of how much, where that is known."""

    doing: str
    done: int | None = None
    total: int | None = None


Say = Callable[[Progress], None]
