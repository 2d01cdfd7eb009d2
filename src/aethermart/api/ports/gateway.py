"""What the gateway needs of the platform's database. Every call may block.

Both raise Unavailable where the database does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Audit(Protocol):
    def record(self, actor: str, action: str, target: str, outcome: str) -> None:
        """Keep, for good, that somebody did something to something, and what came of it."""
        ...


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The first answer to a keyed request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """caller, route, key  name it; request_hash  what was asked"""

    caller: str
    route: str
    key: str
    request_hash: str


class KeptAnswers(Protocol):
    def begin(self, asked: KeyedRequest) -> str | KeptAnswer:
        """Claim the request, or learn how it was answered: a claim, or the answer.

        Of equal requests at once one gets the claim. A claim that was neither kept nor given up
        ends after a bound: then the same request may claim it anew.
        Raises KeyInUse for a claim of another, KeyReused where the key stands for another request.
        """
        ...

    def keep(self, asked: KeyedRequest, claim: str, answer: KeptAnswer) -> None:
        """The claim's answer, from now on given to each repetition."""
        ...

    def give_up(self, asked: KeyedRequest, claim: str) -> None:
        """Nothing was done: the key is as if it had never been sent."""
        ...
