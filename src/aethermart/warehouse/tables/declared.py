"""The tables that tables.toml declares."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aethermart.core.errors import BadInput, NotFound


@dataclass(frozen=True, slots=True)
class ReadableTable:
    """The fields as tables.toml explains them."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    time: str | None = None
    date: str | None = None
    coarse: tuple[str, ...] = ()
    schema: str = "gold"

    def check_column(self, column: str) -> None:
        if column not in self.columns:
            raise BadInput(
                f"{self.name} has no column {column!r}", fix=f"use one of {', '.join(self.columns)}"
            )


def list_tables() -> tuple[ReadableTable, ...]:
    return tuple(_declared().values())


def as_declared(schema: str, name: str) -> ReadableTable | None:
    """The table as tables.toml has it; None where it is not there."""
    return _declared().get(name) if schema == "gold" else None


def table_named(name: str) -> ReadableTable:
    known = _declared()
    if name not in known:
        raise NotFound(
            f"no table {name!r} can be read row by row", fix=f"use one of {', '.join(known)}"
        )
    return known[name]


@cache
def _declared() -> dict[str, ReadableTable]:
    text = Path(__file__).with_name("tables.toml").read_text(encoding="utf-8")
    declared: list[dict[str, Any]] = tomllib.loads(text)["tables"]
    return {each["name"]: _table(each) for each in declared}


def _table(text: Mapping[str, Any]) -> ReadableTable:
    return ReadableTable(
        name=text["name"],
        description=text["description"],
        key=tuple(text["key"]),
        columns=tuple(text["columns"]),
        time=text.get("time"),
        date=text.get("date"),
        coarse=tuple(text.get("coarse", ())),
    )
