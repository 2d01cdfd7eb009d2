"""Read a query: typed constraints, and the words that are left to be searched for.

What only looks like a constraint stays text: a number that counts or measures (`100 watt bulb`), a
brand's name that also means a thing, a colour that is part of a name (`white noise`), a denial that
products themselves are called by (`no drill blinds`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from aethermart.skills.search.records import Constraints, Sort, Wanted
from aethermart.skills.search.text import folded
from aethermart.skills.search.understanding.denials import read_denials
from aethermart.skills.search.understanding.measures import read_measures
from aethermart.skills.search.understanding.prices import PriceReader
from aethermart.skills.search.understanding.scratch import GAP, Scratch
from aethermart.skills.search.understanding.values import (
    BRAND,
    CATEGORY,
    COLOUR,
    SIZE,
    TOKEN,
    Phrase,
    Values,
    asked_phrase,
)

_TOP_RATED = 4.0
_STOCK = re.compile(
    r"(?<![\w-])(?:(?:that\s+(?:is|are)\s+|currently\s+|only\s+)?(?:in|on)[\s-]stock(?:\s+only)?"
    r"|not\s+(?:sold\s+out|out\s+of\s+stock)|available\s+(?:right\s+now|now|immediately)|in\s+stock\s+now"
    rf"|ready\s+to\s+ship|(?:currently\s+)?available(?=\s*(?:$|[{GAP},])))(?![\w-])"
)
_RATING = re.compile(
    r"""(?<![\w.$€£-])(?:
      (?:(?:with\s+)?(?:at\s+least|min(?:imum)?|over|above|more\s+than
            |rated(?:\s+(?:at\s+least|above|over))?)
         |(?:ratings?|review\s+score)\s*(?:of\s+)?(?:at\s+least|above|over|>=?|from)?)
      \s*(?P<stars>[0-5](?:[.,]\d)?)
      (?P<word>\s*\+?\s*-?(?:stars?|\*)(?:\s+(?:rating|reviews?))?)?
      (?P<more>\s*(?:\+|and\s+(?:up|above|more)|or\s+(?:more|better|higher|above)))?
    |(?:with\s+|rated\s+)?(?P<plain>[0-5](?:[.,]\d)?)\s*
      (?:\+\s*-?(?:stars?|\*)
         |-?(?:stars?|\*)\s*(?:\+|(?:and|or)\s+(?:up|above|more|better|higher)))
      (?:\s+(?:rating|reviews?))?
    )(?![\w.])""",
    re.VERBOSE,
)
_WELL_RATED = re.compile(r"(?<![\w-])(?:top|highly|best|well)[\s-](?:rated|reviewed)(?![\w-])")
_CHEAPEST = re.compile(r"(?<![\w-])(?:the\s+)?(?:cheapest|lowest\s+priced?)(?![\w-])")
_LIKE = re.compile(
    r"^\s*(?:something|anything|products?|items?)?\s*(?:like|similar\s+to|alternatives?\s+to)\s+"
    r"(?:the\s+|my\s+|a\s+)?(?P<like>.+?)\s*,?\s+(?:but|only|just)\s+(?:is\s+|a\s+(?:bit|little)\s+)?"
    r"(?:cheaper|less\s+expensive|more\s+affordable)(?![\w-])"
)
_CHEAPER_VERSION = re.compile(
    r"(?<![\w-])(?:a\s+)?(?:(?:cheaper|less\s+expensive|more\s+affordable)\s+"
    r"(?:alternatives?|versions?|options?)\s+(?:to|of|than|for)|cheaper\s+than)\s+"
    r"(?:the\s+|my\s+|a\s+)?(?P<like>[a-z][^¦]*)$"
)
_EXPLICIT = {
    BRAND: re.compile(r"(?<![\w-])(?:by|brand(?:\s+is)?\s*:?|made\s+by|from)\s+(?=[a-z0-9])"),
    CATEGORY: re.compile(r"(?<![\w-])(?:(?:in\s+)?(?:the\s+)?category\s*:?)\s+(?=[a-z0-9])"),
    COLOUR: re.compile(r"(?<![\w-])(?:in\s+)?colou?r(?:ed)?\s*:?\s+(?=[a-z])"),
    SIZE: re.compile(r"(?<![\w-])(?:in\s+)?size\s*:?\s+(?=[a-z0-9])"),
}
_AFTER = {
    BRAND: re.compile(r"\s+brand(?:ed)?(?![\w-])"),
    CATEGORY: re.compile(r"\s+(?:category|department|section|aisle)(?![\w-])"),
    COLOUR: re.compile(r"\s+colou?r(?:ed)?(?![\w-])"),
    SIZE: re.compile(r"\s+sized?(?![\w-])"),
}
_BEFORE_CATEGORY = re.compile(r"(?:in|from|of)\s+(?:the\s+)?$")
_SURE_SIZES = frozenset("xs xl xxl xxxl 2xl 3xl".split())
_LONGEST = 4
_OR = re.compile(r"\s*(?:,|or|and|/)\s*(?:or\s+|and\s+)?")


@dataclass(frozen=True, slots=True)
class Reading:
    """
    text         to be searched for
    constraints  hard
    like         a product, as it was named, than which all must be cheaper
    sort         an order that was asked for in words
    """

    text: str
    constraints: Constraints
    like: str | None = None
    sort: Sort | None = None


class QueryReader:
    """Reads queries against one catalogue's values.

    beside    whether two words stand side by side in some title
    said      whether they do in any text of a product
    seen      whether a word stands in any text of a product
    measures  the kinds of measure that products state
    """

    def __init__(
        self,
        values: Values,
        currencies: AbstractSet[str],
        measures: AbstractSet[str],
        *,
        beside: Callable[[str, str], bool],
        said: Callable[[str, str], bool],
        seen: Callable[[str], bool],
    ) -> None:
        self._values = values
        self._prices = PriceReader(currencies)
        self._measures = measures
        self._beside = beside
        self._said = said
        self._seen = seen

    def read(self, query: str) -> Reading:
        scratch = Scratch(folded(query).replace(GAP, " "))
        like = _taken(scratch, _LIKE, "like") or None
        rating = _rating(scratch)
        in_stock = _flag(scratch, _STOCK)
        sort: Sort | None = "price_asc" if _flag(scratch, _CHEAPEST) else None
        measures = read_measures(scratch, self._measures)
        price = self._prices.read(scratch)
        like = like or _taken(scratch, _CHEAPER_VERSION, "like") or None
        unwanted, without = read_denials(
            scratch, self._values, self._beside, self._said, self._seen
        )
        wanted = self._wanted(scratch)
        text = " ".join(filter(None, (scratch.left(), like)))
        return Reading(
            text,
            Constraints(
                price=price,
                wanted=wanted,
                unwanted=unwanted,
                without=without,
                measures=measures,
                in_stock=in_stock,
                min_rating=rating,
            ),
            like,
            sort,
        )

    def _wanted(self, scratch: Scratch) -> tuple[Wanted, ...]:
        """Values asked for: by name (`size 42`), else by themselves where that is sure."""
        found: dict[str, set[str]] = {}
        for name in (CATEGORY, BRAND, SIZE, COLOUR):
            if name not in self._values.names:
                continue
            while taken := self._next(scratch, name, found):
                found.setdefault(name, set()).add(" ".join(taken))
        return tuple(Wanted(name, frozenset(values)) for name, values in sorted(found.items()))

    def _next(self, scratch: Scratch, name: str, found: dict[str, set[str]]) -> Phrase | None:
        """Take the next value of `name` out."""
        tokens = list(TOKEN.finditer(scratch.text))
        for at in range(len(tokens)):
            for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
                span = tokens[at : at + size]
                start, end = span[0].start(), span[-1].end()
                if GAP in scratch.text[start:end] or scratch.text[:start].endswith("'"):
                    continue
                phrase = asked_phrase(name, tuple(token[0] for token in span))
                if not self._values.knows(name, phrase):
                    continue
                following = tokens[at + size][0] if at + size < len(tokens) else ""
                cut = self._means(scratch.text, name, phrase, start, end, following)
                if cut is None and found.get(name) and _OR.fullmatch(scratch.text[:start][-5:]):
                    cut = (start, end)  # `red or blue`
                if cut is not None:
                    scratch.cut(*cut)
                    return phrase
        return None

    def _means(
        self, text: str, name: str, phrase: Phrase, start: int, end: int, following: str
    ) -> tuple[int, int] | None:
        """The part of the text that asks for the value, or None where it only looks like it."""
        before = [found for found in _EXPLICIT[name].finditer(text) if found.end() == start]
        after = _AFTER[name].match(text, end)
        if before and not (
            name == BRAND and before[0][0].startswith("from") and not self._sure(phrase)
        ):
            return before[0].start(), after.end() if after else end
        if after and name == CATEGORY:
            into = _BEFORE_CATEGORY.search(text[:start])
            return into.start() if into else start, after.end()
        if after:
            return start, after.end()
        if name == BRAND and self._sure(phrase):
            return start, end
        if name == COLOUR and self._values.is_colour_before(phrase, following):
            return start, end
        if name == SIZE and text[start:end] in _SURE_SIZES:
            return start, end
        return None

    def _sure(self, brand: Phrase) -> bool:
        return self._values.is_own_name(brand)


def _taken(scratch: Scratch, pattern: re.Pattern[str], group: str) -> str:
    found: list[str] = []

    def use(match: re.Match[str]) -> bool:
        if found or GAP in match[0]:
            return False
        found.append(match[group].strip())
        return True

    scratch.take(pattern, use)
    return found[0] if found else ""


def _flag(scratch: Scratch, pattern: re.Pattern[str]) -> bool:
    found: list[bool] = []

    def use(_: re.Match[str]) -> bool:
        found.append(True)
        return True

    scratch.take(pattern, use)
    return bool(found)


def _rating(scratch: Scratch) -> float | None:
    found: list[float] = []

    def use(match: re.Match[str]) -> bool:
        told = match["stars"] or match["plain"]
        bare = match["stars"] and not match["word"] and not match["more"]
        if bare and not re.search(r"rat|review", match[0]):
            return False  # `over 4` of something else
        found.append(float(told.replace(",", ".")))
        return True

    scratch.take(_RATING, use)
    if _flag(scratch, _WELL_RATED):
        found.append(_TOP_RATED)
    return max(found) if found else None
