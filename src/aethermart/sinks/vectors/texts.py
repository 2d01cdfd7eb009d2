"""What is said of a row, as text for a model. A new wording needs a new TEXT_VERSION.

Of a customer only what was bought: no name, address or number ever goes into a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from aethermart.sinks.vectors.index import Facts

TEXT_VERSION = 1
_LONGEST = 4000  # characters; models read less


@dataclass(frozen=True, slots=True)
class Told:
    """One row: its key, what is said of it, what filters may ask."""

    key: str
    text: str
    facts: Facts

    @property
    def text_hash(self) -> str:
        return blake2b(self.text.encode(), digest_size=16).hexdigest()


def told(entity: str, row: Mapping[str, Any]) -> Told:
    """A canonical row, as `operations/vector_rows.py` reads it, in words."""
    return _WORDS[entity](row)


def _product(row: Mapping[str, Any]) -> Told:
    attributes = row.get("attributes") or {}
    parts = [
        row.get("name"),
        row.get("brand"),
        row.get("category"),
        row.get("description"),
        *(f"{name}: {value}" for name, value in sorted(attributes.items())),
    ]
    stock, price, rating = row.get("stock_quantity"), row.get("price"), row.get("rating")
    facts = Facts(
        category=row.get("category"),
        brand=row.get("brand"),
        price=None if price is None else float(price),
        rating=None if rating is None else round(float(rating), 2),
        # What is not counted, a service, is always there.
        in_stock=(stock is None or stock > 0) and row.get("is_active") is not False,
    )
    return Told(str(row["key"]), _joined(parts), facts)


def _customer(row: Mapping[str, Any]) -> Told:
    parts = [*_listed(row.get("categories")), *_listed(row.get("products"))]
    return Told(str(row["key"]), _joined(parts), Facts())


def _review(row: Mapping[str, Any]) -> Told:
    rating = row.get("rating")
    facts = Facts(product=row.get("product"), rating=None if rating is None else float(rating))
    return Told(str(row["key"]), _joined([row.get("title"), row.get("body")]), facts)


def _joined(parts: Sequence[object]) -> str:
    said = [" ".join(str(part).split()) for part in parts if part]
    return ". ".join(dict.fromkeys(each for each in said if each))[:_LONGEST]


def _listed(value: Any) -> list[Any]:
    return list(value) if value else []


_WORDS = {"products": _product, "customers": _customer, "reviews": _review}
