"""Nothing we install may bind who uses us: no GPL, no AGPL (an LGPL library is only linked)."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"

# Offered under two licences of which one binds; we take the other.
DUAL = {"text-unidecode": "Artistic License"}

_GPL = re.compile(r"\bA?GPL|(?<!Lesser )General Public License", re.IGNORECASE)


def _licences(package: Distribution) -> list[str]:
    """The licence as the package's metadata states it; a licence's full text is cut to its name."""
    metadata = package.metadata
    stated = [metadata.get("License-Expression"), metadata.get("License")]
    stated += [c for c in metadata.get_all("Classifier", []) if c.startswith("License ::")]
    return [text.strip().split("\n")[0] for text in stated if text]


def _installed() -> list[Distribution]:
    names = re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)==", LOCK.read_text(encoding="utf-8"))
    packages = []
    for name in dict.fromkeys(names):
        try:
            packages.append(distribution(name))
        except PackageNotFoundError:
            continue  # locked for another platform
    return packages


def test_no_installed_package_is_under_the_gpl() -> None:
    packages = _installed()
    assert len(packages) > 50
    stated = {package.name: _licences(package) for package in packages}
    bound = {
        name: licences
        for name, licences in stated.items()
        if name not in DUAL and any(map(_GPL.search, licences))
    }
    assert bound == {}


def test_the_dual_ones_do_offer_the_licence_we_take() -> None:
    packages = {package.name: package for package in _installed()}
    for name, taken in DUAL.items():
        assert any(taken in licence for licence in _licences(packages[name])), name


@pytest.mark.parametrize(
    "licence, binds",
    [
        ("GPL-3.0-only", True),
        ("AGPL-3.0-or-later", True),
        ("License :: OSI Approved :: GNU General Public License v2 (GPLv2)", True),
        ("LGPL-3.0-only", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("MIT", False),
    ],
)
def test_the_pattern_tells_gpl_from_lgpl(licence: str, binds: bool) -> None:
    assert bool(_GPL.search(licence)) is binds
