"""Keys for machines: shown once, narrower than their owner, asleep and awake with them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from aethermart.client.answers.auth import NewApiKey
from aethermart.core.errors import BadInput, Conflict, Forbidden, Unauthenticated
from aethermart.identity.roles import Caller, Permission, Role
from tests.identity.made import Made

pytestmark = pytest.mark.service("postgres")


def person(made: Made, name: str, role: Role) -> Caller:
    made.add(name, role)
    return made.callers.caller(made.login(name).access_token)


def key_for(made: Made, owner: Caller, *scopes: Permission, days: int = 90) -> NewApiKey:
    return made.keys.create(owner, "nightly export", scopes or (Permission.METRICS,), days)


def known(made: Made, key: str) -> bool:
    try:
        made.callers.caller(key)
    except Unauthenticated:
        return False
    return True


def test_a_key_speaks_for_its_owner_within_its_scopes(made: Made) -> None:
    sarah = person(made, "Sarah", Role.PRODUCT)
    made_key = key_for(made, sarah, Permission.ROWS, Permission.METRICS)
    assert made_key.key.startswith("amk_")
    assert len(made_key.key) == 47  # the prefix and 256 bits
    assert made_key.key.startswith(made_key.prefix)
    assert made_key.scopes == ("metrics", "rows")
    caller = made.callers.caller(made_key.key)
    assert (caller.subject, caller.name, caller.kind) == (
        sarah.subject,
        "nightly export",
        "api_key",
    )
    assert caller.permissions() == (Permission.METRICS, Permission.ROWS)
    assert not caller.may(Permission.CATALOGUE)  # which Sarah has


def test_the_key_is_shown_once_and_kept_as_a_hash(made: Made, accounts_engine: Engine) -> None:
    sarah = person(made, "Sarah", Role.PRODUCT)
    made_key = key_for(made, sarah)
    [listed] = made.keys.keys(sarah)
    assert listed.id == made_key.id
    assert not hasattr(listed, "key")
    assert made_key.key not in repr(made_key)
    with accounts_engine.connect() as connection:
        kept = str(connection.execute(text("SELECT api_keys::text FROM api_keys")).scalar())
    assert made_key.key not in kept
    assert made_key.prefix in kept


@pytest.mark.parametrize(
    "scopes",
    [(Permission.OPS_READ,), (Permission.METRICS, Permission.USERS), (Permission.ACCOUNT,)],
)
def test_nobody_gives_a_key_what_they_may_not_do_nor_their_account(
    made: Made, scopes: tuple[Permission, ...]
) -> None:
    sarah = person(made, "Sarah", Role.PRODUCT)
    with pytest.raises(Forbidden, match=f"may not have the scope {scopes[-1]}"):
        key_for(made, sarah, *scopes)
    assert made.keys.keys(sarah) == []


def test_a_key_loses_what_its_owner_s_role_loses(made: Made) -> None:
    david = person(made, "David", Role.ARCHITECT)
    key = key_for(made, david, Permission.OPS_RUN, Permission.METRICS).key
    assert made.callers.caller(key).may(Permission.OPS_RUN)
    made.people.set_role(david.subject, Role.MARKETING, "tests")
    assert made.callers.caller(key).permissions() == (Permission.METRICS,)


def test_a_key_ends_with_its_days_and_sleeps_with_its_account(made: Made) -> None:
    sarah = person(made, "Sarah", Role.PRODUCT)
    key = key_for(made, sarah, days=2).key
    made.people.set_disabled(sarah.subject, True, "tests")
    assert not known(made, key)
    made.people.set_disabled(sarah.subject, False, "tests")
    assert known(made, key)
    made.clock.turn(days=2)
    assert not known(made, key)
    assert made.keys.keys(sarah) == []


def test_only_its_owner_ends_a_key_and_here_at_once(made: Made, accounts_engine: Engine) -> None:
    sarah, maria = person(made, "Sarah", Role.PRODUCT), person(made, "Maria", Role.ADMIN)
    made_key = key_for(made, sarah)
    elsewhere = Made(accounts_engine, clock=made.clock)
    assert known(made, made_key.key)
    assert known(elsewhere, made_key.key)
    assert not made.keys.end(maria, made_key.id)
    assert not made.keys.end(sarah, str(uuid4()))
    assert known(made, made_key.key)
    assert made.keys.end(sarah, made_key.id)
    assert not known(made, made_key.key)
    made.clock.turn(seconds=5)
    assert not known(elsewhere, made_key.key)
    assert not made.keys.end(sarah, made_key.id)


@pytest.mark.parametrize("key", ["amk_", "amk_" + "x" * 43, "amk_\u00e9"])
def test_an_unknown_key_is_refused(made: Made, key: str) -> None:
    assert not known(made, key)


def test_when_a_key_was_used_is_kept_to_the_minute(made: Made) -> None:
    sarah = person(made, "Sarah", Role.PRODUCT)
    key, began = key_for(made, sarah).key, made.clock.at
    assert made.keys.keys(sarah)[0].last_used_at is None
    for second in (0, 30, 59):
        made.clock.at = began + timedelta(seconds=second)
        made.callers.caller(key)
        assert made.keys.keys(sarah)[0].last_used_at == began
    made.clock.at = began + timedelta(seconds=70)
    made.callers.caller(key)
    assert made.keys.keys(sarah)[0].last_used_at == made.clock.at


def test_an_account_has_fifty_keys_at_most(made: Made) -> None:
    sarah = person(made, "Sarah", Role.PRODUCT)
    made_keys = [key_for(made, sarah) for _ in range(50)]
    with pytest.raises(Conflict, match="has 50 keys"):
        key_for(made, sarah)
    made.keys.end(sarah, made_keys[0].id)
    key_for(made, sarah)


@pytest.mark.parametrize("days", [0, 366])
def test_a_key_has_an_end_within_a_year(made: Made, days: int) -> None:
    sarah = person(made, "Sarah", Role.PRODUCT)
    with pytest.raises(BadInput, match=f"a key cannot last {days} days"):
        key_for(made, sarah, days=days)
