"""What live customers ask for: orders over the store's own customers and catalogue."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, pairwise

from aethermart.core.errors import NotFound
from aethermart.simulate.words import LIFT
from aethermart.store.orders import OrderLine, OrderRequest
from aethermart.store.session import StoreSession

_KNOWN = 5_000  # customers' addresses kept in memory
_CHANNELS, _CHANNEL_WEIGHTS = ("web", "mobile", "partner", "popup"), (50, 35, 10, 5)
_TAX_RATES = {
    "DE": "0.19",
    "FR": "0.20",
    "GB": "0.20",
    "IT": "0.22",
    "ES": "0.21",
    "NL": "0.21",
    "AT": "0.20",
    "PL": "0.23",
    "SE": "0.25",
    "DK": "0.25",
    "PT": "0.23",
}


@dataclass(frozen=True, slots=True)
class Product:
    product_id: int
    name: str
    price: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Address:
    customer_id: int
    address_id: int
    country: str


@dataclass(frozen=True, slots=True)
class Shoppers:
    """Addresses ordered to, and products sold, the earlier ones far more often.

    promoted  products with a price cut, which sell more often while it lasts
    percent   of that cut
    """

    addresses: list[Address]
    products: list[Product]
    demand: list[float]  # cumulative
    promoted: frozenset[int] = frozenset()
    percent: int = 0

    def wanted(self, rng: random.Random) -> Product:
        """What somebody looks at."""
        return rng.choices(self.products, cum_weights=self.demand)[0]

    def during(self, promoted: frozenset[int], percent: int) -> Shoppers:
        """They and the same catalogue while some products are promoted."""
        if not promoted:
            return self
        each = [after - before for before, after in pairwise([0.0, *self.demand])]
        lifted = [
            weight * (1 + LIFT) if product.product_id in promoted else weight
            for product, weight in zip(self.products, each, strict=True)
        ]
        return replace(self, demand=list(accumulate(lifted)), promoted=promoted, percent=percent)

    def request(self, rng: random.Random, key: str) -> OrderRequest:
        """The next order; all its products have one currency."""
        address = rng.choice(self.addresses)
        first, *others = rng.choices(
            self.products, cum_weights=self.demand, k=min(1 + int(rng.expovariate(0.6)), 8)
        )
        wanted = dict.fromkeys([first, *(p for p in others if p.currency == first.currency)])
        return OrderRequest(
            customer_id=address.customer_id,
            address_id=address.address_id,
            channel=rng.choices(_CHANNELS, _CHANNEL_WEIGHTS)[0],
            lines=tuple(
                _line(rng, product, self.percent if product.product_id in self.promoted else 0)
                for product in wanted
            ),
            idempotency_key=key,
            currency=first.currency,
            shipping_amount=Decimal(rng.choice(("0.00", "4.90", "9.90"))),
            tax_rate=Decimal(_TAX_RATES.get(address.country, "0")),
        )


def find_shoppers(session: StoreSession) -> Shoppers:
    """Raises NotFound when the store has no customers or nothing to sell."""
    addresses = session.rows(
        "SELECT customer_id, address_id, country FROM customer_addresses"
        " ORDER BY address_id LIMIT %(most)s",
        {"most": _KNOWN},
    )
    products = session.rows(
        "SELECT product_id, name, price, currency FROM products WHERE is_active"
        " ORDER BY md5(concat(product_id, ''))"
    )
    if not addresses or not products:
        raise NotFound(
            "the store has no customers or no products, so nobody can buy anything",
            fix="fill it first, for instance with `aethermart store generate`",
        )
    weights = [1 / (rank + 6) ** 0.9 for rank in range(len(products))]
    return Shoppers(
        [Address(*row) for row in addresses],
        [Product(*row) for row in products],
        list(accumulate(weights)),
    )


def new_price(rng: random.Random, price: Decimal) -> Decimal:
    """Up to 5 % away, at least a cent."""
    changed = price * Decimal(str(round(rng.uniform(0.95, 1.05), 4)))
    return max(changed.quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal("0.01"))


def _line(rng: random.Random, product: Product, promoted_percent: int) -> OrderLine:
    quantity = rng.choices((1, 2, 3, 4), (70, 19, 8, 3))[0]
    percent = rng.choice((5, 10, 20)) if rng.random() < 0.1 else promoted_percent
    # By a known price: a price that fell meanwhile must still cover it, hence the half.
    discount = (product.price / 2 * quantity * percent / 100).quantize(Decimal("0.01"))
    return OrderLine(product.product_id, quantity, discount)
