"""`aethermart demo`: the whole platform on generated and real data."""

from __future__ import annotations

import contextlib
import json
import logging
import signal
import threading
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from aethermart.cli.options import SCALE, Finite, json_option
from aethermart.core.files import only_one
from aethermart.core.logs import configure_logs
from aethermart.operations import demo_live, demo_once
from aethermart.operations.folder import demo_lock, open_demo, remove_demo
from aethermart.wiring import Project


@click.command()
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".demo"),
    show_default=True,
    envvar="AETHERMART_HOME",
    help="Folder of the demo; made where it is missing.",
)
@click.option("--once", is_flag=True, help="Build, check that no row was lost, and leave.")
@click.option("--clean", is_flag=True, help="Remove all that the demo made, and leave.")
@json_option
@click.option(
    "--scale", type=SCALE, default=1.0, show_default=True, help="1 is about 10,000 orders."
)
@click.option("--seed", default=20, show_default=True, help="The same seed, the same shop.")
@click.option(
    "--rate",
    type=Finite(min=0),
    default=2.0,
    show_default=True,
    help="Live orders a second; 0: none.",
)
def demo(
    home: Path, once: bool, clean: bool, as_json: bool, scale: float, seed: int, rate: float
) -> None:
    """Run the whole platform on generated and real data until Ctrl-C; again resumes it."""
    if clean:
        click.echo(f"{home} removed" if remove_demo(home) else f"there is no {home}")
        return
    project = open_demo(home)
    with only_one(demo_lock(project), "the demo"):
        if once:
            _once(project, scale, seed, as_json=as_json)
        else:
            _live(project, scale, seed, rate)


def _once(project: Project, scale: float, seed: int, *, as_json: bool) -> None:
    with _bar() as bar:
        task = bar.add_task("Starting", total=None)
        summary = demo_once.run_once(
            project, scale=scale, seed=seed, say=lambda text: bar.update(task, description=text)
        )
    missing = demo_once.missing_rows(summary)
    if as_json:
        click.echo(json.dumps(summary))
    else:
        _print_summary(summary)
    for line in missing:
        click.echo(f"Error: {line}", err=True)
    if missing:
        raise SystemExit(1)


def _live(project: Project, scale: float, seed: int, rate: float) -> None:
    configure_logs("demo", logging.WARNING)  # the terminal is for the progress and the addresses
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both mean: stop in order
    with contextlib.suppress(KeyboardInterrupt), _bar() as bar:
        task = bar.add_task("Starting", total=None)

        def say(progress: demo_live.Progress) -> None:
            bar.update(task, description=progress.doing)

        with demo_live.running_demo(project, scale=scale, seed=seed, rate_per_s=rate, say=say):
            bar.stop()
            _print_addresses(project)
            threading.Event().wait()
    click.echo("Stopped. Run it again to go on where it was.")


def _print_addresses(project: Project) -> None:
    api, console = project.settings.api, project.settings.console
    click.echo(
        f"\n  Dashboard   http://{console.host}:{console.port}"
        f"\n  API         http://{api.host}:{api.port}/api/v1"
        f"\n  Token       {project.token_file.read_text(encoding='utf-8').strip()}"
        f"\n              (kept in {project.token_file})"
        "\n\n  Ctrl-C stops everything."
    )


def _print_summary(summary: dict[str, object]) -> None:
    shops = summary["shops"]
    assert isinstance(shops, dict)  # noqa: S101 - the summary is ours
    for shop, counts in shops.items():
        click.echo(f"{shop}: {counts['orders']:,} orders, revenue {_amounts(counts['revenue'])}")
        for table, rows in counts["source_rows"].items():
            kept, set_aside = counts["kept"].get(table, 0), counts["quarantined"].get(table, 0)
            click.echo(f"  {table:<22}{rows:>9,} rows = {kept:,} kept + {set_aside:,} quarantined")
    click.echo(f"{summary['seconds']} s, at most {summary['peak_rss_mb']} MB")


def _amounts(amounts: dict[str, str]) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in amounts.items()) or "none"


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
