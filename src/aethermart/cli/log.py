"""`aethermart log`: look at the ordered log; prune it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from aethermart import wiring
from aethermart.cli.options import home_option, json_option
from aethermart.core.entries import LoggedEntry
from aethermart.core.errors import NotFound
from aethermart.log.codec import controls_to_json
from aethermart.log.log import Log
from aethermart.operations.servers import require_servers
from aethermart.wiring import Project


@click.group()
def log() -> None:
    """Look at the ordered log; prune it."""


@log.command()
@click.argument("shop")
@home_option
@json_option
@click.option(
    "-n",
    "--entries",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many of the newest.",
)
@click.option(
    "--after", type=click.IntRange(min=0), help="From this offset on instead of the newest."
)
def tail(shop: str, home: Path, as_json: bool, entries: int, after: int | None) -> None:
    """Show the newest entries of a shop's log, from the hot tail or the archive."""
    opened = _open(home, shop)
    start = opened.head(shop).offset - entries if after is None else after
    for logged in opened.read(shop, max(start, 0), entries):
        click.echo(json.dumps(_record(logged)) if as_json else _line(logged))
    opened.close()


@log.command()
@click.argument("shop")
@click.option(
    "--through",
    type=click.IntRange(min=0),
    required=True,
    help="Last offset to drop from the tail.",
)
@home_option
@json_option
def prune(shop: str, through: int, home: Path, as_json: bool) -> None:
    """Drop entries from the hot tail; none that the archive does not have."""
    opened = _open(home, shop)
    reached = opened.prune(shop, through)
    pruned = {"shop": shop, "pruned_through": reached}
    click.echo(json.dumps(pruned) if as_json else f"{shop}: pruned through offset {reached}")
    opened.close()


def _open(home: Path, shop: str) -> Log:
    """The log; raises NotFound where it has nothing of the shop."""
    project = Project.open(home)
    require_servers(project)
    opened = wiring.open_log(project)
    known = opened.heads()
    if shop not in known:
        opened.close()
        raise NotFound(
            f"the log has nothing of a shop {shop!r}",
            fix=f"use one of {', '.join(sorted(known))}" if known else "capture a shop first",
        )
    return opened


def _record(logged: LoggedEntry) -> dict[str, object]:
    entry = logged.entry
    return {
        "offset": logged.offset,
        "entry": entry.id,
        "captured_at": entry.captured_at.isoformat(),
        "committed_at": entry.committed_at and entry.committed_at.isoformat(),
        "logged_at": logged.logged_at.isoformat(),
        "time_kind": entry.time_kind,
        "rows": entry.rows,
        "tables": list(entry.tables),
        "controls": controls_to_json(entry.controls),
    }


def _line(logged: LoggedEntry) -> str:
    entry = logged.entry
    controls = " ".join(str(control["is"]) for control in controls_to_json(entry.controls))
    what = f"{entry.rows} rows of {', '.join(entry.tables)}" if entry.tables else ""
    return f"{logged.offset:>8}  {entry.captured_at.isoformat()}  {what} {controls}".rstrip()
