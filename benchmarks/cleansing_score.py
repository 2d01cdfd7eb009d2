"""Hold what a side says of a messy shop against the labels of what was planted there.

A claim is right where a label stands on the same cell (of whole rows: on the same row) and the
value is the true one; to set a row aside is right where no true value can be had. Precision is
right claims of all claims of that kind; recall is labels with a right claim of any kind; `seen`
counts labels with a claim, right or not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from aethermart.simulate.faults.labels import KINDS, Label

SET_ASIDE = (
    "set aside"  # the value of a claim that takes a row out, or says that it belongs nowhere
)
EMPTIED = "emptied"
_WHOLE_ROW = ("duplicate_customer", "duplicate_product")


@dataclass(frozen=True, slots=True)
class Claim:
    """column: None for a whole row. value: the new one, of a duplicate the key of the first, or one
    of the two words above."""

    kind: str
    table: str
    key: str
    column: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Score:
    planted: int
    claims: int
    right_claims: int
    found: int
    seen: int

    @property
    def precision(self) -> float | None:
        return self.right_claims / self.claims if self.claims else None

    @property
    def recall(self) -> float | None:
        return self.found / self.planted if self.planted else None


def scored(labels: Iterable[Label], claims: Iterable[Claim]) -> dict[str, Score]:
    """A score a kind, for every kind that was planted or claimed."""
    of_row: defaultdict[tuple[str, str], list[Label]] = defaultdict(list)
    labels = list(labels)
    for label in labels:
        of_row[label.table, label.key].append(label)
    planted = Counter(label.kind for label in labels)
    made: Counter[str] = Counter()
    right: Counter[str] = Counter()
    found: set[int] = set()
    seen: set[int] = set()
    for claim in claims:
        made[claim.kind] += 1
        on = [each for each in of_row[claim.table, claim.key] if _meets(each, claim)]
        seen.update(map(id, on))
        found.update(id(each) for each in on if _is_right(each, claim))
        # A negative amount that is read for what it is was no mistake, though it is not the answer.
        right[claim.kind] += any(
            _is_right(each, claim) or same(claim.value, each.truth or "") for each in on
        )
    of_kind = {id(label): label.kind for label in labels}
    hits = Counter(of_kind[each] for each in found)
    looks = Counter(of_kind[each] for each in seen)
    return {
        kind: Score(planted[kind], made[kind], right[kind], hits[kind], looks[kind])
        for kind in KINDS
        if planted[kind] or made[kind]
    }


def _meets(label: Label, claim: Claim) -> bool:
    if label.kind in _WHOLE_ROW or claim.kind in _WHOLE_ROW:
        return label.kind == claim.kind
    return claim.column is None or label.column is None or claim.column == label.column


def _is_right(label: Label, claim: Claim) -> bool:
    answer = KINDS[label.kind]
    if answer == "quarantine":
        return claim.value == SET_ASIDE
    if answer == "empty":
        return claim.value == EMPTIED
    return claim.value not in (SET_ASIDE, EMPTIED) and same(claim.value, label.truth or "")


def same(value: str, truth: str) -> bool:
    """Equal, or equal amounts: '12.5' and '12.50 EUR', the shop's currency understood."""
    if value == truth:
        return True
    (amount, currency), (other, other_currency) = _money(value), _money(truth)
    return amount is not None and amount == other and currency == other_currency


def _money(text: str) -> tuple[Decimal | None, str]:
    number, _, currency = text.partition(" ")
    try:
        return Decimal(number), currency or "EUR"
    except InvalidOperation:
        return None, ""
