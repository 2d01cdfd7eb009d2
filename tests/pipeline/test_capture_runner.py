from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from aethermart.core.entries import Batch, Entry, Position
from aethermart.core.errors import BadInput, Unavailable
from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail, StalePosition
from aethermart.pipeline import capture_runner
from aethermart.pipeline.capture_runner import CaptureRunner
from aethermart.pipeline.status import StatusBoard
from tests.pipeline.fakes import FakeSource, NoArchive
from tests.spans import kept_spans

pytestmark = pytest.mark.service("postgres")


class TroubledLog(Log):
    """A log whose next appends fail as ordered, before they do anything."""

    def __init__(self, tail: PostgresTail, chunks: ChunkStore) -> None:
        super().__init__(tail, NoArchive(), chunks)
        self.troubles: list[Exception | None] = []

    def append(self, entry: Entry) -> int:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble
        return super().append(entry)


@pytest.fixture
def log(platform: str, chunks: ChunkStore) -> Iterator[TroubledLog]:
    opened = TroubledLog(PostgresTail(platform), chunks)
    yield opened
    opened.close()


@pytest.fixture
def reader(platform: str, chunks: ChunkStore) -> Iterator[Log]:
    """The same log for another thread."""
    opened = Log(PostgresTail(platform), NoArchive(), chunks)
    yield opened
    opened.close()


def captured(log: Log) -> list[int]:
    """The numbers of the shop's rows as the log has them."""
    numbers: list[int] = []
    for logged in log.read("north", 0, 1_000):
        for part in logged.entry.parts:
            assert isinstance(part, Batch)
            numbers += [row["order_id"] for row in part.rows.to_pylist()]
    return numbers


def runner(source: FakeSource, log: Log, board: StatusBoard) -> CaptureRunner:
    made = CaptureRunner(source, log, board, poll_s=0.01, heartbeat_s=1e9)
    made._spoke_at = time.monotonic()  # no heartbeat for the start
    return made


def test_what_the_shop_has_is_logged_and_then_acknowledged(
    log: TroubledLog, board: StatusBoard
) -> None:
    source = FakeSource("north", rows=3)
    capture = runner(source, log, board)
    assert capture.step() is True
    assert captured(log) == [1, 2, 3]
    assert source.acknowledged == ["3"]
    assert capture.step() is False
    source.rows = 5
    assert capture.step() is True
    assert captured(log) == [1, 2, 3, 4, 5]
    assert source.reads == [None, "3", "3"]


def test_only_what_the_log_has_is_acknowledged(log: TroubledLog, board: StatusBoard) -> None:
    source = FakeSource("north", rows=3)
    capture = runner(source, log, board)
    log.troubles = [None, None, Unavailable("the database is away", fix="wait")]
    with pytest.raises(Unavailable):
        capture.step()
    assert source.acknowledged == []
    assert captured(log) == [1, 2]
    assert capture.step() is True
    assert captured(log) == [1, 2, 3]
    assert source.reads == [None, "2"]
    assert source.acknowledged == ["3"]


def test_a_new_process_goes_on_from_the_logs_end(log: TroubledLog, board: StatusBoard) -> None:
    runner(FakeSource("north", rows=2), log, board).step()
    again = FakeSource("north", rows=4)
    runner(again, log, board).step()
    assert again.reads == ["2"]
    assert captured(log) == [1, 2, 3, 4]


def test_a_second_writer_costs_a_refusal_and_nothing_else(
    log: TroubledLog, board: StatusBoard, platform: str, chunks: ChunkStore
) -> None:
    source = FakeSource("north", rows=4)
    other = Log(PostgresTail(platform), NoArchive(), chunks)

    def in_between(row: int) -> None:
        if row == 2:
            runner(FakeSource("north", rows=3), other, board).step()

    source.trouble = in_between
    capture = runner(source, log, board)
    with pytest.raises(StalePosition):
        capture.step()
    assert captured(log) == [1, 2, 3]
    assert capture.step() is True
    assert captured(log) == [1, 2, 3, 4]
    assert source.reads == [None, "3"]
    other.close()


def test_a_read_is_over_before_the_next_begins_whatever_keeps_the_error(
    log: TroubledLog, board: StatusBoard
) -> None:
    """A read holds a transaction of the shop open."""
    source = FakeSource("north", rows=2)
    log.troubles = [StalePosition("somebody else", fix="read again")]
    with pytest.raises(StalePosition) as kept:
        runner(source, log, board).step()
    assert source.open_reads == 0
    assert kept.value is not None


def test_a_quiet_shop_gets_a_heartbeat_now_and_then(log: TroubledLog, board: StatusBoard) -> None:
    source = FakeSource("north", rows=1)
    capture = CaptureRunner(source, log, board, heartbeat_s=0.3)
    assert capture.step() is True
    assert capture.step() is False
    assert log.head("north").offset == 1
    time.sleep(0.35)
    assert capture.step() is False  # a heartbeat is nothing new
    assert log.head("north").offset == 2
    assert capture.step() is False
    assert log.head("north").offset == 2
    assert source.acknowledged == ["1"] * 4


def test_asked_to_stop_it_leaves_between_two_entries(log: TroubledLog, board: StatusBoard) -> None:
    source, stop = FakeSource("north", rows=100), threading.Event()
    source.trouble = lambda row: stop.set() if row == 4 else None
    assert runner(source, log, board).step(stop) is True
    assert captured(log) == [1, 2, 3, 4]
    assert source.open_reads == 0
    assert source.acknowledged == []


def states(board: StatusBoard) -> dict[str, tuple[str, str | None]]:
    return {report.worker: (report.state, report.detail) for report in board.picture().workers}


@pytest.mark.parametrize(
    "error, state",
    [
        (Unavailable("the shop is away", fix="start it"), "retrying"),
        (BadInput("a wrong password", fix="correct it"), "stopped"),
        (ZeroDivisionError("a mistake of ours"), "stopped"),
    ],
    ids=["transient", "terminal", "unforeseen"],
)
def test_an_error_is_reported_waited_out_and_over_when_its_cause_is(
    log: TroubledLog,
    reader: Log,
    board: StatusBoard,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    state: str,
) -> None:
    monkeypatch.setattr(capture_runner, "_TERMINAL_RETRY_S", 0.05)
    monkeypatch.setattr(capture_runner, "_BEAT_EVERY_S", 0.0)
    source, stop = FakeSource("north", rows=3), threading.Event()
    source.trouble = lambda row: error if row == 2 else None
    capture = runner(source, log, board)
    thread = threading.Thread(target=capture.run, args=(stop,), daemon=True)
    thread.start()
    try:
        wait_until(lambda: states(board).get("capture north", ("", ""))[0] == state)
        assert str(error).splitlines()[0] in str(states(board)["capture north"][1])
        assert captured(reader) == [1]
        source.trouble = lambda _row: None
        wait_until(lambda: states(board)["capture north"] == ("running", None))
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert captured(reader) == [1, 2, 3]
    assert source.acknowledged[-1] == Position("3")


def test_a_stale_position_is_no_trouble_to_report(
    log: TroubledLog, reader: Log, board: StatusBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_runner, "_BEAT_EVERY_S", 0.0)
    source, stop = FakeSource("north", rows=2), threading.Event()
    log.troubles = [StalePosition("somebody else", fix="read again")] * 2
    thread = threading.Thread(target=runner(source, log, board).run, args=(stop,), daemon=True)
    thread.start()
    try:
        wait_until(lambda: captured(reader) == [1, 2])
    finally:
        stop.set()
        thread.join(20)
    assert states(board)["capture north"] == ("running", None)


def wait_until(true: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def test_two_shops_are_captured_each_into_its_own_log(log: TroubledLog, board: StatusBoard) -> None:
    runner(FakeSource("north", rows=2), log, board).step()
    runner(FakeSource("south", rows=3), log, board).step()
    assert log.heads() == {"north": 2, "south": 3}


def test_a_pass_that_had_rows_is_a_span_and_an_idle_one_is_none(
    log: TroubledLog, board: StatusBoard
) -> None:
    capture = runner(FakeSource("north", rows=3), log, board)
    with kept_spans() as spans:
        capture.step()
        capture.step()
    (made,) = spans.get_finished_spans()
    assert (made.name, dict(made.attributes or {})) == (
        "capture.pass",
        {"shop": "north", "rows": 3},
    )
