"""What comes in around orders: clicks, measurements, posts, chats, reviews, refused payments.

One way in for each kind, in the database as a procedure. A batch is taken whole or not at all; who
sends it again after an answer was lost has it twice, as these rows have no key of the sender's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, get_args

from aethermart.core.errors import BadInput
from aethermart.store.session import StoreSession

Stream = Literal["clickstream_events", "device_telemetry", "social_posts", "support_chats"]
STREAMS: tuple[Stream, ...] = get_args(Stream)

# Field -> whether it must be there.
FIELDS: Mapping[Stream, Mapping[str, bool]] = {
    "clickstream_events": {
        "session_id": True,
        "customer_id": False,
        "event_type": True,
        "product_id": False,
        "order_id": False,
        "channel": True,
        "device": True,
        "page": True,
        "referrer": False,
        "occurred_at": False,
        "search_id": False,
        "search_query": False,
        "result_count": False,
        "hit_position": False,
    },
    "device_telemetry": {
        "device_id": True,
        "customer_id": False,
        "device_type": True,
        "os": True,
        "app_version": True,
        "metric": True,
        "value": True,
        "recorded_at": False,
    },
    "social_posts": {
        "platform": True,
        "author": True,
        "body": True,
        "product_id": False,
        "likes": False,
        "posted_at": False,
    },
    "support_chats": {
        "customer_id": True,
        "order_id": False,
        "channel": True,
        "topic": True,
        "message_count": True,
        "satisfaction": False,
        "transcript": False,
        "opened_at": False,
        "closed_at": False,
    },
}
_PROCEDURES: Mapping[Stream, str] = {
    "clickstream_events": "sp_record_clicks",
    "device_telemetry": "sp_record_telemetry",
    "social_posts": "sp_record_posts",
    "support_chats": "sp_record_chats",
}

Event = Mapping[str, Any]  # values as JSON has them; an instant as ISO 8601 with its zone


def record(session: StoreSession, stream: Stream, events: Sequence[Event], first: int = 1) -> int:
    """Take in a batch of one kind; returns how many rows it became.

    first  number of its first event, by which errors name one
    Raises BadInput (a field too many or missing, a value that is not allowed), NotFound (a product,
    customer or order that is not there), Unavailable; nothing was taken in then.
    """
    for number, event in enumerate(events, start=first):
        _check(stream, number, event)
    (taken,) = session.call(_PROCEDURES[stream], [dict(event) for event in events])
    return int(taken)


def write_review(
    session: StoreSession,
    order_id: int,
    product_id: int,
    rating: int,
    title: str,
    body: str = "",
) -> int:
    """Write what the order's customer says of one product of it; returns the review's id.

    rating  1 to 5
    Raises NotFound (order), Conflict (not bought in it, not delivered yet, reviewed before),
    BadInput (the rating).
    """
    (review_id,) = session.call("sp_write_review", order_id, product_id, rating, title, body)
    return int(review_id)


def record_refused_payment(session: StoreSession, order_id: int, method: str) -> int:
    """Raises NotFound, Conflict (the order awaits no payment), BadInput (the method)."""
    (payment_id,) = session.call("sp_record_refused_payment", order_id, method)
    return int(payment_id)


def start_campaign(
    session: StoreSession,
    campaign: str,
    product_ids: Sequence[int],
    discount_percent: Decimal,
    lasts_s: float,
) -> int:
    """Cut prices of some products from now on; returns how many.

    Raises NotFound (product), Conflict (a campaign of that name was there before), BadInput.
    """
    seconds = Decimal(str(lasts_s))
    (started,) = session.call(
        "sp_start_campaign", campaign, list(product_ids), discount_percent, seconds
    )
    return int(started)


def _check(stream: Stream, number: int, event: Event) -> None:
    fields = FIELDS[stream]
    unknown = sorted(set(event) - set(fields))
    missing = [name for name, needed in fields.items() if needed and event.get(name) is None]
    if unknown or missing:
        said = [f"has {name!r}" for name in unknown] + [f"lacks {name!r}" for name in missing]
        raise BadInput(
            f"event {number} of {stream} {', '.join(said)}",
            fix=f"its fields are {', '.join(fields)}",
        )
