"""Bring log and lake to where the shops are, in this process: for those who wait for it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing

from aethermart import wiring
from aethermart.log.log import Log
from aethermart.operations.lake import Lake
from aethermart.pipeline.capture_runner import CaptureRunner
from aethermart.wiring import Project


def capture_shops(project: Project, log: Log, names: Collection[str] | None = None) -> None:
    """Until each shop has nothing new; `names` are all of them where None."""
    board = wiring.status_board(project)
    for source in wiring.sources(project):
        if names is None or source.shop in names:
            runner = CaptureRunner(source, log, board)
            with closing(source):
                while runner.step():
                    pass


def feed_lake(project: Project, log: Log, lake: Lake) -> None:
    """Archive and mirror take all that the log has."""
    for sink in (wiring.archive(project), lake.mirror):
        for shop in log.heads():
            after = sink.applied(shop)
            while entries := log.read(shop, after, 256):
                sink.apply(entries)
                after = entries[-1].offset
