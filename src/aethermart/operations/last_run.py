"""A run that was killed: its children see that their parent is gone and leave within seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

from aethermart.core.errors import Conflict
from aethermart.core.files import only_one
from aethermart.operations.progress import Progress, Say
from aethermart.wiring import Project

_LEAVE_S = 30.0
_LOOK_S = 0.3


def wait_for_last_run(project: Project, say: Say, check: Callable[[], None]) -> None:
    """Until no `serve` is left on the folder and `check` passes.

    Raises Conflict where a `serve` stays, and what `check` raises where none lingered.
    """
    lingers = not _free(project)
    deadline = time.monotonic() + _LEAVE_S
    while True:
        try:
            with only_one(project.state / "serve.lock", "`aethermart serve`"):
                check()
        except Conflict:
            if not lingers or time.monotonic() > deadline:
                raise
            say(Progress("Waiting for the last run to end"))
            time.sleep(_LOOK_S)
        else:
            return


def _free(project: Project) -> bool:
    try:
        with only_one(project.state / "serve.lock", "`aethermart serve`"):
            return True
    except Conflict:
        return False
