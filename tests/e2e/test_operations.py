"""`serve` with runs asked for over the API and by commands, through a kill -9 of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from aethermart.client.answers.ops import RetentionClass
from aethermart.client.client import AetherMartClient
from aethermart.core.errors import AetherMartError, Conflict
from aethermart.operations.folder import remove_demo
from aethermart.wiring import Project
from tests.e2e.platform import aethermart
from tests.services import free_port

pytestmark = [pytest.mark.service("postgres"), pytest.mark.nightly]

SETTINGS = """
[shops.aethermart]
pack = "aethermart"
dsn = "embedded"
primary = true
allow_ddl = true
[api]
port = {api}
[console]
port = {console}
[alerts]
every_s = 0.5
[pipeline]
prune_every_s = 1.0
[retention]
clickstream_events = 10
"""


@dataclass
class Serving:
    """`aethermart serve` on a store of a few hundred orders."""

    home: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def words(self) -> Path:
        return self.home / "words"

    def make(self) -> None:
        self.home.mkdir(parents=True)
        text = SETTINGS.format(api=self.port, console=free_port())
        (self.home / "aethermart.toml").write_text(text, encoding="utf-8")
        for command in (["create"], ["generate", "--scale", "0.05"]):
            done = aethermart("store", *command, "--home", str(self.home))
            assert done.returncode == 0, done.stderr

    def start(self) -> None:
        with self.words.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "aethermart", "serve", "--home", str(self.home)],
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                env=dict(os.environ),
            )
        until = time.monotonic() + 300
        while time.monotonic() < until:
            assert self.process.poll() is None, self.words.read_text()
            try:
                with self.client() as client:
                    if client.ops.readiness().ready:
                        return
            except (AetherMartError, OSError):
                pass
            time.sleep(0.3)
        raise AssertionError(self.words.read_text())

    def client(self) -> AetherMartClient:
        token = Project.open(self.home).token_file.read_text(encoding="utf-8")
        return AetherMartClient(f"http://127.0.0.1:{self.port}", token, timeout_s=60)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    made = Serving(tmp_path_factory.mktemp("operations") / "home")
    try:
        made.make()
        made.start()
        yield made
    finally:
        made.stop()
        (made.home / "state" / "demo.lock").touch()
        remove_demo(made.home)


def clicks(client: AetherMartClient) -> RetentionClass:
    kept = {held.data_class: held for held in client.ops.retention().classes}
    return kept["clickstream_events"]


def test_old_clicks_go_from_the_running_platform_and_stay_gone(serving: Serving) -> None:
    with serving.client() as client:
        until = time.monotonic() + 60
        while (before := clicks(client)).oldest is None and time.monotonic() < until:
            time.sleep(0.3)
        assert before.overdue_rows > 0
        run = client.ops.start_run("retention")
        steps = [event.state for event in client.ops.run_events(run.id)]
        assert steps[-1] == "succeeded", client.ops.run(run.id)
        result = client.ops.run(run.id).result
        assert result is not None
        assert result["rows_removed"] == before.overdue_rows
        assert result["rows_emptied"] == before.overdue_rows
        rebuild = client.ops.start_run("sink_rebuild", {"sink": "mirror"})
        list(client.ops.run_events(rebuild.id))
        after = clicks(client)
    assert (after.overdue_rows, after.rows_removed) == (0, before.overdue_rows)
    assert after.oldest is not None
    assert after.bound is not None
    assert after.oldest >= after.bound


def test_commands_that_need_the_lake_have_the_running_server_do_it(serving: Serving) -> None:
    home = str(serving.home)
    published = aethermart("warehouse", "publish", "--home", home, "--json")
    assert published.returncode == 0, published.stderr
    printed = json.loads(published.stdout)
    assert (printed["publication"], printed["folder"]) == (
        1,
        str(serving.home.resolve() / "state/published"),
    )
    assert printed["tables"] == len(printed["written"]) > 40
    tested = aethermart("warehouse", "test", "--home", home)
    assert tested.returncode == 0, tested.stderr
    assert tested.stdout.endswith(" tests, 0 broken\n")
    assert "kept tables beside their views" in tested.stderr or "test 1 of" in tested.stderr
    rebuilt = aethermart("sink", "rebuild", "mirror", "--home", home, "--json")
    assert json.loads(rebuilt.stdout)["shop"] == "aethermart"
    with serving.client() as client:
        kinds = [
            (run.kind, run.state)
            for run in client.ops.runs().runs
            if run.started_by == "project"  # the platform itself enforces retention meanwhile
        ]
    assert kinds[:3] == [
        ("sink_rebuild", "succeeded"),
        ("warehouse_test", "succeeded"),
        ("publish", "succeeded"),
    ]


def test_a_backup_is_a_run_and_its_age_is_measured(serving: Serving) -> None:
    ages = measured(serving)["aethermart_backup_age_seconds"].samples
    assert [sample.value for sample in ages] == [float("inf")]
    with serving.client() as client:
        run = client.ops.start_run("backup")
        list(client.ops.run_events(run.id))
        assert client.ops.run(run.id).state == "succeeded", client.ops.run(run.id).error
    (backup,) = (serving.home / "backups").glob("*.tar")
    assert backup.stat().st_size > 100_000
    (age,) = measured(serving)["aethermart_backup_age_seconds"].samples
    assert 0 <= age.value < 120


def measured(serving: Serving) -> dict[str, Metric]:
    with serving.client() as client:
        return {f.name: f for f in text_string_to_metric_families(client.ops.metrics())}


def test_the_metrics_are_read_by_prometheus_own_parser(serving: Serving) -> None:
    until = time.monotonic() + 60
    lags: set[str] = set()
    while "archive" not in lags and time.monotonic() < until:
        families = measured(serving)
        lags = {s.labels["hop"] for s in families["aethermart_hop_lag_seconds"].samples}
    assert lags >= {"capture", "log", "mirror", "archive"}
    up = {s.labels["source"]: s.value for s in families["aethermart_up"].samples}
    assert set(up.values()) == {1.0}
    asked = {s.labels.get("route") for s in families["aethermart_api_request_seconds"].samples}
    assert "/ops/runs/{run_id}/events" in asked


def test_a_run_cut_by_kill_9_is_lost_and_may_be_started_again(serving: Serving) -> None:
    with serving.client() as client:
        run = client.ops.start_run("warehouse_build")  # a child, which takes seconds
        with pytest.raises(Conflict, match="is not over yet"):
            client.ops.start_run("warehouse_build")
    assert serving.process is not None
    time.sleep(1.0)
    serving.process.kill()
    serving.process.wait()
    serving.start()
    with serving.client() as client:
        lost = client.ops.run(run.id)
        assert (lost.state, lost.message) == ("lost", "the server ended without finishing it")
        assert [e.state for e in client.ops.run_events(run.id)][-1] == "lost"
        again = client.ops.start_run("warehouse_build")
        list(client.ops.run_events(again.id))
        assert client.ops.run(again.id).state == "succeeded"
