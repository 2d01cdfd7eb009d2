"""Attributes out of descriptions: lists of pairs are read, prose is left alone."""

from __future__ import annotations

import pytest

from aethermart.sinks.search_index.described import attributes_of


@pytest.mark.parametrize(
    "description, expected",
    [
        (
            "No hub. Colour: Black. Brand: Tarn Labs. Switches: silent red. Sound: no.",
            {
                "colour": "Black",
                "brand": "Tarn Labs",
                "switches": "silent red",
                "sound": "no",
            },
        ),
        ("Oak Mug Sand, Kitchen. Colour: Sand.", {"colour": "Sand"}),
        (
            "Weight: 0.9 kg; Size: 42\nMaterial: wool",
            {"weight": "0.9 kg", "size": "42", "material": "wool"},
        ),
        ("Colour: Red. Colour: Blue.", {"colour": "Red"}),
        ("Please note: batteries are not included.", {}),
        ("A kit with all you need: a hub, a siren.", {}),
        ("Power: plug", {}),
        ("", {}),
        ("Colour: " + "x" * 60 + ".", {}),
    ],
)
def test_pairs_are_read_and_prose_is_not(description: str, expected: dict[str, str]) -> None:
    assert attributes_of(description) == expected
