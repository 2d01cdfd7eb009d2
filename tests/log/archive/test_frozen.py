"""The files that are the archive as of an offset make an archive that reads and goes on."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from aethermart.log.archive.archive import Archive, ArchiveSettings
from aethermart.log.archive.frozen import FrozenArchive, frozen_archive
from aethermart.log.chunks import ChunkStore
from tests.log.archive.shop_entries import SHOP, assert_same, simple

BATCHES = [1, 2, 3, 1, 4] * 6  # entries a commit: 66 entries, past a checkpoint of Delta


def copied(bronze: Path, frozen: FrozenArchive, to: Path, chunks: ChunkStore) -> Archive:
    for name in frozen.files:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bronze / name, to / name)
    return Archive(to, chunks)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """An archive made batch by batch, joined twice on the way; the offset after each commit."""
    folder = tmp_path_factory.mktemp("filled")
    settings = ArchiveSettings(compact_from_files=8)
    archive = Archive(folder / "bronze", ChunkStore(folder / "chunks"), settings)
    ends = [0]
    for size in BATCHES:
        archive.apply([simple(ends[-1] + n) for n in range(1, size + 1)])
        ends.append(ends[-1] + size)
        if len(ends) in (12, 25):
            assert archive.compact(SHOP)
    return folder / "bronze", ends


@pytest.mark.parametrize("through", [0, 2, 3, 30, 31, 58, 59, 66, 1000])
def test_it_is_cut_at_the_last_commit_that_holds_nothing_later(
    filled: tuple[Path, list[int]], tmp_path: Path, chunks: ChunkStore, through: int
) -> None:
    bronze, ends = filled
    expected = max(end for end in ends if end <= through)
    frozen = frozen_archive(bronze, SHOP, through)
    assert frozen.applied == expected
    again = copied(bronze, frozen, tmp_path / "again", chunks)
    assert again.applied(SHOP) == expected
    assert again.verify(SHOP) == []
    assert_same(again.read(SHOP, 0, 100), [simple(n) for n in range(1, expected + 1)])
    # Other entries than the original's may follow: it went on from its own past.
    more = [simple(n) for n in range(expected + 1, expected + 4)]
    again.apply(more)
    assert_same(again.read(SHOP, expected, 10), more)
    assert again.verify(SHOP) == []


def test_a_shop_that_was_never_archived_has_no_files(tmp_path: Path) -> None:
    assert frozen_archive(tmp_path / "bronze", SHOP, 5) == FrozenArchive((), 0)


def test_beside_a_writer_no_table_is_behind_what_its_entries_name(
    tmp_path: Path, archive: Archive, chunks: ChunkStore
) -> None:
    archive.apply([simple(1)])
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for offset in range(2, 40):
                archive.apply([simple(offset)])
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    looks = 0
    while writer.is_alive() or looks == 0:
        reader = Archive(tmp_path / "bronze", chunks)
        through = reader.applied(SHOP)
        frozen = frozen_archive(tmp_path / "bronze", SHOP, through)
        again = copied(tmp_path / "bronze", frozen, tmp_path / f"look {looks}", chunks)
        assert frozen.applied == again.applied(SHOP) == through
        assert again.verify(SHOP) == []
        looks += 1
    writer.join()
    assert failures == []
