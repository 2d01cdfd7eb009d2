"""Captures the home's shop: `python -m tests.kill.capture_child HOME drain|run`.

drain  until the shop has been quiet for a while, then leave
run    until told to stop
"""

from __future__ import annotations

import sys
import threading
import time

from aethermart.core.errors import Transient
from aethermart.pipeline.capture_runner import CaptureRunner
from aethermart.pipeline.children import stop_on_signals
from tests.kill.shop_home import Home, ready


def capture(home: Home, module: str, mode: str) -> None:
    runner = CaptureRunner(home.source(), home.log(), home.board, poll_s=0.01, heartbeat_s=0.1)
    if mode == "run":
        stop = threading.Event()
        stop_on_signals(stop)
        ready(home, module).touch()
        runner.run(stop)
        return
    quiet = 0
    while quiet < 4:
        try:
            quiet = 0 if runner.step() else quiet + 1
        except Transient:
            quiet = 0  # the server has not noticed yet that the capture before this one is dead
        time.sleep(0.03)


if __name__ == "__main__":
    capture(Home.load(sys.argv[1]), "capture_child", sys.argv[2])
