from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethermart.identity.lockout import Scope, counters, failures_now, network, wait_s

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_five_failures_of_one_address_on_one_account_are_free_then_the_wait_doubles() -> None:
    waits = [wait_s(Scope.PAIR, failures) for failures in range(1, 18)]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_an_address_has_twenty_an_account_fifty_and_strangers_make_it_wait_a_minute() -> None:
    assert [wait_s(Scope.ADDRESS, failures) for failures in (19, 20, 21, 30)] == [0, 1, 2, 900]
    assert [wait_s(Scope.ACCOUNT, failures) for failures in (49, 50, 55, 56, 10_000)] == [
        0,
        1,
        32,
        60,
        60,
    ]


@given(st.sampled_from(Scope), st.integers(0, 10**9))
def test_no_wait_is_longer_than_a_quarter_of_an_hour(scope: Scope, failures: int) -> None:
    assert 0 <= wait_s(scope, failures) <= wait_s(scope, failures + 1) <= 900


def test_a_day_without_a_failure_forgets_all() -> None:
    day = timedelta(days=1)
    assert failures_now(7, NOON, NOON + day - timedelta(seconds=1)) == 7
    assert failures_now(7, NOON, NOON + day) == 0


def test_from_a_known_address_only_its_own_failures_on_the_account_count() -> None:
    [only] = counters("ada@example.org", "192.0.2.7", known=True)
    assert only.scope is Scope.PAIR
    wide = counters("ada@example.org", "192.0.2.7", known=False)
    assert [counter.scope for counter in wide] == [Scope.ACCOUNT, Scope.ADDRESS, Scope.PAIR]
    assert only in wide
    assert wide[0] == counters("ada@example.org", "198.51.100.1", known=False)[0]
    assert not any("ada" in counter.subject or "192" in counter.subject for counter in wide)


@pytest.mark.parametrize(
    "address,place",
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_subscriber_is_one_place(address: str, place: str) -> None:
    assert network(address) == place
