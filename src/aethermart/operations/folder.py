"""A demo's project folder: its settings file, its secrets, and taking all of it away again."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from aethermart.core.errors import BadInput
from aethermart.core.files import only_one, private_folder, write_whole
from aethermart.identity.project_token import new_token
from aethermart.operations.new_project import (
    keep_secret,
    password_variable,
    without_password,
)
from aethermart.operations.servers import unused
from aethermart.servers.mariadb import EmbeddedMariadb
from aethermart.servers.mysql_client import without_password as hidden
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.settings.reading import FILE, read_dotenv
from aethermart.settings.sections import EMBEDDED_MARIADB
from aethermart.wiring import Project

_EMBEDDED = """\
dsn = "embedded"       # the PostgreSQL that this project runs itself
primary = true         # orders may be placed here
"""
_GIVEN = """\
dsn = "{dsn}"
primary = true         # orders may be placed here
demo = true            # its orders are made up: the demo fills it and sends it traffic
"""
_SETTINGS = """\
# A shop of our own and a real one, both captured into one lake.
# What may stand here: docs/settings.md. A secret is written as ${NAME} and put into .env.

[shops.aethermart]
pack = "aethermart"
{store}\
allow_ddl = true       # the change queue and its triggers may be made there

[shops.online_retail]
pack = "online_retail"
file = "shipped"       # 541,909 invoice lines of a UK retailer, 2010 to 2011

[api]
port = 8000

[console]
port = 8501
"""
DEMO_SETTINGS = _SETTINGS.replace("{store}", _EMBEDDED)
MARIADB = "mariadb"  # as a store's address: one that the demo runs itself
_SHOP = "aethermart"
_STORES = ("mysql://", "mariadb://", "postgresql://", "postgres://")
_LOCK = "demo.lock"


def open_demo(home: Path, store: str | None = None) -> Project:
    """The demo's project, made where the folder is missing or empty.

    store  where its shop lies: `mariadb` or an address; the PostgreSQL of its own where absent
    A folder with anything else in it is left alone, and so is a demo with another store. The
    address's password goes into .env.
    """
    home = home.resolve()
    if not (home / FILE).exists():
        if home.exists() and (not home.is_dir() or any(home.iterdir())):
            raise BadInput(
                f"{home} has files in it but no {FILE}",
                fix="name an empty or a new folder with --home",
            )
        home.mkdir(parents=True, exist_ok=True)
        _write_settings(home, store)
    project = Project.open(home)
    _require_store(project, store)
    private_folder(project.state)
    demo_lock(project).touch(mode=0o600)
    token(project)
    return project


def _write_settings(home: Path, store: str | None) -> None:
    if store is None:
        write_whole(home / FILE, DEMO_SETTINGS)
        return
    shown, secret = without_password(_SHOP, _address(store))
    if secret is not None:
        keep_secret(home / ".env", *secret)
    write_whole(home / FILE, _SETTINGS.replace("{store}", _GIVEN.replace("{dsn}", shown)))


def _require_store(project: Project, store: str | None) -> None:
    if store is None:
        return
    there = [shop.dsn for shop in project.settings.shops.values() if shop.primary]
    if there != [_address(store)]:
        raise BadInput(
            f"the demo in {project.home} has its store elsewhere",
            fix="leave out --store, name another --home, or remove it with --clean",
        )


def _address(store: str) -> str:
    if store == MARIADB:
        return EMBEDDED_MARIADB
    if not store.startswith(_STORES) or any(ord(sign) < 32 or sign in '"\\' for sign in store):
        raise BadInput(
            f"the demo's store cannot lie at {hidden(store)!r}",
            fix=f"use {MARIADB}, or an address that begins with {', '.join(_STORES)}",
        )
    return store


def token(project: Project) -> str:
    """The project's bearer token, made on first use."""
    if not project.token_file.exists():
        private_folder(project.token_file.parent)
        write_whole(project.token_file, new_token() + "\n", mode=0o600)
    return project.token_file.read_text(encoding="utf-8").strip()


def mask_key(project: Project) -> str:
    """The key of the pseudonyms in masked columns, made on first use.

    With another one, pseudonyms that somebody noted would name nobody any more.
    """
    file = project.token_file.with_name("mask_key")
    if not file.exists():
        private_folder(file.parent)
        write_whole(file, new_token() + "\n", mode=0o600)
    return file.read_text(encoding="utf-8").strip()


def remove_demo(home: Path) -> bool:
    """Stop the demo's server and delete what the demo made; False when there was nothing.

    The folder goes too, unless somebody else's files are in it. Raises BadInput for a folder in
    which no demo ran, Conflict for one in use.
    """
    home = home.resolve()
    if not home.exists():
        return False
    if not (home / FILE).exists():
        raise BadInput(
            f"{home} is not a demo's folder: it has no {FILE}",
            fix="delete it by hand if you mean it",
        )
    state = home / "state"
    if not (state / _LOCK).exists() and (home / FILE).read_text("utf-8") != DEMO_SETTINGS:
        raise BadInput(
            f"{home} is a project of AetherMart, but the demo never ran there",
            fix="delete it by hand if you mean it",
        )
    if state.is_dir():
        with only_one(state / _LOCK, "the demo"), unused(home):
            EmbeddedPostgres(state / "postgres").destroy()
            EmbeddedMariadb(state / "mariadb").destroy()
            _empty_but(state, _LOCK)  # which says that this is a demo's, should we not get on
            shutil.rmtree(state)
    (home / FILE).unlink()
    _remove_secret(home / ".env")
    with contextlib.suppress(OSError):
        home.rmdir()
    return True


def _remove_secret(path: Path) -> None:
    """The file, if it holds nothing but the password that the demo put there."""
    if read_dotenv(path).keys() == {password_variable(_SHOP)}:
        path.unlink()


def _empty_but(folder: Path, kept: str) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != kept:
            path.unlink()


def demo_lock(project: Project) -> Path:
    return project.state / _LOCK
