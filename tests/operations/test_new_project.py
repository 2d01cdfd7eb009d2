"""A project folder: made once, secrets apart, shops added without losing its comments."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from aethermart.core.errors import BadInput, Conflict
from aethermart.operations.new_project import add_shop, init_project
from aethermart.settings.reading import read_settings


def test_a_new_folder_gets_all_of_a_project(tmp_path: Path) -> None:
    home = tmp_path / "shop"
    assert init_project(home) == ["aethermart.toml", ".env", ".gitignore", "packs/", "state/"]
    assert stat.S_IMODE((home / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "state").stat().st_mode) == 0o700
    assert ".env" in (home / ".gitignore").read_text().split()
    assert read_settings(home, {}).shops == {}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "shop"
    dsn = "postgresql://reader:geheim@db.example.org/shop"
    init_project(home, "corner", dsn)
    before = {p.name: p.read_bytes() for p in home.iterdir() if p.is_file()}
    assert init_project(home, "corner", dsn) == []
    assert {p.name: p.read_bytes() for p in home.iterdir() if p.is_file()} == before


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="has files in it"):
        init_project(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_shop_needs_a_name_and_a_dsn(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a name and a DSN"):
        init_project(tmp_path / "shop", "corner")
    assert not (tmp_path / "shop").exists()


def test_the_password_stands_in_env_alone(tmp_path: Path) -> None:
    home = tmp_path / "shop"
    init_project(
        home, "corner", "mysql://reader:ge%40heim@db.example.org:3307/shop?charset=utf8mb4"
    )
    assert "ge%40heim" not in (home / "aethermart.toml").read_text()
    assert "CORNER_PASSWORD=ge%40heim\n" in (home / ".env").read_text()
    shop = read_settings(home, {}).shops["corner"]
    assert shop.dsn == "mysql://reader:ge%40heim@db.example.org:3307/shop?charset=utf8mb4"
    assert shop.pack == "corner"


def test_a_shop_is_added_and_the_files_own_words_stay(tmp_path: Path) -> None:
    home = tmp_path / "shop"
    init_project(home)
    own = (home / "aethermart.toml").read_text() + "# my note\n"
    (home / "aethermart.toml").write_text(own)
    assert add_shop(home, "north", "sqlite:////data/north.db", time_zone="Europe/Oslo")
    assert not add_shop(home, "north", "sqlite:////data/other.db")
    text = (home / "aethermart.toml").read_text()
    assert text.startswith(own)
    assert read_settings(home, {}).shops["north"].dsn == "sqlite:////data/north.db"
    assert read_settings(home, {}).shops["north"].time_zone == "Europe/Oslo"


def test_a_secret_that_is_there_with_another_value_is_not_replaced(tmp_path: Path) -> None:
    home = tmp_path / "shop"
    init_project(home)
    (home / ".env").write_text("CORNER_PASSWORD=first\n")
    before = (home / "aethermart.toml").read_text()
    with pytest.raises(Conflict) as refused:
        add_shop(home, "corner", "postgresql://u:second@h/db")
    assert "second" not in str(refused.value)
    assert (home / "aethermart.toml").read_text() == before
    assert (home / ".env").read_text() == "CORNER_PASSWORD=first\n"
