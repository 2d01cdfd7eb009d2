"""A disk that fills up under the archive: DiskFull each time, and once there is room it goes on."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from deltalake import DeltaTable

from aethermart.core.entries import Batch
from aethermart.core.errors import DiskFull
from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore
from tests.log.archive.shop_entries import (
    ITEMS,
    SHOP,
    assert_same,
    entry_id,
    items,
    logged,
    model_of,
    rows_of,
    simple,
)


def bulky(offset: int) -> Batch:
    noise = random.Random(offset)
    records = [{"item_id": noise.getrandbits(62)} for _ in range(2000)]
    return Batch("items", rows_of(ITEMS, entry_id(offset), offset * 10_000, records))


def test_a_full_disk_is_transient_and_nothing_is_lost(small_disk: Path, tmp_path: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(700_000))
    chunks = ChunkStore(tmp_path / "chunks")
    entries = [
        logged(
            n,
            [
                Batch("stock", items(n)),
                chunks.write(entry_id(n), "stock", bulky(n).rows),
                bulky(n),
            ],
        )
        for n in range(1, 9)
    ]
    archive = Archive(small_disk / "bronze", chunks)
    refused = []
    for _ in range(40):
        done = archive.applied(SHOP)
        if done == len(entries):
            break
        try:
            archive.apply(entries[done : done + 1])
        except DiskFull as error:
            refused.append(str(error))
            assert_same(archive.read(SHOP, 0, 10), model_of(entries[:done], chunks))
            if len(refused) == 5:
                ballast.unlink()
    assert len(refused) >= 5
    assert refused[0].startswith(f"no room to write in {small_disk}/bronze/corner_shop/")
    assert "\n  fix: free space there" in refused[0]
    assert_same(archive.read(SHOP, 0, 10), model_of(entries, chunks))
    assert archive.verify(SHOP) == []
    for table in ("items", "stock"):
        folder = small_disk / "bronze" / SHOP / table
        on_disk = {str(file) for file in folder.iterdir() if file.is_file()}
        assert on_disk == set(archive.files(SHOP, table))  # no attempt left a file behind


def test_a_limit_on_file_sizes_is_met_in_the_delta_log_too(tmp_path: Path) -> None:
    """The same in a process of its own, for where no file system can be mounted."""
    script = """
import resource, sys
from pathlib import Path
from aethermart.core.errors import DiskFull
from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore
from tests.log.archive.shop_entries import SHOP, assert_same, simple

home = Path(sys.argv[1])
archive = Archive(home / "bronze", ChunkStore(home / "chunks"))
archive.apply([simple(1)])
for limit in (100, 1000, 2000, 3500):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        archive.apply([simple(2)])
    except DiskFull as error:
        print(error.cause.rpartition("/")[2])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
archive.apply([simple(2)])
assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2)])
"""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert run.stderr == ""
    assert set(run.stdout.splitlines()) == {
        "orders: File too large",
        "_entries: File too large",
    }
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_commit_whose_aftermath_found_no_room_stands(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are in the table: their file must not be taken for a failed attempt's."""
    archive.apply([simple(1)])
    commit = DeltaTable.create_write_transaction
    calls = []

    def full_afterwards(self, *args, **options):  # type: ignore[no-untyped-def]
        commit(self, *args, **options)
        calls.append(self)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(DeltaTable, "create_write_transaction", full_afterwards)
    with pytest.raises(DiskFull):
        archive.apply([simple(2)])
    assert_same(archive.read(SHOP, 0, 10), [simple(1)])
    archive.apply([simple(2)])
    assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2)])
    assert archive.verify(SHOP) == []
