"""Accounts, one's own password and sessions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, text

from aethermart.core.errors import (
    AetherMartError,
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    Unauthenticated,
)
from aethermart.identity.lockout import TooManyFailures
from aethermart.identity.roles import Caller, Role
from aethermart.identity.session_rows import Origin
from aethermart.identity.settings import IdentitySettings
from tests.identity.made import HOME, PASSWORD, PROJECT_TOKEN, Made, email

pytestmark = pytest.mark.service("postgres")
NEW = "nine loud harbours"


def logged_in(made: Made, name: str, origin: Origin = HOME) -> Caller:
    return made.callers.caller(made.login(name, origin=origin).access_token)


def accounts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT email || ' ' || role FROM accounts ORDER BY 1"))
        return list(rows.scalars())


@pytest.mark.promise("112")
def test_who_registers_is_a_customer_and_may_log_in(made: Made, accounts_engine: Engine) -> None:
    user = made.people.register("Ada@Example.org", " Ada  Lovelace ", PASSWORD, HOME)
    assert (user.email, user.name, user.role) == ("ada@example.org", "Ada Lovelace", "customer")
    assert made.login("Ada").user.id == user.id
    assert made.audit.events[0] == (
        "address 192.0.2.7",
        "add an account as customer",
        f"account {user.id}",
        "done",
    )


def test_where_registration_is_closed_nobody_gets_an_account(accounts_engine: Engine) -> None:
    made = Made(accounts_engine, settings=IdentitySettings(registration="closed"))
    with pytest.raises(Forbidden, match="nobody can register here"):
        made.people.register(email("Ada"), "Ada", PASSWORD, HOME)
    assert accounts(accounts_engine) == []


@pytest.mark.parametrize(
    "address,name,password",
    [
        ("ada", "Ada", PASSWORD),
        ("ada@example", "Ada", PASSWORD),
        ("ada@exa mple.org", "Ada", PASSWORD),
        ("a\x00da@example.org", "Ada", PASSWORD),
        (f"ada@{'x' * 250}.org", "Ada", PASSWORD),
        ("ada@example.org", " ", PASSWORD),
        ("ada@example.org", "A\x00da", PASSWORD),
        ("ada@example.org", "x" * 101, PASSWORD),
        ("ada@example.org", "Ada", "too short"),
        ("ada@example.org", "Ada", "password1234"),
        ("ada.lovelace@example.org", "Ada", "ADA.lovelace@example.org"),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_not_made(
    made: Made, accounts_engine: Engine, address: str, name: str, password: str
) -> None:
    with pytest.raises(BadInput) as caught:
        made.people.register(address, name, password, HOME)
    assert password not in str(caught.value).replace(repr(address), "")
    assert accounts(accounts_engine) == []


def test_an_address_has_one_account_however_it_is_written_and_whoever_is_first(
    made: Made, accounts_engine: Engine
) -> None:
    together = Barrier(6)

    def register(number: int) -> bool:
        together.wait()
        try:
            made.people.register(
                ("ADA@example.org", "ada@EXAMPLE.org")[number % 2], "Ada", PASSWORD, HOME
            )
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(register, range(6))) == 1
    assert accounts(accounts_engine) == ["ada@example.org customer"]


def test_the_shortest_password_is_a_setting(accounts_engine: Engine) -> None:
    made = Made(accounts_engine, settings=IdentitySettings(password_length=8))
    assert made.people.register(email("Ada"), "Ada", "kqzv wjm", HOME).name == "Ada"
    with pytest.raises(BadInput, match="fewer than 8"):
        made.people.register(email("Bob"), "Bob", "kqzv wj", HOME)


def test_me_is_who_asks(made: Made) -> None:
    sarah = made.add("Sarah", Role.PRODUCT)
    me = made.people.me(logged_in(made, "Sarah"))
    assert (me.id, me.email, me.name, me.role, me.kind) == (
        sarah.id,
        "sarah@example.org",
        "Sarah",
        "product",
        "user",
    )
    assert me.permissions == (
        "account",
        "metrics",
        "catalogue",
        "rows",
        "customer_rows",
        "shop",
        "shop_events",
    )
    project = made.people.me(made.callers.caller(PROJECT_TOKEN))
    assert (project.id, project.email, project.kind) == ("project", None, "project")


def test_a_new_password_ends_the_other_sessions_and_keeps_the_one_that_asks(made: Made) -> None:
    made.add("Sarah")
    here, there = made.login("Sarah"), made.login("Sarah")
    caller = made.callers.caller(here.access_token)
    made.people.change_password(caller, PASSWORD, NEW, HOME)
    assert made.callers.caller(here.access_token) == caller
    assert made.logins.refresh(here.refresh_token).user.name == "Sarah"
    with pytest.raises(Unauthenticated):
        made.callers.caller(there.access_token)
    with pytest.raises(Unauthenticated):
        made.logins.refresh(there.refresh_token)
    with pytest.raises(Unauthenticated):
        made.login("Sarah", PASSWORD)
    assert made.login("Sarah", NEW).user.name == "Sarah"


@pytest.mark.parametrize(
    "current,new,error",
    [("not the password", NEW, Forbidden), (PASSWORD, "password1234", BadInput)],
)
def test_a_refused_new_password_changes_nothing(
    made: Made, current: str, new: str, error: type[AetherMartError]
) -> None:
    made.add("Sarah")
    here, there = made.login("Sarah"), made.login("Sarah")
    with pytest.raises(error):
        made.people.change_password(made.callers.caller(here.access_token), current, new, HOME)
    assert made.callers.caller(there.access_token).name == "Sarah"
    assert made.login("Sarah", PASSWORD).user.name == "Sarah"


def test_guesses_of_the_present_password_are_made_to_wait_like_log_ins(made: Made) -> None:
    made.add("Sarah")
    caller = logged_in(made, "Sarah")
    for _ in range(5):
        with pytest.raises(Forbidden):
            made.people.change_password(caller, "a guess", NEW, HOME)
    with pytest.raises(TooManyFailures):
        made.people.change_password(caller, PASSWORD, NEW, HOME)
    with pytest.raises(TooManyFailures):
        made.login("Sarah")


def test_one_s_own_sessions_are_listed_newest_first_until_they_end(made: Made) -> None:
    made.clock.turn(seconds=-60)  # no token is from the future when it is looked at
    made.add("Sarah")
    made.add("Maria")
    made.login("Maria")
    first = logged_in(made, "Sarah", Origin("192.0.2.7", "curl/8\x00\n" + "x" * 300))
    made.clock.turn(seconds=1)
    second = logged_in(made, "Sarah", Origin("198.51.100.9", "a browser"))
    newest, oldest = made.people.sessions(second)
    assert (newest.id, newest.address, newest.agent) == (
        second.session,
        "198.51.100.9",
        "a browser",
    )
    assert (oldest.id, oldest.agent) == (first.session, "curl/8" + "x" * 194)
    assert (newest.current, oldest.current) == (True, False)
    made.clock.turn(days=7)  # neither can be renewed any more
    assert made.people.sessions(second) == []


def test_accounts_come_a_page_at_a_time_by_their_address_each_once(made: Made) -> None:
    names = ["d", "a", "c", "e", "b"]
    for name in names:
        made.add(name)
    seen, cursor = [], None
    while True:
        page = made.people.page(cursor, 2)
        seen += [user.name for user in page.users]
        made.add(f"a{len(seen)}")  # comes before what is shown: shifts nothing
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("cursor", ["", "!!!", "\u00e9", "AAAA", "x" * 10_001])
def test_a_cursor_that_no_page_gave_is_refused(made: Made, cursor: str) -> None:
    with pytest.raises(BadInput, match="is not a cursor"):
        made.people.page(cursor, 2)


@pytest.mark.parametrize("account", ["7", "", "0f8fad5b-d9cb-469f-a165-70867728950e", "x" * 999])
def test_a_role_for_nobody_is_not_found(made: Made, account: str) -> None:
    with pytest.raises(NotFound):
        made.people.set_role(account, Role.ADMIN, "tests")


def test_a_password_set_by_an_administrator_ends_all_sessions(made: Made) -> None:
    made.add("Sarah")
    tokens = made.login("Sarah")
    made.people.set_password("SARAH@example.org", NEW, "tests")
    with pytest.raises(Unauthenticated):
        made.logins.refresh(tokens.refresh_token)
    assert made.login("Sarah", NEW).user.name == "Sarah"
