"""What narrows the hits: facets with counts, and as chips what was understood and chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from aethermart.client.answers.shop import Facet, Understood
from aethermart.console.discover.wish import SORTS, Wish
from aethermart.console.format import count

_OPEN = 4  # facets that stand open
_FIRST = 6  # values of a facet that stand open
_MOST = 60
_ORDER = ("category", "brand", "colour", "size")
_OWN = ("price", "stock", "rating")  # drawn as fields of their own, whatever the API counts
_CLOSE = '<span aria-hidden="true">\N{MULTIPLICATION SIGN}</span>'


def facets(found: Sequence[Facet], wish: Wish) -> str:
    """Each facet as boxes to tick; what is ticked stays, also where nothing of it is left."""
    chosen = wish.values()
    by_name = {facet.name: facet for facet in found if facet.name not in _OWN}
    first = dict.fromkeys((*_ORDER, *chosen))  # what is chosen is never folded away
    named = [name for name in first if name in by_name or name in chosen]
    named += sorted((by_name.keys() | chosen.keys()) - set(named))
    groups = []
    for name in named:
        counts = {v.value: v.count for v in by_name[name].values} if name in by_name else {}
        values = counts | {v: counts.get(v, 0) for v in chosen.get(name, ())}
        if values:
            groups.append(_group(name, values, chosen.get(name, ())))
    opened = max(_OPEN, len(chosen))
    rest = "".join(groups[opened:])
    more = (
        f'<details class="rest" data-key="rest"><summary>More filters</summary>{rest}</details>'
        if rest
        else ""
    )
    return "".join((*groups[:opened], _price(wish), _rating(wish), _stock(found, wish), more))


def chips(understood: Sequence[Understood], wish: Wish) -> str:
    """What the words were understood to demand, and what was chosen, which can be taken back."""
    words = "".join(
        f'<li class="chip read"><span class="kind">{escape(each.kind)}</span> '
        f"{escape(each.text)}</li>"
        for each in understood
    )
    taken = [
        (_words(name, value), f'data-do="toggle" {_of(name, value)}') for name, value in wish.where
    ]
    if wish.price_min is not None or wish.price_max is not None:
        taken.append((_span(wish), 'data-do="price"'))
    if wish.min_rating is not None:
        taken.append((f"{wish.min_rating} stars and up", 'data-do="stars"'))
    if wish.in_stock:
        taken.append(("In stock", 'data-do="stock"'))
    mine = "".join(
        f'<li><button class="chip mine" {act} data-key="chip-{number}" '
        f'aria-label="Take away: {escape(text)}">{escape(text)} {_CLOSE}</button></li>'
        for number, (text, act) in enumerate(taken)
    )
    every = (
        '<li><button class="link all" data-do="clear" data-key="clear">Clear all</button></li>'
        if len(taken) > 1
        else ""
    )
    shown = words + mine + every
    return f'<ul class="chips" aria-label="What narrows the results">{shown}</ul>' if shown else ""


def sorting(wish: Wish) -> str:
    options = "".join(
        f'<option value="{sort}"{" selected" if (wish.sort or "relevance") == sort else ""}>'
        f"{name}</option>"
        for sort, name in SORTS.items()
    )
    return (
        f'<label class="sort"><span>Sort by</span>'
        f'<select data-change="sort" data-key="sort">{options}</select></label>'
    )


def _of(name: str, value: str) -> str:
    return f'data-name="{escape(name)}" data-value="{escape(value)}"'


def _group(name: str, counts: Mapping[str, int], chosen: Sequence[str]) -> str:
    ordered = [*chosen, *(value for value in counts if value not in chosen)][:_MOST]
    boxes = [_box(name, value, counts[value], value in chosen) for value in ordered]
    first = max(_FIRST, len(chosen))
    more = boxes[first:]
    rest = (
        f'<details data-key="more-{escape(name)}"><summary>{count(len(more))} more</summary>'
        f"{''.join(more)}</details>"
        if more
        else ""
    )
    title = escape(name.replace("_", " ").capitalize())
    return f"<fieldset><legend>{title}</legend>{''.join(boxes[:first])}{rest}</fieldset>"


def _box(name: str, value: str, number: int, ticked: bool) -> str:
    return (
        f'<label class="tick"><input type="checkbox" data-change="toggle" {_of(name, value)} '
        f'data-key="tick-{escape(name)}-{escape(value)}"'
        f"{' checked' if ticked else ''}><span>{escape(value)}</span>"
        f'<span class="count">{count(number)}</span></label>'
    )


def _price(wish: Wish) -> str:
    low = "" if wish.price_min is None else format(wish.price_min, "f")
    high = "" if wish.price_max is None else format(wish.price_max, "f")
    return (
        '<fieldset><legend>Price</legend><form data-submit="price" class="span">'
        f'<input name="min" inputmode="decimal" aria-label="Lowest price" placeholder="from" '
        f'value="{low}" data-key="min" autocomplete="off">'
        '<span aria-hidden="true">\N{EN DASH}</span>'
        f'<input name="max" inputmode="decimal" aria-label="Highest price" placeholder="to" '
        f'value="{high}" data-key="max" autocomplete="off">'
        '<button data-key="set-price">Set</button></form></fieldset>'
    )


def _rating(wish: Wish) -> str:
    picks = "".join(
        '<label class="tick"><input type="radio" name="stars" data-change="stars" '
        f'data-value="{value}" data-key="stars-{value}"'
        f"{' checked' if (wish.min_rating or '') == value else ''}>"
        f"<span>{words}</span></label>"
        for value, words in ((4, "4 stars and up"), (3, "3 stars and up"), ("", "Any"))
    )
    return f"<fieldset><legend>Rating</legend>{picks}</fieldset>"


def _stock(found: Sequence[Facet], wish: Wish) -> str:
    counted = {v.value: v.count for f in found if f.name == "stock" for v in f.values}
    number = (
        f'<span class="count">{count(counted["in stock"])}</span>' if "in stock" in counted else ""
    )
    return (
        '<fieldset><legend>Stock</legend><label class="tick"><input type="checkbox" '
        f'data-change="stock" data-key="stock"{" checked" if wish.in_stock else ""}>'
        f"<span>In stock only</span>{number}</label></fieldset>"
    )  # fmt: skip


def _words(name: str, value: str) -> str:
    return f"{name.replace('_', ' ').capitalize()}: {value}"


def _span(wish: Wish) -> str:
    low, high = wish.price_min, wish.price_max
    if low is not None and high is not None:
        return f"Price {low:f} to {high:f}"
    return f"Price from {low:f}" if low is not None else f"Price up to {high:f}"
