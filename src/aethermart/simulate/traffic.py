"""Live traffic: orders at a rate, which later move on as their fates will, until told to stop.

Around them people visit, post, chat and review (`live_events`), and now and then a campaign runs.

Orders take every step through `store.orders`, so an illegal one cannot happen. An order keeps its
key when it is tried again: a server that dies between commit and answer gets no order twice.
"""

from __future__ import annotations

import heapq
import random
import secrets
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from aethermart.core.errors import BadInput, Conflict, NotFound, Transient
from aethermart.simulate.fates import RETURN_REASONS, fate_of
from aethermart.simulate.live_events import LiveEvents
from aethermart.simulate.shoppers import Shoppers, find_shoppers, new_price
from aethermart.store.connect import connect
from aethermart.store.engagement import start_campaign
from aethermart.store.orders import OrderRequest, change_status, place_order, return_order
from aethermart.store.products import change_price, change_stock
from aethermart.store.session import StoreSession

_LOW_STOCK = 15
_RESTOCK = (80, 300)
_LOOK_AT_STOCK_EVERY = 50  # orders
_REPRICED = 0.01  # of the orders are followed by a change of some price
_LONGEST_WAIT_S = 0.5
_FIRST_BACKOFF_S, _LONGEST_BACKOFF_S = 0.1, 5.0
_ADOPTED = 10_000  # orders of an earlier run that move on, at most
_BEHIND_S = 1.0  # an overloaded store is not flooded with what it missed
_FIRST_CAMPAIGN_S, _CAMPAIGN_EVERY_S, _CAMPAIGN_LASTS_S = 45.0, 900.0, 300.0
_PROMOTED, _PROMOTED_PERCENT = 0.2, 15  # of the products; off their price


@dataclass(slots=True)
class TrafficReport:
    """What this run did.

    moved     orders by the status they moved to
    recorded  what people did around them, rows by kind
    """

    placed: int = 0
    moved: Counter[str] = field(default_factory=Counter)
    refused: int = 0  # for want of stock
    restocked: int = 0
    repriced: int = 0
    reconnected: int = 0
    campaigns: int = 0
    recorded: Counter[str] = field(default_factory=Counter)


def run_traffic(
    dsn: str,
    rate_per_s: float,
    seed: int,
    max_orders: int | None = None,
    seconds: float | None = None,
    stop: threading.Event | None = None,
) -> TrafficReport:
    """Shop until `stop` is set, `seconds` are over, or `max_orders` are placed.

    With `max_orders` every order then takes its remaining steps at once, so the outcome is whole.
    Orders of the last day that are still under way, of an earlier run too, move on as well.
    A server that is lost is awaited, with longer and longer pauses up to 5 s; one that never was
    there is an error.
    Raises BadInput, NotFound (nothing to buy), Unavailable.
    """
    if rate_per_s <= 0:
        raise BadInput(f"{rate_per_s} is not a rate", fix="use a number of orders a second above 0")
    ends_at = None if seconds is None else time.monotonic() + seconds
    traffic = _Traffic(rate_per_s, seed, max_orders, ends_at, stop or threading.Event())
    backoff_s = _FIRST_BACKOFF_S
    while not traffic.over():
        try:
            with closing(connect(dsn)) as session:
                backoff_s = _FIRST_BACKOFF_S
                traffic.run(session)
        except Transient:
            if not traffic.begun:
                raise
            traffic.report.reconnected += 1
            traffic.stop.wait(backoff_s)
            backoff_s = min(2 * backoff_s, _LONGEST_BACKOFF_S)
    return traffic.report


class _Traffic:
    """The state of a run, which outlives its connections."""

    def __init__(
        self,
        rate_per_s: float,
        seed: int,
        max_orders: int | None,
        ends_at: float | None,
        stop: threading.Event,
    ) -> None:
        self.report = TrafficReport()
        self.stop = stop
        self._every_s = 1 / rate_per_s
        self._seed = seed
        self._max_orders = max_orders
        self._ends_at = ends_at
        self._rng = random.Random(seed)
        self._run = secrets.token_hex(6)
        self._next_order_at = time.monotonic()
        self._steps: list[tuple[float, int, str]] = []  # a heap: when, which order, to what
        self._request: OrderRequest | None = None  # asked for, not yet known to be placed
        self._asked = 0
        self._shoppers: Shoppers | None = None
        self._events = LiveEvents(seed, self._run)
        self.report.recorded = self._events.recorded
        self._campaign_at = time.monotonic() + _FIRST_CAMPAIGN_S
        self._campaign_ends_at = float("inf")
        self._promoted: frozenset[int] = frozenset()
        self.begun = False

    def over(self) -> bool:
        if self.stop.is_set() or (self._ends_at is not None and time.monotonic() > self._ends_at):
            return True
        return self._all_placed() and not self._steps and self._events.nothing_left()

    def run(self, session: StoreSession) -> None:
        if not self.begun:
            self._adopt(session)
            self.begun = True
        self._look_around(session)
        while not self.over():
            now = time.monotonic()
            if self._all_placed() and not self._steps:
                self._events.send(session, everything=True)
            elif self._events.due_at() <= now:
                self._events.send(session)
            elif min(self._campaign_at, self._campaign_ends_at) <= now:
                self._turn_campaign(session, now)
            elif self._steps and (self._steps[0][0] <= now or self._all_placed()):
                self._take_step(session)
            elif not self._all_placed() and self._next_order_at <= now:
                self._next_order_at = max(self._next_order_at, now - _BEHIND_S) + self._every_s
                self._shop(session)
            else:
                self.stop.wait(min(self._next_at() - now, _LONGEST_WAIT_S))
        self._events.send(session)

    def _look_around(self, session: StoreSession) -> None:
        """Who may buy, and what; again whenever the catalogue may have changed."""
        self._shoppers = find_shoppers(session).during(self._promoted, _PROMOTED_PERCENT)

    def _all_placed(self) -> bool:
        return self._max_orders is not None and self.report.placed >= self._max_orders

    def _next_at(self) -> float:
        first_step = [at for at, _, _ in self._steps[:1]]
        return min([self._next_order_at, self._events.due_at(), *first_step])

    def _adopt(self, session: StoreSession) -> None:
        under_way = session.rows(
            "SELECT order_id, status FROM orders"
            " WHERE status NOT IN ('CANCELLED', 'RETURNED')"
            " AND ordered_at > %(since)s ORDER BY order_id LIMIT %(most)s",
            {"since": datetime.now(UTC) - timedelta(days=1), "most": _ADOPTED},
        )
        for order_id, status in under_way:
            self._plan(order_id, status)

    def _plan(self, order_id: int, status: str) -> None:
        """What the order does after `status`, if anything."""
        step = fate_of(self._seed, order_id).after(status)
        if step is not None:
            target, delay_s = step
            heapq.heappush(self._steps, (time.monotonic() + delay_s, order_id, target))

    def _take_step(self, session: StoreSession) -> None:
        _, order_id, status = self._steps[0]
        try:
            if status == "RETURNED":
                return_order(session, order_id, random.Random(order_id).choice(RETURN_REASONS))
            else:
                change_status(session, order_id, status)
            self.report.moved[status] += 1
            if status in ("DELIVERED", "RETURNED"):
                self._events.arrived(order_id, returned=status == "RETURNED")
        except Conflict:
            # It is elsewhere: someone else moved it, or we did just before the server was lost.
            found = session.rows(
                "SELECT status FROM orders WHERE order_id = %(order)s", {"order": order_id}
            )
            status = found[0][0] if found else "gone"
        heapq.heappop(self._steps)
        self._plan(order_id, status)

    def _shop(self, session: StoreSession) -> None:
        shoppers = self._known_shoppers()
        if self._request is None:
            self._asked += 1
            key = f"traffic-{self._run}-{self._asked}"
            self._request = shoppers.request(self._rng, key)
        request = self._request
        try:
            placed = place_order(session, request)
        except (Conflict, NotFound, BadInput):  # out of stock, or the catalogue changed
            self._request = None
            self.report.refused += 1
            self._restock(session, [line.product_id for line in request.lines])
            self._look_around(session)
            return
        self._request = None
        self.report.placed += 1
        self._plan(placed.order_id, "PENDING")
        self._events.placed(placed.order_id, request, shoppers)
        if self._asked % _LOOK_AT_STOCK_EVERY == 0:
            self._restock(session, [product.product_id for product in shoppers.products])
        if self._rng.random() < _REPRICED:
            self._reprice(session, shoppers)

    def _restock(self, session: StoreSession, product_ids: list[int]) -> None:
        low = session.rows(
            "SELECT product_id FROM products WHERE stock_quantity < %(low)s ORDER BY product_id",
            {"low": _LOW_STOCK},
        )
        for product_id in sorted({found for (found,) in low} & set(product_ids)):
            change_stock(session, product_id, self._rng.randint(*_RESTOCK))
            self.report.restocked += 1

    def _reprice(self, session: StoreSession, shoppers: Shoppers) -> None:
        product = self._rng.choice(shoppers.products)
        change_price(session, product.product_id, new_price(self._rng, product.price))
        self.report.repriced += 1
        self._look_around(session)

    def _turn_campaign(self, session: StoreSession, now: float) -> None:
        """Begin a campaign, or end the one that runs; another begins after a while."""
        if self._campaign_ends_at <= now:
            self._promoted, self._campaign_ends_at = frozenset(), float("inf")
        else:
            products = [product.product_id for product in self._known_shoppers().products]
            chosen = self._rng.sample(products, max(1, int(_PROMOTED * len(products))))
            name = f"Flash {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
            percent = Decimal(_PROMOTED_PERCENT)
            start_campaign(session, name, chosen, percent, _CAMPAIGN_LASTS_S)
            self.report.campaigns += 1
            self._promoted = frozenset(chosen)
            self._campaign_at = now + _CAMPAIGN_EVERY_S
            self._campaign_ends_at = now + _CAMPAIGN_LASTS_S
        self._look_around(session)

    def _known_shoppers(self) -> Shoppers:
        if self._shoppers is None:
            raise AssertionError("unreachable: a session begins by looking around")
        return self._shoppers
