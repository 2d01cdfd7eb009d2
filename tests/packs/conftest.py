"""Shops of many shapes, each packed from its DSN alone, and the lakes over them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from aethermart.operations.pack_init import Wanted, init_pack
from aethermart.packs.load import load_pack
from aethermart.packs.pack import Shop
from aethermart.warehouse.compile import compile_warehouse
from tests.packs.staged import SHOPS, lake_of, sqlite_shop

EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (SHOPS / "expected.toml").read_text(encoding="utf-8")
)

# Shops of the most different shapes; the others are compiled nightly, 4 s of CPU each.
DAILY = ("saas", "woo", "legacy", "german", "star", "flat", "orphans", "rental")


def packed(name: str, dsn: str, home: Path, **options: str) -> Shop:
    """The shop by the pack that `pack init` writes for it."""
    options = {**EXPECTED.get(name, {}).get("options", {}), **options}
    init_pack(home, dsn, name, Wanted(**options))
    return Shop(name, load_pack(home / "packs" / name))


@pytest.fixture(scope="session")
def sqlite_lake(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every shop that is asked for as a SQLite file, packed, staged and in gold, side by side."""
    nightly = any("[polish]" in item.nodeid for item in request.session.items)
    folder = tmp_path_factory.mktemp("sqlite_shops")
    shops = {}
    for name in EXPECTED if nightly else DAILY:
        dsn = sqlite_shop(name, folder)
        shops[name] = (packed(name, dsn, folder), dsn)
    compiled = compile_warehouse(
        [shop for shop, _ in shops.values()], folder / "warehouse", folder / "logs"
    )
    with lake_of(shops, compiled, folder / "lake.duckdb") as lake:
        yield lake
