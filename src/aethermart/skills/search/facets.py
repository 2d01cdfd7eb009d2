"""Counts of values over all products that match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from aethermart.core.errors import BadInput
from aethermart.skills.search.libraries import Places
from aethermart.skills.search.records import Facet, FacetValue, Product
from aethermart.skills.search.understanding.values import Values, name_of

PRICE, STOCK, RATING = "price", "stock", "rating"
_PRICE_STEPS = (0, 10, 25, 50, 100, 250, 500, 1000, 2500)


def facets_of(
    products: Sequence[Product], docs: Places, names: Sequence[str], values: Values
) -> tuple[Facet, ...]:
    """One facet a name, its values by count, then by name. Raises BadInput for an unknown name."""
    found = [products[doc] for doc in docs.tolist()]
    return tuple(_facet(found, name, values) for name in names)


def _facet(found: Sequence[Product], name: str, values: Values) -> Facet:
    known = (*values.names, PRICE, STOCK, RATING)
    if name not in known:
        raise BadInput(
            f"no product has an attribute {name!r}", fix=f"use one of {', '.join(sorted(known))}"
        )
    counts = Counter(value for product in found if (value := _value(product, name)))
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return Facet(name, tuple(FacetValue(value, count) for value, count in ordered))


def _value(product: Product, name: str) -> str:
    match name:
        case "brand":
            return product.brand
        case "category":
            return product.category
        case "price":
            return _price_range(product)
        case "stock":
            if product.stock is None:
                return ""
            return "in stock" if product.stock > 0 else "not in stock"
        case "rating":
            return "" if product.rating is None else f"{int(product.rating)} and up"
    return next((text for key, text in product.attributes.items() if name_of(key) == name), "")


def _price_range(product: Product) -> str:
    if product.price is None:
        return ""
    low = max(step for step in _PRICE_STEPS if Decimal(step) <= product.price)
    above = [step for step in _PRICE_STEPS if step > low]
    span = f"{low} to {above[0]}" if above else f"{low} and more"
    return f"{span} {product.currency}".strip()
