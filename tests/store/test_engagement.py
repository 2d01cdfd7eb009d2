"""Each kind of event has one way in: checked, whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

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
from tests.store.shop import Shop, count

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


def ordered(shop: Shop, *moves: str) -> int:
    request = OrderRequest(1, 11, "web", (OrderLine(1, 1), OrderLine(2, 1)))
    order_id = place_order(shop.session, request).order_id
    for status in moves:
        if status == "RETURNED":
            return_order(shop.session, order_id, "damaged")
        else:
            change_status(shop.session, order_id, status)
    return order_id


@pytest.mark.promise("63")
@pytest.mark.parametrize("stream", STREAMS)
def test_a_batch_becomes_rows_as_it_was_sent(shop: Shop, stream: Stream) -> None:
    event = EVENTS[stream]
    untimed = {name: value for name, value in event.items() if not name.endswith("_at")}
    assert record(shop.session, stream, [event, untimed]) == 2
    found = shop.sql(f"SELECT {', '.join(untimed)} FROM {stream}")
    wanted = {"812.5": "812.5000"}
    sent = tuple(wanted.get(str(value), str(value)) for value in untimed.values())
    assert [tuple(str(value) for value in row) for row in found] == [sent, sent]
    told, now = sorted(at for (at,) in shop.sql(f"SELECT {TIMES[stream]} FROM {stream}"))
    assert told == datetime.fromisoformat(AT)
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "told, in_utc",
    [
        ("2026-03-10T14:30:00.25+02:30", "2026-03-10T12:00:00.25+00:00"),
        ("2026-03-10T12:00:00Z", "2026-03-10T12:00:00+00:00"),
        ("2026-03-10T01:00:00-11", "2026-03-10T12:00:00+00:00"),
        ("2026-03-10 12:00:00-0030", "2026-03-10T12:30:00+00:00"),
        ("2026-03-10T12:00", "2026-03-10T12:00:00+00:00"),
        ("2026-03-10", "2026-03-10T00:00:00+00:00"),
    ],
)
def test_an_instant_of_any_zone_is_kept_in_utc(shop: Shop, told: str, in_utc: str) -> None:
    record(shop.session, "social_posts", [EVENTS["social_posts"] | {"posted_at": told}])
    assert shop.one("SELECT posted_at FROM social_posts") == datetime.fromisoformat(in_utc)


@pytest.mark.parametrize(
    "stream, wrong",
    [
        ("social_posts", {"posted_at": "yesterday noon"}),
        ("social_posts", {"posted_at": "2026-13-10T12:00:00Z"}),
        ("social_posts", {"likes": "many"}),
        ("social_posts", {"likes": 2**31}),
        ("support_chats", {"satisfaction": "x"}),
    ],
)
def test_a_value_that_is_none_of_its_type_is_refused(
    shop: Shop, stream: Stream, wrong: dict[str, Any]
) -> None:
    with pytest.raises(BadInput):
        record(shop.session, stream, [EVENTS[stream], EVENTS[stream] | wrong])
    assert count(shop, stream) == 0


def test_words_of_any_script_are_kept(shop: Shop) -> None:
    said = "Größe ✓ 良い 😀 \\ ' \" %s \n"
    record(shop.session, "social_posts", [EVENTS["social_posts"] | {"body": said}])
    assert shop.one("SELECT body FROM social_posts") == said


@pytest.mark.promise("63")
@pytest.mark.parametrize("stream", STREAMS)
def test_a_batch_with_one_bad_event_is_refused_whole(shop: Shop, stream: Stream) -> None:
    with pytest.raises(BadInput):
        record(shop.session, stream, [EVENTS[stream], EVENTS[stream] | BAD[stream]])
    assert count(shop, stream) == 0


@pytest.mark.promise("92")
def test_a_field_too_many_or_missing_is_named(shop: Shop) -> None:
    post = {"platform": "forum", "author": "ada", "colour": "red"}
    with pytest.raises(BadInput, match=r"event 2 of social_posts has 'colour', lacks 'body'"):
        record(shop.session, "social_posts", [EVENTS["social_posts"], post])
    assert count(shop, "social_posts") == 0


def test_a_post_about_nothing_we_sell_is_refused(shop: Shop) -> None:
    with pytest.raises(NotFound):
        record(shop.session, "social_posts", [EVENTS["social_posts"] | {"product_id": 99}])


@pytest.mark.parametrize("moves", [("PAID", "SHIPPED", "DELIVERED")])
@pytest.mark.parametrize("after", [(), ("RETURNED",)])
def test_the_buyer_reviews_what_was_delivered(
    shop: Shop, moves: tuple[str, ...], after: tuple[str, ...]
) -> None:
    order_id = ordered(shop, *moves, *after)
    review_id = write_review(shop.session, order_id, 2, 4, "Good quality", "Solid.")
    found = shop.sql(
        "SELECT review_id, product_id, customer_id, order_id, rating, title, body FROM reviews"
    )
    assert found == [(review_id, 2, 1, order_id, 4, "Good quality", "Solid.")]
    with pytest.raises(Conflict):
        write_review(shop.session, order_id, 2, 1, "Changed my mind")
    assert count(shop, "reviews") == 1


@pytest.mark.parametrize("moves", [(), ("PAID",), ("PAID", "SHIPPED"), ("CANCELLED",)])
def test_nobody_reviews_what_has_not_arrived(shop: Shop, moves: tuple[str, ...]) -> None:
    order_id = ordered(shop, *moves)
    with pytest.raises(Conflict, match=f"product 2 was not delivered with order {order_id}"):
        write_review(shop.session, order_id, 2, 5, "Love it")
    assert count(shop, "reviews") == 0


def test_nobody_reviews_what_they_did_not_buy(shop: Shop) -> None:
    order_id = ordered(shop, "PAID", "SHIPPED", "DELIVERED")
    with pytest.raises(Conflict, match="product 3 was not delivered"):
        write_review(shop.session, order_id, 3, 5, "Love it")
    with pytest.raises(NotFound, match="no order '99000'"):
        write_review(shop.session, 99000, 1, 5, "Love it")
    with pytest.raises(BadInput):
        write_review(shop.session, order_id, 2, 6, "Love it")
    assert count(shop, "reviews") == 0


def test_a_refused_payment_is_of_an_order_that_awaits_one(shop: Shop) -> None:
    waiting, paid = ordered(shop), ordered(shop, "PAID")
    record_refused_payment(shop.session, waiting, "paypal")
    with pytest.raises(Conflict, match=f"order {paid} is PAID: it awaits no payment"):
        record_refused_payment(shop.session, paid, "card")
    with pytest.raises(NotFound):
        record_refused_payment(shop.session, 99000, "card")
    change_status(shop.session, waiting, "PAID")
    found = shop.sql(
        "SELECT method, status, amount FROM payments WHERE order_id = %(order)s"
        " ORDER BY payment_id",
        order=waiting,
    )
    amount = Decimal("39.99")
    assert found == [("paypal", "FAILED", amount), ("card", "CAPTURED", amount)]


def test_a_campaign_begins_now_for_its_products(shop: Shop) -> None:
    assert start_campaign(shop.session, "Spring", [1, 3], Decimal("12.5"), 90.0) == 2
    found = shop.sql(
        "SELECT product_id, discount_percent, starts_at, ends_at FROM promotions"
        " ORDER BY product_id"
    )
    assert [row[:2] for row in found] == [(1, Decimal("12.50")), (3, Decimal("12.50"))]
    for *_, starts_at, ends_at in found:
        assert ends_at - starts_at == timedelta(seconds=90)
        assert abs(starts_at - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(Conflict):
        start_campaign(shop.session, "Spring", [1], Decimal(5), 90.0)
    with pytest.raises(NotFound):
        start_campaign(shop.session, "Autumn", [99], Decimal(5), 90.0)
    with pytest.raises(BadInput):
        start_campaign(shop.session, "Winter", [1], Decimal("100.5"), 90.0)
    assert count(shop, "promotions") == 2


@pytest.mark.promise("12")
def test_a_review_by_hand_is_of_what_was_delivered_to_that_customer_too(shop: Shop) -> None:
    order_id = ordered(shop, "PAID", "SHIPPED", "DELIVERED")
    write = "INSERT INTO reviews (product_id, customer_id, order_id, rating, title)"
    for product, customer, order in ((3, 1, order_id), (1, 2, order_id), (1, 2, None)):
        with pytest.raises(Conflict, match=f"product {product} was not delivered with"):
            shop.sql(
                f"{write} VALUES (%(product)s, %(customer)s, %(order)s, 5, 'x')",
                product=product,
                customer=customer,
                order=order,
            )
    shop.sql(f"{write} VALUES (1, 1, NULL, 5, 'x'), (2, 1, %(order)s, 4, 'y')", order=order_id)
    with pytest.raises(Conflict, match="product 3 was not delivered with"):
        shop.sql("UPDATE reviews SET product_id = 3")
    shop.sql("UPDATE reviews SET rating = 1")
    assert shop.sql("SELECT product_id, rating FROM reviews ORDER BY product_id") == [
        (1, 1),
        (2, 1),
    ]
