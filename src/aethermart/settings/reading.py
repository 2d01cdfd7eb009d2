"""Read `aethermart.toml` into the sections.

A text value may hold `${NAME}`: it is taken from the environment, from the folder's `.env`, or from
the file that `NAME_FILE` names, so that no secret need stand in the file. An unknown name or a
value of the wrong type is refused with its place.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from aethermart.core.errors import BadInput
from aethermart.settings.checks import check
from aethermart.settings.sections import Settings

FILE = "aethermart.toml"
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
IN_FILE = "_FILE"  # NAME_FILE names the file that holds NAME, as images of databases have it
T = TypeVar("T")


def read_settings(home: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a project folder. Raises BadInput where the file is missing or wrong."""
    path = home / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8: {error}", fix="save it as UTF-8") from error
    except FileNotFoundError as error:
        raise BadInput(
            f"{home} is not a project folder: it has no {FILE}",
            fix="name the folder with --home, or make one with `aethermart init DIR`",
        ) from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not TOML: {error}", fix="correct the file") from error
    variables = {
        **read_dotenv(home / ".env"),
        **(os.environ if environment is None else environment),
    }
    settings = _Reader(path, variables).table(Settings, content, "")
    check(path, settings)
    return settings


class _Reader:
    """Turns TOML tables into settings classes, refusing what the classes do not know."""

    def __init__(self, path: Path, variables: Mapping[str, str]) -> None:
        self._path = path
        self._variables = variables

    def table(self, cls: type[T], content: Mapping[str, Any], place: str) -> T:
        hints = typing.get_type_hints(cls)
        fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
        for name in content:
            if name not in fields:
                raise self._error(
                    place, f"{name!r} is not a setting", f"use one of {', '.join(sorted(fields))}"
                )
        values = {
            name: self._value(hints[name], value, f"{place}.{name}".lstrip("."))
            for name, value in content.items()
        }
        for name, f in fields.items():
            missing = dataclasses.MISSING
            if name not in values and f.default is missing and f.default_factory is missing:
                raise self._error(place, f"{name!r} is missing", f"add {name} = … there")
        return cls(**values)

    def _value(self, hint: Any, value: Any, place: str) -> Any:
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self.table(hint, self._typed(dict, value, place), place)
        if typing.get_origin(hint) in (Mapping, dict):
            inner = typing.get_args(hint)[1]
            content = self._typed(dict, value, place)
            return {k: self.table(inner, v, f"{place}.{k}") for k, v in content.items()}
        if typing.get_origin(hint) is tuple:
            inner = typing.get_args(hint)[0]
            return tuple(self._value(inner, each, place) for each in self._listed(value, place))
        kinds = [h for h in (typing.get_args(hint) or (hint,)) if h is not type(None)]
        for kind in kinds:
            if kind is float and isinstance(value, int) and not isinstance(value, bool):
                return float(value)
            if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
                return self._filled(value, place) if isinstance(value, str) else value
        names = " or ".join(kind.__name__ for kind in kinds)
        raise self._error(place, f"{value!r} is not of type {names}", "correct the value")

    def _typed(self, kind: type[T], value: Any, place: str) -> T:
        if not isinstance(value, kind):
            raise self._error(place, f"{value!r} is not a table", f"write it as [{place}]")
        return value

    def _listed(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise self._error(place, f"{value!r} is not a list", "write it as [ … ]")
        return value

    def _filled(self, text: str, place: str) -> str:
        def fill(match: re.Match[str]) -> str:
            name = match[1]
            file = self._variables.get(name + IN_FILE)
            if file is not None:
                return self._from_file(name, file, place)
            if name not in self._variables:
                raise self._error(
                    place, f"the variable {name} is not set", f"set {name} or put it into .env"
                )
            return self._variables[name]

        return VARIABLE.sub(fill, text)

    def _from_file(self, name: str, file: str, place: str) -> str:
        """The secret in a file, without the line's end that an editor put there."""
        if name in self._variables:
            raise self._error(
                place,
                f"both {name} and {name}{IN_FILE} are set",
                "leave one of them out: which one is meant cannot be known",
            )
        try:
            text = (self._path.parent / file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise self._error(
                place,
                f"{name}{IN_FILE} names {file}, which cannot be read: {why}",
                "correct the path, and let the user that runs aethermart read the file",
            ) from error
        if not text or "\n" in text:
            raise self._error(
                place,
                f"{file}, which {name}{IN_FILE} names, is not one line",
                "put the secret alone into it",
            )
        return text

    def _error(self, place: str, cause: str, fix: str) -> BadInput:
        where = f" [{place}]" if place else ""
        return BadInput(f"{self._path}{where}: {cause}", fix=fix)


def read_dotenv(path: Path) -> dict[str, str]:
    """NAME=value lines; quotes around the value are dropped, `#` lines skipped."""
    if not path.is_file():
        return {}
    pairs = (
        line.split("=", 1)
        for line in path.read_text(encoding="utf-8").splitlines()
        if "=" in line and not line.lstrip().startswith("#")
    )
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}
