"""`aethermart capture`: read the shops' changes into the log."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from aethermart import wiring
from aethermart.cli.options import check_shop, home_option, json_option
from aethermart.core.errors import BadInput
from aethermart.core.logs import configure_logs
from aethermart.operations.servers import require_servers, servers_running
from aethermart.pipeline.capture_runner import CaptureRunner
from aethermart.pipeline.children import leave_with_parent, stop_on_signals
from aethermart.pipeline.disk import require_space
from aethermart.wiring import Project


@click.group()
def capture() -> None:
    """Read the shops' changes into the log."""


@capture.command()
@home_option
@click.option("--shop", help="Only this shop; all of them where absent.")
@click.option(
    "--snapshot",
    "tables",
    multiple=True,
    metavar="TABLE",
    help="Ask the running capture to read this table of --shop anew, and leave.",
)
def run(home: Path, shop: str | None, tables: tuple[str, ...]) -> None:
    """Capture until stopped; or, with --snapshot, have a table captured anew."""
    project = Project.open(home)
    if shop is not None:
        check_shop(project, shop)
    if tables:
        _request(project, shop, tables)
        return
    configure_logs("capture")
    leave_with_parent()
    wiring.trace(project, "capture")
    stop = threading.Event()
    stop_on_signals(stop)
    with servers_running(project, prepare=False):
        threads = _threads(project, shop, stop)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@capture.command()
@home_option
@json_option
def status(home: Path, as_json: bool) -> None:
    """How far capture is with each shop, and which tables it stopped."""
    project = Project.open(home)
    require_servers(project)
    board = wiring.status_board(project).picture()
    heads, stopped = board.heads, board.stopped_tables
    if as_json:
        click.echo(
            json.dumps(
                {"shops": [asdict(h) for h in heads], "stopped_tables": stopped}, default=str
            )
        )
        return
    for head in heads:
        click.echo(f"{head.shop:<20} offset {head.last_offset:>8}  as of {head.captured_at}")
    for shop, table, error in stopped:
        click.echo(f"{shop}.{table} is stopped: {error}")


def _threads(project: Project, shop: str | None, stop: threading.Event) -> list[threading.Thread]:
    board, settings = wiring.status_board(project), project.settings.pipeline
    return [
        threading.Thread(
            target=CaptureRunner(
                source,
                wiring.open_log(project),
                board,
                poll_s=settings.poll_s,
                heartbeat_s=settings.heartbeat_s,
                require_space=partial(require_space, project.state, settings.disk_reserve_mb),
            ).run,
            args=(stop,),
            name=f"capture {source.shop}",
        )
        for source in wiring.sources(project)
        if shop in (None, source.shop)
    ]


def _request(project: Project, shop: str | None, tables: tuple[str, ...]) -> None:
    if shop is None:
        raise BadInput("--snapshot needs a shop", fix="add --shop NAME")
    known = {s.name: s.pack.tables for s in wiring.shops(project)}[shop]
    for table in tables:
        if table not in known:
            raise BadInput(
                f"{table!r} is not a table of shop {shop}",
                fix=f"use one of {', '.join(sorted(known))}",
            )
    require_servers(project)
    wiring.capture_state(project).request_snapshot(shop, tables)
    click.echo(f"{shop}: {', '.join(tables)} will be captured anew by the running capture")
