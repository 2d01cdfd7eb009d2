"""One product as a card, and large. Everything from outside is escaped.

A shop's photos are not known here: a card is type alone, tinted by its category.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from html import escape, unescape

from aethermart.client.answers.shop import Product, ProductHit, SimilarProduct, Why
from aethermart.console import tiles
from aethermart.console.format import count, money
from aethermart.console.markup import Html

_FEW = 5  # in stock, from which on a card says how many are left
_HUES = 12
_MOST_ATTRIBUTES = 3
_LONG = 30  # letters of an attribute that a card still shows
_MARK = re.compile("</?mark>")
_OF_WHY: Mapping[str, str] = {
    "words": "Has your words",
    "spelling": "A likely spelling of your words",
    "near": "Your words side by side",
    "order": "Your words in this order",
    "letters": "Spelt much alike",
    "meaning": "Means much the same",
    "meaning of words": "Its words mean much the same",
    "kind of thing": "It is the thing you named",
    "labels": "Others chose it for such words",
}


def card(hit: ProductHit, place: int) -> str:
    """place  among all hits, from 1"""
    product = hit.product
    key = escape(f"{product.shop}/{product.sku}")
    title = marked(hit.title_marked) if hit.title_marked else escape(product.title)
    return (
        f'<li class="card"><article aria-label="{escape(product.title)}" '
        f'data-product="{escape(product.sku)}">'
        f"{_band(product)}"
        f'<h3><button class="link" data-do="open" data-sku="{escape(product.sku)}" '
        f'data-place="{place}" data-key="open-{key}">{title or "Without a name"}</button></h3>'
        f"{_by(product)}{_few_attributes(product)}"
        f'<div class="foot">{stars(product)}'
        f'<div class="buy">{price(product)}{stock(product.stock)}</div></div>'
        f"{_why(hit.why, place)}</article></li>"
    )


def marked(title: str) -> Html:
    """A title with its marks, and nothing else of HTML, whoever wrote it."""
    parts, at, inside = [], 0, False
    for tag in _MARK.finditer(title):
        parts.append(escape(unescape(title[at : tag.start()]), quote=False))
        at = tag.end()
        opens = not tag[0].startswith("</")
        if opens != inside:
            parts.append(tag[0])
            inside = opens
    parts.append(escape(unescape(title[at:]), quote=False))
    return Html("".join(parts) + ("</mark>" if inside else ""))


def price(product: Product) -> str:
    if product.price is None:
        return '<span class="price unknown">Price not known</span>'
    return f'<span class="price">{escape(money(product.price, product.currency))}</span>'


def stock(units: int | None) -> str:
    if units is None:
        return '<span class="stock">Stock not known</span>'
    if units <= 0:
        return '<span class="stock out">Sold out</span>'
    if units <= _FEW:
        return f'<span class="stock few">Only {units} left</span>'
    return '<span class="stock in">In stock</span>'


def stars(product: Product) -> str:
    """Five stars, filled as far as the rating goes, and the numbers they stand for."""
    if product.rating is None:
        return '<span class="rating none">No reviews yet</span>'
    spoken, number = f"{product.rating:.1f} of 5 stars", ""
    if product.reviews is not None:
        spoken += f" of {count(product.reviews)} review{'' if product.reviews == 1 else 's'}"
        number = f" ({count(product.reviews)})"
    return (
        f'<span class="rating" role="img" aria-label="{spoken}">'
        '<span class="stars" aria-hidden="true">'
        f'<i style="width:{product.rating * 20:.0f}%"></i></span>'
        f'<span aria-hidden="true">{product.rating:.1f}{number}</span></span>'
    )


def hue(category: str | None) -> int:
    """A category's colour, the same on each visit: degrees, -1 for none."""
    if not category:
        return -1
    return zlib.crc32(category.encode()) % _HUES * (360 // _HUES)


def large(product: Product) -> str:
    """Everything known of a product."""
    facts = [
        (name.replace("_", " ").capitalize(), value) for name, value in product.attributes.items()
    ]
    facts += [("SKU", product.sku), ("Shop", product.shop)]
    if product.stock is not None:
        facts.append(("Units in stock", count(product.stock)))
    said = f'<p class="said">{escape(product.description)}</p>' if product.description else ""
    return (
        f'<section class="large">{_band(product)}<h2>{escape(product.title) or "Without a name"}'
        f"</h2>{_by(product)}"
        f'<div class="buy">{price(product)}{stock(product.stock)}{stars(product)}</div>'
        f"{said}{tiles.facts(facts)}</section>"
    )


def alike(found: Sequence[SimilarProduct]) -> str:
    """Products near another in meaning, the nearest first."""
    cards = "".join(
        f'<li class="card"><article aria-label="{escape(each.product.title)}">{_band(each.product)}'
        f'<h3><button class="link" data-do="open" data-sku="{escape(each.product.sku)}" '
        f'data-key="alike-{escape(each.product.sku)}">{escape(each.product.title)}</button></h3>'
        f'{_by(each.product)}<div class="foot"><div class="buy">{price(each.product)}'
        f"{stock(each.product.stock)}</div></div></article></li>"
        for each in found
    )
    return f'<ul class="cards small">{cards}</ul>'


def _band(product: Product) -> str:
    degrees = hue(product.category)
    tint = f' style="--hue:{degrees}"' if degrees >= 0 else ' data-plain=""'
    return f'<div class="band"{tint}>{escape(product.category or "Other")}</div>'


def _by(product: Product) -> str:
    brand = product.brand or ""
    if not brand or product.title.casefold().startswith(brand.casefold()):  # it is said already
        return ""
    return f'<p class="by">{escape(brand)}</p>'


def _few_attributes(product: Product) -> str:
    shown = [
        f"<li>{escape(name.replace('_', ' '))} <b>{escape(value)}</b></li>"
        for name, value in product.attributes.items()
        if value
        and len(name) + len(value) <= _LONG
        and value.casefold() not in product.title.casefold()
    ]
    return f'<ul class="has">{"".join(shown[:_MOST_ATTRIBUTES])}</ul>' if shown else ""


def _why(parts: Sequence[Why], place: int) -> str:
    """Beside the card when asked for, so that the cards keep their places."""
    if not parts:
        return ""
    most = max([0.01, *(part.score for part in parts)])
    lines = "".join(_part(part, most) for part in parts)
    return (
        f'<div class="why"><button class="link" popovertarget="why-{place}" data-key="why-{place}">'
        f'Why this?</button><div id="why-{place}" popover><h4>Why it stands here</h4>'
        f"<ul>{lines}</ul></div></div>"
    )


def _part(part: Why, most: float) -> str:
    name = _OF_WHY.get(part.part, part.part.capitalize())
    words = f": {', '.join(part.words)}" if part.words else ""
    width = round(100 * min(1.0, max(0.0, part.score / most)))
    return (
        f"<li><span>{escape(name + words)}</span>"
        f'<span class="bar" aria-hidden="true"><i style="width:{width}%"></i></span>'
        f'<span class="score">{part.score:.2f}</span></li>'
    )
