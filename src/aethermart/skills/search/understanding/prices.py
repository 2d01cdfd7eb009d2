"""Price phrases: `under $100`, `between 20 and 50 €`, `cheaper than 30`.

A bare number is a price only where nothing follows that it could count or measure, and nothing
before it says otherwise: `under 30 inch` and `for ages over 8` stay text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from aethermart.core.money import minor_digits
from aethermart.skills.search.records import PriceRange, Rates
from aethermart.skills.search.understanding.scratch import GAP, Scratch

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_NAMES = {
    "usd": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD", "us$": "USD",
    "eur": "EUR", "euro": "EUR", "euros": "EUR", "gbp": "GBP", "quid": "GBP",
    "chf": "CHF", "francs": "CHF", "jpy": "JPY", "yen": "JPY", "pln": "PLN", "brl": "BRL",
    "cad": "CAD", "aud": "AUD", "sek": "SEK", "inr": "INR", "rupees": "INR",
}  # fmt: skip
_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD")
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_CODE = "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True))


def _amount(name: str) -> str:
    """An amount with an optional sign or code on either side, its parts named after `name`."""
    return (
        rf"(?:(?P<{name}_pre>[$€£¥]|(?:{_CODE})\b)\s*)?"
        rf"(?P<{name}>{_NUMBER})(?P<{name}_k>k\b)?"
        rf"(?:\s*(?P<{name}_post>[$€£¥]|(?:{_CODE})\b))?(?![\d.,]*\d|[a-z%\"'/])"
    )


_LEAD = (
    r"(?:(?:with\s+(?:a\s+)?|at\s+a\s+)?(?:price[ds]?|pric(?:ing|e range)|cost(?:s|ing)?)"
    r"\s*:?\s*(?:is\s+|of\s+|range\s+)?)?"
)
_BELOW = (
    r"under|below|beneath|less\s+th[ae]n|cheaper\s+th[ae]n|lower\s+than|no\s+more\s+than|"
    r"(?:not|no)\s+(?:more\s+expensive|pricier|dearer)\s+than|sub|not\s+more\s+than|not\s+over|not\s+above|up\s+to|at\s+most|max(?:imum)?(?:\s+of)?|within|"
    r"budget(?:\s+of)?|<=?|≤"
)
_ABOVE = (
    r"over|above|more\s+th[ae]n|at\s+least|no\s+less\s+than|not\s+less\s+than|not\s+under|"
    r"not\s+below|min(?:imum)?(?:\s+of)?|starting\s+(?:at|from)|from|upwards?\s+of|>=?|≥"
)
_BETWEEN = re.compile(
    rf"(?<![\w-]){_LEAD}(?:(?P<between>between)\s+{_amount('low')}\s+(?:and|to|-)\s*{_amount('high')}"
    rf"|(?P<range>from\s+)?{_amount('first')}\s*(?:-|\u2013|to|until)\s*{_amount('second')})"
)
_ONE_SIDED = re.compile(
    rf"(?<![\w-])(?P<lead>{_LEAD})(?:(?P<below>{_BELOW})|(?P<above>{_ABOVE}))\s*{_amount('bound')}"
    r"(?:\s+(?P<tail>or\s+(?:less|under|below|more|above|over)|max(?:imum)?))?"
)
_TRAILING = re.compile(
    rf"(?<![\w-]){_amount('bound')}\s+(?:(?P<below>or\s+(?:less|under|below|cheaper)|max(?:imum)?|tops)|"
    r"(?P<above>or\s+(?:more|above|over)|and\s+up|minimum))(?![\w-])"
)
_ABOUT = re.compile(
    rf"(?<![\w-]){_LEAD}(?:around|about|roughly|approximately|approx\.?|~)\s*{_amount('bound')}"
)
# Words that by themselves mean a price, or that may: those need a currency beside a bare number.
_PLAIN = re.compile(
    r"under|below|less\s+th[ae]n|cheaper\s+th[ae]n|over|above|more\s+th[ae]n|up\s+to|<=?|>=?|≤|≥"
)
_CERTAIN = re.compile(r"cheaper\s+th[ae]n|budget|.*(?:expensive|pricier|dearer)\s+than")
_ENDS_HERE = re.compile(
    rf"\s*(?:$|[{GAP},;.!?]|(?:and|or|but|with|without|no|not|in|on|by|from|for|that|which|please|"
    r"made|rated|available|only|w/o|w/|excluding|except|exclude|avoid|anything|other|lighter|heavier|"
    r"shorter|longer|smaller|larger|bigger|colou?r|size|brand|category|cheaper|in-stock)\b)"
)
_COUNTED_BEFORE = re.compile(
    r"(?:\b(?:age[sd]?|aged?|kids|children|child|babies|baby|toddlers?|size[sd]?|no|number|model|version|series|for|"
    r"people|persons?|level|type|adults?|men|women|boys|girls|temperatures?|weight|height|length|"
    r"width|depth|resolution|speed|power|capacity|pro|iphone|galaxy)\s*)$"
)


_FOR = re.compile(r"\bfor\s*$")  # `a lamp for less than 30`; but `games for over 8`


class PriceReader:
    """Reads prices in the currencies of one catalogue.

    currencies  that its products have; where there is none, a price carries none
    """

    def __init__(self, currencies: AbstractSet[str]) -> None:
        self._currencies = currencies

    def read(self, scratch: Scratch) -> PriceRange | None:
        """Take every price phrase out; of several, the narrowest range that meets them all."""
        found: list[PriceRange] = []
        scratch.take(_BETWEEN, lambda match: self._between(match, found))
        scratch.take(_ONE_SIDED, lambda match: self._one_sided(match, found))
        scratch.take(_TRAILING, lambda match: self._trailing(match, found))
        scratch.take(_ABOUT, lambda match: self._about(match, found))
        return narrowest(found) if found else None

    def _between(self, match: re.Match[str], found: list[PriceRange]) -> bool:
        pair = ("low", "high") if match["between"] else ("first", "second")
        codes = {self._code(match, name) for name in pair} - {""}
        signed = any(match[f"{name}_{side}"] for name in pair for side in ("pre", "post"))
        priced = re.search(r"pric|cost", match[0]) is not None
        bare = match["between"] and _ends_here(match) and not _counted(match)
        if len(codes) > 1 or not (signed or priced or bare):
            return False
        low, high = sorted(_value(match, name) for name in pair)
        found.append(PriceRange(low, high, currency=codes.pop() if codes else ""))
        return True

    def _one_sided(self, match: re.Match[str], found: list[PriceRange]) -> bool:
        if not self._is_price(match, match["below"] or match["above"], match["lead"]):
            return False
        bound, code = _value(match, "bound"), self._code(match, "bound")
        word = re.sub(r"\s+", " ", match["below"] or match["above"])
        if match["below"]:
            found.append(PriceRange(high=bound, high_open=word in _OPEN, currency=code))
        else:
            found.append(PriceRange(low=bound, low_open=word in _OPEN, currency=code))
        return True

    def _trailing(self, match: re.Match[str], found: list[PriceRange]) -> bool:
        if not (match["bound_pre"] or match["bound_post"]):
            return False
        bound, code = _value(match, "bound"), self._code(match, "bound")
        below = match["below"] is not None
        found.append(
            PriceRange(high=bound, currency=code) if below else PriceRange(bound, currency=code)
        )
        return True

    def _about(self, match: re.Match[str], found: list[PriceRange]) -> bool:
        if not (match["bound_pre"] or match["bound_post"] or re.search(r"pric|cost", match[0])):
            return False
        bound, code = _value(match, "bound"), self._code(match, "bound")
        found.append(PriceRange(bound * _LOWER, bound * _UPPER, currency=code))
        return True

    def _is_price(self, match: re.Match[str], word: str, lead: str) -> bool:
        if match["bound_pre"] or match["bound_post"]:
            return True
        if not _ends_here(match):
            return False
        if lead or _CERTAIN.fullmatch(word):
            return True
        meant = match["below"] and _FOR.search(match.string[: match.start()]) is not None
        return _PLAIN.fullmatch(word) is not None and (meant or not _counted(match))

    def _code(self, match: re.Match[str], name: str) -> str:
        """The currency named, as the catalogue's products would have it."""
        written = match[f"{name}_pre"] or match[f"{name}_post"]
        if not written or not self._currencies:
            return ""
        code = _SIGNS.get(written) or _NAMES[written]
        if written in ("$", "dollar", "dollars", "bucks") and code not in self._currencies:
            dollars = [other for other in _DOLLARS if other in self._currencies]
            return dollars[0] if len(dollars) == 1 else code
        return code


_OPEN = frozenset(
    "under,below,beneath,<,>,over,above,less than,less then,cheaper than,cheaper then,lower than,"
    "more than,more then,upwards of,upward of".split(",")
)
_LOWER, _UPPER = Decimal("0.8"), Decimal("1.2")


def narrowest(ranges: list[PriceRange]) -> PriceRange:
    """What lies in all of them. Two currencies leave nothing: the first then stands alone."""
    result = ranges[0]
    for other in ranges[1:]:
        code = result.currency or other.currency
        if other.currency and other.currency != code:
            continue
        low, low_open = max(
            ((r.low, r.low_open) for r in (result, other) if r.low is not None),
            default=(None, False),
        )
        highs = [(r.high, not r.high_open) for r in (result, other) if r.high is not None]
        high, closed = min(highs, default=(None, True))
        result = PriceRange(low, high, low_open, not closed, code)
    return result


def in_currencies(
    price: PriceRange, currencies: AbstractSet[str], rates: Rates | None
) -> Mapping[str, PriceRange]:
    """A range that names its currency, in each of `currencies`: by the day's rate, rounded to the
    minor unit. Left out is what has no rate: such prices are in no range.
    """
    found = {price.currency: price} if price.currency in currencies else {}
    for code in sorted(currencies - {price.currency}):
        rate = rates.of(price.currency, code) if rates else None
        if rate is not None:
            low, high = (
                None if bound is None else _rounded(bound * rate.value, code)
                for bound in (price.low, price.high)
            )
            found[code] = replace(price, low=low, high=high, currency=code)
    return found


def _rounded(amount: Decimal, code: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-minor_digits(code)), rounding=ROUND_HALF_UP)


def _value(match: re.Match[str], name: str) -> Decimal:
    text = match[name]
    plain = text.replace(",", "") if re.search(r",\d{3}", text) else text.replace(",", ".")
    return Decimal(plain) * (1000 if match[f"{name}_k"] else 1)


def _ends_here(match: re.Match[str]) -> bool:
    return _ENDS_HERE.match(match.string, match.end()) is not None


def _counted(match: re.Match[str]) -> bool:
    return _COUNTED_BEFORE.search(match.string[: match.start()]) is not None
