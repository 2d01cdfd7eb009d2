"""A project folder: `aethermart.toml`, `.env` for secrets, packs/ and state/; shops added to it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from aethermart.core.errors import BadInput, Conflict
from aethermart.core.files import private_folder, write_whole
from aethermart.packs.pack import check_time_zone
from aethermart.settings.reading import FILE, read_settings

_SETTINGS = """\
# The settings of this AetherMart project. Every setting: docs/settings.md; how they stand now:
# `aethermart config show`. A secret is written as ${NAME} and put into .env beside this file.
#
# A shop is a database that is read, under a name of your own.
# `aethermart pack init DSN --name NAME` looks at it, writes packs/NAME and adds it here:
#
# [shops.corner]
# pack = "corner"
# dsn = "postgresql://reader:${CORNER_PASSWORD}@db.example.org/shop"
# time_zone = "Europe/Berlin"

[api]
port = 8000

[console]
port = 8501
"""
_ENV = "# Secrets of this project, NAME=value a line. Never commit this file.\n"
_IGNORED = ".env\nstate/\n"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


def init_project(home: Path, shop: str | None = None, dsn: str | None = None) -> list[str]:
    """Make what is missing of a project in `home`; returns what was made, empty on a second run.

    Raises BadInput for a folder with other things in it, or half a shop.
    """
    home = home.resolve()
    if (shop is None) != (dsn is None):
        raise BadInput("a shop needs a name and a DSN", fix="give --shop NAME and --dsn DSN")
    if home.exists() and not home.is_dir():
        raise BadInput(f"{home} is a file", fix="name a folder")
    if not (home / FILE).exists() and home.exists() and any(home.iterdir()):
        raise BadInput(f"{home} has files in it but no {FILE}", fix="name an empty or a new folder")
    made = []
    home.mkdir(parents=True, exist_ok=True)
    for name, text, mode in (
        (FILE, _SETTINGS, 0o644),
        (".env", _ENV, 0o600),
        (".gitignore", _IGNORED, 0o644),
    ):
        if not (home / name).exists():
            write_whole(home / name, text, mode)
            made.append(name)
    if not (home / "packs").is_dir():
        (home / "packs").mkdir()
        made.append("packs/")
    if not (home / "state").is_dir():
        private_folder(home / "state")
        made.append("state/")
    if shop is not None and dsn is not None and add_shop(home, shop, dsn):
        made.append(f"[shops.{shop}]")
    return made


def add_shop(
    home: Path, name: str, dsn: str, *, time_zone: str | None = None, schema: str | None = None
) -> bool:
    """Add a shop read through the pack of its name; False where it is there already.

    The file's own text stays as it is. The DSN's password goes into .env.
    """
    check_shop_name(name)
    if time_zone is not None:
        check_time_zone(time_zone)
    path = home / FILE
    before = path.read_text(encoding="utf-8")
    known = tomllib.loads(before).get("shops", {})
    if name in known:
        return False
    shown, secret = without_password(name, dsn)
    lines = ["", f"[shops.{name}]", f'pack = "{name}"', f"dsn = {_text(shown)}"]
    if schema is not None:
        lines.append(f"schema = {_text(schema)}")
    if time_zone is not None:
        lines.append(f"time_zone = {_text(time_zone)}")
    if secret is not None:
        keep_secret(home / ".env", *secret)
    write_whole(path, before.rstrip("\n") + "\n" + "\n".join(lines) + "\n")
    try:
        read_settings(home)
    except BadInput:
        write_whole(path, before)
        raise
    return True


def check_shop_name(name: str) -> None:
    if not _NAME.fullmatch(name) or "__" in name:
        raise BadInput(
            f"{name!r} is not a shop's name",
            fix="use a letter, then up to 30 of a-z, 0-9 and single underscores",
        )


def without_password(name: str, dsn: str) -> tuple[str, tuple[str, str] | None]:
    """The DSN with `${NAME_PASSWORD}` for its password, and that variable with its value."""
    if "${" in dsn or "://" not in dsn:
        return dsn, None
    scheme, _, rest = dsn.partition("://")
    if scheme == "sqlite":
        return dsn, None
    authority = rest.partition("/")[0]
    user, at, host = authority.rpartition("@")
    if not at or ":" not in user:
        return dsn, None
    user, _, password = user.partition(":")
    variable = password_variable(name)
    tail = rest[len(authority) :]
    return f"{scheme}://{user}:${{{variable}}}@{host}{tail}", (variable, password)


def password_variable(shop: str) -> str:
    """What the password of a shop's address is called in .env."""
    return f"{shop.upper()}_PASSWORD"


def keep_secret(path: Path, variable: str, value: str) -> None:
    """Put it into .env. Raises Conflict where it has another value there, BadInput."""
    text = path.read_text(encoding="utf-8") if path.exists() else _ENV
    for line in text.splitlines():
        if line.split("=", 1)[0].strip() == variable:
            if line.split("=", 1)[1].strip().strip("\"'") == value:
                return
            raise Conflict(
                f"{path} has another value of {variable}", fix="correct it there by hand"
            )
    if "\n" in value or value != value.strip().strip("\"'"):
        raise BadInput(
            "the DSN's password begins or ends with a space or quote",
            fix="write such signs percent-encoded, a quote as %22",
        )
    write_whole(path, text.rstrip("\n") + f"\n{variable}={value}\n", mode=0o600)


def _text(value: str) -> str:
    if any(ord(sign) < 32 for sign in value):
        raise BadInput("a setting holds a control character", fix="correct the value")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def database_of(dsn: str) -> str:
    """What a DSN leads to, without user and password: for titles."""
    parts = urlsplit(dsn)
    name = Path(parts.path).name or parts.path
    return f"{name} at {parts.hostname}" if parts.hostname else name
