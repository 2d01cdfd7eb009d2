"""Searches as events of our store: in batches, without what is personal, never in the way."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from aethermart.client.answers.shop import SearchAnswer, SearchEvent
from aethermart.core.errors import BadInput, Unavailable
from aethermart.identity.roles import Caller, Role
from aethermart.operations.shop.search_log import SearchLog, safe_query
from aethermart.store.connect import connect
from aethermart.store.engagement import record
from aethermart.store.schema import apply_schema

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA = Caller("u-1", "Ana", Role.CUSTOMER, session="login-7")
KEY = Caller("k-1", "till", Role.CUSTOMER, "api_key")


class Store:
    """Takes batches, unless told to fail."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self.fail: Exception | None = None

    def __call__(self, events: Sequence[dict[str, Any]]) -> None:
        if self.fail is not None:
            raise self.fail
        self.events += events
        self.batches.append(len(events))


def answer(query: str = "lamp", total: int = 3, shop: str = "ours") -> SearchAnswer:
    return SearchAnswer(search_id="s1", shop=shop, query=query, text=query, hits=(), total=total)


def click(sku: str = "L-1", position: int = 2) -> SearchEvent:
    return SearchEvent(search_id="s1", kind="click", sku=sku, position=position)


def log_of(store: Store, **more: Any) -> SearchLog:
    return SearchLog("ours", store, clock=lambda: NOON, **more)


def test_a_search_and_what_followed_are_events_of_one_visit() -> None:
    store = Store()
    log = log_of(store)
    log.searched(answer("Desk  Lamp"), ANA)
    cart = SearchEvent(search_id="s1", kind="cart", sku="L-2", position=1)
    assert log.did("ours", [(click(), "17"), (cart, "18")], ANA) == 2
    assert store.events == []  # nothing waits for the store
    assert log.send_some() == 3
    visit = store.events[0]["session_id"]
    common = {
        "session_id": visit,
        "channel": "web",
        "device": "unknown",
        "page": "/shop/search",
        "occurred_at": "2026-03-01T12:00:00+00:00",
        "search_id": "s1",
    }
    assert store.events == [
        {**common, "event_type": "search", "search_query": "Desk Lamp", "result_count": 3},
        {**common, "event_type": "product_view", "product_id": 17, "hit_position": 2},
        {**common, "event_type": "add_to_cart", "product_id": 18, "hit_position": 1},
    ]
    assert "login-7" not in visit
    assert log.send_some() == 0


def test_what_is_shown_instead_of_a_match_is_no_match() -> None:
    store = Store()
    log = log_of(store)
    log.searched(answer().model_copy(update={"relaxed": ("no product has the words",)}), ANA)
    log.send_some()
    assert store.events[0]["result_count"] == 0


def test_a_shop_that_is_not_ours_gets_nothing() -> None:
    store = Store()
    log = log_of(store)
    log.searched(answer(shop="theirs"), ANA)
    assert log.did("theirs", [(click(), "17")], ANA) == 0
    nobody = SearchLog(None, store)
    nobody.searched(answer(), ANA)
    log.searched(answer(" "), ANA)  # all products, without a word
    assert (log.send_some(), nobody.send_some(), store.events) == (0, 0, [])


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("lamp for ana@example.org please", "lamp for [e-mail] please"),
        ("call +49 171 1234567", "call [phone]"),
        ("call 0171 1234 567", "call [phone]"),
        ("4111 1111 1111 1111 gift card", "[card] gift card"),
        ("0.5 l bottle, 06 pieces", "0.5 l bottle, 06 pieces"),
        ("a\x00b\u202ec\n d", "a b c d"),
        ("x" * 150, "x" * 100),
    ],
)
def test_what_looks_personal_is_masked_and_the_rest_is_cut(typed: str, kept: str) -> None:
    assert safe_query(typed) == kept


def test_a_store_that_is_away_is_waited_for_and_nothing_is_lost() -> None:
    store = Store()
    log = log_of(store)
    log.searched(answer(), ANA)
    store.fail = Unavailable("away", fix="wait")
    with pytest.raises(Unavailable):
        log.send_some()
    store.fail = None
    assert log.send_some() == 1
    assert log.dropped == 0


def test_what_the_store_refuses_for_good_is_dropped_and_counted() -> None:
    store = Store()
    log = log_of(store)
    log.searched(answer(), ANA)
    store.fail = BadInput("no", fix="never")
    assert log.send_some() == 1
    assert (log.dropped, log.send_some()) == (1, 0)


def test_of_too_many_the_newest_are_dropped_and_counted() -> None:
    store = Store()
    log = log_of(store, most_waiting=2)
    assert log.did("ours", [(click(), "1"), (click(), "2"), (click(), "3")], ANA) == 2
    log.searched(answer(), ANA)
    assert log.dropped == 2
    log.send_some()
    assert [event["product_id"] for event in store.events] == [1, 2]


def test_they_are_sent_in_batches_and_once_more_at_the_end() -> None:
    store = Store()
    log = log_of(store, every_s=0.0)
    for _ in range(700):
        log.searched(answer(), KEY)
    stop = threading.Event()
    stop.set()
    stopped = SearchLog("ours", store)
    stopped.run(stop)  # an empty one ends at once
    while log.send_some():
        pass
    assert store.batches == [500, 200]


@pytest.mark.service("postgres")
def test_our_store_keeps_them_and_refuses_what_makes_no_sense(database: str) -> None:
    with closing(connect(database)) as session:
        apply_schema(session)
        log = SearchLog(
            "ours",
            lambda events: record(session, "clickstream_events", events),
            clock=lambda: NOON,
        )
        log.searched(answer("lamp" * 50, 0), ANA)
        log.did("ours", [(click(), "17")], ANA)
        assert log.send_some() == 2
        rows = session.rows(
            "SELECT event_type, product_id, search_id, length(search_query), result_count,"
            " hit_position FROM clickstream_events ORDER BY event_id"
        )
        assert rows == [
            ("search", None, "s1", 100, 0, None),
            ("product_view", 17, "s1", None, None, 2),
        ]
        log.did("ours", [(click(position=1), "17")], ANA)
        sound = {
            "session_id": "v1", "channel": "web", "device": "phone", "page": "/", "search_id": "s2"
        }  # fmt: skip
        for wrong in (
            {"event_type": "page_view", "search_query": "lamp"},
            {"event_type": "search", "search_query": "l" * 101},
            {"event_type": "search", "result_count": -1},
            {"event_type": "product_view", "hit_position": 0},
            {"event_type": "product_view", "hit_position": 1, "search_id": None},
        ):
            with pytest.raises(BadInput):
                record(session, "clickstream_events", [sound | wrong])
