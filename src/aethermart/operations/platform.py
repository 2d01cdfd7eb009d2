"""What `serve` runs, put together: the lake, what feeds it and follows it, and what it answers."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from aethermart import wiring
from aethermart.core.logs import trim_logs
from aethermart.log.tail import Listener
from aethermart.operations.following import Work
from aethermart.operations.governed import governed, hops, keep_known
from aethermart.operations.lake import Lake
from aethermart.operations.live_ops import LiveOps
from aethermart.operations.live_platform import LivePlatform
from aethermart.operations.parts_of_ops import live_ops
from aethermart.operations.processes import child_spec
from aethermart.operations.retention import keep_enforcing
from aethermart.operations.servers import keep_running
from aethermart.operations.shop.running import live_search
from aethermart.operations.vectors import Vectors, kept_vectors
from aethermart.pipeline.children import Supervisor
from aethermart.pipeline.progress import Progress
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.warehouse.bronze_views import BronzeViews
from aethermart.wiring import Project

if TYPE_CHECKING:
    from aethermart.operations.shop.running import Shop

_log = logging.getLogger(__name__)
_TRIM_EVERY_S = 60.0
_MIRROR_PACE_S = 0.2  # a commit costs a tenth of a second of CPU, however few orders are in it
_JOIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Platform:
    """lake, ops, shop  what answers the API
    children         capture and archive, processes of their own
    work             what else runs until it is to stop, by the name of its thread
    """

    lake: LivePlatform
    ops: LiveOps
    shop: Shop
    children: Supervisor
    work: dict[str, Work]

    def start(self, stop: threading.Event, stack: ExitStack) -> None:
        """Start all of it. The stack ends it in order, once `stop` is set."""
        self.ops.worker.start()
        stack.callback(self.ops.worker.stop)
        self.children.start()
        stack.callback(self.children.stop)
        for name, run in self.work.items():
            thread = threading.Thread(target=run, args=(stop,), name=name, daemon=True)
            thread.start()
            stack.callback(thread.join, _JOIN_S)


def assembled(project: Project, lake: Lake) -> Platform:
    """Nothing of it runs yet."""
    known = governed(project, lake)
    children = Supervisor(
        [
            child_spec(project, "capture", "capture", "run"),
            child_spec(project, "archive", "sink", "run", "archive"),
        ]
    )
    mirrored = Progress()
    runner = _mirror_runner(project, lake, mirrored)
    vectors = Vectors(project)
    search = live_search(project, lake, mirrored, vectors)
    followers = [*search.followers, *kept_vectors(project, lake, mirrored, vectors)]
    platform = LivePlatform(
        [shop.name for shop in lake.shops],
        lake.engine,
        lake.mirror,
        wiring.status_board(project, often=True),
        known,
        hops(project, lake),
    )
    ops = live_ops(project, lake, platform, runner, children, followers)
    views = BronzeViews(lake.engine, wiring.archive(project), lake.shops)
    publisher = wiring.publisher(project, lake.engine, lake.compiled)
    work: dict[str, Work] = {
        "mirror": runner.run,
        "bronze-views": views.run,
        "publish": publisher.run,
        "checks": partial(keep_known, known),
        "servers": partial(keep_running, project),
        "alerts": ops.evaluator.run,
        "retention": partial(keep_enforcing, project.settings.retention, ops.worker),
        "logs": partial(_keep_logs_short, project),
    }
    for follower in followers:
        work |= follower.work
    return Platform(platform, ops, search.shop, children, work)


def _mirror_runner(project: Project, lake: Lake, mirrored: Progress) -> SinkRunner:
    return SinkRunner(
        lake.mirror,
        wiring.open_log(project),
        wiring.status_board(project),
        wiring.dead_letters(project),
        Listener(project.platform_dsn()).wait,
        pace_s=_MIRROR_PACE_S,
        on_progress=mirrored.moved,
        reset=lake.mirror.reset,
    )


def _keep_logs_short(project: Project, stop: threading.Event) -> None:
    while not stop.wait(_TRIM_EVERY_S):
        try:
            trim_logs(project.logs, project.settings.logs)
        except OSError as error:
            _log.warning("logs could not be trimmed: %s", error)
