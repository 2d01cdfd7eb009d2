"""Electronics and smart home things of the made-up shop: words that say what each product is.

What a product is like stands in its name and, word for word, in its description: sentences for
people first, what it has and lacks, then `Colour: Black. Brand: Keyora. …`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aethermart.simulate.libraries import np

ROOTS = ("Electronics", "Smart Home")
# root, leaf, median price in cents
LEAVES = (
    ("Electronics", "Keyboards", 8400),
    ("Electronics", "Desk Tech", 6900),
    ("Smart Home", "Cameras", 7900),
    ("Smart Home", "Sensors and Alarms", 3400),
    ("Smart Home", "Doorbells and Locks", 11900),
)
BRANDS = ("Keyora", "Tarn Labs", "Northpeak", "Brightwell", "Zephyrin", "Lumenhaus")
COLOURS = ("Black", "White", "Grey")

# leaf | words before the noun | noun | what people are told | attributes, each with what it may be
# | features that one has or lacks | price against the leaf's median. Each leaf's first lines are
# what even the smallest shop sells.
_KINDS = """\
Keyboards|Quiet|Mechanical Keyboard|Barely heard in a shared room|Switches=silent red/silent brown,Noise=quiet,Connection=USB-C/Bluetooth|backlight,number pad,wrist rest|1.0
Keyboards|Quiet|Membrane Keyboard|Soft keys for the living room and the office|Switches=membrane,Noise=quiet,Connection=USB/wireless|backlight,number pad,wrist rest|0.35
Keyboards|Clicky|Mechanical Keyboard|Each key answers with a click|Switches=blue,Noise=loud,Connection=USB-C|backlight,number pad,wrist rest|0.9
Keyboards|Compact Silent|Mechanical Keyboard|75 percent of the size and hushed by foam|Switches=silent red/silent brown,Noise=quiet,Connection=USB-C/Bluetooth|backlight,knob,wrist rest|1.15
Keyboards|Gaming|Mechanical Keyboard|Fast linear keys|Switches=red/optical,Noise=audible,Connection=USB-C|backlight,number pad,macro keys|1.4
Keyboards|Slim|Membrane Keyboard|Flat and light for travelling|Switches=membrane,Noise=quiet,Connection=Bluetooth|backlight,number pad,stand|0.45
Keyboards|Wireless|Mechanical Keyboard|Three devices and months on one charge|Switches=brown,Noise=audible,Connection=Bluetooth|backlight,number pad,wrist rest|1.2
Keyboards|Ergonomic|Split Keyboard|Two halves at the width of your shoulders|Switches=silent brown/brown,Noise=quiet,Connection=USB-C|backlight,wrist rest,macro keys|1.7
Desk Tech|Silent|Wireless Mouse|Clicks that nobody hears|Noise=quiet,Connection=Bluetooth/wireless,Battery=12 months|side buttons,charging dock,dongle|0.5
Desk Tech|Noise Cancelling|Headset|For calls in an open office|Connection=Bluetooth/USB-C,Battery=30 hours|microphone,carrying case,charging dock|1.5
Desk Tech|Full HD|Webcam|Sharp in poor light|Resolution=1080p,Connection=USB-C|microphone,privacy shutter,tripod|0.8
Desk Tech|Ergonomic|Mouse|Upright for a resting wrist|Noise=audible,Connection=USB/wireless|side buttons,backlight,dongle|0.6
Desk Tech|Portable|Monitor|A second screen in the bag|Resolution=1080p/4K,Connection=USB-C|speakers,stand,carrying case|2.6
Desk Tech|USB-C|Docking Station|One cable for the whole desk|Connection=USB-C|card reader,ethernet port,charging|1.3
Desk Tech|Gaming|Headset|Footsteps from every side|Connection=USB-C/wireless,Battery=20 hours|microphone,backlight,carrying case|1.2
Cameras|Indoor|Security Camera|Smart home security for apartments and rented rooms|Place=indoor,Power=plug,Resolution=1080p/2K|night vision,subscription,two-way audio|0.6
Cameras|Outdoor|Security Camera|Watches garden and drive in any weather|Place=outdoor,Power=battery/solar,Resolution=2K/4K|night vision,subscription,siren|1.4
Cameras|Battery|Security Camera|Stands anywhere in the apartment without a cable|Place=indoor,Power=battery,Resolution=1080p/2K|night vision,subscription,two-way audio|1.0
Cameras|Swivel|Security Camera|Turns and follows whoever moves|Place=indoor,Power=plug,Resolution=2K|night vision,subscription,two-way audio|0.9
Cameras|Floodlight|Security Camera|Light and picture over the garage|Place=outdoor,Power=wired,Resolution=2K/4K|siren,subscription,two-way audio|1.8
Cameras|Pet|Camera|See and call the dog from work|Place=indoor,Power=plug,Resolution=1080p|night vision,subscription,treat dispenser|0.8
Sensors and Alarms|Smart|Door and Window Sensor|Smart home security for apartments: sticks on without drilling|Place=indoor,Battery=2 years,Connection=Zigbee/Thread|hub,siren,mounting tape|0.7
Sensors and Alarms|Smart|Motion Sensor|Smart home security for apartments: tells of steps in the hall|Place=indoor,Battery=2 years,Connection=Zigbee/Thread|hub,pet immunity,mounting tape|0.8
Sensors and Alarms|Wireless|Alarm Kit for Apartments|Hub, siren and three sensors for a rented home|Place=indoor,Power=plug,Connection=wifi|subscription,keypad,remote control|4.2
Sensors and Alarms|Smart|Smoke Alarm|Rings in every room and on the phone|Place=indoor,Battery=10 years,Connection=Zigbee/wifi|hub,carbon monoxide,test button|1.2
Sensors and Alarms|Smart|Water Leak Sensor|Lies below the washing machine|Place=indoor,Battery=3 years,Connection=Zigbee|hub,siren,cable probe|0.7
Sensors and Alarms|Outdoor|Siren|Loud and bright under the roof|Place=outdoor,Power=solar/wired,Noise=loud|hub,strobe light,tamper alarm|1.6
Sensors and Alarms|Smart|Glass Break Sensor|Listens for the sound of a broken pane|Place=indoor,Battery=3 years,Connection=Zigbee|hub,siren,mounting tape|0.9
Doorbells and Locks|Battery|Video Doorbell|See who rings, without wires: security for apartment doors|Place=outdoor,Power=battery,Resolution=1080p/2K|chime,subscription,night vision|1.0
Doorbells and Locks|Smart|Door Lock|Opens by phone, keeps the key's cylinder|Place=indoor,Power=battery,Connection=Bluetooth/wifi|keypad,fingerprint reader,hub|1.6
Doorbells and Locks|Wired|Video Doorbell|Always on, never charged|Place=outdoor,Power=wired,Resolution=2K|chime,subscription,night vision|1.2
Doorbells and Locks|Plug-In|Door Chime|Rings in the farthest room|Place=indoor,Power=plug,Noise=loud|night light,volume dial,mute button|0.25
Doorbells and Locks|Smart|Door Viewer|A screen in place of the peephole|Place=indoor,Power=battery,Resolution=1080p|chime,night vision,subscription|1.1
Doorbells and Locks|Smart|Key Box|For guests and cleaners|Place=outdoor,Power=battery,Connection=Bluetooth|keypad,alarm,shackle|0.8"""  # noqa: E501


@dataclass(frozen=True, slots=True)
class Kind:
    """What a leaf sells many of: a line of the table above.

    may_be  name of an attribute -> its values
    around_cents  its median price
    """

    leaf: str
    before: str
    noun: str
    told: str
    may_be: Mapping[str, tuple[str, ...]]
    features: tuple[str, ...]
    factor: float
    around_cents: int


@dataclass(frozen=True, slots=True)
class Ware:
    """has  features that it has; those it lacks are denied in its description or left out
    factor  of the leaf's median price
    """

    name: str
    description: str
    brand: str
    colour: str
    attributes: Mapping[str, str]
    has: frozenset[str]
    factor: float


def ware_of(rng: np.random.Generator, leaf: int, turn: int, colour: int) -> Ware:
    """The product that comes `turn`th in the leaf; the kinds of a leaf take turns."""
    kinds = _BY_LEAF[leaf]
    kind = kinds[turn % len(kinds)]
    brand = BRANDS[rng.integers(len(BRANDS))]
    is_in = COLOURS[colour % len(COLOURS)]
    of = {"Colour": is_in, "Brand": brand}
    for name, values in kind.may_be.items():
        of[name] = values[rng.integers(len(values))]
    each_has = {feature: rng.random() < 0.5 for feature in kind.features}
    has = [f"With {f}." if had else f"No {f}." for f, had in each_has.items()]
    facts = [f"{name}: {value}." for name, value in of.items()]
    return Ware(
        name=f"{brand} {kind.before} {kind.noun} {is_in}",
        description=" ".join((f"{kind.told}.", *has, *facts)),
        brand=brand,
        colour=is_in,
        attributes=of,
        has=frozenset(feature for feature, had in each_has.items() if had),
        factor=kind.factor,
    )


def kinds_of() -> list[Kind]:
    """Every kind of thing, leaf by leaf."""
    return [kind for kinds in _BY_LEAF for kind in kinds]


def _read(line: str) -> Kind:
    leaf, before, noun, told, attributes, features, factor = line.split("|")
    pairs = (each.split("=") for each in attributes.split(","))
    median = next(cents for _, name, cents in LEAVES if name == leaf)
    return Kind(
        leaf=leaf,
        before=before,
        noun=noun,
        told=told,
        may_be={name: tuple(values.split("/")) for name, values in pairs},
        features=tuple(features.split(",")),
        factor=float(factor),
        around_cents=round(median * float(factor)),
    )


_BY_LEAF = [
    [kind for kind in map(_read, _KINDS.split("\n")) if kind.leaf == leaf] for _, leaf, _ in LEAVES
]
