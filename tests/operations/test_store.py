"""The demo fills our own store and no database of anybody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from aethermart.core.errors import BadInput
from aethermart.operations.store import demo_store, fill_demo_store
from aethermart.wiring import Project

FOREIGN = 'pack = "aethermart"\ndsn = "postgresql://a:b@127.0.0.1:1/theirs"\n'


def project_with(folder: Path, text: str) -> Project:
    (folder / "aethermart.toml").write_text(text, encoding="utf-8")
    return Project.open(folder)


def test_the_embedded_primary_shop_is_the_demos(tmp_path: Path) -> None:
    text = '[shops.mine]\npack = "aethermart"\ndsn = "embedded"\nprimary = true\n'
    assert demo_store(project_with(tmp_path, text)) == "mine"


def test_no_order_goes_into_a_database_of_somebody_else(tmp_path: Path) -> None:
    project = project_with(tmp_path, f"[shops.theirs]\n{FOREIGN}primary = true\n")
    with pytest.raises(BadInput, match="shop theirs is a database of your own"):
        fill_demo_store(project, scale=1, seed=1, say=lambda _: None)


def test_where_no_shop_is_primary_nothing_is_filled(tmp_path: Path) -> None:
    project = project_with(tmp_path, f"[shops.theirs]\n{FOREIGN}")
    assert demo_store(project) is None
    fill_demo_store(project, scale=1, seed=1, say=lambda _: None)  # would fail if it connected
