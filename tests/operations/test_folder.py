"""The demo's folder: made with its secrets, and taken away with nothing of anybody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from aethermart.core.errors import BadInput
from aethermart.operations.folder import DEMO_SETTINGS, open_demo, remove_demo, token
from aethermart.wiring import Project


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_has_settings_and_a_token_that_only_its_owner_reads(tmp_path: Path) -> None:
    project = open_demo(tmp_path / "a" / "new home")
    assert (project.home / "aethermart.toml").read_text(encoding="utf-8") == DEMO_SETTINGS
    assert project.state.stat().st_mode & 0o777 == 0o700
    assert project.token_file.stat().st_mode & 0o777 == 0o600
    assert len(token(project)) >= 32
    assert token(open_demo(project.home)) == token(project)


def test_a_project_that_a_person_wrote_gets_its_token_on_first_use(tmp_path: Path) -> None:
    (tmp_path / "aethermart.toml").touch()
    project = Project.open(tmp_path)
    assert token(project) == token(project)
    assert project.token_file.stat().st_mode & 0o777 == 0o600


def test_clean_removes_the_folder_and_says_whether_there_was_one(tmp_path: Path) -> None:
    home = open_demo(tmp_path / "home").home
    assert remove_demo(home)
    assert not home.exists()
    assert not remove_demo(home)


def test_clean_leaves_other_peoples_files(tmp_path: Path) -> None:
    home = open_demo(tmp_path / "home").home
    (home / "packs").mkdir()
    (home / "packs" / "mine.toml").touch()
    assert remove_demo(home)
    assert names(home) == ["packs"]
    assert names(home / "packs") == ["mine.toml"]


def test_clean_refuses_a_project_in_which_no_demo_ran(tmp_path: Path) -> None:
    (tmp_path / "aethermart.toml").write_text("# my shop\n", encoding="utf-8")
    token(Project.open(tmp_path))
    with pytest.raises(BadInput, match="the demo never ran there"):
        remove_demo(tmp_path)
    assert names(tmp_path) == ["aethermart.toml", "state"]


def test_clean_goes_on_where_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = open_demo(tmp_path / "home")
    with (project.home / "aethermart.toml").open("a", encoding="utf-8") as settings:
        settings.write("# my own port\n")

    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("aethermart.operations.folder.shutil.rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt):
            remove_demo(project.home)
    assert remove_demo(project.home)
    assert not project.home.exists()


def test_a_store_elsewhere_is_asked_for_once_and_its_password_is_kept_apart(
    tmp_path: Path,
) -> None:
    address = "mysql://me:s3cret-word@db.example.org/shop"
    home = open_demo(tmp_path / "home", address).home
    assert "s3cret-word" not in (home / "aethermart.toml").read_text(encoding="utf-8")
    assert (home / ".env").stat().st_mode & 0o777 == 0o600
    for store in (None, address):
        shop = open_demo(home, store).settings.shops["aethermart"]
        assert (shop.dsn, shop.primary, shop.demo) == (address, True, True)
    with pytest.raises(BadInput, match="has its store elsewhere"):
        open_demo(home, "mariadb")
    assert remove_demo(home)
    assert not home.exists()


def test_the_word_mariadb_is_one_that_the_demo_runs_itself(tmp_path: Path) -> None:
    project = open_demo(tmp_path / "home", "mariadb")
    assert project.settings.shops["aethermart"].dsn == "embedded-mariadb"
    assert [server.folder for server in project.own_servers()] == [
        project.state / "postgres",
        project.state / "mariadb",
    ]


@pytest.mark.parametrize("store", ["sqlite:///shop.db", "mariadbs", 'mysql://a:b@c/"x'])
def test_a_store_that_cannot_be_is_refused_before_anything_is_made(
    tmp_path: Path, store: str
) -> None:
    with pytest.raises(BadInput, match="the demo's store cannot lie at"):
        open_demo(tmp_path / "home", store)
    assert not (tmp_path / "home" / "aethermart.toml").exists()
