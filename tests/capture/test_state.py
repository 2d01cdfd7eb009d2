"""What capture remembers: the tests' memory and the platform's tables behave alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aethermart.capture.source import CaptureState
from aethermart.capture.state import PlatformCaptureState
from aethermart.core.entries import Column, TableSchema
from aethermart.core.errors import BadInput, Unavailable
from aethermart.platform_db.migrate import migrate, platform_engine
from tests.capture.memory import MemoryState

ORDERS = TableSchema(
    "orders", (Column("id", "int64", nullable=False), Column("näme", "string")), ("id",)
)
WIDER = TableSchema("orders", (*ORDERS.columns, Column("total", "decimal128(12, 2)")), ("id",))

Reopen = Callable[[], CaptureState]


@pytest.fixture(params=["memory", pytest.param("platform", marks=pytest.mark.service("postgres"))])
def reopen(request: pytest.FixtureRequest) -> Reopen:
    """The state as each new process finds it."""
    if request.param == "memory":
        memory = MemoryState()
        return lambda: memory
    dsn = request.getfixturevalue("database")
    migrate(dsn)
    return lambda: PlatformCaptureState(platform_engine(dsn))


def test_nothing_is_known_at_first(reopen: Reopen) -> None:
    state = reopen()
    assert state.announced("a") == {}
    assert state.stopped("a") == {}
    assert state.requested_snapshots("a") == ()


def test_the_last_announcement_of_each_table_is_remembered_by_shop(reopen: Reopen) -> None:
    reopen().announce("a", ORDERS, "identity 1")
    reopen().announce("b", ORDERS, "identity 2")
    reopen().announce("a", WIDER, "identity 3")
    assert reopen().announced("a") == {"orders": (WIDER, "identity 3")}
    assert reopen().announced("b") == {"orders": (ORDERS, "identity 2")}


def test_a_stopped_table_keeps_its_schema_and_its_last_reason(reopen: Reopen) -> None:
    reopen().announce("a", ORDERS, "")
    reopen().stop("a", "orders", "first")
    reopen().stop("a", "orders", "second")
    reopen().stop("a", "never_announced", "gone")
    assert reopen().stopped("a") == {"orders": "second", "never_announced": "gone"}
    assert reopen().stopped("b") == {}
    assert reopen().announced("a") == {"orders": (ORDERS, "")}


def test_a_request_stands_until_its_snapshot_is_done(reopen: Reopen) -> None:
    reopen().stop("a", "orders", "why")
    reopen().request_snapshot("a", ["orders", "lines"])
    reopen().request_snapshot("a", ["orders"])
    reopen().request_snapshot("a", [])
    reopen().request_snapshot("b", ["orders"])
    assert reopen().requested_snapshots("a") == ("lines", "orders")
    assert reopen().stopped("a") == {"orders": "why"}
    reopen().snapshot_done("a", ["orders"])
    assert reopen().requested_snapshots("a") == ("lines",)
    assert reopen().requested_snapshots("b") == ("orders",)
    assert reopen().stopped("a") == {}
    reopen().snapshot_done("a", [])


def test_stopping_a_table_answers_the_request_for_it(reopen: Reopen) -> None:
    reopen().request_snapshot("a", ["orders", "lines"])
    reopen().stop("a", "orders", "there is no such table")
    assert reopen().requested_snapshots("a") == ("lines",)


def test_a_platform_that_does_not_answer_is_unavailable_and_tells_no_password() -> None:
    state = PlatformCaptureState(platform_engine("postgresql://ada:s3cret@127.0.0.1:1/platform"))
    with pytest.raises(Unavailable, match="the platform database does not answer") as caught:
        state.stopped("a")
    assert "s3cret" not in str(caught.value)
    assert "127.0.0.1" in caught.value.cause


def test_an_address_of_the_platform_that_is_none_is_bad_input() -> None:
    state = PlatformCaptureState(platform_engine("platform:s3cret"))
    with pytest.raises(BadInput, match=r"`platform\.dsn` is not a PostgreSQL address") as caught:
        state.stopped("a")
    assert "s3cret" not in str(caught.value)
