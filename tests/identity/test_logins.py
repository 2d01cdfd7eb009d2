"""Log in, fail to, be made to wait: on the platform database."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, text

from aethermart.core.errors import Unauthenticated
from aethermart.identity.hashing import Cost
from aethermart.identity.lockout import TooManyFailures
from aethermart.identity.roles import Role
from aethermart.identity.session_rows import Origin
from tests.identity.made import CHEAP, HOME, PASSWORD, Made, email

pytestmark = pytest.mark.service("postgres")

CAFE = Origin("198.51.100.9", "a browser")
WRONG = "the e-mail address or the password is wrong"


def fail(made: Made, name: str, times: int, origin: Origin = HOME) -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated, match=WRONG):
            made.login(name, "not the password", origin)


def waits(made: Made, name: str, origin: Origin = HOME, password: str = PASSWORD) -> int:
    """Seconds that a log-in there is told to wait; 0 where it succeeds."""
    try:
        made.login(name, password, origin)
    except TooManyFailures as told:
        return told.retry_after_s
    return 0


def test_who_logs_in_is_known_by_the_token_as_who_they_are(made: Made) -> None:
    sarah = made.add("Sarah", Role.PRODUCT)
    tokens = made.login("Sarah")
    assert (tokens.token_type, tokens.expires_in) == ("bearer", 900)
    assert tokens.user.model_dump() == {
        "id": sarah.id,
        "email": "sarah@example.org",
        "name": "Sarah",
        "role": "product",
    }
    caller = made.callers.caller(tokens.access_token)
    assert (caller.subject, caller.name, caller.role) == (sarah.id, "Sarah", Role.PRODUCT)
    assert (caller.kind, caller.scopes) == ("user", None)


def test_an_address_is_found_however_it_is_written(made: Made) -> None:
    made.add("Sarah")
    assert made.logins.login("  SARAH@Example.ORG ", PASSWORD, HOME).user.name == "Sarah"


def test_a_password_is_found_however_a_keyboard_composes_it(made: Made) -> None:
    made.people.add(email("Zoe"), "Zoe", "cafe\u0301 au lait frais", Role.CUSTOMER, "tests")
    assert made.login("Zoe", "caf\u00e9 au lait frais").user.name == "Zoe"


@pytest.mark.promise("112")
def test_only_hashes_are_kept(made: Made, accounts_engine: Engine) -> None:
    made.add("Sarah")
    tokens = made.login("Sarah")
    with accounts_engine.connect() as connection:
        kept = "".join(
            str(connection.execute(text(f"SELECT {table}::text FROM {table}")).scalars().all())
            for table in ("accounts", "login_sessions", "refresh_tokens", "login_failures")
        )
    assert "$argon2id$v=19$" in kept
    assert not any(s in kept for s in (PASSWORD, tokens.refresh_token, tokens.access_token))


def test_whatever_is_wrong_the_answer_is_the_same(made: Made) -> None:
    made.add("Sarah")
    gone = made.add("Maria")
    made.people.set_disabled(gone.id, True, "tests")
    told = set()
    for name, password in (
        ("Sarah", "not the password"),
        ("Sarah", "x" * 10_000),
        ("Sarah", ""),
        ("Maria", PASSWORD),
        ("Nobody", PASSWORD),
    ):
        with pytest.raises(Unauthenticated) as caught:
            made.login(name, password)
        told.add(str(caught.value))
    for no_address in ("", "no address", "\x00@example.org", "a@b@example.org"):
        with pytest.raises(Unauthenticated) as caught:
            made.logins.login(no_address, PASSWORD, HOME)
        told.add(str(caught.value))
    assert len(told) == 1


def test_an_unknown_account_costs_what_a_wrong_password_costs(accounts_engine: Engine) -> None:
    made = Made(accounts_engine, cost=Cost(passes=8, memory_kib=8192))
    made.add("Sarah")
    made.people.set_disabled(made.add("Maria").id, True, "tests")

    def cpu_s(name: str, password: str) -> float:
        """The least of five: of this thread, which hashes by itself."""
        spent = []
        for attempt in range(5):
            began = time.thread_time()
            with pytest.raises(Unauthenticated):
                made.login(name, password, Origin(f"192.0.2.{attempt}{len(name)}"))
            spent.append(time.thread_time() - began)
        return min(spent)

    wrong = cpu_s("Sarah", "not the password")
    assert wrong > 0.01
    for name, password in (("Nobody", PASSWORD), ("Maria", PASSWORD), ("Sarah", "x" * 10_000)):
        assert 0.6 < cpu_s(name, password) / wrong < 1.6


def test_a_hash_of_weaker_parameters_is_renewed_by_the_next_login(accounts_engine: Engine) -> None:
    def kept() -> str:
        with accounts_engine.connect() as connection:
            return str(connection.execute(text("SELECT password_hash FROM accounts")).scalar())

    Made(accounts_engine, cost=CHEAP).add("Sarah")
    assert "$m=8,t=1,p=1$" in kept()
    stronger = Made(accounts_engine, cost=Cost(passes=2, memory_kib=64))
    fail(stronger, "Sarah", 1)
    assert "$m=8,t=1,p=1$" in kept()
    stronger.login("Sarah")
    renewed = kept()
    assert "$m=64,t=2,p=1$" in renewed
    stronger.login("Sarah")
    assert kept() == renewed


@pytest.mark.promise("112")
def test_after_five_failures_the_right_password_must_wait_too_and_twice_as_long_each_time(
    made: Made,
) -> None:
    made.add("Sarah")
    fail(made, "Sarah", 5)
    assert waits(made, "Sarah") == 1
    made.clock.turn(seconds=1)
    fail(made, "Sarah", 1)
    assert waits(made, "Sarah") == 2
    made.clock.turn(seconds=2)
    fail(made, "Sarah", 1)
    assert waits(made, "Sarah") == 4


def test_an_attempt_that_must_wait_makes_the_wait_no_longer(made: Made) -> None:
    made.add("Sarah")
    fail(made, "Sarah", 5)
    assert [waits(made, "Sarah", password="again") for _ in range(20)] == [1] * 20
    made.clock.turn(seconds=1)
    assert waits(made, "Sarah") == 0


def test_success_forgets_the_failures(made: Made) -> None:
    made.add("Sarah")
    fail(made, "Sarah", 4)
    made.login("Sarah")
    fail(made, "Sarah", 4)
    assert waits(made, "Sarah") == 0


def test_failures_outlive_a_restart_and_are_forgotten_after_a_day(
    made: Made, accounts_engine: Engine
) -> None:
    made.add("Sarah")
    fail(made, "Sarah", 5)
    assert waits(Made(accounts_engine, clock=made.clock), "Sarah") == 1
    made.clock.turn(days=1)
    fail(made, "Sarah", 4)
    assert waits(made, "Sarah") == 0


@pytest.mark.promise("112")
def test_strangers_cannot_keep_a_person_from_their_own_machine(made: Made) -> None:
    """A thousand addresses fail on the account: its owner's goes on, a new place waits a minute."""
    made.add("Sarah")
    made.login("Sarah")
    for number in range(60):
        made.clock.turn(minutes=1)
        fail(made, "Sarah", 1, Origin(f"203.0.113.{number}"))
    assert waits(made, "Sarah", CAFE) == 60
    assert waits(made, "Sarah") == 0
    made.clock.turn(minutes=1)
    assert waits(made, "Sarah", CAFE) == 0


def test_a_person_s_open_session_goes_on_while_log_ins_wait(made: Made) -> None:
    made.add("Sarah")
    open_since = made.login("Sarah")
    fail(made, "Sarah", 5)
    assert waits(made, "Sarah") == 1
    assert made.callers.caller(open_since.access_token).name == "Sarah"
    assert made.logins.refresh(open_since.refresh_token).user.name == "Sarah"


def test_an_address_that_tries_many_accounts_is_made_to_wait_for_all(made: Made) -> None:
    made.add("Sarah")
    made.add("Maria")
    made.login("Maria", origin=CAFE)
    for number in range(20):
        fail(made, f"nobody{number}", 1, CAFE)
    assert waits(made, "Sarah", CAFE) == 1
    assert waits(made, "Maria", CAFE) == 0  # who logged in there before
    assert waits(made, "Sarah", HOME) == 0


def test_an_own_account_does_not_wash_an_address_clean(made: Made) -> None:
    made.add("Mallory")
    for number in range(19):
        fail(made, f"nobody{number}", 1, CAFE)
    made.login("Mallory", origin=CAFE)  # undoes its own attempt alone
    fail(made, "nobody19", 1, CAFE)
    assert waits(made, "nobody20", CAFE) == 1


def test_unknown_accounts_are_made_to_wait_like_known_ones(made: Made) -> None:
    fail(made, "Nobody", 5)
    assert waits(made, "Nobody") == 1


@pytest.mark.promise("112")
def test_of_forty_guesses_sent_at_once_five_are_looked_at(made: Made) -> None:
    made.add("Sarah")
    together = Barrier(40)

    def guess(number: int) -> type[Exception] | None:
        together.wait()
        try:
            made.login("Sarah", f"guess {number}")
        except (Unauthenticated, TooManyFailures) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(40) as pool:
        answers = Counter(pool.map(guess, range(40)))
    assert answers == {Unauthenticated: 5, TooManyFailures: 35}


def test_log_ins_and_their_failures_are_audited_without_a_secret(made: Made) -> None:
    sarah = made.add("Sarah")
    made.audit.events.clear()
    fail(made, "Sarah", 1)
    fail(made, "Nobody", 1)
    tokens = made.login("Sarah")
    session = made.callers.caller(tokens.access_token).session
    assert made.audit.events == [
        ("address 192.0.2.7", "log in", f"account {sarah.id}", "refused"),
        ("address 192.0.2.7", "log in", "no account", "refused"),
        (sarah.id, "log in", f"session {session}", "done"),
    ]
