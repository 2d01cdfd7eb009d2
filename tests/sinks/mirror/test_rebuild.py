"""A mirror rebuilt by replay, from the archive and what is left of the tail, is the live one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

import pyarrow as pa
import pytest

from aethermart.core.entries import Batch, Entry, Truncate, new_entry_id
from aethermart.log.archive.archive import Archive
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail
from aethermart.platform_db.migrate import migrate
from aethermart.sinks.mirror.touched import Touched
from tests.log.made import ORDERS, SHOP, columns, entry, items, orders, rows, schema_of
from tests.sinks.mirror.lake import BOTH, Lake, begin, end

pytestmark = pytest.mark.service("postgres")

WIDER = columns(**{f.name: f.type for f in ORDERS}, note=pa.string())


def chunk(lake: Lake, end_at: int, part: Batch) -> Entry:
    """An entry whose rows lie in a chunk."""
    name = new_entry_id()
    at = part.rows.schema.get_field_index("_entry")
    ids = pa.repeat(name, part.rows.num_rows)
    owned = part.rows.set_column(at, part.rows.schema.field(at), ids)
    return entry(end_at, [lake.chunks.write(name, part.table, owned)], name=name)


def story(lake: Lake) -> list[Entry]:
    """A shop's life: snapshot in chunks, changes, a truncate, a column added, a table anew."""
    read = Batch("orders", rows(ORDERS, [("r", n, (n, "NEW", Decimal(n))) for n in range(1, 300)]))
    lines = items(*(("r", n, (n, n // 2, "tea")) for n in range(1, 600)))
    noted = Batch("orders", rows(WIDER, [("u", 40, (7, "PAID", Decimal(7), "fragile"))]))
    return [
        entry(1, controls=begin("orders", "items", schemas=BOTH)),
        chunk(lake, 2, read),
        chunk(lake, 3, lines),
        entry(4, controls=end("orders", "items")),
        entry(5, [orders(("u", 10, (3, "PAID", "3.00")), ("d", 11, (4, None, None)))]),
        entry(6),
        entry(7, [items(("c", 20, (999, 7, "jam")))], [Truncate("items", 19)]),
        entry(8, [noted], [schema_of("orders", WIDER)]),
        entry(9, controls=begin("items")),
        entry(10, [items(("r", 1, (5, 1, "half")))]),  # given up: the capture died here
        entry(11, [items(("u", 50, (999, 8, "jam")))]),
        entry(12, controls=begin("items")),
        chunk(lake, 13, items(*(("r", n, (n, n, "nut")) for n in range(1, 9)))),
        entry(14, controls=end("items")),
        entry(15, [items(("d", 60, (8, 8, "nut")))]),
    ]


@pytest.fixture
def log(lake: Lake, database: str) -> Iterator[Log]:
    migrate(database)
    with closing(PostgresTail(database)) as tail:
        yield Log(tail, Archive(lake.folder / "bronze", lake.chunks), lake.chunks)


def catch_up(lake: Lake, log: Log, batch: int) -> None:
    while entries := log.read(SHOP, lake.mirror.applied(SHOP), batch):
        lake.mirror.apply(entries)


@pytest.mark.parametrize("pruned_through", [0, 9, 15], ids=["nothing", "half", "everything"])
@pytest.mark.parametrize("batch", [1, 256])
def test_a_rebuild_after_a_prune_equals_the_live_mirror(
    lake: Lake, log: Log, pruned_through: int, batch: int
) -> None:
    for made in story(lake):
        log.append(made)
        catch_up(lake, log, 1)
    live = lake.everything()
    assert [len(lake.orders()), len(lake.items())] == [298, 7]
    archive = log._archive
    assert isinstance(archive, Archive)
    archive.apply(log.read(SHOP, 0, 256))
    assert log.prune(SHOP, pruned_through) == pruned_through
    left = {path.name for path in (lake.folder / "chunks").iterdir()}
    assert left == log._tail.chunk_files()
    assert len(left) == {0: 3, 9: 1, 15: 0}[pruned_through]
    lake.mirror.reset(SHOP)
    lake.told.clear()
    catch_up(lake, log, batch)
    assert lake.everything() == live
    assert Touched(whole=True) in lake.told


def test_a_rebuild_in_a_new_file_equals_the_live_mirror(lake: Lake, log: Log) -> None:
    """The file is a cache: lost, it is made again."""
    for made in story(lake):
        log.append(made)
    catch_up(lake, log, 4)
    live = lake.everything()
    lake.engine.close()
    for path in lake.folder.glob("lake.duckdb*"):
        path.unlink()
    lake.open()
    assert lake.mirror.applied(SHOP) == 0
    catch_up(lake, log, 256)
    assert lake.everything() == live
