"""A project whose embedded store trades a little, run to the end of its log in this process."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from aethermart import wiring
from aethermart.core.entries import LoggedEntry
from aethermart.operations.lake import open_lake
from aethermart.pipeline.capture_runner import CaptureRunner
from aethermart.warehouse.reconcile import ShopCounts, count_lake
from aethermart.wiring import Project

SHOP = "corner"
ONE_SHOP = """\
[shops.corner]
pack = "aethermart"
dsn = "embedded"
primary = true
allow_ddl = true
"""
SETTINGS = f"""\
{ONE_SHOP}
[shops.compared]
pack = "aethermart"
dsn = "embedded"
capture = "compare"
compare_every_s = 0
"""


def capture(project: Project) -> None:
    """What the shops have now, into the log; the servers run."""
    board = wiring.status_board(project)
    with closing(wiring.open_log(project)) as log:
        for source in wiring.sources(project):
            with closing(source):
                runner = CaptureRunner(source, log, board)
                while runner.step():
                    pass


def archive(project: Project, *, keep: int = 0) -> None:
    """The log into the archive; `keep` entries stay in the tail."""
    sink = wiring.archive(project)
    with closing(wiring.open_log(project)) as log:
        for shop, head in log.heads().items():
            while entries := log.read(shop, sink.applied(shop), 64):
                sink.apply(entries)
            log.prune(shop, head - keep)


def lake_of(project: Project) -> dict[str, ShopCounts]:
    """What the lake counts once it has replayed the log; the servers run."""
    with open_lake(project) as lake, closing(wiring.open_log(project)) as log:
        for shop in log.heads():
            while entries := log.read(shop, lake.mirror.applied(shop), 256):
                lake.mirror.apply(entries)
        with lake.engine.read(120.0) as connection:
            return count_lake(connection, lake.shops)


def heads(project: Project) -> dict[str, int]:
    """The last offset of each shop's log."""
    with closing(wiring.open_log(project)) as log:
        return log.heads()


def replayed(project: Project, shop: str) -> list[LoggedEntry]:
    """The whole log of a shop."""
    with closing(wiring.open_log(project)) as log:
        return [*log.replay(shop)]


def share_models(source: Path, home: Path) -> None:
    """The compiled models are no part of a backup; to compile them twice only costs time here."""
    shutil.copytree(source / "state/warehouse", home / "state/warehouse")


_SALES = """
SELECT count(DISTINCT o.order_id), count(*), sum(i.line_total)::VARCHAR
FROM mirror.corner__orders AS o
JOIN mirror.corner__order_items AS i USING (order_id)
WHERE o.status <> 'CANCELLED'
"""


def sales_in_mirror(project: Project) -> tuple[int, int, str]:
    """Orders, lines and their sum in a mirror fed from the log; no model is compiled for it."""
    engine = wiring.open_engine(project)
    try:
        mirror = wiring.mirror(project, engine, lambda _connection, _touched: None)
        after = mirror.applied("corner")
        with closing(wiring.open_log(project)) as log:
            mirror.apply([*log.replay("corner", after)])
        with engine.read(60.0) as connection:
            row = connection.execute(_SALES).fetchall()[0]
        return int(row[0]), int(row[1]), str(row[2])
    finally:
        engine.close()
