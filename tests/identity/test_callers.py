"""Who sends a token: what was changed or ended holds here at once, elsewhere in five seconds."""

from __future__ import annotations

import jwt
import pytest
from sqlalchemy import Engine, text

from aethermart.core.errors import Conflict, Unauthenticated, Unavailable
from aethermart.identity.roles import Caller, Permission, Role
from aethermart.platform_db.migrate import platform_engine
from tests.identity.made import KEY, OLD_KEY, PROJECT_TOKEN, Made

pytestmark = pytest.mark.service("postgres")


def role(made: Made, token: str) -> Role | None:
    """The role by which a token is known; None where it is not."""
    try:
        return made.callers.caller(token).role
    except Unauthenticated:
        return None


def test_the_project_s_own_token_is_its_owner(made: Made) -> None:
    assert made.callers.caller(PROJECT_TOKEN) == Caller("project", "project", Role.ADMIN, "project")
    assert role(made, "unknown-0123456789") is None


def test_a_changed_role_holds_at_once_in_the_server_and_in_five_seconds_elsewhere(
    made: Made, accounts_engine: Engine
) -> None:
    elsewhere = Made(accounts_engine, clock=made.clock)
    sarah = made.add("Sarah", Role.PRODUCT)
    token = made.login("Sarah").access_token
    assert (role(made, token), role(elsewhere, token)) == (Role.PRODUCT, Role.PRODUCT)
    made.people.set_role(sarah.id, Role.MARKETING, "tests")
    assert (role(made, token), role(elsewhere, token)) == (Role.MARKETING, Role.PRODUCT)
    made.clock.turn(seconds=4.9)
    assert role(elsewhere, token) is Role.PRODUCT
    made.clock.turn(seconds=0.1)
    assert role(elsewhere, token) is Role.MARKETING


@pytest.mark.parametrize("ending", ["log out", "disable", "new password", "delete"])
def test_an_ended_session_s_token_is_refused_at_once_here_and_in_five_seconds_elsewhere(
    made: Made, accounts_engine: Engine, ending: str
) -> None:
    elsewhere = Made(accounts_engine, clock=made.clock)
    sarah = made.add("Sarah")
    token = made.login("Sarah").access_token
    caller = made.callers.caller(token)
    assert role(elsewhere, token) is Role.CUSTOMER
    if ending == "log out":
        assert made.logins.end_session(caller, caller.session or "")
    elif ending == "disable":
        made.people.set_disabled(sarah.id, True, "tests")
    elif ending == "new password":
        made.people.set_password(sarah.email, "nine loud harbours", "tests")
    else:
        with accounts_engine.begin() as connection:
            connection.execute(text("DELETE FROM accounts"))
        made.clock.turn(seconds=5)
    assert role(made, token) is None
    made.clock.turn(seconds=5)
    assert role(elsewhere, token) is None


def test_the_role_in_a_token_is_not_believed(made: Made) -> None:
    made.add("Sarah", Role.CUSTOMER)
    token = made.login("Sarah").access_token
    claims = jwt.decode(token, options={"verify_signature": False})
    headers = {"kid": jwt.get_unverified_header(token)["kid"]}
    claimed = jwt.encode(claims | {"role": "admin"}, KEY, "HS256", headers=headers)
    assert role(made, claimed) is Role.CUSTOMER


def test_a_session_of_somebody_else_is_not_lent(made: Made) -> None:
    """Only who has the signing key could write such a token; the two must agree all the same."""
    made.add("Sarah")
    maria = made.add("Maria")
    token = made.login("Sarah").access_token
    claims = jwt.decode(token, options={"verify_signature": False})
    headers = {"kid": jwt.get_unverified_header(token)["kid"]}
    mixed = jwt.encode(claims | {"sub": maria.id}, KEY, "HS256", headers=headers)
    assert role(made, mixed) is None


def test_after_a_rotation_of_keys_tokens_of_the_old_one_live_on(
    made: Made, accounts_engine: Engine
) -> None:
    made.add("Sarah")
    token = made.login("Sarah").access_token
    rotated = Made(accounts_engine, key=OLD_KEY, old_keys=(KEY,), clock=made.clock)
    assert role(rotated, token) is Role.CUSTOMER
    taken_away = Made(accounts_engine, key=OLD_KEY, clock=made.clock)
    assert role(taken_away, token) is None


def test_a_token_of_another_platform_is_refused(made: Made, accounts_engine: Engine) -> None:
    made.add("Sarah")
    assert role(Made(accounts_engine, key=OLD_KEY), made.login("Sarah").access_token) is None


def test_while_the_database_is_away_nobody_new_is_let_in(made: Made) -> None:
    made.add("Sarah")
    token = made.login("Sarah").access_token
    away = Made(platform_engine("postgresql://nobody@127.0.0.1:1/none"), clock=made.clock)
    with pytest.raises(Unavailable):
        away.callers.caller(token)
    assert away.callers.caller(PROJECT_TOKEN).role is Role.ADMIN


def test_a_caller_s_permissions_are_those_of_the_table() -> None:
    david = Caller("7", "David", Role.ARCHITECT)
    assert david.permissions() == (
        Permission.ACCOUNT,
        Permission.METRICS,
        Permission.CATALOGUE,
        Permission.ROWS,
        Permission.SHOP,
        Permission.SHOP_EVENTS,
        Permission.OPS_READ,
        Permission.OPS_RUN,
    )


def test_the_last_administrator_stays_one(made: Made) -> None:
    first, second = made.add("First", Role.ADMIN), made.add("Second", Role.ADMIN)
    made.people.set_role(first.id, Role.PRODUCT, "tests")
    for change in (
        lambda: made.people.set_role(second.id, Role.CUSTOMER, "tests"),
        lambda: made.people.set_disabled(second.id, True, "tests"),
    ):
        with pytest.raises(Conflict, match="the only administrator"):
            change()
    assert made.people.by_email(second.email).role is Role.ADMIN
    assert made.people.set_role(second.id, Role.ADMIN, "tests").role == "admin"
