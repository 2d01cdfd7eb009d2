"""`aethermart account`, on a project with a platform database of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from aethermart import wiring
from aethermart.cli.main import main
from aethermart.core.errors import Unauthenticated
from aethermart.wiring import Project
from tests.identity.made import HOME, PASSWORD

pytestmark = pytest.mark.service("postgres")
NEW = "nine loud harbours"
ROOT = "root@example.org"


@pytest.fixture
def home(database: str, tmp_path: Path) -> Path:
    (tmp_path / "aethermart.toml").write_text(
        f"[platform]\ndsn = {json.dumps(database)}\n", encoding="utf-8"
    )
    return tmp_path


def run(home: Path, *arguments: str, typed: str | None = None) -> Result:
    command = ["account", *arguments, "--home", str(home)]
    return CliRunner().invoke(main, command, input=typed, prog_name="aethermart")


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def logs_in(home: Path, password: str) -> str | None:
    """The role by which root logs in."""
    try:
        tokens = wiring.identity(Project.open(home)).logins.login(ROOT, password, HOME)
    except Unauthenticated:
        return None
    return tokens.user.role


def test_the_first_administrator_is_made_with_a_password_from_standard_input(
    home: Path, database: str
) -> None:
    added = ("add", "Root@Example.org", "--role", "admin", "--password-file", "-", "--json")
    made = said(run(home, *added, typed=f"{PASSWORD}\n"))
    assert (made["email"], made["name"], made["role"]) == (ROOT, "Root", "admin")
    assert logs_in(home, PASSWORD) == "admin"
    with psycopg.connect(database) as connection:
        [told] = connection.execute("SELECT actor, action, target, outcome FROM audit_events")
    assert told == (
        "the command line",
        "add an account as admin",
        f"account {made['id']}",
        "done",
    )
    again = run(home, *added, typed=f"{PASSWORD}\n")
    assert again.exit_code == 1
    assert "has an account" in again.stderr
    assert PASSWORD not in again.output


def test_an_account_is_listed_changed_shut_out_and_let_in(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    run(home, "add", ROOT, "--role", "admin", "--password-file", str(file))
    said(run(home, "add", "ada@example.org", "--password-file", str(file), "--json"))
    listed = said(run(home, "list", "--json"))
    assert [(user["email"], user["role"]) for user in listed] == [
        ("ada@example.org", "customer"),
        (ROOT, "admin"),
    ]
    assert run(home, "list").output.splitlines()[0].split() == [
        *("ada@example.org", "customer", "last", "log-in", "never")
    ]
    assert run(home, "role", ROOT, "product").exit_code == 1  # nobody would be left
    assert said(run(home, "role", "ada@example.org", "admin", "--json"))["role"] == "admin"
    assert said(run(home, "role", ROOT, "product", "--json"))["role"] == "product"
    assert said(run(home, "disable", ROOT, "--json"))["disabled"]
    assert logs_in(home, PASSWORD) is None
    assert not said(run(home, "disable", ROOT, "--undo", "--json"))["disabled"]
    assert logs_in(home, PASSWORD) == "product"
    file.write_text(NEW, encoding="utf-8")
    assert said(run(home, "password", ROOT, "--password-file", str(file), "--json")) == {
        "email": ROOT
    }
    assert (logs_in(home, PASSWORD), logs_in(home, NEW)) == (None, "product")


@pytest.mark.parametrize(
    "arguments,typed,code,words",
    [
        (("add", ROOT), None, 2, "there is no terminal to ask for the password on"),
        (("add", ROOT, "--password", PASSWORD), None, 2, "No such option"),
        (("add", ROOT, "--role", "emperor"), None, 2, "'emperor' is not one of 'admin'"),
        (("add", ROOT, "--password-file", "-"), "password1234\n", 2, "anybody would try"),
        (("role", "nobody@example.org", "admin"), None, 1, "has no account"),
        (("disable", "nobody@example.org"), None, 1, "has no account"),
    ],
    ids=["no password", "on the command line", "no role", "common", "role", "disable"],
)
def test_what_cannot_be_is_refused(
    home: Path, arguments: tuple[str, ...], typed: str | None, code: int, words: str
) -> None:
    result = run(home, *arguments, typed=typed)
    assert result.exit_code == code
    assert words in result.output
    assert said(run(home, "list", "--json")) == []
