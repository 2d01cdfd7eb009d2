"""`aethermart account`: who may log in, and with which role."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from aethermart import wiring
from aethermart.cli.options import home_option, json_option
from aethermart.client.answers.auth import UserInfo
from aethermart.core.errors import BadInput
from aethermart.governance.audit import AuditTrail
from aethermart.identity.people import People
from aethermart.identity.roles import Role
from aethermart.operations.servers import servers_running
from aethermart.platform_db.migrate import platform_engine
from aethermart.wiring import Project

_BY = "the command line"
_ROLES = click.Choice([role.value for role in Role])
_password_option = click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help="File whose first line is the password, `-` for standard input; else it is asked for.",
)


@click.group()
def account() -> None:
    """Who may log in, and with which role."""


@account.command()
@click.argument("email")
@click.option("--role", type=_ROLES, default=Role.CUSTOMER.value, show_default=True, help="Role.")
@click.option("--name", help="The person's name; the address up to its @ where absent.")
@_password_option
@home_option
@json_option
def add(
    email: str,
    role: str,
    name: str | None,
    password_file: TextIO | None,
    home: Path,
    as_json: bool,
) -> None:
    """Add an account. The first administrator is made so."""
    password = _password(password_file)
    with _people(home) as people:
        made = people.add(email, name or email.partition("@")[0], password, Role(role), _BY)
    _say(made, f"{made.email} may log in as {made.role}", as_json=as_json)


@account.command("list")
@home_option
@json_option
def list_(home: Path, as_json: bool) -> None:
    """List the accounts with their roles."""
    with _people(home) as people:
        found = list(_all(people))
    if as_json:
        click.echo(json.dumps([each.model_dump(mode="json") for each in found]))
        return
    for each in found:
        seen = f"{each.last_login_at:%Y-%m-%d %H:%M}" if each.last_login_at else "never"
        state = "  disabled" if each.disabled else ""
        click.echo(f"{each.email:<40} {each.role:<10} last log-in {seen}{state}")


@account.command()
@click.argument("email")
@click.argument("role", type=_ROLES)
@home_option
@json_option
def role(email: str, role: str, home: Path, as_json: bool) -> None:
    """Give an account another role; open sessions have it within seconds."""
    with _people(home) as people:
        changed = people.set_role(str(people.by_email(email).id), Role(role), _BY)
    _say(changed, f"{changed.email} is {changed.role}", as_json=as_json)


@account.command()
@click.argument("email")
@click.option("--undo", is_flag=True, help="Let the account log in again.")
@home_option
@json_option
def disable(email: str, undo: bool, home: Path, as_json: bool) -> None:
    """Shut an account out: its sessions end, its keys sleep."""
    with _people(home) as people:
        changed = people.set_disabled(str(people.by_email(email).id), not undo, _BY)
    words = "may log in again" if undo else "is shut out"
    _say(changed, f"{changed.email} {words}", as_json=as_json)


@account.command()
@click.argument("email")
@_password_option
@home_option
@json_option
def password(email: str, password_file: TextIO | None, home: Path, as_json: bool) -> None:
    """Set somebody's password; their sessions end."""
    new = _password(password_file)
    with _people(home) as people:
        people.set_password(email, new, _BY)
    click.echo(json.dumps({"email": email}) if as_json else f"{email} has a new password")


@contextmanager
def _people(home: Path) -> Iterator[People]:
    project = Project.open(home)
    with servers_running(project):
        trail = AuditTrail(platform_engine(project.platform_dsn()))
        yield wiring.identity(project, audit=trail).people


def _all(people: People) -> Iterator[UserInfo]:
    cursor = None
    while True:
        page = people.page(cursor, 500)
        yield from page.users
        cursor = page.next_cursor
        if cursor is None:
            return


def _password(file: TextIO | None) -> str:
    """From the file or the terminal: on a command line other users could read it."""
    if file is not None:
        return file.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadInput(
            "there is no terminal to ask for the password on",
            fix="give --password-file FILE, or `--password-file -` for standard input",
        )
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


def _say(info: UserInfo, words: str, *, as_json: bool) -> None:
    click.echo(json.dumps(info.model_dump(mode="json")) if as_json else words)
