"""Measures come from the real pieces; real faults in them fire the rules that watch them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail
from aethermart.operations.live_platform import LivePlatform
from aethermart.operations.runs.store import RunStore
from aethermart.operations.telemetry.alerts import Alerts
from aethermart.operations.telemetry.export import Export
from aethermart.operations.telemetry.readings import LoginFailures, Measured
from aethermart.operations.telemetry.samples import Sources
from aethermart.pipeline.children import Supervisor
from aethermart.pipeline.settings import AlertSettings
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.pipeline.status import DeadLetters, StatusBoard
from aethermart.platform_db.migrate import migrate, platform_engine
from aethermart.sinks.mirror.mirror import Mirror
from tests.log.made import entry, orders
from tests.pipeline.fakes import FakeSink, NoArchive

pytestmark = pytest.mark.service("postgres")


class Pieces:
    """A log, board, letters, runs and lake that are real, and a sink that refuses what it is told
    to. The clock stands where it was made, until the test moves it."""

    def __init__(self, folder: Path, dsn: str) -> None:
        self.dsn, self.now = dsn, datetime.now(UTC)
        chunks = ChunkStore(folder / "chunks")
        self.log = Log(PostgresTail(dsn), NoArchive(), chunks)
        database = platform_engine(dsn)
        self.board, self.letters = StatusBoard(database), DeadLetters(database)
        self.runs = RunStore(database)
        self.engine = Engine(folder / "lake.duckdb", EngineSettings())
        mirror = Mirror(
            self.engine, chunks, routes={}, gate=lambda _s, _t: [], on_applied=lambda _c, _t: None
        )
        self.engine.write(
            lambda c: c.execute(
                "CREATE SCHEMA gold; CREATE TABLE gold.fct_quarantine (shop VARCHAR);"
                " INSERT INTO gold.fct_quarantine VALUES ('north'), ('north')"
            )
        )
        self.sink = FakeSink(name="mirror")
        self.runner = SinkRunner(
            self.sink, self.log, self.board, self.letters, lambda _s: None, clock=lambda: 0.0
        )
        nothing: Any = None  # nobody asks for catalogue, lineage or checks here
        self.platform = LivePlatform(
            ["north"], self.engine, mirror, self.board, nothing, clock=lambda: self.now
        )
        self.failures = LoginFailures()
        self.backup: datetime | None = None
        self.measured = Measured(
            shops=["north"],
            freshness=lambda: self.platform.freshness(None),
            sinks=self.sinks,
            rows=self.runner.rows_applied,
            restarts=Supervisor([]).restarts,
            last_backup=lambda: self.backup,
            login_failures=self.failures,
            board=self.board,
            letters=self.letters,
            runs=self.runs,
            engine=self.engine,
            lake_file=folder / "lake.duckdb",
            state=folder,
            clock=lambda: self.now,
        )
        self.sources = Sources(self.measured.sources())
        self.alerts = Alerts(self.sources.read, AlertSettings(), clock=lambda: self.now)

    def sinks(self) -> Any:
        self.platform._looked_at = float("-inf")  # the board is not remembered here
        return self.platform.sinks()

    def fill(self, count: int) -> None:
        for end in range(self.log.head("north").offset + 1, count + 1):
            self.log.append(entry(end, [orders(("c", end, (end, "PAID", "1.00")))], shop="north"))
        self.runner.step()
        self.runner.step()  # after a refusal it reads again, one by one

    def firing(self) -> dict[str, dict[str, str]]:
        self.platform._looked_at = float("-inf")
        self.alerts.look()
        told = self.alerts.told().alerts
        return {a.rule: dict(a.about) for a in told if a.state == "firing"}

    def exported(self) -> dict[tuple[str, str], float]:
        text = Export(self.sources.read).text()
        return {
            (sample.name, ",".join(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@pytest.fixture
def pieces(tmp_path: Path, database: str) -> Iterator[Pieces]:
    migrate(database)
    made = Pieces(tmp_path, database)
    yield made
    made.log.close()
    made.engine.close()


def test_every_figure_is_the_one_of_its_piece(pieces: Pieces) -> None:
    pieces.fill(2)
    run = pieces.runs.add("publish", {}, "ada")
    pieces.failures()
    (head,) = pieces.board.picture().heads
    assert head.logged_at is not None
    pieces.now = head.logged_at + timedelta(seconds=60)
    seen = pieces.exported()
    assert seen["aethermart_hop_lag_seconds", "log,north"] == 60.0
    assert seen["aethermart_log_entries_total", "north"] == 2.0
    assert seen["aethermart_sink_entries_applied_total", "north,mirror"] == 2.0
    assert seen["aethermart_sink_behind_entries", "north,mirror"] == 0.0
    assert seen["aethermart_mirror_rows_applied_total", "north"] == 2.0
    assert seen["aethermart_dead_letters_open", "north,mirror"] == 0.0
    assert seen["aethermart_quarantined_rows", "north"] == 2.0
    assert seen["aethermart_stopped_tables", "north"] == 0.0
    assert seen["aethermart_log_tail_entries", "north"] == 2.0
    assert seen["aethermart_log_tail_bytes", "north"] > 500
    assert seen["aethermart_runs", "publish,queued"] == 1.0
    assert seen["aethermart_login_failures_total", ""] == 1.0
    assert seen["aethermart_duckdb_file_bytes", "lake"] > 1000
    assert seen["aethermart_disk_free_bytes", ""] > 2**20
    assert seen["aethermart_backup_age_seconds", ""] == float("inf")
    pieces.backup = pieces.now - timedelta(seconds=120)
    assert pieces.exported()["aethermart_backup_age_seconds", ""] == 120.0
    assert run.kind == "publish"


@pytest.mark.promise("145")
def test_real_faults_fire_their_rules_and_mending_them_ends_it(pieces: Pieces) -> None:
    pieces.fill(2)
    assert pieces.firing() == {}

    begun = pieces.now
    pieces.sink.unfit = {("north", 3)}
    pieces.fill(3)
    with psycopg.connect(pieces.dsn) as connection:
        connection.execute(
            "INSERT INTO captured_tables (shop, table_name, error)"
            " VALUES ('north', 'orders', 'its key is gone')"
        )
    pieces.engine.write(
        lambda c: c.execute("INSERT INTO gold.fct_quarantine SELECT 'north' FROM range(1001)")
    )
    for _ in range(21):
        pieces.failures()
    at_once = {
        "SinkStopped": {"sink": "mirror", "shop": "north"},
        "DeadLetters": {"sink": "mirror", "shop": "north"},
        "QuarantineGrowth": {"shop": "north"},
        "LoginFailures": {},
    }
    assert pieces.firing() == at_once
    pieces.now = begun + timedelta(seconds=60)
    assert pieces.firing() == {**at_once, "TableStopped": {"shop": "north"}}
    pieces.now += timedelta(seconds=120)
    assert pieces.firing()["CaptureStalled"] == {"shop": "north", "hop": "log"}

    pieces.sink.unfit = set()
    (letter,) = pieces.letters.page()
    assert pieces.letters.request_retry(letter.dead_letter_id)
    with psycopg.connect(pieces.dsn) as connection:
        connection.execute("UPDATE captured_tables SET error = NULL")
    pieces.engine.write(lambda c: c.execute("DELETE FROM gold.fct_quarantine"))
    pieces.now += timedelta(seconds=301)
    pieces.fill(10)
    with psycopg.connect(pieces.dsn) as connection:
        connection.execute("UPDATE log_heads SET logged_at = %s", [pieces.now])
    assert pieces.sink.kept == {"north": [*range(1, 11)]}
    assert pieces.firing() == {}


def test_a_full_disk_fires_on_a_real_file_system(pieces: Pieces, small_disk: Path) -> None:
    measured = replace(pieces.measured, state=small_disk)
    alerts = Alerts(Sources(measured.sources()).read, AlertSettings(), clock=lambda: pieces.now)
    alerts.look()
    first = alerts.told().alerts[0]
    assert (first.rule, first.state) == ("DiskLow", "firing")
    assert first.value is not None
    assert first.value <= 2**20


def test_a_database_that_is_away_is_told_and_the_rest_is_still_measured(pieces: Pieces) -> None:
    nowhere = platform_engine("postgresql://a:b@127.0.0.1:1/none")
    measured = replace(
        pieces.measured,
        board=StatusBoard(nowhere),
        letters=DeadLetters(nowhere),
        runs=RunStore(nowhere),
    )
    alerts = Alerts(Sources(measured.sources()).read, AlertSettings(), clock=lambda: pieces.now)
    alerts.look()
    pieces.now += timedelta(seconds=60)
    alerts.look()
    away = {a.about["source"]: a.state for a in alerts.told().alerts if a.rule == "NotMeasured"}
    assert away == {
        "lake": "firing",
        "pipeline": "firing",
        "runs": "firing",
        "machine": "ok",
        "processes": "ok",
    }
