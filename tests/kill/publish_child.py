"""Publishes the lake of a folder once, or again and again: `python -m tests.kill.publish_child`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.warehouse.publish.two_tables import TwoTables, add_lines


def main(folder: str, lines: int, times: int) -> None:
    lake = TwoTables(Path(folder))
    engine = lake.opened()
    for _ in range(times):
        add_lines(engine, lines)
        lake.publisher(engine).publish()
    engine.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
