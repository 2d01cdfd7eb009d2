"""How long to wait before trying again."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Doubles from `first_s` to `most_s`, with up to a quarter more by chance, until `reset`.

    Chance keeps several waiters from coming back all at once.
    """

    first_s: float = 0.2
    most_s: float = 30.0
    _next_s: float = field(default=0.0, init=False)

    def next_s(self) -> float:
        self._next_s = min(max(self.first_s, self._next_s * 2), self.most_s)
        return self._next_s * (1 + random.random() / 4)  # noqa: S311 - spreading, not secrecy

    def reset(self) -> None:
        self._next_s = 0.0
