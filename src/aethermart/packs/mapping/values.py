"""What a column's sampled values look like: numbers, money as text, times, currencies, e-mails.

Every reading here has its twin in SQL (expressions.py): what Python reads, the staging SQL reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from aethermart.packs.discovery.facts import Value

MOST = 0.95  # share of the values that must fit a reading

_PLAIN = re.compile(r"\s*[-+]?\d+(\.\d+)?\s*")
_DRESSED = re.compile(
    r"\s*\(?[-+]?\s*[A-Za-z$€£¥]{0,3}\.?\s*-?[\d.,'\u2019\s]*\d\s*-?[A-Za-z$€£¥%]{0,3}\)?\s*"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?")
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}(:?\d{2})?)")
_FORMS = (
    ("%d.%m.%Y %H:%M:%S", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}:\d{2}")),
    ("%d.%m.%Y %H:%M", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}")),
    ("%d.%m.%Y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")),
    ("%Y/%m/%d %H:%M:%S", re.compile(r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}:\d{2}")),
    ("%Y/%m/%d %H:%M", re.compile(r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}")),
    ("%Y/%m/%d", re.compile(r"\d{4}/\d{1,2}/\d{1,2}")),
    ("%Y%m%d", re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])[0-3]\d")),
)
_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2\d{4}( \d{1,2}:\d{2}(:\d{2})?)?")
_CURRENCIES = frozenset(
    "AED ALL ARS AUD BGN BHD BRL BYN CAD CHF CLP CNY COP CZK DKK EGP EUR GBP GEL HKD HRK HUF IDR "
    "ILS INR ISK JOD JPY KES KRW KWD MAD MDL MKD MXN MYR NGN NOK NZD OMR PEN PHP PKR PLN QAR RON "
    "RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD UYU VND ZAR XAF XOF".split()
)
_SYMBOLS = {"€": "EUR", "£": "GBP", "EUR": "EUR", "USD": "USD", "GBP": "GBP", "CHF": "CHF"}

TimeForm = str  # 'timestamp', 'date', 'iso', 'zoned', 'epoch_s', 'epoch_ms', or a strptime form
NumberForm = Literal["number", "plain", "point", "comma"]


def known(values: Iterable[Value]) -> list[Value]:
    """The values that are there: no null, no empty text."""
    return [v for v in values if v is not None and v != ""]


def share(values: Sequence[Value], fits: Iterable[bool]) -> float:
    return sum(fits) / len(values) if values else 0.0


def number_form(values: Sequence[Value]) -> NumberForm | None:
    """How the values are written as numbers; None where most are none, or it cannot be told."""
    there = known(values)
    if not there:
        return None
    if all(isinstance(v, int | float | Decimal) and not isinstance(v, bool) for v in there):
        return "number"
    texts = [str(v) for v in there]
    if all(_PLAIN.fullmatch(t) for t in texts):
        return "plain"
    if share(texts, (bool(_DRESSED.fullmatch(t)) for t in texts)) < MOST:
        return None
    return _decimal_mark(texts)


def _decimal_mark(texts: Sequence[str]) -> NumberForm | None:
    """'1.234,56' has a comma, '1,234.56' a point; '1.234' alone could be either."""
    votes: set[NumberForm] = set()
    for text in texts:
        digits = re.sub(r"[^\d.,]", "", text).strip(".,")
        point, comma = digits.rfind("."), digits.rfind(",")
        if point >= 0 and comma >= 0:
            votes.add("point" if point > comma else "comma")
        elif point >= 0 and digits.count(".") == 1 and len(digits) - point - 1 != 3:
            votes.add("point")
        elif (
            comma >= 0 and digits.count(",") == 1 and len(digits) - comma - 1 != 3
        ) or digits.count(".") > 1:
            votes.add("comma")
        elif digits.count(",") > 1:
            votes.add("point")
    if len(votes) == 1:
        return votes.pop()
    if not votes and not any(mark in text for text in texts for mark in ".,"):
        return "point"
    return None


def number_of(value: Value, form: NumberForm | None) -> Decimal | None:
    """The value as a number, None where it is none."""
    if value is None or form is None or isinstance(value, bool | date):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    text = str(value).strip()
    negative = text.startswith("(") or text.endswith("-")
    kept = re.sub(r"[^0-9,.-]" if form != "plain" else r"\s", "", text).strip(".").rstrip("-")
    if form == "comma":
        kept = kept.replace(".", "").replace(",", ".")
    elif form == "point":
        kept = kept.replace(",", "")
    try:
        number = Decimal(kept)
    except InvalidOperation:
        return None
    return -abs(number) if negative else number


def time_form(values: Sequence[Value]) -> TimeForm | None:
    """How the values name a time; None where they do not, or day and month cannot be told apart."""
    there = known(values)
    if not there:
        return None
    if all(isinstance(v, datetime) for v in there):
        return "timestamp"
    if all(isinstance(v, date) for v in there):
        return "date"
    if all(isinstance(v, int | float | Decimal) and not isinstance(v, bool) for v in there):
        return _epoch([int(v) for v in there if isinstance(v, int | float | Decimal)])
    return _written_time([str(v).strip() for v in there])


def _written_time(texts: Sequence[str]) -> TimeForm | None:
    for form, pattern in (("zoned", _ZONED), ("iso", _ISO_TIME), *_FORMS):
        if _most(texts, pattern):
            return form
    if _most(texts, _SLASHED):
        return _slashed(texts)
    return _epoch([int(t) for t in texts]) if all(t.isdigit() for t in texts) else None


def _most(texts: Sequence[str], pattern: re.Pattern[str]) -> bool:
    return share(texts, (bool(pattern.fullmatch(t)) for t in texts)) >= MOST


def _epoch(numbers: Sequence[int]) -> TimeForm | None:
    """Seconds or milliseconds since 1970, between 1990 and 2060; or days written 20260131."""
    if all(19_000_101 <= n <= 20_991_231 and 1 <= n // 100 % 100 <= 12 for n in numbers):
        return "%Y%m%d"
    if all(631_152_000 <= n < 2_840_140_800 for n in numbers):
        return "epoch_s"
    if all(631_152_000_000 <= n < 2_840_140_800_000 for n in numbers):
        return "epoch_ms"
    return None


def _slashed(texts: Sequence[str]) -> TimeForm | None:
    """Day or month first: told by a number over 12, else not at all."""
    found = [m for m in map(_SLASHED.fullmatch, texts) if m]
    first = any(int(m[1]) > 12 for m in found)
    second = any(int(m[3]) > 12 for m in found)
    marks = {m[2] for m in found}
    clocks = {(m[4] or "").count(":") for m in found}
    if first == second or len(marks) != 1 or len(clocks) != 1:
        return None
    day = marks.pop().join(("%d", "%m", "%Y") if first else ("%m", "%d", "%Y"))
    return day + {0: "", 1: " %H:%M", 2: " %H:%M:%S"}[clocks.pop()]


def looks_like_email(values: Sequence[Value]) -> bool:
    there = known(values)
    return bool(there) and share(there, (bool(_EMAIL.fullmatch(str(v))) for v in there)) >= 0.8


def currencies_in(values: Sequence[Value]) -> set[str]:
    """The ISO 4217 codes a column holds; empty where it holds anything else."""
    there = {str(v).strip() for v in known(values)}
    return (
        {v.upper() for v in there} if there and {v.upper() for v in there} <= _CURRENCIES else set()
    )


def currency_symbols_in(values: Sequence[Value]) -> set[str]:
    """Currencies that the values' own text names: '12,50 €'. A dollar could be several."""
    found = set()
    for value in known(values):
        for symbol, code in _SYMBOLS.items():
            if isinstance(value, str) and symbol in value and any(c.isdigit() for c in value):
                found.add(code)
    return found
