"""Each kind of event has one way in: checked, whole or not at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from aethermart.core.errors import BadInput, Conflict, NotFound
from aethermart.store.engagement import (
    STREAMS,
    Stream,
    record,
    record_refused_payment,
    start_campaign,
    write_review,
)
from aethermart.store.orders import (
    OrderLine,
    OrderRequest,
    change_status,
    place_order,
    return_order,
)

pytestmark = pytest.mark.service("postgres")

AT = "2026-03-10T12:00:00+00:00"
EVENTS: dict[Stream, dict[str, Any]] = {
    "clickstream_events": {
        "session_id": "s",
        "event_type": "product_view",
        "product_id": 1,
        "channel": "web",
        "device": "desktop",
        "page": "/product",
        "occurred_at": AT,
    },
    "device_telemetry": {
        "device_id": "d",
        "customer_id": 1,
        "device_type": "phone",
        "os": "iOS",
        "app_version": "4.2.0",
        "metric": "app_start_ms",
        "value": "812.5",
        "recorded_at": AT,
    },
    "social_posts": {
        "platform": "forum",
        "author": "ada",
        "body": "A fine cup.",
        "product_id": 1,
        "likes": 3,
        "posted_at": AT,
    },
    "support_chats": {
        "customer_id": 1,
        "channel": "web",
        "topic": "delivery",
        "message_count": 4,
        "satisfaction": 5,
        "opened_at": AT,
        "closed_at": "2026-03-10T12:09:00+00:00",
    },
}
TIMES = {
    "clickstream_events": "occurred_at",
    "device_telemetry": "recorded_at",
    "social_posts": "posted_at",
    "support_chats": "opened_at",
}
# One value that the table refuses.
BAD: dict[Stream, dict[str, Any]] = {
    "clickstream_events": {"event_type": "purchase"},  # without its order
    "device_telemetry": {"device_type": "fridge"},
    "social_posts": {"likes": -1},
    "support_chats": {"message_count": 0},
}


def ordered(shop: psycopg.Connection, *moves: str) -> int:
    request = OrderRequest(1, 11, "web", (OrderLine(1, 1), OrderLine(2, 1)))
    order_id = place_order(shop, request).order_id
    for status in moves:
        if status == "RETURNED":
            return_order(shop, order_id, "damaged")
        else:
            change_status(shop, order_id, status)
    return order_id


def count(shop: psycopg.Connection, table: str) -> int:
    return int(shop.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()[0][0])


@pytest.mark.promise("63")
@pytest.mark.parametrize("stream", STREAMS)
def test_a_batch_becomes_rows_as_it_was_sent(shop: psycopg.Connection, stream: Stream) -> None:
    event = EVENTS[stream]
    untimed = {name: value for name, value in event.items() if not name.endswith("_at")}
    assert record(shop, stream, [event, untimed]) == 2
    columns = ", ".join(f"to_jsonb({stream}) ->> '{name}'" for name in untimed)
    found = shop.execute(f"SELECT {columns} FROM {stream}".encode()).fetchall()
    wanted = {"812.5": "812.5000"}
    sent = tuple(wanted.get(str(value), str(value)) for value in untimed.values())
    assert found == [sent, sent]
    times = shop.execute(
        f"SELECT {TIMES[stream]} = '{AT}', {TIMES[stream]} > now() - interval '1 minute'"
        f" FROM {stream} ORDER BY 1 DESC".encode()
    ).fetchall()
    assert times == [(True, False), (False, True)]


@pytest.mark.promise("63")
@pytest.mark.parametrize("stream", STREAMS)
def test_a_batch_with_one_bad_event_is_refused_whole(
    shop: psycopg.Connection, stream: Stream
) -> None:
    with pytest.raises(BadInput):
        record(shop, stream, [EVENTS[stream], EVENTS[stream] | BAD[stream]])
    assert count(shop, stream) == 0


@pytest.mark.promise("92")
def test_a_field_too_many_or_missing_is_named(shop: psycopg.Connection) -> None:
    post = {"platform": "forum", "author": "ada", "colour": "red"}
    with pytest.raises(BadInput, match=r"event 2 of social_posts has 'colour', lacks 'body'"):
        record(shop, "social_posts", [EVENTS["social_posts"], post])
    assert count(shop, "social_posts") == 0


def test_a_post_about_nothing_we_sell_is_refused(shop: psycopg.Connection) -> None:
    with pytest.raises(NotFound):
        record(shop, "social_posts", [EVENTS["social_posts"] | {"product_id": 99}])


@pytest.mark.parametrize("moves", [("PAID", "SHIPPED", "DELIVERED")])
@pytest.mark.parametrize("after", [(), ("RETURNED",)])
def test_the_buyer_reviews_what_was_delivered(
    shop: psycopg.Connection, moves: tuple[str, ...], after: tuple[str, ...]
) -> None:
    order_id = ordered(shop, *moves, *after)
    review_id = write_review(shop, order_id, 2, 4, "Good quality", "Solid.")
    found = shop.execute(
        "SELECT review_id, product_id, customer_id, order_id, rating, title, body FROM reviews"
    ).fetchall()
    assert found == [(review_id, 2, 1, order_id, 4, "Good quality", "Solid.")]
    with pytest.raises(Conflict):
        write_review(shop, order_id, 2, 1, "Changed my mind")
    assert count(shop, "reviews") == 1


@pytest.mark.parametrize("moves", [(), ("PAID",), ("PAID", "SHIPPED"), ("CANCELLED",)])
def test_nobody_reviews_what_has_not_arrived(
    shop: psycopg.Connection, moves: tuple[str, ...]
) -> None:
    order_id = ordered(shop, *moves)
    with pytest.raises(Conflict, match=f"product 2 was not delivered with order {order_id}"):
        write_review(shop, order_id, 2, 5, "Love it")
    assert count(shop, "reviews") == 0


def test_nobody_reviews_what_they_did_not_buy(shop: psycopg.Connection) -> None:
    order_id = ordered(shop, "PAID", "SHIPPED", "DELIVERED")
    with pytest.raises(Conflict, match="product 3 was not delivered"):
        write_review(shop, order_id, 3, 5, "Love it")
    with pytest.raises(NotFound, match="no order '99'"):
        write_review(shop, 99, 1, 5, "Love it")
    with pytest.raises(BadInput):
        write_review(shop, order_id, 2, 6, "Love it")
    assert count(shop, "reviews") == 0


def test_a_refused_payment_is_of_an_order_that_awaits_one(shop: psycopg.Connection) -> None:
    waiting, paid = ordered(shop), ordered(shop, "PAID")
    record_refused_payment(shop, waiting, "paypal")
    with pytest.raises(Conflict, match=f"order {paid} is PAID: it awaits no payment"):
        record_refused_payment(shop, paid, "card")
    with pytest.raises(NotFound):
        record_refused_payment(shop, 99, "card")
    change_status(shop, waiting, "PAID")
    found = shop.execute(
        "SELECT method, status, amount FROM payments WHERE order_id = %s ORDER BY payment_id",
        [waiting],
    ).fetchall()
    amount = Decimal("39.99")
    assert found == [("paypal", "FAILED", amount), ("card", "CAPTURED", amount)]


def test_a_campaign_begins_now_for_its_products(shop: psycopg.Connection) -> None:
    assert start_campaign(shop, "Spring", [1, 3], Decimal("12.5"), 90.0) == 2
    found = shop.execute(
        "SELECT product_id, discount_percent, extract(epoch FROM ends_at - starts_at)::int,"
        " abs(extract(epoch FROM now() - starts_at)) < 60 FROM promotions ORDER BY product_id"
    ).fetchall()
    assert found == [(1, Decimal("12.50"), 90, True), (3, Decimal("12.50"), 90, True)]
    with pytest.raises(Conflict):
        start_campaign(shop, "Spring", [1], Decimal(5), 90.0)
    with pytest.raises(NotFound):
        start_campaign(shop, "Autumn", [99], Decimal(5), 90.0)
