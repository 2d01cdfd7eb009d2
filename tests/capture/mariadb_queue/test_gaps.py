"""The gap list against every order of events that a small server can have."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethermart.capture.mariadb.queue.gaps import Gaps, Range, without
from aethermart.capture.mariadb.queue.position import QueuePosition
from aethermart.capture.mariadb.queue.status import parse_status

Event = tuple[str, int]


@dataclass
class Server:
    """Transactions take queue ids, and end; a snapshot shows the ids of those committed."""

    next_id: int = 1
    next_transaction: int = 100
    open: dict[int, list[int]] = field(default_factory=dict)
    committed: dict[int, int] = field(default_factory=dict)  # id -> its transaction

    def event(self, kind: str, which: int) -> None:
        if kind == "begin":
            self.open[self.next_transaction] = []
            self.next_transaction += 1
        elif self.open:
            transaction = sorted(self.open)[which % len(self.open)]
            if kind == "write":
                self.open[transaction].append(self.next_id)
                self.next_id += 1
            else:
                ids = self.open.pop(transaction)
                if kind == "commit":
                    self.committed |= dict.fromkeys(ids, transaction)

    @property
    def active(self) -> frozenset[int]:
        """Who wrote and is not done: InnoDB gives an id to no other."""
        return frozenset(number for number, ids in self.open.items() if ids)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "write", "write", "commit", "roll back"]), st.integers(0, 9)
    ),
    max_size=6,
)
READS = st.lists(
    st.tuples(
        EVENTS,  # before the snapshot
        EVENTS,  # between the snapshot and the question who is active
        st.sampled_from(["known", "known", "known", "unknown"]),
        st.sampled_from(["go on", "go on", "go on", "begin anew from the position"]),
    ),
    max_size=30,
)


@pytest.mark.promise(47)
@settings(max_examples=150, deadline=None)
@given(READS)
def test_each_id_is_read_once_and_each_transaction_at_once(
    reads: list[tuple[list[Event], list[Event], str, str]],
) -> None:
    server, gaps = Server(), Gaps(0)
    read: list[int] = []
    for before, between, answer, after in reads:
        for event in before:
            server.event(*event)
        snapshot = dict(server.committed)
        for event in between:
            server.event(*event)
        now = server.active if answer == "known" else None
        wanted = gaps.wanted(now)
        found = sorted(i for i in snapshot if within(i, wanted))
        fresh = sorted(i for i in snapshot if i > gaps.last)
        gaps.read(found, fresh, now)
        read += [*found, *fresh]
        # The snapshot's transactions are all in, each whole, and nothing came twice.
        assert sorted(read) == sorted(snapshot)
        if after != "go on":
            position = QueuePosition("q", gaps.last, tuple(gaps.missing))
            kept = QueuePosition.parse(position.text())
            gaps = Gaps(kept.last or 0, kept.missing)
    # In the end, with nobody left, nothing is waited for.
    for transaction in list(server.open):
        server.committed |= dict.fromkeys(server.open.pop(transaction), transaction)
    for _ in range(3):
        found = sorted(i for i in server.committed if within(i, gaps.wanted(frozenset())))
        fresh = sorted(i for i in server.committed if i > gaps.last)
        gaps.read(found, fresh, frozenset())
        read += [*found, *fresh]
    assert sorted(read) == sorted(server.committed)
    assert gaps.missing == []
    assert gaps.lowest == gaps.last + 1


def within(number: int, ranges: list[Range]) -> bool:
    return any(low <= number <= high for low, high in ranges)


def test_ids_of_a_transaction_that_is_still_open_are_not_looked_for_again() -> None:
    """Else each read would ask for each of the ids that a long transaction holds."""
    gaps = Gaps(0)
    gaps.read([], [2, 4, 6], frozenset({100, 200}))
    assert gaps.wanted(frozenset({100, 200})) == [(1, 1), (3, 3), (5, 5)]
    gaps.read([3], [], frozenset({100}))  # 200 ended and had brought 3
    assert gaps.wanted(frozenset({100})) == [(1, 1), (5, 5)]  # 200 may have had more
    gaps.read([], [], frozenset({100}))
    assert gaps.wanted(frozenset({100})) == []
    assert gaps.wanted(frozenset({100, 300})) == []  # who came later cannot have them
    gaps.read([], [7], frozenset({100}))
    assert gaps.missing == [(1, 1), (5, 5)]
    assert gaps.lowest == 1
    assert gaps.wanted(frozenset()) == [(1, 1), (5, 5)]


def test_an_id_is_given_up_only_by_a_snapshot_later_than_the_end_of_its_transaction() -> None:
    gaps = Gaps(0)
    gaps.read([], [2], frozenset({100}))
    gaps.read([], [], frozenset({100}))
    gaps.read([], [], frozenset())  # it ended, but perhaps after this snapshot
    assert gaps.missing == [(1, 1)]
    gaps.read([], [], frozenset())
    assert gaps.missing == []


def test_while_nobody_can_say_who_is_active_nothing_is_given_up() -> None:
    gaps = Gaps(0)
    gaps.read([], [2], None)
    for _ in range(5):
        assert gaps.wanted(None) == [(1, 1)]
        gaps.read([], [], None)
    assert gaps.missing == [(1, 1)]


@pytest.mark.parametrize(
    "ranges, ids, left",
    [
        ([(1, 5)], [], [(1, 5)]),
        ([(1, 5)], [1, 2, 3, 4, 5], []),
        ([(1, 5)], [3], [(1, 2), (4, 5)]),
        ([(1, 3), (7, 9)], [1, 8], [(2, 3), (7, 7), (9, 9)]),
    ],
)
def test_ids_are_taken_out_of_ranges(
    ranges: list[Range], ids: list[int], left: list[Range]
) -> None:
    assert without(ranges, ids) == left


def test_a_position_with_ten_thousand_missing_ids_is_small() -> None:
    """As a long transaction leaves them that writes every other row."""
    missing = tuple((n * 7 + n % 3, n * 7 + n % 3) for n in range(1, 10_001))
    position = QueuePosition("server 1/abc", 80_000, missing, reads=5)
    assert QueuePosition.parse(position.text()) == position
    assert len(position.text()) < 5_000


REPORT = b"""
=====================================
LATEST DETECTED DEADLOCK
Trx id counter 5
---TRANSACTION 77, ACTIVE 3 sec inserting
------------
TRANSACTIONS
------------
Trx id counter 1612
Purge done for trx's n:o < 1607 undo n:o < 0 state: running
LIST OF TRANSACTIONS FOR EACH SESSION:
---TRANSACTION (0x7f32d88f4780), not started
0 lock struct(s), heap size 1120, 0 row lock(s)
---TRANSACTION 375618345521944, ACTIVE 9 sec
---TRANSACTION 375618345521136, not started
---TRANSACTION 1611, ACTIVE 0 sec inserting
MariaDB thread id 9, query id 3 localhost root Update
INSERT INTO t VALUES ('
--------
FILE I/O
--------
')
---TRANSACTION 1609, ACTIVE (PREPARED) 12 sec
--------
FILE I/O
--------
I/O thread 0 state: waiting
"""


def test_the_active_transactions_are_those_of_the_report() -> None:
    """Text of a query can add to them, and never end their list early."""
    assert parse_status(REPORT) == frozenset({1611, 1609})


@pytest.mark.parametrize(
    "report",
    [
        b"",
        REPORT.replace(b"LIST OF TRANSACTIONS FOR EACH SESSION:", b"FAIL TO OBTAIN LOCK MUTEX"),
        REPORT.partition(b"I/O thread 0")[0].replace(b"FILE I/O", b"FILE"),
        REPORT + b"... truncated...\n",
        REPORT + b"x" * 1_000_000,
    ],
)
def test_a_report_that_may_not_be_whole_is_not_believed(report: bytes) -> None:
    assert parse_status(report) is None
