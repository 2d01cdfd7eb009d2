"""`aethermart store`: make our own store, fill it, send traffic."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from pathlib import Path

import click

from aethermart import wiring
from aethermart.cli.options import ABOVE_ZERO, SCALE, home_option, json_option
from aethermart.core.logs import configure_logs
from aethermart.operations.store import create_store, generate_orders, primary_dsn
from aethermart.pipeline.children import leave_with_parent, stop_on_signals
from aethermart.simulate.traffic import run_traffic
from aethermart.wiring import Project


@click.group()
def store() -> None:
    """Our own store: make it, fill it, send traffic."""


@store.command()
@home_option
def create(home: Path) -> None:
    """Bring the store's schema to this release."""
    project = Project.open(home)
    wiring.start_servers(project)
    applied = create_store(project)
    click.echo(f"{len(applied)} files applied" if applied else "nothing to apply")


@store.command()
@home_option
@click.option(
    "--scale", type=SCALE, default=1.0, show_default=True, help="1 is about 10,000 orders."
)
@click.option("--seed", default=20, show_default=True, help="The same seed, the same shop.")
def generate(home: Path, scale: float, seed: int) -> None:
    """Fill an empty store with a year of orders."""
    project = Project.open(home)
    wiring.start_servers(project)
    create_store(project)
    generate_orders(project, scale=scale, seed=seed)
    click.echo("generated")


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
    """Place orders and move them on, until stopped or for as long as asked."""
    configure_logs("traffic")
    leave_with_parent()
    stop = threading.Event()
    stop_on_signals(stop)
    report = run_traffic(
        primary_dsn(Project.open(home)),
        rate_per_s=rate,
        seed=seed,
        max_orders=orders,
        seconds=seconds,
        stop=stop,
    )
    if as_json:
        click.echo(json.dumps(asdict(report)))
    else:
        click.echo(f"{report}")
