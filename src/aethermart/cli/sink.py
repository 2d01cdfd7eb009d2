"""`aethermart sink`: feed projections from the log, see how far they are, rebuild one."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import click

from aethermart import wiring
from aethermart.cli.options import check_shop, home_option, json_option
from aethermart.cli.running import done_by_server
from aethermart.core.errors import Unavailable
from aethermart.core.files import only_one
from aethermart.core.logs import configure_logs
from aethermart.log.tail import PostgresTail
from aethermart.operations.lake import open_lake
from aethermart.operations.servers import require_servers, servers_running
from aethermart.operations.vectors import VectorKeeper, Vectors
from aethermart.pipeline.archive_keeper import ArchiveKeeper, HeldBack
from aethermart.pipeline.children import leave_with_parent, stop_on_signals
from aethermart.pipeline.retention import ArchiveRetention
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.wiring import Project


@click.group()
def sink() -> None:
    """Feed projections from the log; rebuild them."""


@sink.command()
@click.argument("name", type=click.Choice(["archive"]))
@home_option
def run(name: str, home: Path) -> None:
    """Feed one sink until stopped. The mirror is fed by `serve`, which owns its file."""
    configure_logs(name)
    leave_with_parent()
    project = Project.open(home)
    wiring.trace(project, name)
    stop = threading.Event()
    stop_on_signals(stop)
    with (
        only_one(project.state / "archive.lock", "`aethermart sink run archive`"),
        servers_running(project, prepare=False),
    ):
        _archive_keeper(project).run(stop)


@sink.command()
@click.argument("name", type=click.Choice(["mirror", "vectors", "search_index"]))
@home_option
@json_option
@click.option("--shop", help="Only this shop; all of them where absent.")
def rebuild(name: str, home: Path, as_json: bool, shop: str | None) -> None:
    """Empty a sink and fill it again from the start of the log; a running `serve` does it."""
    project = Project.open(home)
    if shop is not None:
        check_shop(project, shop)
    only = {} if shop is None else {"shop": shop}
    done = done_by_server(project, "sink_rebuild", {"sink": name, **only})
    if done is not None:
        offsets = done["offsets"]
        for rebuilt_shop, after in offsets.items() if isinstance(offsets, dict) else ():
            _say_rebuilt(name, rebuilt_shop, after, as_json)
        return
    if name == "search_index":
        raise Unavailable(
            "the search index lies in the memory of `serve`, and none runs here",
            fix="start `aethermart serve`: it builds the index",
        )
    with servers_running(project), open_lake(project) as lake:
        log = wiring.open_log(project)
        for wanted in [shop] if shop else log.heads():
            if name == "vectors":
                after = VectorKeeper(project, lake, Vectors(project)).rebuild_here(wanted)
            else:
                lake.mirror.reset(wanted)
                after = 0
                while entries := log.read(wanted, after, 256):
                    lake.mirror.apply(entries)
                    after = entries[-1].offset
            _say_rebuilt(name, wanted, after, as_json)
        log.close()


def _say_rebuilt(name: str, shop: str, after: object, as_json: bool) -> None:
    rebuilt = {"sink": name, "shop": shop, "offset": after}
    words = f"{name} of {shop}: rebuilt to offset {after}"
    click.echo(json.dumps(rebuilt) if as_json else words)


@sink.command()
@home_option
@json_option
def status(home: Path, as_json: bool) -> None:
    """How far each sink is with each shop."""
    project = Project.open(home)
    require_servers(project)
    board = wiring.status_board(project).picture()
    heads = {head.shop: head.last_offset for head in board.heads}
    rows = [
        {
            "sink": report.sink,
            "shop": report.shop,
            "applied": report.applied,
            "head": heads.get(report.shop, 0),
            "status": report.status,
            "error": report.error,
        }
        for report in board.sinks
    ]
    if as_json:
        click.echo(json.dumps({"sinks": rows}))
        return
    for row in rows:
        click.echo(
            f"{row['sink']:<10} {row['shop']:<20} {row['applied']:>8} of {row['head']:<8}"
            f" {row['status']} {row['error'] or ''}"
        )


def _archive_keeper(project: Project) -> ArchiveKeeper:
    board, log, archive = (
        wiring.status_board(project),
        wiring.open_log(project),
        wiring.archive(project),
    )
    settings = project.settings.pipeline
    runner = SinkRunner(
        archive,
        log,
        board,
        wiring.dead_letters(project),
        time.sleep,
        ready=HeldBack(settings.archive_quiet_s),
    )
    tail, chunks = PostgresTail(project.platform_dsn()), wiring.chunk_store(project)
    retention = ArchiveRetention(archive, wiring.retention_book(project))
    return ArchiveKeeper(runner, archive, log, tail, chunks, board, settings, retention.enforce)
