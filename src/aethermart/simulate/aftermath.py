"""What follows made-up orders: how they were paid, and what their buyers say of the goods."""

from __future__ import annotations

from aethermart.simulate.columns import joined, moment, money, picked, whole
from aethermart.simulate.libraries import Ints, np
from aethermart.simulate.lives import DAY_US, NEVER, Lives
from aethermart.simulate.words import (
    BODIES,
    KEPT_SHARES,
    METHOD_SHARES,
    METHODS,
    REFUSED_FIRST,
    RETURNED_SHARES,
    REVIEWED,
    REVIEWED_RETURNED,
    TITLES,
)
from aethermart.store.session import StoreSession

_STATUSES = ("FAILED", "CAPTURED", "REFUNDED")
_FAILED_ONLY = 0.5  # of the never paid ones were tried


def write_payments(
    session: StoreSession,
    rng: np.random.Generator,
    lives: Lives,
    total_cents: Ints,
    net_cents: Ints,
    first_order: int,
    first_payment: int,
) -> int:
    """The attempts and repayments of a batch of orders; returns how many.

    total_cents, net_cents  (n_orders,) with and without tax and shipping
    first_order             id of the batch's first order; `first_payment` of its first payment
    """
    n = len(lives.placed)
    paid = lives.paid != NEVER
    refused = rng.random(n) < np.where(paid, REFUSED_FIRST, _FAILED_ONLY)
    # Half way to the payment that went through, or an instant after the order.
    tried = np.where(paid, (lives.placed + np.where(paid, lives.paid, 0)) // 2, lives.placed + 1)
    called_off = paid & (lives.cancelled != NEVER)
    brought_back = lives.returned != NEVER
    parts = [
        (0, refused, tried, total_cents),
        (1, paid, lives.paid, total_cents),
        (2, called_off, lives.cancelled, total_cents),
        (2, brought_back, lives.returned, net_cents),
    ]
    order = np.concatenate([np.flatnonzero(which) for _, which, _, _ in parts])
    status = np.concatenate([np.full(which.sum(), kind) for kind, which, _, _ in parts])
    time = np.concatenate([times[which] for _, which, times, _ in parts])
    cents = np.concatenate([amounts[which] for _, which, _, amounts in parts])
    method = rng.choice(len(METHODS), n, p=METHOD_SHARES)
    sorted_ = np.lexsort((status, order, time))
    columns = {
        "payment_id": whole(first_payment + np.arange(len(order))),
        "order_id": whole(first_order + order[sorted_]),
        "method": picked(METHODS, method[order[sorted_]]),
        "status": picked(_STATUSES, status[sorted_]),
        "amount": money(cents[sorted_]),
        "paid_at": moment(time[sorted_]),
    }
    return session.load("payments", columns)


def write_reviews(
    session: StoreSession,
    rng: np.random.Generator,
    lives: Lives,
    line_order: Ints,
    line_product: Ints,
    customer: Ints,
    until: int,
    first_order: int,
    first_review: int,
) -> int:
    """Reviews of delivered lines, worse ones of what was returned; returns how many.

    line_order, line_product  (n_lines,) indexes; customer (n_orders,) index
    """
    delivered = lives.delivered[line_order]
    returned = lives.returned[line_order] != NEVER
    written = rng.random(len(line_order)) < np.where(returned, REVIEWED_RETURNED, REVIEWED)
    after = DAY_US + rng.exponential(8 * DAY_US, len(line_order)).astype(np.int64)
    time = np.where(delivered == NEVER, until, np.minimum(delivered, until)) + after
    line = np.flatnonzero(written & (delivered != NEVER) & (time < until))
    line = line[np.argsort(time[line], kind="stable")]
    chance = rng.random(len(line))
    rating = np.where(
        returned[line],
        np.searchsorted(np.cumsum(RETURNED_SHARES), chance),
        np.searchsorted(np.cumsum(KEPT_SHARES), chance),
    ).clip(0, 4)
    titles = [title for of_rating in TITLES for title in of_rating]
    title = rating * len(TITLES[0]) + rng.integers(0, len(TITLES[0]), len(line))
    columns = {
        "review_id": whole(first_review + np.arange(len(line))),
        "product_id": whole(line_product[line] + 1),
        "customer_id": whole(customer[line_order[line]] + 1),
        "order_id": whole(first_order + line_order[line]),
        "rating": whole(rating + 1),
        "title": picked(titles, title),
        "body": joined(picked(titles, title), picked(BODIES, rating), between=". "),
        "reviewed_at": moment(time[line]),
    }
    return session.load("reviews", columns)
