"""Which ids of the queue are still to come, and which never will.

An id is given out when a change is made and seen when its transaction commits, so ids come out of
order and some never come. Nothing here asks a clock. A missing id is waited for as long as one of
its *suspects* runs: the transactions that were active after a snapshot that lacked it. Its own is
among them, or had ended by then, and then the next snapshot shows the id or it was rolled back.

Each read is: take a snapshot; ask which transactions are active now; read. Of two such answers the
one from before a snapshot says who ended in time to be seen in it, and the one from after says who
had not: what only those can bring is not there yet, and need not be looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Range = tuple[int, int]  # both included
Active = frozenset[int]


@dataclass(slots=True)
class _Gap:
    """Missing ids that were first missed together.

    suspects  None while it is not known who was active
    looked    they were looked for in a snapshot later than the answer `suspects`
    """

    ranges: list[Range]
    suspects: Active | None = None
    looked: bool = False


class Gaps:
    """All up to `last` has been read but what is missing.

    before  who was active before the next snapshot, as far as that is known
    """

    def __init__(self, last: int, missing: Iterable[Range] = ()) -> None:
        self.last = last
        ranges = list(missing)
        self._gaps = [_Gap(ranges)] if ranges else []
        self._before: Active | None = None

    @property
    def missing(self) -> list[Range]:
        """In order; none touches another."""
        joined: list[Range] = []
        for low, high in sorted(span for gap in self._gaps for span in gap.ranges):
            if joined and joined[-1][1] + 1 == low:
                joined[-1] = (joined[-1][0], high)
            else:
                joined.append((low, high))
        return joined

    @property
    def lowest(self) -> int:
        """Every id below has been read or will never be seen."""
        return min((gap.ranges[0][0] for gap in self._gaps), default=self.last + 1)

    def wanted(self, now: Active | None) -> list[Range]:
        """Missing ids that the present snapshot may show, in order.

        now  who is active, asked after that snapshot was taken; None if it could not be told
        """
        return sorted(span for gap in self._gaps if _may_show(gap, now) for span in gap.ranges)

    def read(self, found: Sequence[int], fresh: Sequence[int], now: Active | None) -> None:
        """What the snapshot showed: of the wanted ids, and past the last; both in order.

        now  as `wanted` had it; with ids past the last it must be given even if none was wanted
        """
        kept: list[_Gap] = []
        for gap in self._gaps:
            if _may_show(gap, now):
                gap.ranges = without(gap.ranges, found)
                self._narrow(gap, now)
            if gap.ranges:
                kept.append(gap)
        if skipped := without([(self.last + 1, fresh[-1])] if fresh else [], fresh):
            kept.append(_Gap(skipped, now))
        self._gaps = _merged(kept)
        self.last = fresh[-1] if fresh else self.last
        self._before = now if self._gaps else None

    def _narrow(self, gap: _Gap, now: Active | None) -> None:
        if gap.suspects is None:
            gap.suspects = now
            return
        gap.looked = True
        if self._before is not None:
            gap.suspects &= self._before
            if not gap.suspects:
                gap.ranges = []  # whoever could bring them had ended before this snapshot


def without(ranges: Sequence[Range], ids: Iterable[int]) -> list[Range]:
    """The ranges less the ids; both in order."""
    left: list[Range] = []
    numbers = iter(ids)
    number = next(numbers, None)
    for low, high in ranges:
        at = low
        while number is not None and number <= high:
            if number > at:
                left.append((at, number - 1))
            at = max(at, number + 1)
            number = next(numbers, None)
        if at <= high:
            left.append((at, high))
    return left


def _may_show(gap: _Gap, now: Active | None) -> bool:
    if gap.suspects is None or now is None or not gap.looked:
        return True
    return not gap.suspects <= now


def _merged(gaps: Iterable[_Gap]) -> list[_Gap]:
    """Those with the same suspects become one: a long transaction leaves a gap at each read."""
    by_state: dict[tuple[Active | None, bool], _Gap] = {}
    for gap in gaps:
        same = by_state.setdefault((gap.suspects, gap.looked), gap)
        if same is not gap:
            same.ranges = sorted([*same.ranges, *gap.ranges])
    return list(by_state.values())
