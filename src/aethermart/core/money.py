"""Money: an exact amount with its currency. Amounts of two currencies never mix."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from aethermart.core.errors import BadInput

# ISO 4217 currencies whose minor unit is not a hundredth.
_MINOR_DIGITS = dict.fromkeys(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0
) | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
_CODE = re.compile(r"[A-Z]{3}")
UNKNOWN_CURRENCY = "XXX"  # ISO 4217's code for none: here, one that nobody told


def minor_digits(currency: str) -> int:
    """Decimal places of a currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _MINOR_DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency, rounded half up to its minor unit when it is made."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.currency):
            raise BadInput(
                f"{self.currency!r} is not a currency code",
                fix="use three capital letters of ISO 4217, for instance EUR",
            )
        amount: object = self.amount
        if not isinstance(amount, Decimal) or not amount.is_finite():
            raise BadInput(f"{self.amount!r} is not an exact amount", fix="pass a finite Decimal")
        unit = Decimal(1).scaleb(-minor_digits(self.currency))
        object.__setattr__(self, "amount", self.amount.quantize(unit, rounding=ROUND_HALF_UP))

    def __add__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, quantity: int) -> Money:
        return Money(self.amount * quantity, self.currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _require_same_currency(self, other: Money) -> None:
        if other.currency != self.currency:
            raise BadInput(
                f"{self} and {other} have different currencies",
                fix="convert one of them at a dated rate first",
            )
