"""What live shoppers do around their orders: visits, the app's measurements, posts, chats, reviews.

It happens at the rates of the made-up year. Events wait and are sent together, a transaction each
few hundred milliseconds: an order waits for none of them. They carry the time they happened, as a
browser's do that sends what it saw when the visit ends.
"""

from __future__ import annotations

import heapq
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aethermart.core.errors import Conflict, NotFound
from aethermart.simulate.shoppers import Product, Shoppers
from aethermart.simulate.words import (
    APP_VERSIONS,
    BODIES,
    BUYING,
    EVENTS,
    GOES_ON,
    IN_THE_APP,
    KEPT_SHARES,
    METHOD_SHARES,
    METHODS,
    NOBODY,
    ORDERS_A_CHAT,
    ORDERS_A_POST,
    PAGES,
    PLATFORMS,
    REFERRER_SHARES,
    REFERRERS,
    REFUSED_FIRST,
    RETURNED_SHARES,
    REVIEWED,
    REVIEWED_RETURNED,
    SAID,
    SAID_SHARES,
    TITLES,
    TOPIC_SHARES,
    TOPICS,
    VISITS_AN_ORDER,
)
from aethermart.store.engagement import (
    STREAMS,
    Stream,
    record,
    record_refused_payment,
    write_review,
)
from aethermart.store.orders import OrderRequest
from aethermart.store.session import StoreSession

SENT_EVERY_S = 0.5
_STEP_S = (1.0, 15.0)  # from one page of a visit to the next
_SOON_S = 10.0  # mean, from an arrival to the review, and to a chat; a shop in time lapse

Job = Callable[[StoreSession], str]  # what it was


@dataclass(slots=True)
class LiveEvents:
    """Of one run; it outlives its connections.

    recorded  rows by kind, of what is committed
    """

    seed: int
    run: str
    recorded: Counter[str] = field(default_factory=Counter)
    _rng: random.Random = field(init=False)
    _visits: int = 0
    _sent_at: float = 0.0
    _waiting: dict[Stream, list[dict[str, Any]]] = field(init=False)
    _later: list[tuple[float, int, Job]] = field(default_factory=list)  # a heap; int breaks ties
    _planned: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed} events")
        self._waiting = {stream: [] for stream in STREAMS}

    def placed(self, order_id: int, request: OrderRequest, shoppers: Shoppers) -> None:
        """An order was placed: what led to it, who only looked meanwhile, what will follow."""
        now, rng = datetime.now(UTC), self._rng
        if request.channel in ("web", "mobile"):
            product_id = request.lines[0].product_id
            mobile = request.channel == "mobile"
            self._visit(now, mobile, request.customer_id, product_id, BUYING, order_id)
        for _ in range(VISITS_AN_ORDER):
            customer = None if rng.random() < NOBODY else rng.choice(shoppers.addresses).customer_id
            mobile = rng.random() < IN_THE_APP
            self._visit(now, mobile, customer, shoppers.wanted(rng).product_id, self._idle_steps())
        if rng.random() < 1 / ORDERS_A_POST:
            self._post(now, shoppers.wanted(rng))
        if rng.random() < 1 / ORDERS_A_CHAT:
            self._chat_soon(order_id, request.customer_id, request.channel, now)
        if rng.random() < REFUSED_FIRST:
            method = rng.choices(METHODS, METHOD_SHARES)[0]
            self._plan(0.0, lambda session: _refuse(session, order_id, method))

    def arrived(self, order_id: int, returned: bool = False) -> None:
        """An order was delivered, or came back: some say how it was."""
        rng = self._rng
        if rng.random() < (REVIEWED_RETURNED if returned else REVIEWED):
            shares = RETURNED_SHARES if returned else KEPT_SHARES
            stars = rng.choices(range(5), shares)[0]
            title, which = rng.choice(TITLES[stars]), rng.random()
            after_s = rng.expovariate(1 / _SOON_S)
            self._plan(after_s, lambda session: _review(session, order_id, which, stars + 1, title))

    def due_at(self) -> float:
        """When something is to be sent, by the monotonic clock; far away where nothing is."""
        if any(self._waiting.values()):
            return self._sent_at + SENT_EVERY_S
        return max(self._later[0][0], self._sent_at + SENT_EVERY_S) if self._later else float("inf")

    def nothing_left(self) -> bool:
        return not self._later and not any(self._waiting.values())

    def send(self, session: StoreSession, everything: bool = False) -> None:
        """Record what waits, in one transaction; with `everything`, what is planned as well.

        A failure keeps what waits for the next attempt, which may record a batch a second time.
        """
        now = time.monotonic()
        due: list[tuple[float, int, Job]] = []
        while self._later and (everything or self._later[0][0] <= now):
            due.append(heapq.heappop(self._later))
        sent: Counter[str] = Counter()
        try:
            with session.transaction():
                for stream, events in self._waiting.items():
                    if events:
                        sent[stream] += record(session, stream, events)
                for _, _, job in due:
                    sent.update(_done(session, job))
        except BaseException:
            for planned in due:
                heapq.heappush(self._later, planned)
            raise
        for events in self._waiting.values():
            events.clear()
        self.recorded += sent
        self._sent_at = now

    def _plan(self, after_s: float, job: Job) -> None:
        self._planned += 1
        heapq.heappush(self._later, (time.monotonic() + after_s, self._planned, job))

    def _idle_steps(self) -> list[int]:
        """Steps of a visit without an order, as in the year: a cart only after a look."""
        searches, looks, carts, pays = (self._rng.random() < chance for chance in GOES_ON)
        carts = looks and carts
        reached = (True, searches, looks, carts, carts and pays)
        return [step for step, happened in enumerate(reached) if happened]

    def _visit(
        self,
        ended: datetime,
        mobile: bool,
        customer_id: int | None,
        product_id: int,
        steps: Sequence[int],
        order_id: int | None = None,
    ) -> None:
        rng = self._rng
        self._visits += 1
        session = f"live-{self.run}-{self._visits}"
        channel, device = "web", "desktop"
        if mobile:
            channel, device = "mobile", "tablet" if (customer_id or 1) % 5 == 0 else "phone"
        referrer = rng.choices(REFERRERS, REFERRER_SHARES)[0]
        times = [ended]
        for _ in steps[1:]:
            times.append(times[-1] - timedelta(seconds=rng.uniform(*_STEP_S)))
        for step, at in zip(steps, reversed(times), strict=True):
            self._waiting["clickstream_events"].append(
                {
                    "session_id": session,
                    "customer_id": customer_id,
                    "event_type": EVENTS[step],
                    "product_id": product_id if step >= 2 else None,
                    "order_id": order_id if EVENTS[step] == "purchase" else None,
                    "channel": channel,
                    "device": device,
                    "page": PAGES[step],
                    "referrer": referrer,
                    "occurred_at": at.isoformat(),
                }
            )
        if mobile and customer_id is not None:
            self._measure(customer_id, device, times[-1])

    def _measure(self, customer_id: int, device: str, at: datetime) -> None:
        """How long the app took to start."""
        android = customer_id % 3 > 0  # somebody's phone stays the same
        start_ms = self._rng.lognormvariate(6.6, 0.35) * (1.2 if android else 1.0)
        self._waiting["device_telemetry"].append(
            {
                "device_id": f"d-{customer_id}",
                "customer_id": customer_id,
                "device_type": device,
                "os": "Android" if android else "iOS",
                "app_version": self._rng.choice(APP_VERSIONS),
                "metric": "app_start_ms",
                "value": round(start_ms, 1),
                "recorded_at": at.isoformat(),
            }
        )

    def _post(self, at: datetime, product: Product) -> None:
        rng = self._rng
        self._waiting["social_posts"].append(
            {
                "platform": rng.choice(PLATFORMS),
                "author": f"user {rng.randint(1, 4999)}",
                "body": rng.choices(SAID, SAID_SHARES)[0].format(product.name),
                "product_id": product.product_id,
                "likes": int(rng.expovariate(1 / 12)),
                "posted_at": at.isoformat(),
            }
        )

    def _chat_soon(self, order_id: int, customer_id: int, channel: str, placed: datetime) -> None:
        rng = self._rng
        topic = rng.choices(TOPICS, TOPIC_SHARES)[0]
        chat = {
            "customer_id": customer_id,
            "order_id": order_id,
            "channel": channel,
            "topic": topic,
            "message_count": rng.randint(2, 17),
            "satisfaction": rng.randint(1, 5) if rng.random() < 0.6 else None,
            "transcript": f"Customer asks about: {topic}.",
            "opened_at": placed.isoformat(),
        }

        def ended(session: StoreSession) -> str:
            closed = {"closed_at": datetime.now(UTC).isoformat()}
            record(session, "support_chats", [chat | closed])
            return "support_chats"

        self._plan(rng.expovariate(1 / _SOON_S), ended)


def _done(session: StoreSession, job: Job) -> list[str]:
    """Do it within the transaction; nothing where the order has gone another way meanwhile."""
    try:
        with session.transaction():
            return [job(session)]
    except (Conflict, NotFound):
        return []


def _refuse(session: StoreSession, order_id: int, method: str) -> str:
    record_refused_payment(session, order_id, method)
    return "refused_payments"


def _review(session: StoreSession, order_id: int, which: float, rating: int, title: str) -> str:
    """Of one line's product, chosen by `which` from 0 to 1."""
    products = session.rows(
        "SELECT product_id FROM order_items WHERE order_id = %(order)s ORDER BY line_number",
        {"order": order_id},
    )
    if not products:
        raise NotFound(f"order {order_id} has no lines", fix="review an order that has")
    (product_id,) = products[int(which * len(products))]
    body = f"{title}. {BODIES[rating - 1]}"
    write_review(session, order_id, int(product_id), rating, title, body)
    return "reviews"
