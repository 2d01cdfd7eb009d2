"""A log-in outlives a reload by a cookie that was handed out once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from aethermart.client.client import AetherMartClient
from aethermart.console import sessions as module
from aethermart.console.sessions import Sessions, SignedIn


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(clock)


def _alex() -> SignedIn:
    client = AetherMartClient("http://127.0.0.1:1", "token")
    return SignedIn(client, client, "alex@example.org", "Alex", "executive", frozenset({"rows"}))


def test_a_ticket_gives_one_cookie_and_no_second(sessions: Sessions) -> None:
    alex = _alex()
    ticket = sessions.ticket(alex)
    assert sessions.awaits(ticket)
    cookie = sessions.redeem(ticket)
    assert cookie is not None
    assert not sessions.awaits(ticket)
    assert sessions.find(cookie) is alex
    assert sessions.redeem(ticket) is None
    assert sessions.find(ticket) is None
    assert sessions.find(None) is None


def test_a_ticket_lasts_a_minute_and_a_cookie_half_a_day_after_it_was_seen(
    sessions: Sessions, clock: Clock
) -> None:
    late = sessions.ticket(_alex())
    clock.now = 60.0
    assert sessions.redeem(late) is None
    cookie = sessions.redeem(sessions.ticket(_alex()))
    for _ in range(3):
        clock.now += 12 * 3600 - 1
        assert sessions.find(cookie) is not None
    clock.now += 12 * 3600
    assert sessions.find(cookie) is None


def test_an_end_ends_every_cookie_of_the_log_in_and_no_other(sessions: Sessions) -> None:
    alex, other = _alex(), _alex()
    cookies = [sessions.redeem(sessions.ticket(alex)) for _ in range(2)]
    kept = sessions.redeem(sessions.ticket(other))
    open_ticket = sessions.ticket(alex)
    sessions.end(alex)
    assert [sessions.find(cookie) for cookie in cookies] == [None, None]
    assert sessions.redeem(open_ticket) is None
    assert alex.ended
    assert sessions.find(kept) is other


def test_the_oldest_is_forgotten_beyond_the_most(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    cookies = [sessions.redeem(sessions.ticket(_alex())) for _ in range(3)]
    assert [sessions.find(cookie) is not None for cookie in cookies] == [False, True, True]


def test_neither_ticket_nor_cookie_is_kept_as_it_was_given(sessions: Sessions) -> None:
    alex = _alex()
    ticket = sessions.ticket(alex)
    held = repr(sessions)
    cookie = sessions.redeem(ticket)
    assert cookie is not None
    assert ticket not in held
    assert cookie not in repr(sessions)
