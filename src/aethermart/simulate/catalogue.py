"""What the made-up shop sells: categories, and products with a price and a past price."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from aethermart.simulate.columns import (
    copy_in,
    joined,
    moment,
    money,
    optional,
    picked,
    text,
    whole,
)
from aethermart.simulate.libraries import Floats, Ints, np

DAY_US = 86_400_000_000

_ROOTS = ("Home", "Wear", "Leisure")
# root, leaf, median price in cents, what is sold there
_LEAVES = (
    ("Home", "Kitchen", 2400, "Saucepan,Cutting Board,Carafe,Mug,Bread Bin,Kettle,Whisk,Skillet"),
    ("Home", "Bedroom", 5900, "Pillow,Duvet,Blanket,Bedside Table,Sheet Set,Bedspread,Topper"),
    ("Home", "Lighting", 4500, "Desk Lamp,Floor Lamp,Pendant,Lantern,Wall Light,Light Chain"),
    ("Home", "Storage", 3200, "Basket,Shelf,Chest,Drawer Box,Coat Rack,Crate,Shoe Rack"),
    ("Wear", "Outerwear", 11900, "Parka,Raincoat,Overshirt,Down Jacket,Trench Coat,Gilet"),
    ("Wear", "Knitwear", 6900, "Sweater,Cardigan,Beanie,Scarf,Polo Neck,Slipover"),
    ("Wear", "Shoes", 9900, "Sneaker,Ankle Boot,Loafer,Sandal,Hiking Boot,Slipper"),
    ("Leisure", "Garden", 2900, "Planter,Watering Can,Trowel,Hammock,Bird Feeder,Fire Bowl"),
    ("Leisure", "Travel", 7900, "Backpack,Suitcase,Weekender,Wash Bag,Neck Pillow,Packing Cube"),
)
_MAKES = (
    "Oak,Walnut,Linen,Cotton,Wool,Steel,Copper,Ceramic,Glass,Bamboo,Leather,Recycled,Organic,"
    "Classic,Compact,Everyday,Folding,Handmade,Light,Nordic"
).split(",")
_COLOURS = "Black,White,Sand,Olive,Navy,Rust,Grey,Sage,Clay,Plum".split(",")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Products by index; a product's id is its index + 1.

    price_cents      (n_products,) today's
    old_price_cents  (n_products,) the one before `repriced_at`
    repriced_at      (n_products,) microseconds since 1970
    demand           (n_products,) cumulative share of all lines, ending in 1.0
    first_stock      (n_products,) units before the first order
    """

    price_cents: Ints
    old_price_cents: Ints
    repriced_at: Ints
    demand: Floats
    first_stock: Ints

    def __len__(self) -> int:
        return len(self.price_cents)


def make_catalogue(
    connection: psycopg.Connection, seed: int, products: int, start: int, until: int
) -> tuple[Catalogue, dict[str, int]]:
    """Write categories and products, without stock yet; return them and the rows a table."""
    rng = np.random.default_rng([seed, 1])
    leaf = np.arange(products) % len(_LEAVES)
    medians = np.array([median for _, _, median, _ in _LEAVES])[leaf]
    # 0.01 below a whole tenth, as shops do.
    price = np.maximum(medians * rng.lognormal(0, 0.5, products) // 10, 5).astype(np.int64) * 10 - 1
    factor = np.where(rng.random(products) < 0.4, rng.uniform(0.85, 1.1, products), 1.0)
    repriced_at = rng.integers(start, until, products)
    created_at = start - rng.integers(30 * DAY_US, 700 * DAY_US, products)
    appeal = 1 / (rng.permutation(products) + 6.0) ** 0.9
    demand = np.cumsum(appeal) / appeal.sum()
    demand[-1] = 1.0
    catalogue = Catalogue(
        price_cents=price,
        old_price_cents=np.maximum((price * factor).astype(np.int64), 1),
        repriced_at=repriced_at,
        demand=demand,
        first_stock=rng.integers(20, 400, products),
    )
    categories = _write_categories(connection)
    _write_products(connection, rng, catalogue, leaf, created_at)
    return catalogue, {"categories": categories, "products": products}


def _write_categories(connection: psycopg.Connection) -> int:
    names = [*_ROOTS, *(name for _, name, _, _ in _LEAVES)]
    parents = [_ROOTS.index(root) + 1 for root, _, _, _ in _LEAVES]
    has_parent = np.arange(len(names)) >= len(_ROOTS)
    columns = {
        "category_id": whole(np.arange(1, len(names) + 1)),
        "name": picked(names, np.arange(len(names))),
        "parent_id": optional(np.array([0] * len(_ROOTS) + parents), has_parent),
    }
    return copy_in(connection, "categories", columns)


def _write_products(
    connection: psycopg.Connection,
    rng: np.random.Generator,
    catalogue: Catalogue,
    leaf: Ints,
    created_at: Ints,
) -> None:
    n = len(catalogue)
    makes, colours = rng.integers(0, len(_MAKES), n), rng.integers(0, len(_COLOURS), n)
    nouns = [wares.split(",") for _, _, _, wares in _LEAVES]
    noun = [nouns[kind][turn % len(nouns[kind])] for kind, turn in _turns(leaf)]
    names = joined(
        picked(_MAKES, makes), picked(noun, np.arange(n)), picked(_COLOURS, colours), between=" "
    )
    codes = [name[:3].upper() for _, name, _, _ in _LEAVES]
    index = np.arange(n)
    columns = {
        "product_id": whole(index + 1),
        "sku": joined(picked(codes, leaf), text(index + 10_001), between="-"),
        "name": names,
        "description": joined(
            names, picked([name for _, name, _, _ in _LEAVES], leaf), between=", "
        ),
        "category_id": whole(leaf + len(_ROOTS) + 1),
        "price": money(catalogue.price_cents),
        "created_at": moment(created_at),
        "updated_at": moment(catalogue.repriced_at),
    }
    copy_in(connection, "products", columns)


def _turns(leaf: Ints) -> list[tuple[int, int]]:
    """Each product's leaf, and how many of that leaf came before it."""
    return [(kind, index // len(_LEAVES)) for index, kind in enumerate(leaf.tolist())]
