"""A file whose columns are not the pack's stops whole, from the file to the mirror."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aethermart.capture.flat_file.source import FlatFileShop, FlatFileSource
from aethermart.core.entries import LoggedEntry, Position, TableSchema
from aethermart.packs.load import load_shipped
from aethermart.packs.schema_check import check_schema
from aethermart.warehouse.drift import drift_of
from tests.log.made import NOON
from tests.sinks.mirror.lake import Lake

PACK = load_shipped("online_retail")
NAMES = [name for name in PACK.tables["lines"].columns if name != "line_number"]


def file_of(*invoices: str, without: str = "", **more: list[int]) -> pa.Table:
    columns = {name: ["1"] * len(invoices) for name in NAMES if name != without}
    return pa.table({**columns, "InvoiceNo": list(invoices), **more})


class Till:
    """A file, read into the log and the mirror each time it is replaced."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "till.parquet"
        self.lake = Lake(
            folder, gate=lambda _, schema: [str(f) for f in check_schema(PACK, schema)]
        )
        self.source = FlatFileSource(FlatFileShop("till", self.file, "lines"), self.lake.chunks)
        self.logged: list[LoggedEntry] = []

    def put(self, rows: pa.Table) -> None:
        new = self.file.with_suffix(".new")
        pq.write_table(rows, new)
        new.rename(self.file)
        end: Position | None = self.logged[-1].entry.end if self.logged else None
        for entry in self.source.read(end, heartbeat=False):
            self.logged.append(LoggedEntry(len(self.logged) + 1, NOON, entry))
            self.lake.apply(self.logged[-1])

    def invoices(self) -> list[tuple[int, str]]:
        return self.lake.rows("SELECT line_number, InvoiceNo FROM mirror.till__lines ORDER BY 1")

    def told(self) -> list[tuple[str, str | None, str]]:
        announced = [
            (one.offset, one.logged_at, control)
            for one in self.logged
            for control in one.entry.controls
            if isinstance(control, TableSchema)
        ]
        return [(d.change, d.column, d.done) for d in drift_of("till", PACK, announced, {})]


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    made = Till(tmp_path)
    yield made
    made.lake.engine.close()


@pytest.mark.promise("92")
def test_a_file_with_a_column_more_or_less_changes_nothing_and_the_next_sound_one_does(
    till: Till,
) -> None:
    till.put(file_of("A", "B"))
    till.put(file_of("C", Discount=[5]))
    assert till.invoices() == [(1, "A"), (2, "B")]
    assert till.lake.stopped_tables() == [
        ("till", "lines", "lines.Discount is not in the pack (integer)")
    ]
    till.put(file_of("D", without="Country"))
    assert till.invoices() == [(1, "A"), (2, "B")]
    assert till.lake.stopped_tables() == [
        ("till", "lines", "lines.Country is missing (expected text)")
    ]
    till.put(file_of("E", "F", "G"))
    assert till.invoices() == [(1, "E"), (2, "F"), (3, "G")]
    assert till.lake.stopped_tables() == []
    stopped = "table stopped in the mirror: "
    assert till.told() == [
        ("added", "Discount", stopped + "lines.Discount is not in the pack (integer)"),
        ("dropped", "Country", stopped + "lines.Country is missing (expected text)"),
        ("dropped", "Discount", stopped + "lines.Country is missing (expected text)"),
        ("added", "Country", "passed on"),
    ]


@pytest.mark.promise("92")
def test_a_first_file_with_a_column_more_brings_no_row(till: Till) -> None:
    till.put(file_of("A", Discount=[5]))
    assert till.lake.tables() == []
    till.put(file_of("A"))
    assert till.invoices() == [(1, "A")]
