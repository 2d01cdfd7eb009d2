"""Who may do what in the store, as `mariadb/security/matrix.toml` declares it.

Pure: it knows no server. `security.py` makes the grants, and the docs and the tests read the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aethermart.core.errors import NotFound

MATRIX = Path(__file__).parent / "mariadb" / "security" / "matrix.toml"
Kind = Literal["server", "database", "table", "procedure", "function"]


@dataclass(frozen=True, slots=True)
class Objects:
    """What stands in a store's database."""

    tables: frozenset[str]  # views too
    procedures: frozenset[str]
    functions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Right:
    """One privilege of one account on one object.

    on       "" for the server and the database
    columns  the only ones; none: the whole object
    """

    account: str
    privilege: str
    kind: Kind
    on: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    roles: Mapping[str, str]  # name -> what it is for
    services: Mapping[str, str]
    grants: tuple[Mapping[str, Any], ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        return (*self.roles, *self.services)

    def rights(self, objects: Objects) -> list[Right]:
        """Raises NotFound where a grant names what does not stand in the database."""
        return [right for grant in self.grants for right in _rights(grant, objects)]


def read_matrix(path: Path = MATRIX) -> Matrix:
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    roles, services = (
        {name: entry["says"] for name, entry in found[part].items()}
        for part in ("roles", "services")
    )
    return Matrix(roles, services, tuple(found["grant"]))


def _rights(grant: Mapping[str, Any], objects: Objects) -> Iterable[Right]:
    columns = tuple(grant.get("columns", ()))
    for account in grant["to"]:
        for privilege in grant.get("may", ()):
            if grant.get("server"):
                yield Right(account, privilege, "server")
            if grant.get("database"):
                yield Right(account, privilege, "database")
            for table in _tables(grant, objects):
                yield Right(account, privilege, "table", table, columns)
        for routine in grant.get("routines", ()):
            yield Right(account, "EXECUTE", _kind(routine, objects), routine)


def _tables(grant: Mapping[str, Any], objects: Objects) -> list[str]:
    named = grant.get("tables", [])
    if named == ["*"]:
        return sorted(objects.tables - set(grant.get("but_not", ())))
    missing = [table for table in named if table not in objects.tables]
    if missing and not grant.get("if_there"):
        raise _missing(missing[0])
    return [table for table in named if table in objects.tables]


def _kind(routine: str, objects: Objects) -> Kind:
    if routine in objects.procedures:
        return "procedure"
    if routine in objects.functions:
        return "function"
    raise _missing(routine)


def _missing(name: str) -> NotFound:
    return NotFound(
        f"rights are declared on {name!r}, which the store does not have",
        fix="create the store's tables and routines first",
    )
