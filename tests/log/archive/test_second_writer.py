"""Two processes that both believe to be the archive's writer: one of them is fenced out."""

from __future__ import annotations

from pathlib import Path

import pytest

from aethermart.core import failpoints
from aethermart.core.entries import Batch
from aethermart.log.archive.archive import Archive
from aethermart.log.archive.delta import AppendOnlyTable, FencedOut
from aethermart.log.chunks import ChunkStore
from tests.log.archive.shop_entries import (
    ORDERS,
    SHOP,
    assert_same,
    entry_id,
    logged,
    rows_of,
    simple,
)


@pytest.fixture
def rival(tmp_path: Path, chunks: ChunkStore) -> Archive:
    return Archive(tmp_path / "bronze", chunks)


def between(monkeypatch: pytest.MonkeyPatch, method: str, act: object) -> None:
    """Run `act` once, when our writer is about to call `method` of a table."""
    real = getattr(AppendOnlyTable, method)
    acts = [act]

    def interrupted(self, *args):  # type: ignore[no-untyped-def]
        if acts:
            acts.pop()()  # type: ignore[operator]
        return real(self, *args)

    monkeypatch.setattr(AppendOnlyTable, method, interrupted)


@pytest.mark.parametrize("method", ["evolve", "commit"])
def test_the_writer_that_comes_second_commits_nothing(
    archive: Archive, rival: Archive, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    archive.apply([simple(1)])
    between(monkeypatch, method, lambda: rival.apply([simple(2)]))
    with pytest.raises(FencedOut, match=r"another writer appends to .*orders") as raised:
        archive.apply([simple(2)])
    assert raised.value.retryable
    assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2)])
    assert archive.verify(SHOP) == []


def test_both_make_the_first_table(
    archive: Archive, rival: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    between(monkeypatch, "evolve", lambda: rival.apply([simple(1)]))
    with pytest.raises(FencedOut, match="it made the table just now"):
        archive.apply([simple(1)])
    archive.apply([simple(1), simple(2)])
    assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2)])


def test_adding_a_column_does_not_let_a_stale_writer_through(
    archive: Archive, rival: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adding it brings the stale handle up to date, and with it what the rival committed."""
    archive.apply([simple(1)])
    columns = ORDERS.append(ORDERS.field("status").with_name("note"))
    entry = logged(
        2, [Batch("orders", rows_of(columns, entry_id(2), 2000, [{"order_id": 1, "note": "x"}]))]
    )
    between(monkeypatch, "evolve", lambda: rival.apply([entry]))
    with pytest.raises(FencedOut):
        archive.apply([entry])
    assert_same(archive.read(SHOP, 0, 10), [simple(1), entry])


def test_a_rival_between_tables_and_entries_is_noticed(
    archive: Archive, rival: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.apply([simple(1)])

    def rival_too(point: str) -> None:
        if point == "archive.tables_committed":
            monkeypatch.undo()
            rival.apply([simple(2)])

    monkeypatch.setattr(failpoints, "reached", rival_too)
    with pytest.raises(FencedOut, match="_entries"):
        archive.apply([simple(2)])
    assert archive.applied(SHOP) == 2
    assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2)])


def test_the_fenced_writer_leaves_no_file_behind(
    archive: Archive, rival: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive.apply([simple(1)])
    between(monkeypatch, "commit", lambda: rival.apply([simple(2)]))
    with pytest.raises(FencedOut):
        archive.apply([simple(2)])
    folder = tmp_path / "bronze" / SHOP / "orders"
    on_disk = sorted(str(file) for file in folder.glob("*.parquet"))
    assert on_disk == sorted(archive.files(SHOP, "orders"))
