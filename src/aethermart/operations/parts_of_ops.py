"""Make what stands behind /ops from the parts of a running `serve`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from aethermart import wiring
from aethermart.operations.backup.create import LAST
from aethermart.operations.following import Follower
from aethermart.operations.lake import Lake
from aethermart.operations.live_ops import LiveOps
from aethermart.operations.live_platform import LivePlatform
from aethermart.operations.retention import Retention, held_tables
from aethermart.operations.runs import kinds as work
from aethermart.operations.runs.store import RunStore
from aethermart.operations.runs.work import WorkKinds
from aethermart.operations.runs.worker import RunWorker
from aethermart.operations.telemetry.alerts import Alerts
from aethermart.operations.telemetry.export import Export
from aethermart.operations.telemetry.readings import LoginFailures, Measured
from aethermart.operations.telemetry.samples import Sources
from aethermart.pipeline.children import Supervisor
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.platform_db.migrate import platform_engine
from aethermart.wiring import Project


def live_ops(
    project: Project,
    lake: Lake,
    platform: LivePlatform,
    runner: SinkRunner,
    children: Supervisor,
    followers: Sequence[Follower],
) -> LiveOps:
    """Nothing of it runs yet: start the worker, and the evaluator on a thread.

    runner  feeds the mirror; followers: those behind it
    """
    database = platform_engine(project.platform_dsn(), kept=2)
    store = RunStore(database)
    retention = Retention(
        held_tables(lake.shops, project.settings.retention),
        wiring.retention_book(project),
        lake.engine,
        lake.mirror,
    )
    kinds = work_kinds(project, lake, runner, retention, followers)
    letters = wiring.dead_letters(project)
    login_failed = LoginFailures()
    measured = Measured(
        shops=platform.shops(),
        freshness=partial(platform.freshness, None),
        sinks=platform.sinks,
        rows=runner.rows_applied,
        restarts=children.restarts,
        last_backup=partial(last_backup, project),
        login_failures=login_failed,
        board=wiring.status_board(project, often=True),
        letters=letters,
        runs=store,
        engine=lake.engine,
        lake_file=project.lake_file,
        state=project.state,
    )
    sources = Sources(measured.sources())
    alerts = Alerts(sources.read, project.settings.alerts)
    return LiveOps(
        platform=platform,
        letters=letters,
        store=store,
        kinds=kinds,
        worker=RunWorker(store, kinds),
        export=Export(lambda: [*sources.read(), *alerts.samples()]),
        evaluator=alerts,
        kept=retention,
        login_failed=login_failed,
        open_metrics=project.settings.telemetry.open_metrics,
    )


def last_backup(project: Project) -> datetime | None:
    """When the last backup was made, by whomever; None where none is known."""
    try:
        told = json.loads((project.state / LAST).read_text(encoding="utf-8"))
        return datetime.fromisoformat(told["made_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def work_kinds(
    project: Project,
    lake: Lake,
    runner: SinkRunner,
    retention: Retention,
    followers: Sequence[Follower],
) -> WorkKinds:
    """What can be started."""
    board = wiring.status_board(project)

    def heads() -> dict[str, int]:
        return {head.shop: head.last_offset for head in board.picture().heads}

    mirror = work.Rebuildable(runner, lake.mirror.applied, retention.enforce_mirror)
    sinks = {"mirror": mirror, **{f.name: f.rebuildable for f in followers}}
    publisher = wiring.publisher(project, lake.engine, lake.compiled)
    return WorkKinds(
        [
            work.warehouse_build(project),
            work.warehouse_test(lake.engine, lake.compiled),
            work.publish(publisher),
            work.sink_rebuild(sinks, [shop.name for shop in lake.shops], heads),
            retention.work(),
            work.pack_check(project),
            work.backup(project),
        ]
    )
