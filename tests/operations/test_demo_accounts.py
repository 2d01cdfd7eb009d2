"""The demo's people: made once, their passwords kept where only the owner reads them."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from aethermart import wiring
from aethermart.core.errors import Unauthenticated
from aethermart.operations.demo_accounts import accounts_file, make_demo_accounts
from aethermart.operations.servers import servers_running
from aethermart.wiring import Project
from tests.identity.made import HOME

pytestmark = pytest.mark.service("postgres")


@pytest.fixture
def home(database: str, tmp_path: Path) -> Path:
    (tmp_path / "aethermart.toml").write_text(
        f"[platform]\ndsn = {json.dumps(database)}\n", encoding="utf-8"
    )
    return tmp_path


def test_each_role_has_a_person_with_a_password_of_their_own_told_once(home: Path) -> None:
    project = Project.open(home)
    with servers_running(project):
        made = make_demo_accounts(project)
        assert {account.email: account.role.value for account in made} == {
            "admin@aethermart.example": "admin",
            "alex@aethermart.example": "executive",
            "sarah@aethermart.example": "product",
            "maria@aethermart.example": "marketing",
            "david@aethermart.example": "architect",
        }
        assert len({account.password for account in made}) == 5
        kept = accounts_file(project)
        assert kept.stat().st_mode & 0o777 == 0o600
        people = wiring.identity(project)
        for account in made:
            assert account.password in kept.read_text(encoding="utf-8")
            tokens = people.logins.login(account.email, account.password, HOME)
            assert tokens.user.role == account.role
        assert make_demo_accounts(project) == []


def test_what_was_changed_of_an_account_stays_and_a_lost_database_is_made_again(
    home: Path,
) -> None:
    project = Project.open(home)
    with servers_running(project):
        made = {account.email: account for account in make_demo_accounts(project)}
        sarah = made["sarah@aethermart.example"]
        identity = wiring.identity(project)
        identity.people.set_password(sarah.email, "nine loud harbours", "tests")
        maria = identity.people.by_email("maria@aethermart.example")
        with psycopg.connect(project.platform_dsn()) as connection:
            connection.execute("DELETE FROM accounts WHERE email = %s", (maria.email,))
        assert [account.email for account in make_demo_accounts(project)] == [maria.email]
        with pytest.raises(Unauthenticated):
            identity.logins.login(sarah.email, sarah.password, HOME)
        password = made[maria.email].password
        assert identity.logins.login(maria.email, password, HOME).user.name == "Maria"
