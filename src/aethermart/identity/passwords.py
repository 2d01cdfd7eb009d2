"""Which passwords are taken: long ones that nobody would guess; no rule on kinds of characters."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from aethermart.core.errors import BadInput

LONGEST = 128
_COMMON = Path(__file__).with_name("common_passwords.txt")
_LOOKALIKES = str.maketrans("@4310$57!", "aaeiossti")
_SHORTEST_UNIT = 4  # abcabcabcabc is as good as abc
_FIX = "take a long one that you use nowhere else: four unrelated words, or a password manager's"


def normalised(password: str) -> str:
    """The password in NFKC, so that it does not matter how a keyboard composes its letters.

    Raises BadInput for one longer than any that is taken: nobody pays for hashing a novel.
    """
    if len(password) > LONGEST:
        raise BadInput(
            f"the password has {len(password)} characters, more than {LONGEST}",
            fix=f"use at most {LONGEST}",
        )
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, email: str, shortest: int) -> str:
    """The password in NFKC, if it may be used. Raises BadInput, which never quotes it."""
    text = normalised(password)
    if len(text) < shortest:
        raise BadInput(f"the password has {len(text)} characters, fewer than {shortest}", fix=_FIX)
    if len(text) > LONGEST:
        raise BadInput(f"the password is longer than {LONGEST} characters", fix="shorten it")
    name = email.partition("@")[0]
    if text.casefold() in (email.casefold(), name.casefold()):
        raise BadInput("the password is the e-mail address", fix=_FIX)
    if is_common(text):
        raise BadInput("the password is among the first that anybody would try", fix=_FIX)
    return text


def is_common(password: str) -> bool:
    """A common password, also in other letters (p@ssw0rd), amid digits and signs, or repeated."""
    text = password.casefold()
    words = {text[first:last] for first in (0, _head(text)) for last in (len(text), _tail(text))}
    return any(_known(word) or _known(word.translate(_LOOKALIKES)) for word in words)


def _known(text: str) -> bool:
    unit = _unit(text)
    return (bool(text) and len(unit) < min(_SHORTEST_UNIT, len(text))) or not {
        text,
        unit,
    }.isdisjoint(_common())


def _head(text: str) -> int:
    """Where the first letter stands; 0 where there is none."""
    return next((at for at, sign in enumerate(text) if sign.isalpha()), 0)


def _tail(text: str) -> int:
    """Where the signs after the last letter begin; the end where there is no letter."""
    return len(text) - _head(text[::-1])


def _unit(text: str) -> str:
    """The shortest piece that makes the text by repetition; the last one may be cut short."""
    for length in range(1, len(text) // 2 + 1):
        if (text[:length] * (len(text) // length + 1))[: len(text)] == text:
            return text[:length]
    return text


@cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text(encoding="utf-8").split())
