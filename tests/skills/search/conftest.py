"""Catalogues that several tests of search share, built once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from aethermart.skills.embed.static import StaticEmbedder
from aethermart.skills.search.engine import SearchEngine
from aethermart.skills.search.records import Product
from benchmarks.search_shop import Ware, make_shop


@pytest.fixture(scope="session")
def embedder() -> StaticEmbedder:
    return StaticEmbedder()


@pytest.fixture(scope="session")
def wares() -> list[Ware]:
    return make_shop(seed=7, size=1500)


@pytest.fixture(scope="session")
def shop(wares: list[Ware], embedder: StaticEmbedder) -> SearchEngine:
    return SearchEngine([ware.product for ware in wares], embedder)


def dollars(uid: str, title: str, price: str, **more: object) -> Product:
    return Product(uid, title, price=Decimal(price), currency="USD", **more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def small(embedder: StaticEmbedder) -> SearchEngine:
    """Eleven products that a person can look through."""
    return SearchEngine(
        [
            dollars("k1", "Keyora Silent Mechanical Keyboard", "89.00", brand="Keyora", stock=3,
                    attributes={"color": "Black"}, rating=4.5),
            dollars("k2", "Keyora Quiet Mechanical Keyboard Pro", "129.00", brand="Keyora", stock=0,
                    attributes={"color": "White"}, rating=4.8),
            dollars("k3", "Tarn Quiet Membrane Keyboard", "25.00", brand="Tarn", stock=9,
                    attributes={"color": "Red"}, description="No backlight."),
            dollars("k4", "Tarn Clicky Mechanical Keyboard", "59.00", brand="Tarn", stock=None,
                    attributes={"color": "Black"},
                    description="With backlight. Colour: Black. Brand: Tarn."),
            dollars("c1", "Wireless Security Camera, Indoor", "49.00", category="Cameras"),
            dollars("c2", "Outdoor Camera with Night Vision", "99.00", category="Home Security"),
            dollars("s1", "Door and Window Sensor", "19.00", category="Smart Home"),
            dollars("s2", "Motion Sensor for Apartments", "29.00", category="Home Security"),
            dollars("n1", "White Noise Machine", "39.00", attributes={"color": "Grey"}),
            dollars("b1", "100 Watt Bulb", "4.00", attributes={"weight": "80 g"}),
            dollars("h1", "Hidden Mechanical Keyboard", "10.00", visible=False),
        ],
        embedder,
    )  # fmt: skip
