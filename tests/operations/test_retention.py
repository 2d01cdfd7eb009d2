"""Old rows go from the mirror and are emptied in the archive; no replay brings them back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from aethermart.core.entries import Batch, LoggedEntry
from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore
from aethermart.operations.retention import Retention, held_tables
from aethermart.operations.runs.work import Cancelled
from aethermart.packs.load import load_shipped
from aethermart.packs.pack import Shop
from aethermart.pipeline.retention import ArchiveRetention, RetentionBook
from aethermart.pipeline.settings import RetentionSettings
from aethermart.platform_db.migrate import migrate, platform_engine
from aethermart.sinks.mirror.mirror import Mirror
from aethermart.sinks.mirror.touched import Touched
from tests.log.made import logged, rows, schema_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SHOP = Shop("north", replace(load_shipped("aethermart")))
CLICKS = pa.schema(
    [
        pa.field("event_id", pa.int64()),
        pa.field("page", pa.string()),
        pa.field("occurred_at", pa.timestamp("us", tz="UTC")),
    ]
)
SETTINGS = RetentionSettings(clickstream_events=400)
AT_BOUND = NOW - timedelta(days=400)
OLD = AT_BOUND - timedelta(microseconds=1)


def clicks() -> list[LoggedEntry]:
    """1 and 3 are too old, 2 is exactly as old as it may be, 4 is new."""
    batch = Batch(
        "clickstream_events",
        rows(
            CLICKS,
            [
                ("c", 1, (1, "/a", OLD)),
                ("c", 2, (2, "/b", AT_BOUND)),
                ("c", 3, (3, "/c", OLD)),
                ("c", 4, (4, "/d", NOW)),
            ],
        ),
    )
    announced = schema_of("clickstream_events", CLICKS)
    return [logged(1, [], [announced], shop="north"), logged(2, [batch], shop="north")]


@dataclass
class Platform:
    """A real mirror, archive and book; what is kept downstream hears of each change."""

    folder: Path
    dsn: str
    renewed: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        chunks = ChunkStore(self.folder / "chunks")
        self.engine = Engine(self.folder / "lake.duckdb", EngineSettings())
        self.mirror = Mirror(
            self.engine, chunks, routes={}, gate=lambda _s, _t: [], on_applied=self.hear
        )
        self.archive = Archive(self.folder / "bronze", chunks)
        self.book = RetentionBook(platform_engine(self.dsn))
        self.upkeep = ArchiveRetention(self.archive, self.book)
        self.retention = Retention(
            held_tables([SHOP], SETTINGS), self.book, self.engine, self.mirror, clock=lambda: NOW
        )

    def hear(self, _: duckdb.DuckDBPyConnection, touched: dict[str, Touched]) -> None:  # type: ignore[override]
        self.renewed.append(touched["north"].whole)

    def events(self) -> list[int]:
        with self.engine.read() as connection:
            found = connection.execute(
                "SELECT event_id FROM mirror.north__clickstream_events ORDER BY 1"
            ).fetchall()
        return [number for (number,) in found]

    def enforce(self) -> dict[str, object]:
        """The run, with the archive's upkeep going on beside it, as in its own process."""
        over = threading.Event()

        def keep() -> None:
            while not over.wait(0.05):
                self.upkeep.enforce()

        keeper = threading.Thread(target=keep)
        keeper.start()
        try:
            return dict(self.retention.work().do({}, lambda _progress, _message: None))
        finally:
            over.set()
            keeper.join()


@pytest.fixture
def platform(tmp_path: Path, database: str) -> Iterator[Platform]:
    migrate(database)
    made = Platform(tmp_path, database)
    yield made
    made.engine.close()


@pytest.mark.promise("145")
@pytest.mark.service("postgres")
def test_old_rows_go_and_a_replay_of_the_archive_does_not_bring_them_back(
    platform: Platform,
) -> None:
    entries = clicks()
    platform.mirror.apply(entries)
    platform.archive.apply(entries)
    (overdue, *others) = platform.retention.report().classes
    assert (overdue.data_class, overdue.table, overdue.days) == (
        "clickstream_events", "clickstream_events", 400,
    )  # fmt: skip
    assert (overdue.bound, overdue.oldest, overdue.overdue_rows) == (AT_BOUND, OLD, 2)
    assert overdue.last_enforced_at is None
    assert [other.days for other in others] == [None, None, None]

    assert platform.enforce() == {"tables": 1, "rows_removed": 2, "rows_emptied": 2}
    assert platform.events() == [2, 4]
    assert platform.renewed[-1] is True
    done = platform.retention.report().classes[0]
    assert (done.oldest, done.overdue_rows) == (AT_BOUND, 0)
    assert (done.rows_removed, done.rows_emptied) == (2, 2)
    assert done.last_enforced_at is not None

    platform.mirror.reset("north")
    platform.mirror.apply(platform.archive.read("north", 0, 10))
    assert platform.events() == [2, 4]
    text = "".join(str(part.rows.to_pylist()) for each in platform.archive.read("north", 0, 10)
                   for part in each.entry.parts if isinstance(part, Batch))  # fmt: skip
    assert "/b" in text
    assert "/a" not in text
    assert "/c" not in text

    renewed = len(platform.renewed)
    assert platform.enforce() == {"tables": 1, "rows_removed": 0, "rows_emptied": 0}
    assert len(platform.renewed) == renewed
    assert platform.retention.report().classes[0].rows_removed == 2


@pytest.mark.service("postgres")
def test_what_a_replay_of_the_tail_brings_back_is_removed_again(platform: Platform) -> None:
    """The tail still has entries as they came; a rebuild ends with this."""
    platform.mirror.apply(clicks())
    assert platform.retention.enforce_mirror() == 2
    platform.mirror.reset("north")
    platform.mirror.apply(clicks())
    assert platform.events() == [1, 2, 3, 4]
    assert platform.retention.enforce_mirror("north") == 2
    assert platform.retention.enforce_mirror("south") == 0
    assert platform.events() == [2, 4]


@pytest.mark.service("postgres")
def test_a_run_that_is_cancelled_leaves_the_archive_its_order(platform: Platform) -> None:
    platform.mirror.apply(clicks())
    platform.archive.apply(clicks())

    def cancelled(_progress: float | None, message: str) -> None:
        if "wait for the archive" in message:
            raise Cancelled("cancelled on request", fix="start it again")

    with pytest.raises(Cancelled):
        platform.retention.work().do({}, cancelled)
    assert [p.asked.table for p in platform.book.waiting_for_archive()] == ["clickstream_events"]
    platform.upkeep.enforce()
    assert platform.book.waiting_for_archive() == []
    assert platform.book.passes()[0].rows_emptied == 2


def test_a_class_is_held_where_its_time_is_a_column_of_the_table() -> None:
    held = {(h.table, h.data_class): h for h in held_tables([SHOP], SETTINGS)}
    assert [h.time_column for h in held.values()] == [
        "occurred_at", "recorded_at", "posted_at", "opened_at",
    ]  # fmt: skip
    assert all(h.why_not is None for h in held.values())
    assert held["support_chats", "support_chats"].old_rows(NOW) is None
    old = held["clickstream_events", "clickstream_events"].old_rows(NOW)
    assert old is not None
    assert (old.key, old.bound) == (("event_id",), AT_BOUND)


@pytest.mark.parametrize(
    "staged, why",
    [
        ("visited_on AS occurred_at", "occurred_at is no column of clickstream_events"),
        ("TO_TIMESTAMP(page) AS occurred_at", "occurred_at is no column of clickstream_events"),
        ("page AS occurred_at", "clickstream_events.page is text, not a timestamp"),
    ],
)
def test_where_it_cannot_be_enforced_it_says_why(staged: str, why: str) -> None:
    sql = SHOP.pack.staging["clickstream_events"].replace("  occurred_at,", f"  {staged},")
    pack = replace(SHOP.pack, staging={"clickstream_events": sql})
    (held,) = held_tables([Shop("north", pack)], SETTINGS)
    assert held.why_not is not None
    assert held.why_not.startswith(why)
    assert held.old_rows(NOW) is None
