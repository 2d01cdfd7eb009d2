from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import RemoveAction

from aethermart.log import archive as archive_package
from aethermart.log.archive.archive import Archive
from aethermart.log.archive.delta import AppendOnlyTable
from tests.log.archive.shop_entries import SHOP, assert_same, simple

STRANGERS: dict[str, Callable[[DeltaTable], object]] = {
    "overwrite": lambda t: write_deltalake(t, _rows(t), mode="overwrite"),
    "overwrite with another schema": lambda t: write_deltalake(
        t, pa.table({"x": [1]}), mode="overwrite", schema_mode="overwrite"
    ),
    "overwrite some rows": lambda t: write_deltalake(
        t, _rows(t), mode="overwrite", predicate="order_id = 1000"
    ),
    "create or replace": lambda t: DeltaTable.create(t.table_uri, t.schema(), mode="overwrite"),
    "delete all": lambda t: t.delete(),
    "delete some": lambda t: t.delete("order_id = 1000"),
    "update": lambda t: t.update(updates={"status": "'CANCELLED'"}),
    "merge": lambda t: (
        t.merge(_rows(t), "s._position = t._position", "s", "t").when_matched_delete().execute()
    ),
    "remove a file": lambda t: t.create_write_transaction(
        [RemoveAction(t.file_uris()[0].rpartition("/")[2], True, int(time.time() * 1000))],
        mode="append",
        schema=t.schema(),
    ),
}


@pytest.mark.promise("89")
@pytest.mark.parametrize("attempt", STRANGERS.values(), ids=STRANGERS.keys())
def test_a_stranger_cannot_rewrite_or_remove_rows(
    archive: Archive, tmp_path: Path, attempt: Callable[[DeltaTable], object]
) -> None:
    archive.apply([simple(1), simple(2)])
    version = archive.version(SHOP)
    with pytest.raises(CommitFailedError, match="Delta table is append-only"):
        attempt(DeltaTable(tmp_path / "bronze" / SHOP / "orders"))
    assert archive.version(SHOP) == version
    assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2)])


@pytest.mark.promise("89")
@pytest.mark.parametrize("folder", ["orders", "items", "_entries"])
def test_every_table_of_bronze_is_append_only(
    archive: Archive, tmp_path: Path, folder: str
) -> None:
    archive.apply([simple(1)])
    table = DeltaTable(tmp_path / "bronze" / SHOP / folder)
    assert table.metadata().configuration["delta.appendOnly"] == "true"


@pytest.mark.promise("89")
def test_there_is_no_way_to_overwrite_in_our_own_code() -> None:
    methods = [name for name in dir(Archive) + dir(AppendOnlyTable) if not name.startswith("__")]
    words = ("overwrite", "replace", "rewrite", "delete", "update", "merge", "remove", "restore")
    named = {name for name in methods if any(word in name for word in words)}
    assert named == {"refuse_rewrites"}  # which does what it says
    assert "apply" in methods


@pytest.mark.promise("89")
def test_old_rows_past_their_time_are_the_one_thing_that_is_written_anew() -> None:
    sources = Path(archive_package.__file__).parents[2].rglob("*.py")
    callers = [path.name for path in sources if ".swap_files(" in path.read_text("utf-8")]
    assert callers == ["emptying.py"]


def _rows(table: DeltaTable) -> pa.Table:
    return table.to_pyarrow_table().slice(0, 1)
