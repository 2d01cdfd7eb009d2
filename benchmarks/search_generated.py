"""The shop that `aethermart demo` makes up, as search sees it, and queries with known demands.

A product's facts are those that its words were written from, not read back out of them; what it
says is read as `serve` reads it. Stock and rating, which come of a shop's life, are drawn by the
seed.
"""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

from aethermart.simulate.catalogue import make_goods
from aethermart.simulate.wares import BRANDS, kinds_of
from aethermart.sinks.search_index.described import attributes_of
from aethermart.skills.search.records import Product, Rate, Rates
from benchmarks.search_shop import Kind, Vocabulary, Ware

_START, _UNTIL = 1_735_689_600_000_000, 1_767_225_600_000_000  # the year 2025
_USD = Rate(Decimal("0.921537"), date(2026, 11, 20))
RATES = Rates({("USD", "EUR"): _USD})


def generated_shop(seed: int, size: int = 1200) -> list[Ware]:
    """`size` products, as many as at scale 16."""
    goods = make_goods(seed, size, _START, _UNTIL)
    rng = random.Random(seed)
    made = []
    for number, (good, cents) in enumerate(
        zip(goods.described, goods.catalogue.price_cents.tolist(), strict=True)
    ):
        told = dict(attributes_of(good.description))
        product = Product(
            product_uid=str(number + 1),
            title=good.name,
            description=good.description,
            brand=told.pop("brand", ""),
            category=good.category,
            price=Decimal(cents) / 100,
            currency="EUR",
            attributes=told,
            stock=rng.choice((0, 0, 1, 5, 40, 200)),
            rating=rng.choice((None, round(rng.uniform(2, 5), 1), round(rng.uniform(3.5, 5), 1))),
        )
        features = good.ware.has if good.ware else frozenset()
        colour = good.name.rsplit(" ", 1)[1]
        brand = good.ware.brand if good.ware else ""
        made.append(Ware(product, features, brand, colour))
    return made


def _in_euros(bound: int, currency: str) -> Decimal:
    """Worked out apart from the engine, at the day's rate and to the cent."""
    if currency != "USD":
        return Decimal(bound)
    return (bound * _USD.value).quantize(Decimal("0.01"))


GENERATED = Vocabulary(
    kinds=tuple(
        Kind(kind.leaf, kind.noun, (kind.before,), kind.features, round(kind.around_cents / 100))
        for kind in kinds_of()
    ),
    brands=BRANDS,
    colours=("Black", "White", "Grey"),
    currencies=("USD", "EUR"),
    bound_in=lambda bound, asked, own: _in_euros(bound, asked) if own == "EUR" else None,
    demands=("price without brand not_brand colour not_colour in_stock rating category".split()),
)
