"""`aethermart demo`: the whole platform on generated and real data."""

from __future__ import annotations

import contextlib
import json
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from aethermart.cli.options import SCALE, Finite, json_option
from aethermart.core.files import only_one
from aethermart.core.logs import configure_logs
from aethermart.operations import demo_live, demo_once, progress
from aethermart.operations.demo_accounts import DemoAccount, accounts_file
from aethermart.operations.folder import demo_lock, open_demo, remove_demo
from aethermart.operations.progress import Say
from aethermart.operations.upgrade import needs_upgrade, upgrade
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
@click.option(
    "--store",
    metavar="DSN",
    help="Where the demo's shop lies: mysql://… or postgresql://…, an empty database or one of its"
    " own; or `mariadb`, one that the demo runs itself. Asked for once; its own PostgreSQL if not.",
)
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
    home: Path,
    once: bool,
    store: str | None,
    clean: bool,
    as_json: bool,
    scale: float,
    seed: int,
    rate: float,
) -> None:
    """Run the whole platform on generated and real data until Ctrl-C; again resumes it."""
    if clean:
        removed = remove_demo(home)
        words = f"{home} removed" if removed else f"there is no {home}"
        click.echo(json.dumps({"removed": removed}) if as_json else words)
        return
    project = open_demo(home, store)
    with only_one(demo_lock(project), "the demo"):
        if needs_upgrade(project):  # its data are made up: no backup
            upgrade(project, backup=False)
        if once:
            _once(project, scale, seed, as_json=as_json)
        else:
            _live(project, scale, seed, rate)


def _once(project: Project, scale: float, seed: int, *, as_json: bool) -> None:
    with _told() as say:
        summary = demo_once.run_once(project, scale=scale, seed=seed, say=say)
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
    for stop in (signal.SIGINT, signal.SIGTERM):  # a shell's background job is born deaf to SIGINT
        signal.signal(stop, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), ExitStack() as stack:
        with _told() as say:
            demo = demo_live.running_demo(project, scale=scale, seed=seed, rate_per_s=rate, say=say)
            accounts = stack.enter_context(demo)
        _print_addresses(project)
        _print_accounts(project, accounts)
        click.echo("\n  Ctrl-C stops everything.")
        threading.Event().wait()
    click.echo("Stopped. Run it again to go on where it was.")


def _print_addresses(project: Project) -> None:
    api, console = project.settings.api, project.settings.console
    click.echo(
        f"\n  Dashboard   http://{console.host}:{console.port}"
        f"\n  API         {api.url}/api/v1"
        f"\n  Token       {project.token_file.read_text(encoding='utf-8').strip()}"
        f"\n              (kept in {project.token_file})"
    )


def _print_accounts(project: Project, made: list[DemoAccount]) -> None:
    """A password is shown by the start that made it, and by none after."""
    click.echo(f"  Log-ins     {accounts_file(project)}")
    for account in made:
        click.echo(f"              {account.email:<26} {account.password}  ({account.role})")


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


@contextlib.contextmanager
def _told() -> Iterator[Say]:
    """Progress on standard error: a bar on a terminal; elsewhere, and later, lines."""
    console, lines = Console(stderr=True), _Lines()
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    bar = Progress(*columns, console=console)
    task = bar.add_task("Starting", total=None)

    def say(now: progress.Progress) -> None:
        if bar.live.is_started:
            bar.update(task, description=now.doing, completed=now.done or 0)
            bar.tasks[0].total = now.total  # which `update` would not take back
        else:
            lines(now)

    with bar if console.is_terminal else contextlib.nullcontext():
        yield say


class _Lines:
    """A line for each thing begun."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, now: progress.Progress) -> None:
        if now.doing != self._last:
            click.echo(now.doing, err=True)
        self._last = now.doing
