"""Text as search sees it: one spelling of a number, a unit, a size, a letter.

Queries and catalogues pass through the same steps, so that `1-1/2 in.`, `1 1/2"` and `1.5 inch`
meet. Knows nothing of a language (`language.py`) and nothing of a catalogue.
"""

from __future__ import annotations

import html
import re
import unicodedata

# Written form (a regular expression) -> the one word we keep.
_UNITS = (
    (r"inch(?:es)?|ince|in\.|in(?=\s|$)|''|\"|\u201d|\u2033", "inch"),
    (r"f(?:oo|ee)?t\.?|'|\u2032|\u2019(?!s)", "ft"),
    (r"sq(?:uare)?\.?[\s-]*f(?:ee|oo)?t\.?", "sqft"),
    (r"cu(?:bic)?\.?[\s-]*f(?:ee|oo)?t\.?", "cuft"),
    (r"sq(?:uare)?\.?[\s-]*in(?:ch(?:es)?|\.)?", "sqin"),
    (r"y(?:ar)?ds?\.?", "yd"),
    (r"gal(?:lon)?s?\.?", "gal"),
    (r"q(?:uar)?ts?\.?", "qt"),
    (r"fl(?:uid)?\.?[\s-]*(?:oz|ounces?)\.?", "floz"),
    (r"(?:oz|ounces?)\.?", "oz"),
    (r"(?:lbs?|pounds?)\.?", "lb"),
    (r"(?:kgs?|kilo(?:gram)?s?)", "kg"),
    (r"(?:g|grams?|gr)", "g"),
    (r"(?:mg|milligrams?)", "mg"),
    (r"(?:mm|millimet(?:er|re)s?)", "mm"),
    (r"(?:cm|centimet(?:er|re)s?)", "cm"),
    (r"(?:m|met(?:er|re)s?)", "m"),
    (r"(?:ml|millilit(?:er|re)s?)", "ml"),
    (r"(?:l|lit(?:er|re)s?|ltr)", "l"),
    (r"(?:watts?|w)", "watt"),
    (r"(?:kw|kilowatts?)", "kw"),
    (r"(?:volts?|v)", "volt"),
    (r"(?:amps?|amperes?)", "amp"),
    (r"(?:ga|gauge)\.?", "gauge"),
    (r"(?:btus?)", "btu"),
    (r"(?:hp|horsepower)", "hp"),
    (r"(?:psi)", "psi"),
    (r"(?:cfm)", "cfm"),
    (r"(?:gpm)", "gpm"),
    (r"(?:gpf)", "gpf"),
    (r"(?:degrees?|deg|°)", "degree"),
    (r"(?:gb|gigabytes?)", "gb"),
    (r"(?:tb|terabytes?)", "tb"),
    (r"(?:mb|megabytes?)", "mb"),
    (r"(?:mp|megapixels?)", "megapixel"),
    (r"(?:mah)", "mah"),
    (r"(?:ghz)", "ghz"),
    (r"(?:hz|hertz)", "hz"),
    (r"(?:pcs?|pieces?)\.?", "piece"),
    (r"(?:pk|packs?)", "pack"),
)
_AFTER_NUMBER = re.compile(
    r"(?<=\d)\s*-?\s*(?:"
    + "|".join(f"(?P<_{name}>{form})" for form, name in _UNITS)
    + r")(?![a-z0-9])"
)
_MIXED = re.compile(r"(?<![\d/.])(\d+)(?:\s+|\s*-\s*)(\d{1,2})/(\d{1,2})(?![\d/])")
_FRACTION = re.compile(r"(?<![\d/.])(\d{1,2})/(\d{1,2})(?![\d/])")
_TIMES = re.compile(r"(?<=\d)\s*(?:x|\u00d7|by)\s*(?=\d)|(?<=[a-z])\s+(?:x|\u00d7|by)\s+(?=\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_TRAILING = re.compile(r"(?<=\d)\.0+(?!\d)")
WORD = re.compile(r"\d+(?:\.\d+)?(?![^\W\d_])|[^\W_]+")
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
# Letters that no accent can be taken from.
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "þ": "th", "\u0131": "i"}
)
_POSSESSIVE = re.compile(r"(?<=[a-z])['\u2019]s?(?![a-z])")
_INNER = re.compile(r"(?<=[a-z])['\u2019](?=[a-z])")
# French and Italian: the small word goes, the next one stands alone.
_ELIDED = re.compile(
    r"(?<![a-z])(?:[cdjlmnst]|qu|dell|nell|all|sull|dall|un)['\u2019](?=[^\W\d_]{2})"
)
_TAG = re.compile(r"<[^<>]{1,200}>")
_DENOMINATORS = frozenset((2, 3, 4, 5, 6, 8, 10, 12, 16, 32, 64))


def folded(text: str) -> str:
    """Lower case, HTML and accents undone: `D&eacute;cor` is `decor`."""
    plain = html.unescape(html.unescape(text)) if "&" in text else text
    if "<" in plain:
        plain = _TAG.sub(" ", plain)
    if not plain.isascii():
        plain = _spelt_fractions(plain)
        plain = "".join(
            letter
            for letter in unicodedata.normalize("NFKD", plain)
            if not unicodedata.combining(letter)
        ).replace("\u2044", "/")
    plain = plain.lower()
    return plain if plain.isascii() else plain.translate(_LETTERS)


def normalised(text: str) -> str:
    """Folded, with one spelling of fractions, units and sizes; what is between words is free."""
    plain = _TIMES.sub(" x ", _THOUSANDS.sub("", folded(text)))
    if "/" in plain:
        plain = _MIXED.sub(_mixed, plain)
        plain = _FRACTION.sub(_fraction, plain)
    if any(letter.isdigit() for letter in plain):
        plain = _AFTER_NUMBER.sub(_unit, plain)
        plain = _TRAILING.sub("", plain)
    return _INNER.sub("", _POSSESSIVE.sub("", _ELIDED.sub(" ", plain)))


def is_spaceless(word: str) -> bool:
    """Whether it is of a script that is written without spaces: Chinese, Japanese."""
    return _SPACELESS.fullmatch(word) is not None


def _spelt_fractions(text: str) -> str:
    """`1½` -> `1 1/2`: else the whole number and the fraction would run together."""
    return re.sub(r"(?<=\d)(?=[¼-¾⅐-⅞])", " ", text)


def _unit(match: re.Match[str]) -> str:
    return f" {(match.lastgroup or '')[1:]} "


def _mixed(match: re.Match[str]) -> str:
    whole, above, below = (int(part) for part in match.groups())
    if below not in _DENOMINATORS or above >= below:
        return match[0]
    return _number(whole + above / below)


def _fraction(match: re.Match[str]) -> str:
    above, below = int(match[1]), int(match[2])
    if below not in _DENOMINATORS or above >= below or above == 0:
        return match[0]
    return _number(above / below)


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
