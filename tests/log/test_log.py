from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from aethermart.core.entries import LoggedEntry, new_entry_id
from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log, LostEntries
from aethermart.log.tail import PostgresTail
from tests.log.made import ORDERS, SHOP, entry, orders, rows

pytestmark = pytest.mark.service("postgres")


@pytest.fixture
def chunks(tmp_path: Path) -> ChunkStore:
    return ChunkStore(tmp_path / "chunks")


@pytest.fixture
def archive(tmp_path: Path, chunks: ChunkStore) -> Archive:
    return Archive(tmp_path / "bronze", chunks)


@pytest.fixture
def log(tail: PostgresTail, archive: Archive, chunks: ChunkStore) -> Log:
    return Log(tail, archive, chunks)


def fill(log: Log, chunks: ChunkStore, count: int) -> None:
    """Entries from 1 on; those with an even offset carry their order in a chunk."""
    for end in range(1, count + 1):
        if end % 2:
            log.append(entry(end, [orders(("c", end, (end, "PAID", "1.00")))]))
        else:
            name = new_entry_id()
            written = rows(ORDERS, [("c", end, (end, "PAID", None))], name)
            log.append(entry(end, [chunks.write(name, "orders", written)], name=name))


def offsets(entries: Sequence[LoggedEntry]) -> list[int]:
    return [logged.offset for logged in entries]


def files(folder: Path) -> int:
    return len(list(folder.iterdir()))


def test_nothing_is_pruned_that_the_archive_lacks(
    log: Log, archive: Archive, chunks: ChunkStore, tail: PostgresTail, tmp_path: Path
) -> None:
    fill(log, chunks, 6)
    assert log.prune(SHOP, 6) == 0
    archive.apply(log.read(SHOP, 0, 4))
    assert log.prune(SHOP, 2) == 2
    assert (tail.first_offset(SHOP), files(tmp_path / "chunks")) == (3, 2)
    assert log.prune(SHOP, 6) == 4
    assert (tail.first_offset(SHOP), files(tmp_path / "chunks")) == (5, 1)
    assert log.head(SHOP).offset == 6


def test_a_prune_that_dies_in_between_leaves_no_name_without_a_file(
    log: Log,
    archive: Archive,
    chunks: ChunkStore,
    tail: PostgresTail,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(log, chunks, 6)
    archive.apply(log.read(SHOP, 0, 6))

    def dies(*_: object) -> list[str]:
        raise KeyboardInterrupt

    for kind, name in ((PostgresTail, "delete"), (ChunkStore, "delete")):
        with monkeypatch.context() as patched:
            patched.setattr(kind, name, dies)
            with pytest.raises(KeyboardInterrupt):
                log.prune(SHOP, 6)
        present = {path.name for path in (tmp_path / "chunks").iterdir()}
        assert tail.chunk_files() <= present
        assert len(present) == 3
    assert tail.chunk_files() == set()
    assert len(chunks.remove_orphans(tail.chunk_files(), older_than_s=0)) == 3
    assert offsets(log.read(SHOP, 0, 9)) == [1, 2, 3, 4, 5, 6]


def test_a_read_does_not_tell_which_tier_it_came_from(
    log: Log, archive: Archive, chunks: ChunkStore
) -> None:
    fill(log, chunks, 9)
    archive.apply(log.read(SHOP, 0, 7))
    log.prune(SHOP, 5)
    for after in range(10):
        found: list[int] = []
        while more := offsets(log.read(SHOP, after + len(found), 3)):
            found += more
        assert found == list(range(after + 1, 10))
    assert offsets([*log.replay(SHOP)]) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert offsets([*log.replay(SHOP, after=4, limit=2)]) == [5, 6, 7, 8, 9]


def test_a_log_pruned_to_its_end_can_be_read_and_goes_on(
    log: Log, archive: Archive, chunks: ChunkStore
) -> None:
    fill(log, chunks, 4)
    archive.apply(log.read(SHOP, 0, 9))
    log.prune(SHOP, 4)
    assert offsets(log.read(SHOP, 0, 9)) == [1, 2, 3, 4]
    assert log.read(SHOP, 4, 9) == []
    assert log.append(entry(5)) == 5
    assert offsets(log.read(SHOP, 4, 9)) == [5]


@pytest.mark.parametrize("through", [2, 4])
def test_entries_in_neither_tier_are_an_error_and_not_the_end(
    log: Log, archive: Archive, chunks: ChunkStore, tmp_path: Path, through: int
) -> None:
    fill(log, chunks, 4)
    archive.apply(log.read(SHOP, 0, 9))
    log.prune(SHOP, through)
    shutil.rmtree(tmp_path / "bronze")
    bare = Log(log._tail, Archive(tmp_path / "bronze", chunks), chunks)
    with pytest.raises(LostEntries, match="entry 2 is neither in the log's tail nor in"):
        bare.read(SHOP, 1, 9)
    assert bare.read(SHOP, 4, 9) == []


def test_an_entry_appended_between_two_looks_is_not_taken_for_lost(
    log: Log, chunks: ChunkStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(log, chunks, 1)
    tail, real_read = log._tail, PostgresTail.read

    def read_then_append(self: PostgresTail, shop: str, after: int, limit: int) -> object:
        found = real_read(self, shop, after, limit)
        monkeypatch.setattr(PostgresTail, "read", real_read)
        tail.append(entry(2))
        return found

    monkeypatch.setattr(PostgresTail, "read", read_then_append)
    assert log.read(SHOP, 1, 9) == []
    assert offsets(log.read(SHOP, 1, 9)) == [2]
