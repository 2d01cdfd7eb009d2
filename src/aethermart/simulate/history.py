"""A year of made-up orders, in batches of bounded size, each written whole.

An order's lines, events, payments, returns, reviews and stock movements are in its own batch. Goods
arrive at the start of the batch that sells them, so a product's stock is never below its first one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from aethermart.simulate.aftermath import write_payments, write_reviews
from aethermart.simulate.campaigns import Campaigns
from aethermart.simulate.catalogue import Catalogue
from aethermart.simulate.cities import COUNTRIES
from aethermart.simulate.columns import moment, money, optional, picked, whole
from aethermart.simulate.libraries import Floats, Ints, np
from aethermart.simulate.lives import HOUR_US, NEVER, STATUSES, Lives, live
from aethermart.simulate.people import People
from aethermart.store.session import StoreSession

HOURS = 365 * 24
_BATCH_ORDERS = 20_000
_BATCH_HOURS = 28 * 24  # goods arrive at least every four weeks
_CHANNELS, _CHANNEL_SHARES = ("web", "mobile", "partner", "popup"), (0.5, 0.35, 0.1, 0.05)
_REASONS = ("too small", "too large", "damaged", "not as described", "changed my mind")
_COMPANION = 0.15  # of the further lines
_MOVES = ("RESTOCK", "SALE", "CANCELLATION", "RETURN")  # what is first of one moment
_BY_HOUR = np.array(
    [2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 11, 12, 11, 10, 10, 11, 13, 15, 17, 18, 15, 9, 4]
)
_BY_WEEKDAY = np.array([1.0, 0.95, 0.95, 1.0, 1.05, 1.15, 1.2])  # from Monday
_BY_MONTH = np.array([0.9, 0.85, 0.95, 0.95, 1, 0.95, 0.9, 0.9, 1, 1.05, 1.35, 1.45])


@dataclass(slots=True)
class Ids:
    """Rows written so far, which is also the newest id a table."""

    orders: int = 0
    order_items: int = 0
    order_events: int = 0
    returns: int = 0
    inventory_movements: int = 0
    payments: int = 0
    reviews: int = 0

    def by_table(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a batch, order by order: each (n_lines,), `order` and `product` being indexes."""

    order: Ints
    number: Ints
    product: Ints
    quantity: Ints
    unit_cents: Ints
    discount_cents: Ints

    @property
    def total_cents(self) -> Ints:
        return self.quantity * self.unit_cents - self.discount_cents


@dataclass(frozen=True, slots=True)
class _Bought:
    """Of a batch's orders, each (n_orders,): who bought (an index), lines' sum, sum to pay."""

    customer: Ints
    net_cents: Ints
    total_cents: Ints


@dataclass(slots=True)
class History:
    """Writes the orders of the hours since `start` into the store, batch by batch."""

    session: StoreSession
    catalogue: Catalogue
    people: People
    campaigns: Campaigns
    seed: int
    start: int  # microseconds since 1970; HOURS later is `until`
    ids: Ids = field(default_factory=Ids)
    stock: Ints = field(init=False)  # (n_products,) after the batches written so far
    _companion: Ints = field(init=False)  # (n_products,) the other of each pair

    def __post_init__(self) -> None:
        products = len(self.catalogue)
        self.stock = np.zeros(products, dtype=np.int64)
        self._companion = np.minimum(np.arange(products) ^ 1, products - 1)

    def write(self, orders: int) -> Iterator[int]:
        """Write `orders` orders; yield how many there are after each batch."""
        rng = np.random.default_rng([self.seed, 3])
        an_hour = rng.multinomial(orders, _shares(self.start))
        for number, (first, last) in enumerate(_batches(an_hour)):
            self._write_batch(number, first, an_hour[first:last])
            yield self.ids.orders

    def _write_batch(self, number: int, first_hour: int, an_hour: Ints) -> None:
        rng = np.random.default_rng([self.seed, 4, number])
        begins = self.start + first_hour * HOUR_US
        n = int(an_hour.sum())
        hour = np.repeat(np.arange(len(an_hour)), an_hour)
        placed = np.sort(begins + hour * HOUR_US + rng.integers(0, HOUR_US, n))
        lives = live(rng, placed, self.start + HOURS * HOUR_US)
        lines = self._lines(rng, placed)
        ids = replace(self.ids)  # those before this batch
        bought = self._write_orders(rng, lives, lines)
        self._write_lines(lines, ids)
        self._write_events(lives, ids)
        self._write_returns(rng, lives, lines, ids)
        self._write_movements(lives, lines, begins, ids, opens=number == 0)
        self._write_aftermath(
            np.random.default_rng([self.seed, 8, number]), lives, lines, bought, ids
        )

    def _lines(self, rng: np.random.Generator, placed: Ints) -> Lines:
        wanted = 1 + np.minimum(rng.poisson(1.65, len(placed)), 7)
        order = np.repeat(np.arange(len(placed)), wanted)
        campaign = self.campaigns.running(placed)[order]
        product = self._products(rng, order, campaign)
        # A product stands once in an order; what was drawn twice falls away.
        order, product = np.divmod(
            np.unique(order * len(self.catalogue) + product), len(self.catalogue)
        )
        n = len(order)
        first = np.searchsorted(order, np.arange(len(placed)))
        repriced = placed[order] >= self.catalogue.repriced_at[product]
        unit = np.where(
            repriced, self.catalogue.price_cents[product], self.catalogue.old_price_cents[product]
        )
        quantity = rng.choice(np.array([1, 2, 3, 4, 6]), n, p=(0.7, 0.19, 0.07, 0.03, 0.01))
        percent = np.where(rng.random(n) < 0.1, rng.choice(np.array([5, 10, 15, 20]), n), 0)
        running = self.campaigns.running(placed)[order]
        promoted = (running >= 0) & self.campaigns.promoted[running, product]
        percent = np.where(promoted, self.campaigns.percent[running], percent)
        return Lines(
            order=order,
            number=np.arange(n) - first[order] + 1,
            product=product,
            quantity=quantity,
            unit_cents=unit,
            discount_cents=quantity * unit * percent // 100,
        )

    def _products(self, rng: np.random.Generator, order: Ints, campaign: Ints) -> Ints:
        """(n_lines,) what each line is of: by demand, a campaign's demand, or as a companion."""
        chance = rng.random(len(order))
        product = np.searchsorted(self.catalogue.demand, chance, side="right")
        for number, demand in enumerate(self.campaigns.demand):
            during = campaign == number
            product[during] = np.searchsorted(demand, chance[during], side="right")
        # What goes together: the products are paired, and one draws the other into the basket.
        # Not during a campaign, whose effect would no longer be the known one.
        first = np.searchsorted(order, order)  # the line that each line's order begins with
        follows = (np.arange(len(order)) != first) & (campaign < 0)
        follows &= rng.random(len(order)) < _COMPANION
        return np.where(follows, self._companion[product[first]], product)

    def _write_orders(self, rng: np.random.Generator, lives: Lives, lines: Lines) -> _Bought:
        n = len(lives.placed)
        known = np.searchsorted(self.people.joined_at, lives.placed, side="right")
        customer = (rng.random(n) ** 1.6 * known).astype(np.int64)  # some buy far more than others
        address = self.people.first_address[customer] + (
            rng.random(n) * self.people.addresses[customer]
        ).astype(np.int64)
        country = self.people.country[address]
        net = np.add.reduceat(lines.total_cents, np.searchsorted(lines.order, np.arange(n)))
        percent = np.array([each.tax_percent for each in COUNTRIES])[country]
        tax = (net * percent + 50) // 100  # half up
        shipping = np.where(net >= 5000, 0, np.where(country == 0, 490, 990))
        columns = {
            "order_id": whole(self.ids.orders + 1 + np.arange(n)),
            "customer_id": whole(customer + 1),
            "address_id": whole(address + 1),
            "channel": picked(_CHANNELS, rng.choice(len(_CHANNELS), n, p=_CHANNEL_SHARES)),
            "status": picked(STATUSES, lives.status()),
            "ordered_at": moment(lives.placed),
            "updated_at": moment(lives.changed_at()),
            "shipping_amount": money(shipping),
            "tax_amount": money(tax),
            "total_amount": money(net + tax + shipping),
        }
        self.ids.orders += self.session.load("orders", columns)
        return _Bought(customer, net, net + tax + shipping)

    def _write_lines(self, lines: Lines, ids: Ids) -> None:
        columns = {
            "order_item_id": whole(ids.order_items + 1 + np.arange(len(lines.order))),
            "order_id": whole(ids.orders + 1 + lines.order),
            "line_number": whole(lines.number),
            "product_id": whole(lines.product + 1),
            "quantity": whole(lines.quantity),
            "unit_price": money(lines.unit_cents),
            "discount_amount": money(lines.discount_cents),
        }
        self.ids.order_items += self.session.load("order_items", columns)

    def _write_events(self, lives: Lives, ids: Ids) -> None:
        order, before, after, time = lives.events()
        columns = {
            "order_event_id": whole(ids.order_events + 1 + np.arange(len(order))),
            "order_id": whole(ids.orders + 1 + order),
            "from_status": picked((None, *STATUSES), before + 1),
            "to_status": picked(STATUSES, after),
            "changed_at": moment(time),
        }
        self.ids.order_events += self.session.load("order_events", columns)

    def _write_returns(
        self, rng: np.random.Generator, lives: Lives, lines: Lines, ids: Ids
    ) -> None:
        returned = lives.returned[lines.order]
        line = np.flatnonzero(returned != NEVER)
        line = line[np.argsort(returned[line], kind="stable")]
        columns = {
            "return_id": whole(ids.returns + 1 + np.arange(len(line))),
            "order_id": whole(ids.orders + 1 + lines.order[line]),
            "order_item_id": whole(ids.order_items + 1 + line),
            "quantity": whole(lines.quantity[line]),
            "refund_amount": money(lines.total_cents[line]),
            "returned_at": moment(returned[line]),
            "reason": picked(_REASONS, rng.integers(0, len(_REASONS), len(line))),
        }
        self.ids.returns += self.session.load("returns", columns)

    def _write_movements(
        self, lives: Lives, lines: Lines, begins: int, ids: Ids, *, opens: bool
    ) -> None:
        """Goods in, then sales, then what came back, in the order of time."""
        sold = np.zeros(len(self.catalogue), dtype=np.int64)
        np.add.at(sold, lines.product, lines.quantity)
        arrived = sold + self.catalogue.first_stock if opens else sold
        parts = [_moved("RESTOCK", np.flatnonzero(arrived), arrived[arrived > 0], begins)]
        for why, sign, times in (
            ("SALE", -1, lives.placed),
            ("CANCELLATION", 1, lives.cancelled),
            ("RETURN", 1, lives.returned),
        ):
            line = np.flatnonzero(times[lines.order] != NEVER)
            order = lines.order[line]
            parts.append(
                _moved(why, lines.product[line], sign * lines.quantity[line], times[order], order)
            )
        reason, product, change, time, order = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        np.add.at(self.stock, product, change)
        sorted_ = np.lexsort((reason, time))
        order = order[sorted_]
        columns = {
            "movement_id": whole(ids.inventory_movements + 1 + np.arange(len(order))),
            "product_id": whole(product[sorted_] + 1),
            "quantity_change": whole(change[sorted_]),
            "reason": picked(_MOVES, reason[sorted_]),
            "order_id": optional(ids.orders + 1 + order, order >= 0),
            "moved_at": moment(time[sorted_]),
        }
        self.ids.inventory_movements += self.session.load("inventory_movements", columns)

    def _write_aftermath(
        self, rng: np.random.Generator, lives: Lives, lines: Lines, bought: _Bought, ids: Ids
    ) -> None:
        self.ids.payments += write_payments(
            self.session,
            rng,
            lives,
            bought.total_cents,
            bought.net_cents,
            ids.orders + 1,
            ids.payments + 1,
        )
        self.ids.reviews += write_reviews(
            self.session,
            rng,
            lives,
            lines.order,
            lines.product,
            bought.customer,
            self.start + HOURS * HOUR_US,
            ids.orders + 1,
            ids.reviews + 1,
        )


def _moved(
    reason: str, product: Ints, change: Ints, time: Ints | int, order: Ints | int = -1
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    n = len(product)
    return (
        np.full(n, _MOVES.index(reason)),
        product,
        change,
        np.broadcast_to(time, n),
        np.broadcast_to(order, n),
    )


def _shares(start: int) -> Floats:
    """(HOURS,) share of the year's orders: by hour, weekday and month, growing by a half."""
    begin = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=start)
    hours = [begin + timedelta(hours=hour) for hour in range(HOURS)]
    weight = (
        _BY_HOUR[[each.hour for each in hours]]
        * _BY_WEEKDAY[[each.weekday() for each in hours]]
        * _BY_MONTH[[each.month - 1 for each in hours]]
        * np.linspace(1.0, 1.5, HOURS)
    )
    shares: Floats = weight / weight.sum()
    return shares


def _batches(an_hour: Ints) -> Iterator[tuple[int, int]]:
    """Spans of hours with about _BATCH_ORDERS orders, none longer than _BATCH_HOURS, none empty."""
    first, orders = 0, 0
    for hour, count in enumerate(an_hour.tolist()):
        orders += count
        full = orders >= _BATCH_ORDERS or hour + 1 - first >= _BATCH_HOURS
        if (full and orders) or (hour + 1 == len(an_hour) and orders):
            yield first, hour + 1
            first, orders = hour + 1, 0
