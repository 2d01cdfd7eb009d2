"""What follows made-up orders: how they were paid, and what their buyers say of the goods."""

from __future__ import annotations

import psycopg

from aethermart.simulate.columns import copy_in, joined, moment, money, picked, whole
from aethermart.simulate.libraries import Ints, np
from aethermart.simulate.lives import DAY_US, NEVER, Lives

_METHODS, _METHOD_SHARES = ("card", "paypal", "bank_transfer", "invoice"), (0.55, 0.25, 0.1, 0.1)
_STATUSES = ("FAILED", "CAPTURED", "REFUNDED")
_FAILED_FIRST = 0.04  # of the paid orders were refused once before
_FAILED_ONLY = 0.5  # of the never paid ones were tried
_REVIEWED, _REVIEWED_RETURNED = 0.06, 0.2  # of the lines: who returns has more to say
_RATINGS = (1, 2, 3, 4, 5)
_KEPT_SHARES = (0.03, 0.05, 0.12, 0.32, 0.48)
_RETURNED_SHARES = (0.42, 0.28, 0.18, 0.08, 0.04)
_TITLES = (
    ("Broke within a week", "Not as described", "Never again", "Sent it straight back"),
    ("Disappointing", "Feels cheap", "Too small", "Expected more"),
    ("It does the job", "Average", "Fine for the price", "Could be better"),
    ("Good quality", "Happy with it", "Well made", "Would buy again"),
    ("Excellent", "Love it", "Perfect gift", "Better than expected"),
)
_BODIES = (
    "The finish was poor and it stopped working. The refund was quick.",
    "The colour differs from the picture and the seams are loose.",
    "Delivery took a while, the product itself is all right.",
    "Solid, looks as in the pictures, arrived on time.",
    "We use it every day and have recommended it to friends.",
)


def write_payments(
    connection: psycopg.Connection,
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
    refused = rng.random(n) < np.where(paid, _FAILED_FIRST, _FAILED_ONLY)
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
    method = rng.choice(len(_METHODS), n, p=_METHOD_SHARES)
    sorted_ = np.lexsort((status, order, time))
    columns = {
        "payment_id": whole(first_payment + np.arange(len(order))),
        "order_id": whole(first_order + order[sorted_]),
        "method": picked(_METHODS, method[order[sorted_]]),
        "status": picked(_STATUSES, status[sorted_]),
        "amount": money(cents[sorted_]),
        "paid_at": moment(time[sorted_]),
    }
    return copy_in(connection, "payments", columns)


def write_reviews(
    connection: psycopg.Connection,
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
    written = rng.random(len(line_order)) < np.where(returned, _REVIEWED_RETURNED, _REVIEWED)
    after = DAY_US + rng.exponential(8 * DAY_US, len(line_order)).astype(np.int64)
    time = np.where(delivered == NEVER, until, np.minimum(delivered, until)) + after
    line = np.flatnonzero(written & (delivered != NEVER) & (time < until))
    line = line[np.argsort(time[line], kind="stable")]
    chance = rng.random(len(line))
    rating = np.where(
        returned[line],
        np.searchsorted(np.cumsum(_RETURNED_SHARES), chance),
        np.searchsorted(np.cumsum(_KEPT_SHARES), chance),
    ).clip(0, 4)
    titles = [title for of_rating in _TITLES for title in of_rating]
    title = rating * len(_TITLES[0]) + rng.integers(0, len(_TITLES[0]), len(line))
    columns = {
        "review_id": whole(first_review + np.arange(len(line))),
        "product_id": whole(line_product[line] + 1),
        "customer_id": whole(customer[line_order[line]] + 1),
        "order_id": whole(first_order + line_order[line]),
        "rating": whole(rating + 1),
        "title": picked(titles, title),
        "body": joined(picked(titles, title), picked(_BODIES, rating), between=". "),
        "reviewed_at": moment(time[line]),
    }
    return copy_in(connection, "reviews", columns)
