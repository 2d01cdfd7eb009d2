from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from aethermart.core.entries import Chunk, LoggedEntry
from aethermart.core.errors import Unavailable
from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.pipeline.status import DeadLetters, StatusBoard
from aethermart.platform_db.migrate import migrate, platform_engine
from aethermart.servers.postgres import EmbeddedPostgres
from tests.log.made import ORDERS, entry, orders, rows
from tests.pipeline.fakes import FakeSink, Hand, NoArchive, at, nothing_to_wait_for
from tests.spans import kept_spans

pytestmark = pytest.mark.service("postgres")


@dataclass
class Pipe:
    """A runner over a fake sink and a real log, board and letters."""

    log: Log
    board: StatusBoard
    letters: DeadLetters
    sink: FakeSink
    clock: Hand
    batch_entries: int = 8

    def __post_init__(self) -> None:
        self.runner = self.new_runner()

    def new_runner(self) -> SinkRunner:
        """As after a restart of the process."""
        return SinkRunner(
            self.sink,
            self.log,
            self.board,
            self.letters,
            nothing_to_wait_for,
            batch_entries=self.batch_entries,
            reset=self.sink.reset,
            clock=self.clock,
        )

    def fill(self, shop: str, count: int) -> None:
        for end in range(self.log.head(shop).offset + 1, count + 1):
            part = orders(("c", end, (end, "PAID", "1.00")))
            self.log.append(entry(end, [part], shop=shop))

    def drain(self) -> int:
        """Steps until nothing moves; how many."""
        steps = 0
        while self.runner.step():
            steps += 1
            assert steps < 1_000
        return steps

    def states(self) -> dict[str, tuple[int, str]]:
        """Shop -> offset and status, as the board has it."""
        self.board._reported.clear()  # a report within half a second would be left out
        self.runner.step()
        return {
            report.shop: (report.applied, report.status) for report in self.board.picture().sinks
        }

    def open_letters(self) -> list[tuple[object, ...]]:
        fields = ("sink", "shop", "log_offset", "attempts")
        return [tuple(letter[f] for f in fields) for letter in self.letters.open_letters()]


@pytest.fixture
def pipe(log: Log, board: StatusBoard, letters: DeadLetters) -> Pipe:
    return Pipe(log, board, letters, FakeSink(), Hand())


def test_every_shop_is_applied_in_order_and_in_batches(pipe: Pipe) -> None:
    pipe.fill("north", 20)
    pipe.fill("south", 3)
    pipe.drain()
    assert pipe.sink.kept == {"north": [*range(1, 21)], "south": [1, 2, 3]}
    assert sorted(len(batch) for batch in pipe.sink.batches) == [3, 4, 8, 8]
    assert pipe.states() == {"north": (20, "running"), "south": (3, "running")}
    reports = {report.shop: report for report in pipe.board.picture().sinks}
    assert reports["north"].as_of == at(20)
    assert pipe.runner.step() is False


def test_the_board_never_says_more_than_the_sink_has(pipe: Pipe) -> None:
    """Pruning trusts it."""
    said: list[int] = []

    class Listens(FakeSink):
        def apply(self, entries: Sequence[LoggedEntry]) -> None:
            pipe.board._reported.clear()
            said.append(pipe.board.lowest_applied().get("north", 0))
            assert said[-1] <= self.applied("north")
            super().apply(entries)
            assert pipe.board.lowest_applied().get("north", 0) == said[-1]

    pipe.sink = Listens()
    pipe.runner = pipe.new_runner()
    pipe.fill("north", 20)
    pipe.drain()
    assert said == [0, 8, 16]


def test_a_new_runner_goes_on_where_the_sink_is(pipe: Pipe) -> None:
    pipe.sink.kept["north"] = [1, 2]
    pipe.fill("north", 4)
    pipe.drain()
    assert pipe.sink.batches == [[3, 4]]


def test_a_rebuild_empties_the_sink_on_the_runners_thread_and_fills_it_again(pipe: Pipe) -> None:
    pipe.fill("north", 3)
    pipe.fill("south", 1)
    pipe.drain()
    emptied = pipe.runner.rebuild("north")
    assert pipe.runner.rebuild("north") is emptied
    assert not emptied.done()
    assert pipe.sink.kept["north"] == [1, 2, 3]
    pipe.drain()
    assert emptied.result(0) is None
    assert pipe.sink.batches == [[1, 2, 3], [1], [1, 2, 3]]
    assert pipe.sink.kept == {"north": [1, 2, 3], "south": [1]}
    assert pipe.runner.rows_applied() == {"north": 6, "south": 1}


def test_a_rebuild_that_cannot_empty_the_sink_says_so_and_the_sink_goes_on(pipe: Pipe) -> None:
    pipe.fill("north", 2)
    pipe.drain()
    pipe.sink.unresettable = Unavailable("the file is busy", fix="wait")
    emptied = pipe.runner.rebuild("north")
    pipe.fill("north", 3)
    pipe.drain()
    with pytest.raises(Unavailable, match="the file is busy"):
        emptied.result(0)
    assert pipe.sink.kept == {"north": [1, 2, 3]}


def test_a_transient_error_is_waited_out_longer_each_time_and_nothing_is_skipped(
    pipe: Pipe,
) -> None:
    pipe.fill("north", 3)
    pipe.sink.troubles.extend(Unavailable(f"busy {n}", fix="wait") for n in range(6))
    waits = []
    while pipe.sink.troubles:
        assert pipe.runner.step() is False
        tried = len(pipe.sink.batches)
        wait_s = pipe.runner._shops["north"].wait_until - pipe.clock.now
        pipe.clock.now += wait_s - 0.001
        assert pipe.states()["north"] == (0, "retrying")
        assert len(pipe.sink.batches) == tried
        pipe.clock.now += 0.002
        waits.append(wait_s)
    assert waits == sorted(waits)
    assert 0.2 <= waits[0] <= 0.25
    assert 6.4 <= waits[-1] <= 8.0
    pipe.drain()
    assert pipe.sink.kept == {"north": [1, 2, 3]}
    assert pipe.states() == {"north": (3, "running")}
    assert pipe.open_letters() == []


def test_an_unfit_entry_gets_its_letter_and_those_before_it_go_in(
    pipe: Pipe, caplog: pytest.LogCaptureFixture
) -> None:
    pipe.sink.unfit = {("north", 6)}
    pipe.fill("north", 10)
    pipe.fill("south", 10)
    with caplog.at_level(logging.ERROR):
        pipe.drain()
    assert pipe.sink.kept == {"north": [1, 2, 3, 4, 5], "south": [*range(1, 11)]}
    assert pipe.open_letters() == [("fake", "north", 6, 1)]
    letter = pipe.letters.open_letters()[0]
    assert letter["error"] == "north: entry 6 is unfit\n  fix: make it fit"
    assert letter["entry_id"] == pipe.log.read("north", 5, 1)[0].entry.id
    assert pipe.states() == {"north": (5, "stopped"), "south": (10, "running")}
    assert "north stays before entry 6" in caplog.text


def test_a_stopped_shop_is_tried_again_seldom_and_the_others_go_on(pipe: Pipe) -> None:
    pipe.sink.unfit = {("north", 1)}
    pipe.fill("north", 1)
    pipe.drain()
    attempts = len(pipe.sink.batches)
    for minute in range(29):
        pipe.clock.now += 1
        pipe.fill("south", minute + 1)
        pipe.drain()
    assert len(pipe.sink.batches) == attempts + 29
    pipe.clock.now += 2
    pipe.drain()
    assert pipe.open_letters() == [("fake", "north", 1, 2)]
    assert pipe.sink.kept["south"] == [*range(1, 30)]


def test_a_requested_retry_comes_at_once_and_resolves_the_letter(pipe: Pipe) -> None:
    pipe.sink.unfit = {("north", 2)}
    pipe.fill("north", 3)
    pipe.drain()
    letter_id = pipe.letters.open_letters()[0]["dead_letter_id"]
    assert isinstance(letter_id, int)
    assert pipe.letters.request_retry(letter_id)
    pipe.drain()
    assert pipe.open_letters() == [("fake", "north", 2, 2)]
    tried = len(pipe.sink.batches)
    pipe.drain()  # one request is one attempt
    assert len(pipe.sink.batches) == tried
    pipe.sink.unfit.clear()
    assert pipe.letters.request_retry(letter_id)
    pipe.drain()
    assert pipe.sink.kept == {"north": [1, 2, 3]}
    assert pipe.open_letters() == []
    assert pipe.states() == {"north": (3, "running")}


def test_a_letter_of_a_process_before_this_one_is_resolved(pipe: Pipe) -> None:
    pipe.sink.unfit = {("north", 2)}
    pipe.fill("north", 3)
    pipe.drain()
    pipe.sink.unfit.clear()
    pipe.runner = pipe.new_runner()
    pipe.drain()
    assert pipe.sink.kept == {"north": [1, 2, 3]}
    assert pipe.open_letters() == []


def test_a_second_unfit_entry_is_found_too(pipe: Pipe) -> None:
    pipe.sink.unfit = {("north", 2), ("north", 5)}
    pipe.fill("north", 20)
    pipe.drain()
    pipe.sink.unfit.remove(("north", 2))
    pipe.clock.now += 31
    pipe.drain()
    assert pipe.open_letters() == [("fake", "north", 5, 1)]
    pipe.sink.unfit.clear()
    pipe.clock.now += 31
    pipe.drain()
    assert pipe.sink.kept == {"north": [*range(1, 21)]}
    assert pipe.sink.batches[-1] == [*range(17, 21)]  # and then whole batches again


def test_an_entry_that_cannot_be_read_stops_its_shop_after_those_before_it(pipe: Pipe) -> None:
    pipe.fill("north", 3)
    later = entry(4, [orders(("c", 4, (4, "PAID", "1.00")))], shop="north")
    pipe.log.append(replace(later, format_version=2))
    pipe.fill("south", 2)
    pipe.drain()
    assert pipe.sink.kept == {"north": [1, 2, 3], "south": [1, 2]}
    assert pipe.open_letters() == [("fake", "north", 4, 1)]
    assert "format version is 2" in str(pipe.letters.open_letters()[0]["error"])
    assert pipe.states()["north"] == (3, "stopped")


def test_a_sink_that_cannot_tell_its_offset_of_one_shop_feeds_the_others(pipe: Pipe) -> None:
    pipe.fill("north", 2)
    pipe.fill("south", 2)
    pipe.sink.deaf["north"] = ZeroDivisionError("a mistake of ours")
    pipe.drain()
    assert pipe.sink.kept == {"south": [1, 2]}
    assert pipe.states() == {"north": (0, "stopped"), "south": (2, "running")}
    pipe.sink.deaf.clear()
    pipe.clock.now += 31
    pipe.drain()
    assert pipe.sink.kept == {"south": [1, 2], "north": [1, 2]}
    assert pipe.open_letters() == []


def test_an_error_that_nobody_foresaw_stops_one_shop_and_leaves_a_trace(
    pipe: Pipe, caplog: pytest.LogCaptureFixture
) -> None:
    pipe.fill("north", 1)
    pipe.fill("south", 1)
    pipe.sink.broken["north"] = ZeroDivisionError("oops")
    pipe.drain()
    assert pipe.sink.kept == {"south": [1]}
    assert "ZeroDivisionError: oops" in str(pipe.letters.open_letters()[0]["error"])
    assert "Traceback" in caplog.text


def test_entries_that_are_not_ready_wait_and_are_read_again(pipe: Pipe) -> None:
    ready: list[bool] = []
    pipe.runner._ready = lambda _shop, entries: len(entries) if len(entries) >= 3 or ready else 0
    pipe.fill("north", 2)
    assert pipe.runner.step() is False
    assert pipe.sink.batches == []
    pipe.fill("north", 3)
    assert pipe.runner.step() is True
    assert pipe.sink.batches == [[1, 2, 3]]


def test_those_that_are_ready_do_not_wait_for_those_behind_them(pipe: Pipe) -> None:
    """Else a follower of a busy shop waits for a moment that never comes."""
    pipe.runner._ready = lambda _shop, entries: sum(entry.offset <= 2 for entry in entries)
    pipe.fill("north", 3)
    assert pipe.runner.step() is True
    assert pipe.runner.step() is False
    assert pipe.sink.batches == [[1, 2]]


def test_progress_is_told_after_each_batch(pipe: Pipe) -> None:
    told: list[str] = []
    pipe.runner._on_progress = told.append
    pipe.fill("north", 9)
    pipe.drain()
    assert told == ["north", "north"]


def test_a_chunk_pruned_between_reading_and_applying_is_read_from_the_archive(
    pipe: Pipe, platform: str, chunks: ChunkStore, tmp_path: Path
) -> None:
    """It happens to a sink that was reset: others passed the entry, so it was pruned."""
    archive = Archive(tmp_path / "bronze", chunks)
    pipe.log = Log(PostgresTail(platform), archive, chunks)
    read = rows(ORDERS, [("c", 1, (1, "PAID", None))], "e1")
    chunk = chunks.write("e1", "orders", read)
    pipe.log.append(entry(1, [chunk], shop="north", name="e1"))
    archive.apply(pipe.log.read("north", 0, 9))

    class PrunesFirst(FakeSink):
        def apply(self, entries: Sequence[LoggedEntry]) -> None:
            pipe.log.prune("north", 1)
            for part in entries[0].entry.parts:
                if isinstance(part, Chunk):
                    chunks.path(part)
            super().apply(entries)

    pipe.sink = PrunesFirst()
    pipe.runner = pipe.new_runner()
    pipe.drain()
    assert pipe.sink.kept == {"north": [1]}
    assert pipe.open_letters() == []
    pipe.log.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server that the test may stop."""
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    server.create_database("platform")
    migrate(server.dsn("platform"))
    yield server
    server.destroy()


def test_a_lost_platform_database_is_waited_for(
    own_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    dsn = own_server.dsn("platform")
    log, writer = (
        Log(PostgresTail(dsn), NoArchive(), ChunkStore(tmp_path / "chunks")) for _ in range(2)
    )
    sink, stop = FakeSink(), threading.Event()
    runner = SinkRunner(
        sink,
        log,
        StatusBoard(platform_engine(dsn)),
        DeadLetters(platform_engine(dsn)),
        lambda _: time.sleep(0.02),
    )
    thread = threading.Thread(target=runner.run, args=(stop,), daemon=True)
    thread.start()
    try:
        writer.append(entry(1, shop="north"))
        wait_until(lambda: sink.kept == {"north": [1]})
        own_server.stop()
        time.sleep(0.5)
        own_server.start()
        writer.close()
        writer.append(entry(2, shop="north"))
        wait_until(lambda: sink.kept == {"north": [1, 2]})
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    log.close()
    writer.close()


def wait_until(true: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def test_applies_keep_their_pace_and_take_together_what_came_meanwhile(
    pipe: Pipe, platform: str, chunks: ChunkStore
) -> None:
    begun: list[float] = []

    class Timed(FakeSink):
        def apply(self, entries: Sequence[LoggedEntry]) -> None:
            begun.append(time.monotonic())
            super().apply(entries)

    sink, stop = Timed(), threading.Event()
    runner = SinkRunner(sink, pipe.log, pipe.board, pipe.letters, nothing_to_wait_for, pace_s=0.2)
    running = threading.Thread(target=runner.run, args=(stop,))
    running.start()
    own_log = Log(PostgresTail(platform), NoArchive(), chunks)  # one a thread
    writer = replace(pipe, log=own_log)
    for count in range(1, 9):
        writer.fill("north", count)
        time.sleep(0.05)
    wait_until(lambda: sink.kept.get("north") == [*range(1, 9)])
    stop.set()
    running.join()
    own_log.close()
    assert all(later - earlier >= 0.19 for earlier, later in itertools.pairwise(begun))


def test_each_apply_is_a_span_of_its_sink_and_shop(pipe: Pipe) -> None:
    pipe.fill("north", 3)
    with kept_spans() as spans:
        pipe.drain()
    (applied,) = spans.get_finished_spans()
    assert applied.name == "sink.apply"
    assert dict(applied.attributes or {}) == {
        "sink": "fake",
        "shop": "north",
        "entries": 3,
        "through": 3,
    }
