"""A sink that `serve` feeds behind the mirror: what it projects is canonical only there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aethermart import wiring
from aethermart.core.entries import LoggedEntry
from aethermart.operations.runs.kinds import Rebuildable
from aethermart.pipeline.progress import Progress
from aethermart.pipeline.sink_runner import Sink, SinkRunner
from aethermart.wiring import Project

Work = Callable[[threading.Event], object]


@dataclass(frozen=True, slots=True)
class Follower:
    """name         of the sink
    rebuildable  its runner, and how far it is
    beside       other work that it needs, by the name of its thread
    """

    name: str
    runner: SinkRunner
    applied: Callable[[str], int]
    beside: Mapping[str, Work] = field(default_factory=dict)

    @property
    def rebuildable(self) -> Rebuildable:
        return Rebuildable(self.runner, self.applied)

    @property
    def work(self) -> Mapping[str, Work]:
        """All that runs until it is to stop, by the name of its thread."""
        return {self.name: self.runner.run, **self.beside}


def following(
    project: Project,
    sink: Sink,
    mirrored: Progress,
    *,
    ready: Callable[[str, Sequence[LoggedEntry]], int],
    reset: Callable[[str], None],
    pace_s: float = 0.0,
) -> SinkRunner:
    """The sink's runner, which looks when the mirror got on; nothing of it runs yet.

    ready  how many of the entries the mirror has, if the sink wants them now
    """
    return SinkRunner(
        sink,
        wiring.open_log(project),
        wiring.status_board(project),
        wiring.dead_letters(project),
        mirrored.waiter(),
        pace_s=pace_s,
        ready=ready,
        reset=reset,
    )
