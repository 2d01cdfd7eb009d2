"""A made-up shop with facts that are known, and queries whose constraints are known.

Facts lie in `Ware.features` and in the product's own fields; the queries' labels are written beside
their words when both are made, so that neither the reader nor the filters are asked what is right.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from aethermart.skills.search.records import Product

# department, noun, words before it, features that one has or lacks, grams, price around
_WARES = """\
Desk|Mechanical Keyboard|Quiet,Clicky,Compact,Wireless|number pad,backlight,wrist rest|900|95
Desk|Membrane Keyboard|Slim,Full Size,Quiet|number pad,backlight,wrist rest|600|35
Desk|Mouse|Wireless,Ergonomic,Gaming|side buttons,backlight,dongle|100|40
Desk|Monitor|Curved,Portable,Ultrawide|speakers,webcam,stand|5000|260
Desk|Headset|Gaming,Office,Foldable|microphone,bluetooth,remote control|300|80
Smart Security|Security Camera|Indoor,Outdoor,Smart Home|night vision,subscription,microphone|250|70
Smart Security|Motion Sensor|Smart Home,Wireless,Apartment|pet immunity,hub,siren|80|30
Smart Security|Door Sensor|Smart Home,Slim,Apartment|hub,siren,screws|60|25
Smart Security|Video Doorbell|Battery,Wired,Smart|chime,subscription,night vision|300|120
Kitchen|Kettle|Electric,Gooseneck,Cordless|thermostat,timer,filter|1100|45
Kitchen|Blender|Quiet,Hand,Portable|glass jar,timer,tamper|2500|75
Kitchen|Saucepan|Stainless Steel,Nonstick,Copper|lid,spout,steamer|1400|38
Lighting|Desk Lamp|Folding,Dimmable,Clamp|timer,usb port,remote control|1200|42
Lighting|60 Watt Bulb|Warm,Dimmable,Vintage|remote control,timer,bluetooth|60|9
Lighting|100 Watt Bulb|Warm,Daylight,Vintage|remote control,timer,bluetooth|70|12
Sleep|White Noise Machine|Portable,Baby,Travel|timer,bluetooth,night light|400|35
Sleep|Pillow|Memory Foam,Cooling,Travel|cover,zipper,gel|900|30
Wear|Rain Jacket|Light,Packable,Lined|hood,pockets,zipper|500|85
Wear|Sneaker|Running,Canvas,Trail|laces,gel,reflectors|700|90
Home|No Drill Blinds|Blackout,Sheer,Cellular|cord,remote control,valance|1500|48
Home|Stainless Steel Bottle|Insulated,Kids,Slim|straw,handle,carabiner|350|24
Phone|iPhone 15 Case|Clear,Rugged,Slim|stand,magnets,lanyard|50|20"""
_BRANDS = (
    "Keyora",
    "Northpeak",
    "Lumenhaus",
    "Oak & Iron",
    "Velora",
    "Brightwell",
    "Tarn Labs",
    "Zephyrin",
)
_COLOURS = ("Black", "White", "Red", "Navy Blue", "Grey", "Green")
_SIZES = ("S", "M", "L", "XL")
_CURRENCIES = ("USD", "EUR")
_SIGN = {"USD": "$", "EUR": "€"}
_DECOYS = """\
100 watt bulb|iphone 15 case|white noise machine|no drill blinds|stainless steel bottle
under desk lamp|wireless mouse|cordless kettle|60 watt bulb dimmable|ages over 8 headset
a pillow's size|pack of 12|over door sensor 30 cm|bulb for rooms above 20 degrees\
""".replace("\n", "|").split("|")


@dataclass(frozen=True, slots=True)
class Ware:
    """A product and the features, the brand and the colour that it truly has."""

    product: Product
    features: frozenset[str]
    brand: str
    colour: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What a shop sells many of: its department, its noun, words before that, features that one
    has or lacks, and the usual price.
    """

    department: str
    noun: str
    befores: tuple[str, ...]
    features: tuple[str, ...]
    around: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What queries speak of.

    bound_in  an amount, the currency asked in, a price's own -> the amount in that; None where the
              two cannot be compared
    demands   kinds of demand that are made
    """

    kinds: Sequence[Kind]
    brands: Sequence[str]
    colours: Sequence[str]
    currencies: Sequence[str]
    bound_in: Callable[[int, str, str], Decimal | None]
    demands: Sequence[str]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A query, what it demands, and whether a ware meets each demand.

    demands  kind -> the value demanded, in words
    met      one test a demand, over the facts
    """

    query: str
    demands: dict[str, str] = field(default_factory=dict)
    met: dict[str, Callable[[Ware], bool]] = field(default_factory=dict)


def _kind(rng: random.Random) -> tuple[str, str, str, str, int, int]:
    department, noun, befores, features, grams, around = rng.choice(_WARES.split("\n")).split("|")
    return department, noun, befores, features, int(grams), int(around)


def make_shop(seed: int, size: int = 2000) -> list[Ware]:
    """Wares with ids in an order that tells nothing."""
    rng = random.Random(seed)
    ids = rng.sample(range(10_000, 10_000 + 5 * size), size)
    return [_ware(rng, uid) for uid in ids]


def _ware(rng: random.Random, uid: int) -> Ware:
    department, noun, befores, features, grams, around = _kind(rng)
    brand, colour = rng.choice(_BRANDS), rng.choice(_COLOURS)
    kinds = features.split(",")
    has = frozenset(kind for kind in kinds if rng.random() < 0.45)
    said = [
        f"With {kind}." if kind in has else f"No {kind}."
        for kind in kinds
        if rng.random() < 0.8 or kind in has
    ]
    attributes = {
        "colour" if rng.random() < 0.5 else "color": colour,
        "weight": f"{grams * rng.uniform(0.6, 1.6) / 1000:.2f} kg",
    }
    if department == "Wear":
        attributes["size"] = rng.choice(_SIZES)
    product = Product(
        product_uid=str(uid),
        title=f"{brand} {rng.choice(befores.split(','))} {noun}",
        description=" ".join(said),
        brand=brand,
        category=department,
        price=Decimal(int(around * rng.lognormvariate(0, 0.5) * 10)) / 10 + Decimal("0.09"),
        currency=rng.choice(_CURRENCIES),
        attributes=attributes,
        stock=rng.choice((0, 0, 1, 5, 40, None)),
        rating=rng.choice((None, round(rng.uniform(2, 5), 1), round(rng.uniform(3.5, 5), 1))),
        visible=rng.random() > 0.03,
    )
    return Ware(product, has, brand, colour)


def _made_up() -> Vocabulary:
    def bound_in(bound: int, asked: str, own: str) -> Decimal | None:
        return Decimal(bound) if asked in ("", own) else None

    kinds = []
    for line in _WARES.split("\n"):
        department, noun, befores, features, _, around = line.split("|")
        kinds.append(
            Kind(department, noun, (*befores.split(","),), (*features.split(","),), int(around))
        )
    demands = [name for name in _DEMANDS if name != "category"]
    return Vocabulary(kinds, _BRANDS, _COLOURS, _CURRENCIES, bound_in, demands)


def make_queries(
    seed: int, size: int = 500, vocabulary: Vocabulary | None = None
) -> list[Labelled]:
    """Queries with none to three demands; about one in six only looks as if it had one.

    vocabulary  None takes that of `make_shop`
    """
    rng = random.Random(seed)
    of = vocabulary or _made_up()
    made = []
    while len(made) < size:
        if rng.random() < 0.16:
            made.append(Labelled(rng.choice(_DECOYS)))
            continue
        kind = rng.choice(of.kinds)
        words = (
            kind.noun.lower()
            if rng.random() < 0.5
            else f"{rng.choice(kind.befores)} {kind.noun}".lower()
        )
        kinds = rng.sample(sorted(of.demands), rng.choice((1, 1, 1, 2, 2, 3)))
        if {"brand", "not_brand"} <= set(kinds) or {"colour", "not_colour"} <= set(kinds):
            continue
        before, after, demands, met = [], [], {}, {}
        for name in kinds:
            text, leads, value, test = _DEMANDS[name](rng, of, kind)
            (before if leads else after).append(text)
            demands[name], met[name] = value, test
        made.append(Labelled(" ".join((*before, words, *after)), demands, met))
    return made


Demand = tuple[str, bool, str, Callable[[Ware], bool]]


def _price(rng: random.Random, of: Vocabulary, kind: Kind) -> Demand:
    bound, code = max(int(kind.around * rng.uniform(0.6, 1.4)), 5), rng.choice(of.currencies)
    other, sign = bound + rng.randint(5, 60), _SIGN[code]
    name = "dollars" if code == "USD" else "euros"
    # the words, what may not be reached (<, >) or passed (<=, >=), the currency
    forms = [
        (f"under {sign}{bound}", (("<", bound),), code),
        (f"below {bound} {sign}", (("<", bound),), code),
        (f"less than {bound} {name}", (("<", bound),), code),
        (f"cheaper than {bound}", (("<", bound),), ""),
        (f"under {bound}", (("<", bound),), ""),
        (f"up to {sign}{bound}", (("<=", bound),), code),
        (f"max {bound} {code}", (("<=", bound),), code),
        (f"over {sign}{bound}", ((">", bound),), code),
        (f"at least {bound} {code.lower()}", ((">=", bound),), code),
        (f"between {bound} and {other} {sign}", ((">=", bound), ("<=", other)), code),
        (f"between {bound} and {other}", ((">=", bound), ("<=", other)), ""),
        (f"{sign}{bound}-{sign}{other}", ((">=", bound), ("<=", other)), code),
        (f"from {bound} to {other} {code.lower()}", ((">=", bound), ("<=", other)), code),
    ]
    text, bounds, currency = rng.choice(forms)

    def met(ware: Ware) -> bool:
        price = ware.product.price
        if price is None:
            return False
        edges = [
            (sign, of.bound_in(edge, currency, ware.product.currency)) for sign, edge in bounds
        ]
        return all(edge is not None and _IS[sign](price, edge) for sign, edge in edges)

    return text, False, " ".join(f"{sign}{edge}" for sign, edge in bounds) + currency, met


_IS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _without(rng: random.Random, _: Vocabulary, kind: Kind) -> Demand:
    feature = rng.choice(kind.features)
    text = rng.choice(
        (f"without {feature}", f"no {feature}", f"without a {feature}", f"w/o {feature}")
    )
    return text, False, feature, lambda ware: feature not in ware.features


def _brand(rng: random.Random, of: Vocabulary, _: Kind) -> Demand:
    brand = rng.choice(of.brands)
    text, leads = rng.choice(
        ((f"by {brand}", False), (brand, True), (f"brand {brand}", False), (f"from {brand}", False))
    )
    return text.lower(), leads, brand, lambda ware: ware.brand == brand


def _not_brand(rng: random.Random, of: Vocabulary, _: Kind) -> Demand:
    brand = rng.choice(of.brands)
    text = rng.choice((f"not {brand}", f"but not {brand}", f"except {brand}", f"not from {brand}"))
    return text.lower(), False, brand, lambda ware: ware.brand != brand


def _colour(rng: random.Random, of: Vocabulary, _: Kind) -> Demand:
    colour = rng.choice(of.colours)
    word = "gray" if colour == "Grey" and rng.random() < 0.5 else colour.lower()
    text, leads = rng.choice(((word, True), (f"in {word}", False), (f"colour {word}", False)))
    return text, leads, colour, lambda ware: ware.colour == colour


def _not_colour(rng: random.Random, of: Vocabulary, _: Kind) -> Demand:
    colour = rng.choice(of.colours)
    text = rng.choice((f"not {colour}", f"but not {colour}", f"anything but {colour}"))
    return text.lower(), False, colour, lambda ware: ware.colour != colour


def _stock(rng: random.Random, *_: Any) -> Demand:
    text = rng.choice(("in stock", "available now", "not sold out", "in-stock"))
    return text, False, "in stock", lambda ware: (ware.product.stock or 0) > 0


def _rating(rng: random.Random, *_: Any) -> Demand:
    least = rng.choice((3, 4, 4.5))
    text = rng.choice(
        (
            f"at least {least} stars",
            f"rated {least} or higher",
            f"{least}+ stars",
            f"with {least} stars and up",
        )
    )
    return text, False, f">={least}", lambda ware: (ware.product.rating or 0) >= least


def _weight(rng: random.Random, *_: Any) -> Demand:
    grams = rng.choice((200, 500, 1000, 2000))
    forms = (
        (f"under {grams} g", "<"),
        (f"lighter than {grams / 1000:g} kg", "<"),
        (f"at most {grams} grams", "<="),
    )
    text, pattern = rng.choice(forms)

    def met(ware: Ware) -> bool:
        weighs = Decimal(ware.product.attributes["weight"].removesuffix(" kg")) * 1000
        return weighs < grams or (pattern == "<=" and weighs == grams)

    return text, False, f"{pattern}{grams} g", met


def _category(rng: random.Random, of: Vocabulary, kind: Kind) -> Demand:
    name = kind.department
    text = rng.choice((f"in category {name}", f"category {name}", f"in the {name} department"))
    return text.lower(), False, name, lambda ware: ware.product.category == name


_DEMANDS: dict[str, Callable[[random.Random, Vocabulary, Kind], Demand]] = {
    "price": _price,
    "category": _category,
    "without": _without,
    "brand": _brand,
    "not_brand": _not_brand,
    "colour": _colour,
    "not_colour": _not_colour,
    "in_stock": _stock,
    "rating": _rating,
    "weight": _weight,
}
