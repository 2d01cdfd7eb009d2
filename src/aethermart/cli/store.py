"""`aethermart store`: make our own store, fill it, send traffic."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TextIO

import click

from aethermart.cli.options import ABOVE_ZERO, SCALE, home_option, json_option
from aethermart.cli.store_load import load
from aethermart.core.errors import BadInput
from aethermart.core.logs import configure_logs
from aethermart.operations.messy import plant_faults
from aethermart.operations.servers import servers_running
from aethermart.operations.store import (
    create_store,
    generate_orders,
    ingest_events,
    primary_dsn,
)
from aethermart.operations.store_reset import Removal, reset_store, would_remove
from aethermart.pipeline.children import leave_with_parent, stop_on_signals
from aethermart.simulate.traffic import run_traffic
from aethermart.store.engagement import STREAMS, Stream
from aethermart.wiring import Project


@click.group()
def store() -> None:
    """Our own store: make it, fill it, send traffic."""


store.add_command(load)


@store.command()
@home_option
@json_option
def create(home: Path, as_json: bool) -> None:
    """Bring the store's schema to this release."""
    project = Project.open(home)
    with servers_running(project):
        applied = create_store(project)
    words = f"{len(applied)} files applied" if applied else "nothing to apply"
    click.echo(json.dumps({"applied": applied}) if as_json else words)


@store.command()
@home_option
@click.option(
    "--scale", type=SCALE, default=1.0, show_default=True, help="1 is about 10,000 orders."
)
@click.option("--seed", default=20, show_default=True, help="The same seed, the same shop.")
@json_option
def generate(home: Path, scale: float, seed: int, as_json: bool) -> None:
    """Fill an empty store with a year of orders."""
    project = Project.open(home)
    with servers_running(project):
        create_store(project)
        rows = generate_orders(project, scale=scale, seed=seed)
    words = ", ".join(f"{count:,} {table}" for table, count in rows.items())
    click.echo(json.dumps({"rows": rows}) if as_json else words)


@store.command()
@home_option
@json_option
@click.option("--rate", type=ABOVE_ZERO, default=2.0, show_default=True, help="Orders a second.")
@click.option("--seed", default=20, show_default=True, help="The same seed, the same choices.")
@click.option(
    "--orders", type=click.IntRange(min=1), help="Stop after so many orders; endless where absent."
)
@click.option(
    "--seconds", type=ABOVE_ZERO, help="Stop after so many seconds; endless where absent."
)
def traffic(
    home: Path, as_json: bool, rate: float, seed: int, orders: int | None, seconds: float | None
) -> None:
    """Place orders and move them on, until stopped or for as long as asked.

    With what happens around them: visits, measurements of the app, posts, chats, refused payments,
    returns, reviews by those who bought, and a campaign now and then.
    """
    configure_logs("traffic")
    leave_with_parent()
    stop = threading.Event()
    stop_on_signals(stop)
    project = Project.open(home)
    with servers_running(project, prepare=False):
        report = run_traffic(
            primary_dsn(project),
            rate_per_s=rate,
            seed=seed,
            max_orders=orders,
            seconds=seconds,
            stop=stop,
        )
    counts = {f.name: getattr(report, f.name) for f in fields(report)}
    click.echo(json.dumps(counts) if as_json else _words(counts))


@store.command()
@home_option
@json_option
@click.argument("kind", type=click.Choice(STREAMS))
@click.argument("file", type=click.File(encoding="utf-8"))
def ingest(home: Path, as_json: bool, kind: Stream, file: TextIO) -> None:
    """Take in events: FILE has a JSON object a line, - is standard input; all of it or nothing.

    Fields are the columns of KIND in the store; a time that is left out is now.
    """
    project = Project.open(home)
    with servers_running(project, prepare=False):
        taken = ingest_events(project, kind, file)
    click.echo(json.dumps({"kind": kind, "taken": taken}) if as_json else f"{taken} {kind} taken")


@store.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@home_option
@click.option(
    "--share",
    type=click.FloatRange(min=0, max=0.5),
    default=0.03,
    show_default=True,
    help="Of the values that can have a fault, a kind.",
)
@click.option("--seed", default=20, show_default=True, help="The same seed, the same faults.")
@click.option(
    "--spellings",
    type=click.Choice(["common", "held_out", "unseen"]),
    default="common",
    show_default=True,
    help="Which set of wrong spellings; the last two test what the first was tuned on.",
)
@json_option
def faults(
    folder: Path, home: Path, share: float, seed: int, spellings: str, as_json: bool
) -> None:
    """Copy the store to FOLDER/shop.db with planted faults, and their labels beside it."""
    project = Project.open(home)
    with servers_running(project):
        made = plant_faults(project, folder, share=share, seed=seed, spellings=spellings)
    planted = ", ".join(f"{count:,} {kind}" for kind, count in made.faults.items())
    words = f"{made.rows:,} rows in {made.shop}, labels in {made.labels}: {planted or 'no faults'}"
    click.echo(json.dumps(asdict(made)) if as_json else words)


@store.command()
@home_option
@click.option("--yes", is_flag=True, help="Do it; without, what would be removed is told.")
@click.option("--shop", help="The shop, which must be primary; the primary one where absent.")
@click.option(
    "--scale", type=SCALE, default=1.0, show_default=True, help="1 is about 10,000 orders."
)
@click.option("--seed", default=20, show_default=True, help="The same seed, the same shop.")
@json_option
def reset(home: Path, yes: bool, shop: str | None, scale: float, seed: int, as_json: bool) -> None:
    """Remove the store, make and fill it anew, and bring the lake along.

    In five steps, each told by its name: teardown, schema, data, security, migration. After a fault
    or a kill the same command goes on with the step that was not done.
    """
    configure_logs("store-reset", logging.WARNING)
    project = Project.open(home)
    if not yes:
        with servers_running(project):
            removal = would_remove(project, shop)
        _print_removal(removal, as_json=as_json)
        raise BadInput("nothing was removed", fix="add --yes to remove all this for good")
    done = reset_store(
        project,
        scale=scale,
        seed=seed,
        shop=shop,
        told=lambda each: None if as_json else click.echo(f"{each.step:<10} {each.did}"),
    )
    if as_json:
        click.echo(json.dumps({"steps": [asdict(step) for step in done]}))


def _print_removal(removal: Removal, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"would_remove": asdict(removal)}))
        return
    click.echo(f"{removal.database}: this would remove {len(removal.rows)} tables with their rows")
    for table, rows in removal.rows.items():
        click.echo(f"  {table:<24}{rows:>12,}")


def _words(counts: dict[str, Any]) -> str:
    rest = [f"{number} {what}" for what, number in counts.items() if not isinstance(number, dict)]
    kinds = [
        f"{what}: {', '.join(f'{number} {kind}' for kind, number in of.items()) or 'none'}"
        for what, of in counts.items()
        if isinstance(of, dict)
    ]
    return "; ".join([", ".join(rest), *kinds])
