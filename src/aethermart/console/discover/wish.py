"""What somebody looks for: words and choices, as the page's address holds them.

The address is the only place where they stand, so that a link, a reload and the browser's way back
show what was there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from aethermart.client.answers.shop import Sort

SORTS: Mapping[Sort, str] = {
    "relevance": "Best match",
    "price_asc": "Price, low to high",
    "price_desc": "Price, high to low",
    "rating": "Best rated",
    "title": "Name, A to Z",
}
KEYS = ("q", "is", "min", "max", "stock", "stars", "sort")
_LONGEST = 300  # letters of a query and of a value, as the API takes them
_STARS = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class Wish:
    """where  names and values chosen of facets, in the order they were chosen
    price_min, price_max  each in the currency that a product has
    min_rating  2, 3 or 4 stars
    sort   None leaves it to the words and to how well products match
    """

    query: str = ""
    where: tuple[tuple[str, str], ...] = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    in_stock: bool = False
    min_rating: int | None = None
    sort: Sort | None = None

    @property
    def chosen(self) -> bool:
        """Whether anything but words narrows what is shown."""
        return replace(self, query="", sort=None) != Wish()

    def values(self) -> dict[str, list[str]]:
        """The values chosen of each facet."""
        of: dict[str, list[str]] = defaultdict(list)
        for name, value in self.where:
            of[name].append(value)
        return dict(of)

    def toggled(self, name: str, value: str) -> Wish:
        pair = (name, value)
        if pair in self.where:
            return replace(self, where=tuple(each for each in self.where if each != pair))
        return replace(self, where=(*self.where, pair))

    def without_choices(self) -> Wish:
        return Wish(self.query, sort=self.sort)

    def address(self) -> dict[str, str | list[str]]:
        """What of it the address holds; what is not chosen is left out."""
        parts: dict[str, str | list[str]] = {
            "q": self.query,
            "is": [f"{name}:{value}" for name, value in self.where],
            "min": "" if self.price_min is None else format(self.price_min, "f"),
            "max": "" if self.price_max is None else format(self.price_max, "f"),
            "stock": "1" if self.in_stock else "",
            "stars": "" if self.min_rating is None else str(self.min_rating),
            "sort": self.sort or "",
        }
        return {name: value for name, value in parts.items() if value}


def read_wish(address: Mapping[str, Sequence[str]]) -> Wish:
    """The wish of an address, which may have been written by hand: what means nothing is left out.

    address  a name's values, in their order
    """

    def one(name: str) -> str:
        found = address.get(name, ())
        return found[-1][:_LONGEST] if found else ""

    pairs = (each[:_LONGEST].partition(":") for each in address.get("is", ()))
    where = tuple(dict.fromkeys((name, value) for name, colon, value in pairs if name and value))
    stars, sort = one("stars"), one("sort")
    return Wish(
        query=one("q").strip(),
        where=where,
        price_min=amount(one("min")),
        price_max=amount(one("max")),
        in_stock=one("stock") == "1",
        min_rating=int(stars) if stars in map(str, _STARS) else None,
        sort=_sort(sort),
    )


def amount(text: str) -> Decimal | None:
    """An amount of 0 or more that somebody wrote, `12,50` too; None where it is none."""
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    small = found.is_finite() and 0 <= found < Decimal(10) ** 12
    return abs(found.quantize(Decimal("0.01"))).normalize() if small else None


def changed(wish: Wish, act: Mapping[str, Any]) -> Wish | None:
    """The wish after somebody's act on the page; None where the act changes none.

    act  `do` and what it is done to, as discover.js tells it
    """
    match act.get("do"), str(act.get("name", "")), str(act.get("value", "")):
        case "toggle", str(name), str(value) if name and value:
            return wish.toggled(name, value)
        case "stock", _, _:
            return replace(wish, in_stock=not wish.in_stock)
        case "stars", _, str(value) if value in map(str, _STARS):
            same = wish.min_rating == int(value)
            return replace(wish, min_rating=None if same else int(value))
        case "stars", _, _:
            return replace(wish, min_rating=None)
        case "price", _, _:
            low, high = amount(str(act.get("min", ""))), amount(str(act.get("max", "")))
            if low is not None and high is not None and low > high:
                low, high = high, low
            return replace(wish, price_min=low, price_max=high)
        case "sort", _, str(value):
            return replace(wish, sort=_sort(value))
        case "clear", _, _:
            return wish.without_choices()
        case "ask", _, str(value):
            return Wish(value.strip()[:_LONGEST])
    return None


def _sort(text: str) -> Sort | None:
    return next((sort for sort in get_args(Sort) if sort == text), None)
