from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from aethermart.log.log import Log
from aethermart.pipeline.status import DeadLetters, HeadReport, StatusBoard
from aethermart.platform_db.migrate import platform_engine
from tests.log.made import entry
from tests.pipeline.fakes import at

pytestmark = pytest.mark.service("postgres")


def applied(board: StatusBoard) -> dict[tuple[str, str], tuple[int, str, str | None]]:
    return {(r.sink, r.shop): (r.applied, r.status, r.error) for r in board.picture().sinks}


def test_a_sinks_last_word_stands(board: StatusBoard) -> None:
    assert board.picture().sinks == ()
    assert board.lowest_applied() == {}
    before = datetime.now(UTC)
    assert board.report_sink("mirror", "north", 7, at(1)) is True
    (report,) = board.picture().sinks
    assert (report.sink, report.shop, report.applied, report.as_of) == ("mirror", "north", 7, at(1))
    assert (report.status, report.error) == ("running", None)
    assert before <= report.updated_at <= datetime.now(UTC)


def test_repeats_within_half_a_second_are_left_out_and_said_so(
    board: StatusBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    assert board.report_sink("mirror", "north", 1, None) is True
    now[0] += 0.4
    assert board.report_sink("mirror", "north", 2, None) is False
    assert board.report_sink("mirror", "south", 2, None) is True
    assert board.report_sink("archive", "north", 2, None) is True
    assert applied(board)["mirror", "north"] == (1, "running", None)
    now[0] += 0.2
    assert board.report_sink("mirror", "north", 3, None) is True
    assert applied(board)["mirror", "north"] == (3, "running", None)


def test_a_change_of_state_is_never_left_out(board: StatusBoard) -> None:
    board.report_sink("mirror", "north", 1, None)
    board.report_sink("mirror", "north", 1, None, "stopped", "it does not fit")
    assert applied(board)["mirror", "north"] == (1, "stopped", "it does not fit")
    board.report_sink("mirror", "north", 1, None, "stopped", "another reason")
    assert applied(board)["mirror", "north"] == (1, "stopped", "another reason")
    board.report_sink("mirror", "north", 2, None)
    assert applied(board)["mirror", "north"] == (2, "running", None)


def test_the_lowest_offset_is_that_of_the_slowest_sink_of_each_shop(board: StatusBoard) -> None:
    board.report_sink("mirror", "north", 9, None)
    board.report_sink("archive", "north", 4, None)
    board.report_sink("mirror", "south", 1, None, "stopped", "broken")
    assert board.lowest_applied() == {"north": 4, "south": 1}


def test_a_sink_that_was_switched_off_holds_no_pruning_up(
    board: StatusBoard, platform: str
) -> None:
    board.report_sink("vectors", "north", 2, None)
    board.report_sink("vectors", "south", 2, None)
    with psycopg.connect(platform, autocommit=True) as connection:
        connection.execute("UPDATE sink_offsets SET updated_at = updated_at - interval '25 hours'")
    assert board.lowest_applied() == {"north": 2, "south": 2}  # quiet shops: none is before others
    board.report_sink("mirror", "north", 9, None)
    assert board.lowest_applied() == {"north": 9, "south": 2}


def test_heads_and_stopped_tables_are_those_of_capture(
    board: StatusBoard, log: Log, platform: str
) -> None:
    assert board.picture().heads == ()
    log.append(entry(1, shop="south"))
    log.append(entry(1, shop="north"))
    log.append(entry(2, shop="north"))
    head = log.head("north")
    assert board.picture().heads[0] == HeadReport("north", 2, at(2), head.logged_at)
    assert [report.shop for report in board.picture().heads] == ["north", "south"]
    assert board.picture().stopped_tables == ()
    with psycopg.connect(platform) as connection:
        connection.execute(
            "INSERT INTO captured_tables (shop, table_name, error)"
            " VALUES ('north', 'orders', 'no key'), ('north', 'items', NULL)"
        )
    assert board.picture().stopped_tables == (("north", "orders", "no key"),)


def test_a_worker_shows_its_last_sign_of_life(board: StatusBoard, platform: str) -> None:
    board.beat("capture", "running")
    board.beat("capture", "stopped", "no disk")
    board.beat("archive", "running")
    states = {report.worker: (report.state, report.detail) for report in board.picture().workers}
    assert states == {"capture": ("stopped", "no disk"), "archive": ("running", None)}
    with psycopg.connect(platform) as connection:
        pids = connection.execute("SELECT DISTINCT pid FROM workers").fetchall()
    assert pids == [(os.getpid(),)]


def letters_of(letters: DeadLetters) -> list[tuple[object, ...]]:
    fields = ("sink", "shop", "log_offset", "entry_id", "error", "attempts")
    return [tuple(letter[f] for f in fields) for letter in letters.open_letters()]


def test_attempts_at_one_entry_count_up_on_one_letter(letters: DeadLetters) -> None:
    letters.record("mirror", "north", 7, "e7", "first words")
    letters.record("mirror", "north", 7, "e7", "second words")
    letters.record("archive", "north", 7, "e7", "its own")
    assert letters_of(letters) == [
        ("mirror", "north", 7, "e7", "second words", 2),
        ("archive", "north", 7, "e7", "its own", 1),
    ]


def test_a_letter_is_resolved_when_its_sink_is_past_it(letters: DeadLetters) -> None:
    letters.record("mirror", "north", 7, "e7", "a")
    letters.record("mirror", "north", 9, "e9", "b")
    letters.record("mirror", "south", 7, "f7", "c")
    letters.record("archive", "north", 7, "e7", "d")
    letters.resolve("mirror", "north", 8)
    assert [letter[4] for letter in letters_of(letters)] == ["b", "c", "d"]
    letters.record("mirror", "north", 7, "e7", "after a rebuild")
    assert [letter[4:] for letter in letters_of(letters)][-1] == ("after a rebuild", 1)


def test_a_retry_is_asked_of_an_open_letter_and_answered_by_the_next_attempt(
    letters: DeadLetters,
) -> None:
    letters.record("mirror", "north", 7, "e7", "a")
    number = letters.open_letters()[0]["dead_letter_id"]
    assert isinstance(number, int)
    assert letters.retry_requested("mirror", "north") is False
    assert letters.request_retry(number) is True
    assert letters.retry_requested("mirror", "north") is True
    assert letters.retry_requested("mirror", "south") is False
    assert letters.retry_requested("archive", "north") is False
    letters.record("mirror", "north", 7, "e7", "again")
    assert letters.retry_requested("mirror", "north") is False
    letters.resolve("mirror", "north", 7)
    assert letters.request_retry(number) is False
    assert letters.request_retry(number + 1) is False


def test_nothing_of_it_is_lost_with_the_process(platform: str, tmp_path: Path) -> None:
    StatusBoard(platform_engine(platform)).report_sink("mirror", "north", 3, None)
    DeadLetters(platform_engine(platform)).record("mirror", "north", 4, "e4", "a")
    assert StatusBoard(platform_engine(platform)).lowest_applied() == {"north": 3}
    assert len(DeadLetters(platform_engine(platform)).open_letters()) == 1
