"""`aethermart warehouse`: compile the models, test, describe and publish them, tell of drift."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from pydantic import JsonValue

from aethermart import wiring
from aethermart.cli.options import home_option, json_option
from aethermart.cli.running import done_by_server
from aethermart.core.errors import Conflict
from aethermart.core.files import only_one
from aethermart.operations.lake import open_lake
from aethermart.operations.runs.kinds import shown_publication
from aethermart.operations.servers import servers_running
from aethermart.pipeline.children import leave_with_parent
from aethermart.warehouse.bronze_views import BronzeViews
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.documentation import write_documentation
from aethermart.warehouse.drift import drift_of
from aethermart.warehouse.kept import compare_kept
from aethermart.warehouse.quality import run_tests
from aethermart.warehouse.settings import COMPRESSIONS
from aethermart.wiring import Project


@click.group()
def warehouse() -> None:
    """Compile, test, describe and publish the models."""


@warehouse.command()
@home_option
@json_option
def build(home: Path, as_json: bool) -> None:
    """Compile the models of the enabled packs; `serve` puts them in place when it starts."""
    leave_with_parent()
    project = Project.open(home)
    compiled = compile_warehouse(
        wiring.shops(project),
        project.state / "warehouse",
        project.logs,
        project.settings.reporting.currency,
    )
    models, tests = len(compiled.models), len(compiled.tests)
    words = f"{models} models, {tests} tests compiled"
    click.echo(json.dumps({"models": models, "tests": tests}) if as_json else words)


@warehouse.command()
@home_option
@json_option
def test(home: Path, as_json: bool) -> None:
    """Run the models' tests and compare each kept table with its view; `serve` may run."""
    project = Project.open(home)
    done = done_by_server(project, "warehouse_test")
    if done is not None:
        tests = done["tests"]
        shown = json.dumps({"broken": [], "tests": tests})
        click.echo(shown if as_json else f"{tests} tests, 0 broken")
        return
    with open_lake(project) as lake, lake.engine.read(600.0) as connection:
        broken = [
            {"test": name, "rows": rows}
            for name, rows in run_tests(connection, lake.compiled)
            if rows
        ]
        broken += [
            {"test": f"{d.name} equals its view", "rows": d.only_in_table + d.only_in_view}
            for d in compare_kept(connection, lake.compiled)
            if d.only_in_table or d.only_in_view
        ]
    if as_json:
        click.echo(json.dumps({"broken": broken, "tests": len(lake.compiled.tests)}))
    else:
        for line in broken:
            click.echo(f"{line['test']}: {line['rows']} rows")
        click.echo(f"{len(lake.compiled.tests)} tests, {len(broken)} broken")
    if broken:
        raise SystemExit(1)


@warehouse.command()
@home_option
@json_option
def drift(home: Path, as_json: bool) -> None:
    """What changed in the shape of the shops' tables, when, and what was done about it.

    Reads the archive, so `serve` may run; a stopped table is told while PostgreSQL is up.
    """
    project = Project.open(home)
    archive = wiring.archive(project)
    with servers_running(project):
        stopped = wiring.status_board(project).picture().stopped_tables
    found = [
        change
        for shop in wiring.shops(project)
        for change in drift_of(
            shop.name,
            shop.pack,
            archive.announced(shop.name),
            {table: why for name, table, why in stopped if name == shop.name},
        )
    ]
    if as_json:
        changes = [asdict(change) for change in found]
        click.echo(json.dumps({"changes": changes}, default=str))
        return
    for change in found:
        when = change.noticed_at.isoformat() if change.noticed_at else "now"
        what = f"{change.shop}.{change.table}" + (f".{change.column}" if change.column else "")
        turned = f" {change.before or 'nothing'} -> {change.after or 'nothing'}"
        click.echo(f"{when} {what} {change.change}{turned}: {change.done}")
    click.echo(f"{len(found)} changes")


@warehouse.command()
@home_option
@json_option
@click.option(
    "--compression",
    type=click.Choice(COMPRESSIONS),
    help="Of the Parquet files; as the settings say where absent.",
)
def publish(home: Path, as_json: bool, compression: str | None) -> None:
    """Write silver and gold as Delta for other programs. `serve` does it by itself on an interval.

    Only what changed since the last publication is written. A running `serve` does it itself,
    with the compression of its settings.
    """
    project = Project.open(home)
    if compression is None:
        done = done_by_server(project, "publish")
        if done is not None:
            _say_published(project, done, as_json)
            return
    with _no_server(project), open_lake(project) as lake:
        BronzeViews(lake.engine, wiring.archive(project), lake.shops).renew()
        published = wiring.publisher(project, lake.engine, lake.compiled, compression).publish()
    _say_published(project, shown_publication(published), as_json)


def _say_published(project: Project, done: Mapping[str, JsonValue], as_json: bool) -> None:
    folder, written = project.home / project.settings.publish.folder, done["written"]
    if as_json:
        click.echo(json.dumps({**done, "folder": str(folder)}))
        return
    changed = len(written) if isinstance(written, list) else 0
    click.echo(
        f"publication {done['publication']} in {folder}: {done['tables']} tables, "
        f"{changed} of them written, the others had not changed"
    )


@warehouse.command()
@home_option
@json_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write it into; `docs` in the project folder where absent.",
)
def docs(home: Path, as_json: bool, out: Path | None) -> None:
    """Write a page of all models: columns, tests, and a graph of what reads what.

    One file that opens without a network. It tells of models, never of rows; `serve` may run.
    """
    project = Project.open(home)
    page = write_documentation(
        wiring.shops(project),
        out or project.home / "docs",
        project.logs,
        project.settings.reporting.currency,
    )
    click.echo(json.dumps({"page": str(page)}) if as_json else f"open {page} in a browser")


@contextmanager
def _no_server(project: Project) -> Iterator[None]:
    """Keep `serve` away meanwhile. Raises Conflict while it runs."""
    with ExitStack() as stack:
        try:
            stack.enter_context(only_one(project.state / "serve.lock", "`aethermart serve`"))
        except Conflict as error:
            raise Conflict(
                error.cause,
                fix="wait until it is ready: without --compression it then publishes itself",
            ) from error
        yield
