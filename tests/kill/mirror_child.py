"""Feeds the home's mirror: `python -m tests.kill.mirror_child HOME drain|run`.

drain  three entries at a time to the log's end, then leave
run    as they come, until told to stop
"""

from __future__ import annotations

import sys
import threading

from aethermart.log.tail import Listener
from aethermart.pipeline.children import stop_on_signals
from aethermart.pipeline.sink_runner import SinkRunner
from tests.kill.mirror_home import feed, open_mirror
from tests.kill.shop_home import Home, ready


def main(folder: str, mode: str) -> None:
    home = Home.load(folder)
    with open_mirror(home) as (_, mirror):
        if mode == "drain":
            feed(home, mirror, 3)
            return
        stop = threading.Event()
        stop_on_signals(stop)
        ready(home, "mirror_child").touch()
        wait = Listener(home.platform_dsn).wait
        SinkRunner(mirror, home.log(), home.board, home.letters, wait, idle_wait_s=0.2).run(stop)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
