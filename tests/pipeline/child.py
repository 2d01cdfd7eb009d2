"""A child of a Supervisor, or a parent of one: `python -m tests.pipeline.child KIND FOLDER`.

Each writes what it does as lines into FOLDER/<kind>.txt, with its process id.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from aethermart.pipeline.children import (
    ChildSpec,
    Supervisor,
    leave_with_parent,
    stop_on_signals,
)


def spec(kind: str, folder: Path) -> ChildSpec:
    return ChildSpec(
        kind,
        [sys.executable, "-m", "tests.pipeline.child", kind, str(folder)],
        folder / "logs" / f"{kind}.log",
        {"TOLD_BY_PARENT": kind},
    )


def say(folder: Path, kind: str, words: str) -> None:
    with (folder / f"{kind}.txt").open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {words} {time.monotonic():.3f}\n")


def main(kind: str, folder: Path) -> None:
    sys.stdout.write(f"{kind} speaks, told {os.environ.get('TOLD_BY_PARENT')}\n")
    sys.stdout.flush()
    stop = threading.Event()
    children = None
    if kind == "dying":
        say(folder, kind, "begun")
        sys.exit(3)
    if kind == "deaf":
        leave_with_parent(grace_s=0.5)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        leave_with_parent()
        stop_on_signals(stop)
    if kind in ("parent", "middle"):
        children = Supervisor([spec("middle" if kind == "parent" else "plain", folder)])
        children.start()
    say(folder, kind, "begun")
    if kind == "interrupted":
        with stop._cond:
            os.kill(os.getpid(), signal.SIGTERM)
    stop.wait()
    if children is not None:
        children.stop()
    say(folder, kind, "left")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
