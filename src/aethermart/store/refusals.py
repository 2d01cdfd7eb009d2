"""What the store refuses, as errors of our tree: one table for both databases."""

from __future__ import annotations

from collections.abc import Mapping

from aethermart.core.errors import (
    AetherMartError,
    BadInput,
    Conflict,
    NotFound,
    Terminal,
    Transient,
    Unavailable,
)

ATTEMPTS = 5  # of a call that ends in a deadlock
ALONE_WAIT_S, ALONE_POLL_S = 5.0, 0.1

# By SQLSTATE, the store's own first; two characters stand for their whole class.
_ERRORS: Mapping[str, type[AetherMartError]] = {
    "AM001": NotFound,  # no such product
    "AM002": Conflict,  # not enough stock
    "AM003": BadInput,  # empty order
    "AM004": NotFound,  # unknown customer or address
    "AM005": BadInput,  # bad channel
    "AM006": Conflict,  # illegal move of the status
    "AM007": NotFound,  # no such order
    "AM008": Conflict,  # another currency
    "AM009": BadInput,  # bad quantity or discount
    "AM010": Conflict,  # the idempotency key belongs to another order
    "AM011": Conflict,  # a review of what was not delivered
    "AM020": BadInput,  # an attribute that its category's schema does not allow
    "AM021": Conflict,  # a category's schema that is none, or that its products do not fit
    "AM022": Conflict,  # a product that would require itself
    "AM023": NotFound,  # no such supplier
    "AM030": Conflict,  # no such load of a file is staged
    "AM031": NotFound,  # no such run of cleansing
    "23502": BadInput,  # not null
    "23514": BadInput,  # check
    "23503": NotFound,  # foreign key
    "23505": Conflict,  # unique
    "22": BadInput,  # a value out of range or of another type
    "40": Transient,  # deadlock, serialization failure
    "08": Unavailable,
    "53": Unavailable,  # too many connections, no memory, disk full
    "57": Unavailable,  # shutting down, cancelled
}


def refusal(state: str, cause: str, fix: str | None = None) -> AetherMartError:
    """The error for an SQLSTATE; `fix` where the database named one."""
    kind = _ERRORS.get(state) or _ERRORS.get(state[:2])
    if kind is None:
        return Terminal(f"{state}: {cause}", fix="see the database's message above")
    return kind(cause, fix=fix or _fix(kind))


def not_alone(name: str) -> Conflict:
    return Conflict(
        f"somebody else does {name} on this store", fix="wait until that is done, then try again"
    )


def _fix(kind: type[AetherMartError]) -> str:
    if kind is Unavailable:
        return "check that the store's server runs, then try again"
    return "try again" if kind is Transient else "correct the value and try again"
