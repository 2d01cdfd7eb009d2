"""Refresh tokens: each once, whoever is first; a second use ends the log-in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from aethermart.client.answers.auth import Tokens
from aethermart.core.errors import Unauthenticated
from aethermart.identity.roles import Role
from aethermart.identity.settings import IdentitySettings
from tests.identity.made import Made

pytestmark = [pytest.mark.service("postgres"), pytest.mark.promise("112")]


def refused(made: Made, token: str) -> bool:
    try:
        made.logins.refresh(token)
    except Unauthenticated:
        return True
    return False


def known(made: Made, tokens: Tokens) -> bool:
    try:
        made.callers.caller(tokens.access_token)
    except Unauthenticated:
        return False
    return True


def test_a_session_goes_on_by_its_newest_token(made: Made) -> None:
    made.add("Sarah", Role.PRODUCT)
    first = made.login("Sarah")
    second = made.logins.refresh(first.refresh_token)
    third = made.logins.refresh(second.refresh_token)
    assert len({t.refresh_token for t in (first, second, third)}) == 3
    assert len({t.access_token for t in (first, second, third)}) == 3
    callers = {made.callers.caller(t.access_token) for t in (first, second, third)}
    assert len(callers) == 1


def test_a_stolen_token_s_second_use_ends_the_whole_log_in_and_is_audited(made: Made) -> None:
    sarah = made.add("Sarah")
    stolen = made.login("Sarah")
    elsewhere = made.login("Sarah")
    thief = made.logins.refresh(stolen.refresh_token)  # the thief is first
    session = made.callers.caller(thief.access_token).session
    made.audit.events.clear()
    assert refused(made, stolen.refresh_token)  # the owner comes second, and both are out
    assert refused(made, thief.refresh_token)
    assert not known(made, thief)
    assert not known(made, stolen)
    assert known(made, elsewhere)  # another log-in of the same person
    assert made.audit.events == [
        (
            sarah.id,
            "reuse of a refresh token, which ended the session",
            f"session {session}",
            "refused",
        )
    ]


def test_of_those_who_send_a_token_at_once_exactly_one_wins_and_the_theft_is_seen(
    made: Made,
) -> None:
    made.add("Sarah")
    for _ in range(5):
        tokens, together = made.login("Sarah"), Barrier(8)

        def send(_: int, tokens: Tokens = tokens, together: Barrier = together) -> Tokens | None:
            together.wait()
            try:
                return made.logins.refresh(tokens.refresh_token)
            except Unauthenticated:
                return None

        with ThreadPoolExecutor(8) as pool:
            [winner] = [won for won in pool.map(send, range(8)) if won is not None]
        assert refused(made, winner.refresh_token)
        assert not known(made, winner)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.integers(0, 5), max_size=8))
def test_in_any_order_of_uses_the_session_lives_until_the_first_repetition(
    made: Made, uses: list[int]
) -> None:
    """A model beside it: tokens by number of issue; each use names one of those issued so far."""
    name = f"s{made.clock.at.timestamp()}"
    made.clock.turn(milliseconds=1)
    made.add(name)
    issued, used, alive = [made.login(name)], set[int](), True
    for use in uses:
        number = use % len(issued)
        if alive and number not in used:
            issued.append(made.logins.refresh(issued[number].refresh_token))
            used.add(number)
        else:
            alive = False
            assert refused(made, issued[number].refresh_token)
    assert all(known(made, tokens) is alive for tokens in issued)


def test_an_unused_token_ends_with_its_idle_time_and_a_used_session_with_its_own(
    accounts_engine: Engine,
) -> None:
    made = Made(accounts_engine, settings=IdentitySettings(session_idle_days=7, session_days=30))
    made.add("Sarah")
    idle = made.login("Sarah")
    made.clock.turn(days=7)
    assert refused(made, idle.refresh_token)
    tokens = made.login("Sarah")
    for _ in range(4):
        made.clock.turn(days=6)
        tokens = made.logins.refresh(tokens.refresh_token)
    made.clock.turn(days=6, seconds=-100)  # 30 days less 100 seconds after the log-in
    last = made.logins.refresh(tokens.refresh_token)
    assert last.expires_in == 100
    made.clock.turn(seconds=100)
    assert refused(made, last.refresh_token)


@pytest.mark.parametrize("token", ["", "amr_", "amr_" + "x" * 43, "\u00e9", "a" * 100_000])
def test_an_unknown_token_is_refused(made: Made, token: str) -> None:
    assert refused(made, token)


def test_the_kept_hash_is_no_token(made: Made, accounts_engine: Engine) -> None:
    made.add("Sarah")
    tokens = made.login("Sarah")
    with accounts_engine.connect() as connection:
        kept = str(connection.execute(text("SELECT token_hash FROM refresh_tokens")).scalar())
    assert refused(made, kept)
    assert not refused(made, tokens.refresh_token)


def test_an_access_token_is_no_refresh_token_nor_the_other_way(made: Made) -> None:
    made.add("Sarah")
    tokens = made.login("Sarah")
    assert refused(made, tokens.access_token)
    with pytest.raises(Unauthenticated):
        made.callers.caller(tokens.refresh_token)


def test_a_disabled_account_s_token_is_refused(made: Made) -> None:
    sarah = made.add("Sarah")
    tokens = made.login("Sarah")
    made.people.set_disabled(sarah.id, True, "tests")
    assert refused(made, tokens.refresh_token)


def test_long_ended_sessions_are_forgotten_with_their_tokens(
    made: Made, accounts_engine: Engine
) -> None:
    made.add("Sarah")
    made.logins.refresh(made.login("Sarah").refresh_token)
    made.clock.turn(days=200)
    made.login("Sarah")
    with accounts_engine.connect() as connection:
        counts = connection.execute(
            text("SELECT (SELECT count(*) FROM login_sessions), count(*) FROM refresh_tokens")
        ).one()
    assert tuple(counts) == (1, 1)
