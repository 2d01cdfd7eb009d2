"""Measures: `under 2 kg`, `at least 16 gb`, and the numbers with units that products carry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from aethermart.skills.search.records import MeasureRange
from aethermart.skills.search.understanding.scratch import Scratch

# How a unit is written -> what it measures and how many of that measure's own unit it is.
_UNITS: dict[str, tuple[str, float]] = {}
for _names, _kind, _factor in (
    ("mg milligram milligrams", "weight_g", 0.001),
    ("g gram grams gr", "weight_g", 1.0),
    ("kg kgs kilo kilos kilogram kilograms", "weight_g", 1000.0),
    ("oz ounce ounces", "weight_g", 28.349523125),
    ("lb lbs pound pounds", "weight_g", 453.59237),
    ("mm millimeter millimeters millimetre millimetres", "length_mm", 1.0),
    ("cm centimeter centimeters centimetre centimetres", "length_mm", 10.0),
    ("m meter meters metre metres", "length_mm", 1000.0),
    ("in inch inches", "length_mm", 25.4),
    ("ft foot feet", "length_mm", 304.8),
    ("ml milliliter milliliters millilitre millilitres", "volume_ml", 1.0),
    ("cl", "volume_ml", 10.0),
    ("l liter liters litre litres ltr", "volume_ml", 1000.0),
    ("gal gallon gallons", "volume_ml", 3785.411784),
    ("mb megabyte megabytes", "memory_mb", 1.0),
    ("gb gigabyte gigabytes", "memory_mb", 1000.0),
    ("tb terabyte terabytes", "memory_mb", 1_000_000.0),
    ("w watt watts", "power_w", 1.0),
    ("kw kilowatt kilowatts", "power_w", 1000.0),
    ("mah", "charge_mah", 1.0),
    ("hz hertz", "frequency_hz", 1.0),
    ("ghz", "frequency_hz", 1e9),
):
    _UNITS.update(dict.fromkeys(_names.split(), (_kind, _factor)))
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_VALUE = re.compile(rf"(?<![\w.])(\d+(?:[.,]\d+)?)\s*-?\s*({_UNIT})(?![\w])")
_ASKED = re.compile(
    r"(?<![\w-])(?:(?P<below>under|below|less than|lighter than|shorter than|smaller than|up to|"
    r"at most|no more than|max(?:imum)?|<=?|≤)|(?P<above>over|above|more than|heavier than|"
    r"longer than|larger than|bigger than|at least|no less than|min(?:imum)?|>=?|≥))\s*"
    rf"(?P<number>\d+(?:[.,]\d+)?)\s*-?\s*(?P<unit>{_UNIT})(?![\w])"
)
_CLOSED = frozenset(
    "up to,at most,no more than,max,maximum,<=,≤,at least,no less than,min,minimum,>=,≥".split(",")
)


def measures_of(values: Iterable[str]) -> list[tuple[str, float]]:
    """What a product's attribute values measure: `1.5 kg` is 1,500 of weight_g."""
    found = []
    for value in values:
        for number, unit in _VALUE.findall(value.lower()):
            kind, factor = _UNITS[unit]
            found.append((kind, float(number.replace(",", ".")) * factor))
    return found


def read_measures(scratch: Scratch, kinds: AbstractSet[str]) -> tuple[MeasureRange, ...]:
    """Take out every bound on a measure that some product of the catalogue states."""
    found: list[MeasureRange] = []
    scratch.take(_ASKED, _reader(kinds, found))
    return tuple(found)


def _reader(kinds: AbstractSet[str], found: list[MeasureRange]) -> Callable[[re.Match[str]], bool]:
    def read(match: re.Match[str]) -> bool:
        kind, factor = _UNITS[match["unit"]]
        if kind not in kinds:
            return False
        bound = float(match["number"].replace(",", ".")) * factor
        is_open = (match["below"] or match["above"]) not in _CLOSED
        found.append(
            MeasureRange(kind, high=bound, is_open=is_open)
            if match["below"]
            else MeasureRange(kind, low=bound, is_open=is_open)
        )
        return True

    return read
