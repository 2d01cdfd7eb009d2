"""The demo's people: one a role, each with a password of its own."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from aethermart import wiring
from aethermart.core.files import private_folder, write_whole
from aethermart.identity.roles import Role
from aethermart.wiring import Project

_DOMAIN = "aethermart.example"
_PEOPLE = {
    "admin": Role.ADMIN,
    "alex": Role.EXECUTIVE,
    "sarah": Role.PRODUCT,
    "maria": Role.MARKETING,
    "david": Role.ARCHITECT,
}


@dataclass(frozen=True, slots=True)
class DemoAccount:
    email: str
    role: Role
    password: str


def accounts_file(project: Project) -> Path:
    return project.state / "secrets" / "accounts"


def make_demo_accounts(project: Project) -> list[DemoAccount]:
    """Make those of the demo's accounts that are missing; the file has their passwords first.

    Returns the ones that were made: who has been told a password once finds it in the file.
    Whatever is changed of an account later stays as it is.
    """
    passwords = _kept_passwords(accounts_file(project))
    people = wiring.identity(project).people
    made = []
    for name, role in _PEOPLE.items():
        account = DemoAccount(f"{name}@{_DOMAIN}", role, passwords[name])
        if not people.has(account.email):
            people.add(account.email, name.capitalize(), account.password, role, "the demo")
            made.append(account)
    return made


def _kept_passwords(path: Path) -> dict[str, str]:
    if not path.exists():
        private_folder(path.parent)
        passwords = {name: secrets.token_urlsafe(12) for name in _PEOPLE}
        write_whole(path, json.dumps(passwords, indent=2) + "\n", mode=0o600)
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept
