"""What the made-up shop sells: categories, and products with a price and a past price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aethermart.simulate.columns import (
    moment,
    money,
    optional,
    picked,
    whole,
)
from aethermart.simulate.libraries import Floats, Ints, np
from aethermart.simulate.wares import LEAVES as MORE_LEAVES
from aethermart.simulate.wares import ROOTS as MORE_ROOTS
from aethermart.simulate.wares import Ware, ware_of
from aethermart.store.session import StoreSession

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
_OF_FIVE, _FIRST_OF_MORE = 5, 3  # two of five products are of the leaves of wares.py
_CATEGORIES = (
    *_ROOTS,
    *(name for _, name, _, _ in _LEAVES),
    *MORE_ROOTS,
    *(name for _, name, _ in MORE_LEAVES),
)


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


@dataclass(frozen=True, slots=True)
class Good:
    """What a shopper reads of a product. `ware` holds the facts behind, where it has some."""

    sku: str
    name: str
    description: str
    category: str
    ware: Ware | None = None


@dataclass(frozen=True, slots=True)
class Goods:
    """A catalogue with its words; created_at (n_products,) microseconds since 1970."""

    catalogue: Catalogue
    described: Sequence[Good]
    created_at: Ints


def make_catalogue(
    session: StoreSession, seed: int, products: int, start: int, until: int
) -> tuple[Catalogue, dict[str, int]]:
    """Write categories and products, without stock yet; return them and the rows a table."""
    goods = make_goods(seed, products, start, until)
    categories = _write_categories(session)
    _write_products(session, goods)
    return goods.catalogue, {"categories": categories, "products": products}


def make_goods(seed: int, products: int, start: int, until: int) -> Goods:
    """What a shop of this seed and size sells, without a word of it written anywhere."""
    rng = np.random.default_rng([seed, 1])
    leaf = np.arange(products) % len(_LEAVES)
    wares = _wares(seed, products)
    medians = np.array([median for _, _, median, _ in _LEAVES])[leaf].astype(np.float64)
    for index, ware in wares.items():
        medians[index] = MORE_LEAVES[_more_leaf(index)][2] * ware.factor
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
    makes = rng.integers(0, len(_MAKES), products)
    colours = rng.integers(0, len(_COLOURS), products)
    return Goods(catalogue, _described(leaf, makes, colours, wares), created_at)


def _described(leaf: Ints, makes: Ints, colours: Ints, wares: Mapping[int, Ware]) -> list[Good]:
    nouns = [wares.split(",") for _, _, _, wares in _LEAVES]
    found = []
    for index, (kind, turn) in enumerate(_turns(leaf)):
        if index in wares:
            category = MORE_LEAVES[_more_leaf(index)][1]
            name, told = wares[index].name, wares[index].description
        else:
            category, colour = _LEAVES[kind][1], _COLOURS[colours[index]]
            name = f"{_MAKES[makes[index]]} {nouns[kind][turn % len(nouns[kind])]} {colour}"
            told = f"{name}, {category}. Colour: {colour}."
        sku = f"{category[:3].upper()}-{index + 10_001}"
        found.append(Good(sku, name, told, category, wares.get(index)))
    return found


def _wares(seed: int, products: int) -> dict[int, Ware]:
    """Of the leaves of wares.py, by the product's index; drawn apart, so that the rest stays."""
    rng = np.random.default_rng([seed, 11])
    places = [i for i in range(products) if i % _OF_FIVE >= _FIRST_OF_MORE]
    return {
        index: ware_of(
            rng, number % len(MORE_LEAVES), number // len(MORE_LEAVES), int(rng.integers(99))
        )
        for number, index in enumerate(places)
    }


def _more_leaf(index: int) -> int:
    """Which leaf of wares.py a product has whose place is among theirs."""
    number = index // _OF_FIVE * (_OF_FIVE - _FIRST_OF_MORE) + index % _OF_FIVE - _FIRST_OF_MORE
    return number % len(MORE_LEAVES)


def _write_categories(session: StoreSession) -> int:
    names = list(_CATEGORIES)
    leaves = {name: root for root, name, *_ in (*_LEAVES, *MORE_LEAVES)}
    parents = np.array([names.index(leaves[name]) + 1 if name in leaves else 0 for name in names])
    columns = {
        "category_id": whole(np.arange(1, len(names) + 1)),
        "name": picked(names, np.arange(len(names))),
        "parent_id": optional(parents, parents > 0),
    }
    return session.load("categories", columns)


def _write_products(session: StoreSession, goods: Goods) -> None:
    each = goods.described
    index = np.arange(len(each))
    category = np.array([_CATEGORIES.index(good.category) + 1 for good in each])
    columns = {
        "product_id": whole(index + 1),
        "sku": picked([good.sku for good in each], index),
        "name": picked([good.name for good in each], index),
        "description": picked([good.description for good in each], index),
        "category_id": whole(category),
        "price": money(goods.catalogue.price_cents),
        "created_at": moment(goods.created_at),
        "updated_at": moment(goods.catalogue.repriced_at),
    }
    session.load("products", columns)


def _turns(leaf: Ints) -> list[tuple[int, int]]:
    """Each product's leaf, and how many of that leaf came before it."""
    return [(kind, index // len(_LEAVES)) for index, kind in enumerate(leaf.tolist())]
