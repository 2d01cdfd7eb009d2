"""What becomes of made-up orders: when each was paid, sent, delivered, cancelled or returned."""

from __future__ import annotations

from dataclasses import dataclass

from aethermart.simulate.libraries import Flags, Ints, np

NEVER = np.iinfo(np.int64).max
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

STATUSES = ("PENDING", "PAID", "SHIPPED", "DELIVERED", "CANCELLED", "RETURNED")
_CANCELLED = 0.05
_STUCK = 0.02  # never paid: PENDING until the shop gives up after GIVEN_UP_AFTER_DAYS
_RETURNED = 0.07
GIVEN_UP_AFTER_DAYS = 30


@dataclass(frozen=True, slots=True)
class Lives:
    """When each order reached each status: (n_orders,) microseconds since 1970, or NEVER."""

    placed: Ints
    paid: Ints
    shipped: Ints
    delivered: Ints
    cancelled: Ints
    returned: Ints

    def status(self) -> Ints:
        """(n_orders,) index into STATUSES of the newest."""
        reached = np.zeros(len(self.placed), dtype=np.int64)
        for status, times in enumerate(self._in_order()):
            reached[times != NEVER] = status
        return reached

    def changed_at(self) -> Ints:
        """(n_orders,) when the newest was reached."""
        times = np.stack(self._in_order())
        newest: Ints = np.where(times == NEVER, np.iinfo(np.int64).min, times).max(axis=0)
        return newest

    def events(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Every change in the order of time: order, status before (-1: none), after, time."""
        parts = []
        for status, times in enumerate(self._in_order()):
            order = np.flatnonzero(times != NEVER)
            parts.append(
                (order, self._before(status)[order], np.full(len(order), status), times[order])
            )
        order, before, after, time = (np.concatenate(part) for part in zip(*parts, strict=True))
        sorted_ = np.lexsort((after, order, time))
        return order[sorted_], before[sorted_], after[sorted_], time[sorted_]

    def _in_order(self) -> tuple[Ints, ...]:
        return (
            self.placed,
            self.paid,
            self.shipped,
            self.delivered,
            self.cancelled,
            self.returned,
        )

    def _before(self, status: int) -> Ints:
        if STATUSES[status] == "CANCELLED":
            return np.where(self.paid == NEVER, 0, 1)
        return np.full(len(self.placed), 3 if STATUSES[status] == "RETURNED" else status - 1)


def live(rng: np.random.Generator, placed: Ints, until: int) -> Lives:
    """Draw a life for each order; of what lies past `until` nothing has happened yet."""
    n = len(placed)

    def after(start: Ints, least_us: int, mean_us: int) -> Ints:
        return start + least_us + rng.exponential(mean_us, n).astype(np.int64)

    fate, way = rng.random(n), rng.random(n)
    stuck = fate < _STUCK
    cancelled = (fate >= _STUCK) & (fate < _STUCK + _CANCELLED)
    unpaid = stuck | (cancelled & (way < 0.6))
    returned = ~stuck & ~cancelled & (way < _RETURNED)

    paid = after(placed, 0, HOUR_US // 4)
    shipped = after(paid, 2 * HOUR_US, 20 * HOUR_US)
    delivered = after(shipped, DAY_US, 2 * DAY_US)
    brought_back = after(delivered, 2 * DAY_US, 6 * DAY_US)
    called_off = after(np.where(unpaid, placed, paid), 0, 3 * HOUR_US)
    given_up = placed + GIVEN_UP_AFTER_DAYS * DAY_US

    def known(times: Ints, happened: Flags) -> Ints:
        return np.where(happened & (times < until), times, NEVER)

    sent = ~stuck & ~cancelled
    return Lives(
        placed=placed,
        paid=known(paid, ~unpaid),
        shipped=known(shipped, sent),
        delivered=known(delivered, sent),
        cancelled=known(np.where(stuck, given_up, called_off), stuck | cancelled),
        returned=known(brought_back, returned),
    )
