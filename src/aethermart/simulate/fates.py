"""What a live order is going to do, decided by its number: the same again after a restart."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from aethermart.store.orders import Status

_STUCK = 0.02  # stays PENDING
_CANCELLED = 0.06
_RETURNED = 0.08

# Mean seconds until an order takes the step; a shop in time lapse.
PACE_S: Mapping[Status, float] = {
    "PAID": 4.0,
    "SHIPPED": 10.0,
    "DELIVERED": 15.0,
    "CANCELLED": 5.0,
    "RETURNED": 20.0,
}
RETURN_REASONS = ("too small", "too large", "damaged", "not as described", "changed my mind")


@dataclass(frozen=True, slots=True)
class Fate:
    """The statuses an order will pass, after PENDING, and how long each step takes."""

    steps: tuple[tuple[Status, float], ...]

    def after(self, status: str) -> tuple[Status, float] | None:
        """The step that follows `status`, None at the end of the way or beside it."""
        way: list[str] = ["PENDING", *(step for step, _ in self.steps)]
        if status not in way or way.index(status) == len(self.steps):
            return None
        return self.steps[way.index(status)]


def fate_of(seed: int, order_id: int) -> Fate:
    rng = random.Random(f"{seed} {order_id}")
    fate = rng.random()
    way: tuple[Status, ...]
    if fate < _STUCK:
        way = ()
    elif fate < _STUCK + _CANCELLED / 2:
        way = ("CANCELLED",)
    elif fate < _STUCK + _CANCELLED:
        way = ("PAID", "CANCELLED")
    elif fate < _STUCK + _CANCELLED + _RETURNED:
        way = ("PAID", "SHIPPED", "DELIVERED", "RETURNED")
    else:
        way = ("PAID", "SHIPPED", "DELIVERED")
    return Fate(tuple((step, rng.expovariate(1 / PACE_S[step])) for step in way))
