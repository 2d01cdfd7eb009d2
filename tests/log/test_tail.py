from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from aethermart.core.entries import Chunk, Entry, LoggedEntry, Position
from aethermart.core.errors import Unavailable
from aethermart.log import tail as tail_module
from aethermart.log.codec import UnreadableEntry
from aethermart.log.tail import Head, Listener, PostgresTail, StalePosition
from aethermart.platform_db.migrate import migrate
from aethermart.servers.postgres import EmbeddedPostgres
from tests.log.made import NOON, SHOP, assert_same_entry, entry, orders

pytestmark = pytest.mark.service("postgres")


def some_entry(end: int, shop: str = SHOP) -> Entry:
    return entry(end, [orders(("c", end, (end, "PAID", "1.00")))], shop=shop)


def offsets(entries: list[LoggedEntry]) -> list[int]:
    return [logged.offset for logged in entries]


def test_an_empty_tail_has_nothing(tail: PostgresTail) -> None:
    assert tail.read(SHOP, 0, 10) == []
    assert tail.head(SHOP) == Head(0, None, None, None)
    assert tail.heads() == {}
    assert tail.first_offset(SHOP) is None
    assert tail.delete(SHOP, 10) == []
    assert tail.chunk_files() == set()


def test_offsets_count_from_one_and_entries_come_back_as_they_were(tail: PostgresTail) -> None:
    made = [some_entry(1), entry(2), some_entry(3)]
    before = datetime.now(UTC)
    assert [tail.append(e) for e in made] == [1, 2, 3]
    found = tail.read(SHOP, 0, 10)
    assert offsets(found) == [1, 2, 3]
    for logged, expected in zip(found, made, strict=True):
        assert_same_entry(logged.entry, expected)
        assert before <= logged.logged_at <= datetime.now(UTC)
    assert tail.head(SHOP) == Head(3, Position("at 3"), NOON.replace(minute=3), found[2].logged_at)


def test_another_process_reads_the_same(tail: PostgresTail, platform: str) -> None:
    tail.append(some_entry(1))
    with closing(PostgresTail(platform)) as other:
        assert offsets(other.read(SHOP, 0, 10)) == [1]
        assert other.append(some_entry(2)) == 2
    assert offsets(tail.read(SHOP, 0, 10)) == [1, 2]


def test_a_read_starts_after_its_offset_and_stops_at_its_limit(tail: PostgresTail) -> None:
    for end in range(1, 6):
        tail.append(some_entry(end))
    assert offsets(tail.read(SHOP, 2, 2)) == [3, 4]
    assert offsets(tail.read(SHOP, 4, 2)) == [5]
    assert tail.read(SHOP, 5, 2) == []


def test_a_read_stops_at_its_size_but_not_before_the_first_entry(
    tail: PostgresTail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of chunks count: whoever applies the entries reads them too."""
    big = Chunk("orders", "big.parquet", 9, tail_module.READ_BYTES, "00")
    small = Chunk("orders", "small.parquet", 9, 5_000, "00")
    for end, part in enumerate([small, big, small, small], start=1):
        tail.append(entry(end, [part]))
    assert offsets(tail.read(SHOP, 0, 10)) == [1, 2]
    assert offsets(tail.read(SHOP, 1, 10)) == [2]
    monkeypatch.setattr(tail_module, "READ_BYTES", 11_500)
    assert offsets(tail.read(SHOP, 2, 10)) == [3, 4]
    monkeypatch.setattr(tail_module, "READ_BYTES", 1)
    assert offsets(tail.read(SHOP, 2, 10)) == [3]


def test_two_shops_have_a_log_each(tail: PostgresTail) -> None:
    assert tail.append(some_entry(1, "north")) == 1
    assert tail.append(some_entry(1, "south")) == 1
    assert tail.append(some_entry(2, "south")) == 2
    assert tail.heads() == {"north": 1, "south": 2}
    assert [e.entry.shop for e in tail.read("south", 0, 9)] == ["south", "south"]
    tail.delete("south", 2)
    assert offsets(tail.read("north", 0, 9)) == [1]
    assert tail.head("south").offset == 2


@pytest.mark.parametrize("start", [None, "at 1", "at 9"])
def test_an_entry_that_does_not_start_at_the_end_is_refused_and_changes_nothing(
    tail: PostgresTail, start: str | None
) -> None:
    tail.append(some_entry(1))
    tail.append(some_entry(2))
    head = tail.head(SHOP)
    stale = replace(some_entry(10), start=None if start is None else Position(start))
    with pytest.raises(StalePosition, match="does not follow the log's end at 2"):
        tail.append(stale)
    assert tail.head(SHOP) == head
    assert offsets(tail.read(SHOP, 0, 9)) == [1, 2]


def test_a_first_entry_that_starts_somewhere_is_refused(tail: PostgresTail) -> None:
    with pytest.raises(StalePosition):
        tail.append(some_entry(5))
    assert tail.heads() == {}


def test_the_same_entry_again_keeps_its_offset(tail: PostgresTail) -> None:
    """As after an answer that was lost on its way."""
    first, second = some_entry(1), some_entry(2)
    assert [tail.append(e) for e in (first, first, second, first, second)] == [1, 1, 2, 1, 2]
    assert offsets(tail.read(SHOP, 0, 9)) == [1, 2]
    assert tail.head(SHOP).position == "at 2"


def test_an_entry_that_ends_where_it_starts_is_appended_once(tail: PostgresTail) -> None:
    tail.append(some_entry(1))
    first = replace(entry(1), start=Position("at 1"))
    second = replace(entry(1), start=Position("at 1"))
    assert [tail.append(e) for e in (first, first, second, first, second)] == [2, 2, 3, 2, 3]
    assert offsets(tail.read(SHOP, 0, 9)) == [1, 2, 3]


def test_the_newest_entry_again_keeps_its_offset_though_it_was_pruned(tail: PostgresTail) -> None:
    tail.append(some_entry(1))
    newest = some_entry(2)
    tail.append(newest)
    tail.delete(SHOP, 2)
    assert tail.append(newest) == 2
    assert tail.read(SHOP, 0, 9) == []
    assert tail.append(some_entry(3)) == 3


def test_delete_names_the_chunk_files_that_nobody_needs_now(tail: PostgresTail) -> None:
    chunks = [Chunk("orders", f"{n}.parquet", 1, 1, "00") for n in range(4)]
    tail.append(entry(1, chunks[:2]))
    tail.append(some_entry(2))
    tail.append(entry(3, chunks[2:]))
    assert tail.chunk_files() == {"0.parquet", "1.parquet", "2.parquet", "3.parquet"}
    assert sorted(tail.delete(SHOP, 2)) == ["0.parquet", "1.parquet"]
    assert tail.delete(SHOP, 2) == []
    assert tail.chunk_files() == {"2.parquet", "3.parquet"}
    assert tail.first_offset(SHOP) == 3


def test_an_entry_of_a_later_release_is_refused_and_those_before_it_can_be_read(
    tail: PostgresTail, platform: str
) -> None:
    tail.append(some_entry(1))
    tail.append(replace(some_entry(2), format_version=2))
    assert offsets(tail.read(SHOP, 0, 1)) == [1]
    with pytest.raises(UnreadableEntry, match="format version is 2"):
        tail.read(SHOP, 1, 1)
    with psycopg.connect(platform) as connection:
        versions = connection.execute("SELECT format_version FROM log_entries ORDER BY 1")
        assert versions.fetchall() == [(1,), (2,)]


def appended(dsn: str, shop: str, count: int, taken: list[tuple[int, str]]) -> None:
    """Append `count` entries, each from the log's present end, as often as it takes."""
    with closing(PostgresTail(dsn)) as tail:
        while count:
            position = tail.head(shop).position
            end = int(position.removeprefix("at ")) + 1 if position else 1
            made = some_entry(end, shop)
            try:
                taken.append((tail.append(made), made.id))
                count -= 1
            except StalePosition:
                continue


def test_four_writers_of_one_shop_leave_no_gap_and_no_double_and_readers_see_none(
    platform: str,
) -> None:
    taken: list[tuple[int, str]] = []
    finished = threading.Event()

    def watch() -> int:
        """Follow the log from its start; each read must go on without a gap."""
        seen = 0
        with closing(PostgresTail(platform)) as tail:
            while True:
                last = finished.is_set()
                found = offsets(tail.read(SHOP, seen, 7))
                assert found == list(range(seen + 1, seen + 1 + len(found)))
                seen += len(found)
                if last and not found:
                    return seen

    with ThreadPoolExecutor(6) as pool:
        watchers = [pool.submit(watch) for _ in range(2)]
        writers = [pool.submit(appended, platform, SHOP, 40, taken) for _ in range(4)]
        try:
            for writer in writers:
                writer.result(timeout=120)
        finally:
            finished.set()
        assert [watcher.result(timeout=60) for watcher in watchers] == [160, 160]
    assert sorted(offset for offset, _ in taken) == list(range(1, 161))
    with closing(PostgresTail(platform)) as tail:
        found = tail.read(SHOP, 0, 1_000)
    assert [(logged.offset, logged.entry.id) for logged in found] == sorted(taken)
    assert [logged.entry.end for logged in found] == [f"at {n}" for n in range(1, 161)]
    for before, after in itertools.pairwise(found):
        assert before.logged_at <= after.logged_at


@pytest.fixture
def listener(platform: str) -> Iterator[Listener]:
    opened = Listener(platform)
    yield opened
    opened.close()


def test_a_listener_wakes_on_an_append_of_any_shop(tail: PostgresTail, listener: Listener) -> None:
    assert list(listener.wait(0.01)) == []
    started = time.monotonic()
    timer = threading.Timer(0.2, tail.append, [some_entry(1, "north")])
    timer.start()
    assert list(listener.wait(30)) == ["north"]
    assert time.monotonic() - started < 10
    timer.join()
    tail.append(some_entry(1, "south"))
    tail.append(some_entry(2, "north"))
    woken = [*listener.wait(30), *listener.wait(0.2)]
    assert sorted(woken) == ["north", "south"]
    assert list(listener.wait(0.05)) == []


def test_a_refused_append_wakes_nobody(tail: PostgresTail, listener: Listener) -> None:
    listener.wait(0.01)
    with pytest.raises(StalePosition):
        tail.append(some_entry(5))
    assert list(listener.wait(0.1)) == []


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server that the test may stop."""
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    server.create_database("platform")
    migrate(server.dsn("platform"))
    yield server
    server.destroy()


def test_a_server_that_went_away_is_unavailable_and_found_again(
    own_server: EmbeddedPostgres,
) -> None:
    dsn = own_server.dsn("platform")
    with closing(PostgresTail(dsn)) as tail, closing(Listener(dsn)) as listener:
        tail.append(some_entry(1))
        listener.wait(0.01)
        own_server.stop()
        with pytest.raises(Unavailable, match="does not answer") as raised:
            tail.append(some_entry(2))
        assert raised.value.retryable
        for ask in (lambda: tail.read(SHOP, 0, 9), tail.heads, lambda: listener.wait(0.01)):
            with pytest.raises(Unavailable):
                ask()
        own_server.start()
        assert tail.append(some_entry(2)) == 2
        assert offsets(tail.read(SHOP, 0, 9)) == [1, 2]
        listener.wait(0.01)
        tail.append(some_entry(3))
        assert list(listener.wait(10)) == [SHOP]


def test_a_connection_cut_by_the_server_is_made_anew(tail: PostgresTail, platform: str) -> None:
    tail.append(some_entry(1))
    with psycopg.connect(platform, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(Unavailable):
        tail.append(some_entry(2))
    assert tail.append(some_entry(2)) == 2


def test_no_server_at_all_is_unavailable_and_the_password_is_not_told() -> None:
    with closing(PostgresTail("postgresql://u:sesame@127.0.0.1:1/none")) as tail:
        with pytest.raises(Unavailable) as raised:
            tail.head(SHOP)
        assert "sesame" not in str(raised.value)
