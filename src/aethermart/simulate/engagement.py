"""What people did around buying: visits and the app in the last weeks, posts and chats all year.

Clicks and measurements are kept for KEPT_DAYS only, as a shop keeps them: each order placed on the
web or in the app in that time has its visit, and many visits led to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from aethermart.simulate.catalogue import DAY_US
from aethermart.simulate.columns import joined, moment, optional, picked, text, whole
from aethermart.simulate.libraries import Flags, Floats, Ints, np
from aethermart.simulate.words import (
    APP_VERSIONS,
    BUYING,
    EVENTS,
    GOES_ON,
    IN_THE_APP,
    NOBODY,
    ORDERS_A_CHAT,
    ORDERS_A_POST,
    PAGES,
    PLATFORMS,
    REFERRER_SHARES,
    REFERRERS,
    SAID,
    SAID_SHARES,
    TOPIC_SHARES,
    TOPICS,
    VISITS_AN_ORDER,
)
from aethermart.store.session import StoreSession

KEPT_DAYS = 30
_MOST_ORDERS = 100_000  # whose visits are made up
_SPAN = 50_000  # visits written at a time
_CHANNELS = ("web", "mobile", "popup", "partner")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Visits:
    """Each (n_visits,); `order` is 0 and `customer` 0 where there is none."""

    start: Ints
    customer: Ints
    order: Ints
    product: Ints  # an id
    mobile: Flags


def make_engagement(
    session: StoreSession, seed: int, products: int, customers: int, until: int
) -> dict[str, int]:
    """Write what happened around the orders that the store has; returns the rows a table."""
    visits = _visits(session, np.random.default_rng([seed, 9]), products, customers, until)
    clicks = measured = 0
    for first in range(0, len(visits.start), _SPAN):
        rng = np.random.default_rng([seed, 10, first])
        span = slice(first, first + _SPAN)
        some = _Visits(
            visits.start[span],
            visits.customer[span],
            visits.order[span],
            visits.product[span],
            visits.mobile[span],
        )
        clicks += _write_clicks(session, rng, some, first, clicks, until)
        measured += _write_telemetry(session, rng, some, measured)
    return {
        "clickstream_events": clicks,
        "device_telemetry": measured,
        "social_posts": _write_posts(session, np.random.default_rng([seed, 11]), until),
        "support_chats": _write_chats(session, np.random.default_rng([seed, 12]), until),
    }


def _visits(
    session: StoreSession,
    rng: np.random.Generator,
    products: int,
    customers: int,
    until: int,
) -> _Visits:
    since = until - KEPT_DAYS * DAY_US
    orders = session.rows(
        """
        SELECT o.order_id, o.customer_id, o.ordered_at, o.channel, i.product_id
        FROM orders AS o
        INNER JOIN order_items AS i ON i.order_id = o.order_id AND i.line_number = 1
        WHERE o.channel IN ('web', 'mobile') AND o.ordered_at >= %(since)s
        ORDER BY o.order_id DESC
        LIMIT %(most)s
        """,
        {"since": _EPOCH + (since + DAY_US) * _MICROSECOND, "most": _MOST_ORDERS},
    )
    bought = _numbers(
        (
            (order, customer, _microseconds(ordered_at), channel == "mobile", product)
            for order, customer, ordered_at, channel, product in orders
        ),
        columns=5,
    )
    idle = len(bought) * VISITS_AN_ORDER
    nobody = rng.random(idle) < NOBODY
    # A visit with an order begins some minutes before it.
    begun = bought[:, 2] - rng.integers(120_000_000, 900_000_000, len(bought))
    start = np.concatenate([begun, rng.integers(since, until, idle)])
    known = np.where(nobody, 0, 1 + (rng.random(idle) ** 1.6 * customers).astype(np.int64))
    sorted_ = np.argsort(start, kind="stable")
    return _Visits(
        start[sorted_],
        np.concatenate([bought[:, 1], known])[sorted_],
        np.concatenate([bought[:, 0], np.zeros(idle, dtype=np.int64)])[sorted_],
        np.concatenate([bought[:, 4], 1 + rng.integers(0, products, idle)])[sorted_],
        np.concatenate([bought[:, 3] == 1, rng.random(idle) < IN_THE_APP])[sorted_],
    )


def _write_clicks(
    session: StoreSession,
    rng: np.random.Generator,
    visits: _Visits,
    first_visit: int,
    written: int,
    until: int,
) -> int:
    n = len(visits.start)
    happened = np.zeros((n, len(EVENTS)), dtype=bool)
    happened[:, 0] = True
    goes_on = rng.random((n, len(GOES_ON))) < np.array(GOES_ON)
    happened[:, 1] = goes_on[:, 0]
    happened[:, 2] = goes_on[:, 1]
    happened[:, 3] = happened[:, 2] & goes_on[:, 2]
    happened[:, 4] = happened[:, 3] & goes_on[:, 3]
    bought = visits.order > 0
    for step in BUYING:
        happened[bought, step] = True
    # At most 15 s a step and six steps: an order's visit ends before it is placed, at the earliest
    # 120 s after it began.
    steps = np.cumsum(rng.integers(1_000_000, 15_000_000, (n, len(EVENTS))), axis=1)
    visit, event = np.nonzero(happened & (visits.start[:, None] + steps < until))
    about = event >= 2
    buys = event == len(EVENTS) - 1
    device = np.where(visits.mobile, rng.integers(0, 2, n), 2)
    referrer = rng.choice(len(REFERRERS), n, p=REFERRER_SHARES)
    columns = {
        "event_id": whole(written + 1 + np.arange(len(visit))),
        "session_id": joined(
            picked(["v"], np.zeros(len(visit), dtype=np.int64)), text(first_visit + visit + 1)
        ),
        "customer_id": optional(visits.customer[visit], visits.customer[visit] > 0),
        "event_type": picked(EVENTS, event),
        "product_id": optional(visits.product[visit], about),
        "order_id": optional(visits.order[visit], buys),
        "channel": picked(("web", "mobile"), visits.mobile[visit].astype(np.int64)),
        "device": picked(("phone", "tablet", "desktop"), device[visit]),
        "page": picked(PAGES, event),
        "referrer": picked(REFERRERS, referrer[visit]),
        "occurred_at": moment(visits.start[visit] + steps[visit, event]),
    }
    return session.load("clickstream_events", columns)


def _write_telemetry(
    session: StoreSession, rng: np.random.Generator, visits: _Visits, written: int
) -> int:
    """How long the app took to start, for each visit in it by somebody known."""
    at = np.flatnonzero(visits.mobile & (visits.customer > 0))
    customer = visits.customer[at]
    android = customer % 3 > 0  # somebody's phone stays the same
    start_ms: Floats = np.round(rng.lognormal(6.6, 0.35, len(at)) * np.where(android, 1.2, 1), 1)
    columns = {
        "telemetry_id": whole(written + 1 + np.arange(len(at))),
        "device_id": joined(
            picked(["d"], np.zeros(len(at), dtype=np.int64)), text(customer), between="-"
        ),
        "customer_id": whole(customer),
        "device_type": picked(("phone", "tablet"), (customer % 5 == 0).astype(np.int64)),
        "os": picked(("iOS", "Android"), android.astype(np.int64)),
        "app_version": picked(APP_VERSIONS, rng.integers(0, 3, len(at))),
        "metric": picked(("app_start_ms",), np.zeros(len(at), dtype=np.int64)),
        "value": pa.array(start_ms, pa.float64()),
        "recorded_at": moment(visits.start[at]),
    }
    return session.load("device_telemetry", columns)


def _write_posts(session: StoreSession, rng: np.random.Generator, until: int) -> int:
    """A post for about so many orders, over the year, on products as they are known."""
    names = session.rows("SELECT name FROM products ORDER BY product_id")
    ((orders,),) = session.rows("SELECT count(*) FROM orders")
    n = orders // ORDERS_A_POST
    product = (rng.random(n) ** 2 * len(names)).astype(np.int64)
    said = rng.choice(len(SAID), n, p=SAID_SHARES)
    body = [
        SAID[sentence].format(names[index][0])
        for sentence, index in zip(said.tolist(), product.tolist(), strict=True)
    ]
    columns = {
        "post_id": whole(np.arange(n) + 1),
        "platform": picked(PLATFORMS, rng.integers(0, len(PLATFORMS), n)),
        "author": joined(
            picked(["user"], np.zeros(n, dtype=np.int64)), text(rng.integers(1, 5000, n))
        ),
        "body": pa.array(body, pa.string()),
        "product_id": whole(product + 1),
        "likes": whole(rng.exponential(12, n).astype(np.int64)),
        "posted_at": moment(np.sort(until - 1 - rng.integers(0, 364 * DAY_US, n))),
    }
    return session.load("social_posts", columns)


def _write_chats(session: StoreSession, rng: np.random.Generator, until: int) -> int:
    """One for every so many orders, some hours later."""
    orders = session.rows(
        """
        SELECT order_id, customer_id, ordered_at, channel
        FROM orders
        WHERE mod(order_id, %(every)s) = 0
        ORDER BY order_id
        """,
        {"every": ORDERS_A_CHAT},
    )
    found = _numbers(
        (
            (order, customer, _microseconds(ordered_at), _CHANNELS.index(channel))
            for order, customer, ordered_at, channel in orders
        ),
        columns=4,
    )
    opened = found[:, 2] + rng.integers(DAY_US // 24, 5 * DAY_US, len(found))
    lasts = rng.integers(60_000_000, 1_500_000_000, len(found))
    kept = opened + lasts < until
    found, opened, lasts = found[kept], opened[kept], lasts[kept]
    n = len(found)
    topic = rng.choice(len(TOPICS), n, p=TOPIC_SHARES)
    columns = {
        "chat_id": whole(np.arange(n) + 1),
        "customer_id": whole(found[:, 1]),
        "order_id": whole(found[:, 0]),
        "channel": picked(_CHANNELS, found[:, 3]),
        "topic": picked(TOPICS, topic),
        "message_count": whole(rng.integers(2, 18, n)),
        "satisfaction": optional(1 + rng.binomial(4, 0.7, n), rng.random(n) < 0.6),
        "transcript": picked([f"Customer asks about: {name}." for name in TOPICS], topic),
        "opened_at": moment(opened),
        "closed_at": moment(opened + lasts),
    }
    return session.load("support_chats", columns)


def _microseconds(at: datetime) -> int:
    """Since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def _numbers(rows: Iterable[tuple[int, ...]], columns: int) -> Ints:
    """(n_rows, columns)"""
    return np.array([*rows], dtype=np.int64).reshape(-1, columns)
