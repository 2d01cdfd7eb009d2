"""Who supplies the made-up shop: companies, and which of them gives which product at what cost."""

from __future__ import annotations

from aethermart.simulate.catalogue import DAY_US, Catalogue
from aethermart.simulate.cities import COUNTRIES
from aethermart.simulate.columns import flags, joined, moment, money, picked, text, whole
from aethermart.simulate.libraries import np
from aethermart.store.session import StoreSession

_PLACES = "Northfield,Riverside,Hillcrest,Lakeview,Oakdale,Stonebridge,Fairhaven,Westbrook".split(
    ","
)
_TRADES = "Mills,Works,Foundry,Textiles,Ceramics,Trading,Joinery,Leather".split(",")
_SECOND_SOURCE = 0.3  # of the products have another supplier, at a higher cost


def make_suppliers(
    session: StoreSession, seed: int, catalogue: Catalogue, start: int
) -> dict[str, int]:
    """Write suppliers and what they supply; returns the rows a table.

    A product costs the shop 45 to 70 % of its price.
    """
    rng = np.random.default_rng([seed, 5])
    products = len(catalogue)
    suppliers = max(5, products // 12)
    index = np.arange(suppliers)
    name = joined(
        picked(_PLACES, index % len(_PLACES)),
        picked(_TRADES, index // len(_PLACES) % len(_TRADES)),
        text(index + 1),
        between=" ",
    )
    columns = {
        "supplier_id": whole(index + 1),
        "name": name,
        "country": picked(
            [country.code for country in COUNTRIES], rng.integers(0, len(COUNTRIES), suppliers)
        ),
        "email": joined(
            picked(["sales"], np.zeros(suppliers, dtype=np.int64)),
            text(index + 1),
            picked(["@example.org"], np.zeros(suppliers, dtype=np.int64)),
        ),
        "created_at": moment(start - rng.integers(30 * DAY_US, 900 * DAY_US, suppliers)),
    }
    written = session.load("suppliers", columns)

    product = np.arange(products)
    first = rng.integers(0, suppliers, products)
    other = product[rng.random(products) < _SECOND_SOURCE]
    cost = np.maximum(
        (catalogue.price_cents * rng.uniform(0.45, 0.7, products)).astype(np.int64), 1
    )
    primary = np.concatenate([np.ones(products, dtype=bool), np.zeros(len(other), dtype=bool)])
    supplies = {
        "product_supplier_id": whole(np.arange(len(primary)) + 1),
        "product_id": whole(np.concatenate([product, other]) + 1),
        "supplier_id": whole(np.concatenate([first, (first[other] + 1) % suppliers]) + 1),
        "unit_cost": money(np.concatenate([cost, cost[other] * 11 // 10])),
        "lead_time_days": whole(rng.integers(2, 45, len(primary))),
        "is_primary": flags(primary),
    }
    return {
        "suppliers": written,
        "product_suppliers": session.load("product_suppliers", supplies),
    }
