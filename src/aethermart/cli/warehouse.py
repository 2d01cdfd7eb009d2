"""`aethermart warehouse`: compile the models, test them, tell of drift."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aethermart import wiring
from aethermart.cli.options import home_option, json_option
from aethermart.operations.lake import open_lake
from aethermart.operations.servers import servers_running
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.drift import drift_of
from aethermart.warehouse.kept import compare_kept
from aethermart.warehouse.quality import run_tests
from aethermart.wiring import Project


@click.group()
def warehouse() -> None:
    """Compile and test the models."""


@warehouse.command()
@home_option
@json_option
def build(home: Path, as_json: bool) -> None:
    """Compile the models of the enabled packs; `serve` puts them in place when it starts."""
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
    """Run the models' tests and compare each kept table with its view. `serve` must not run."""
    with open_lake(Project.open(home)) as lake, lake.engine.read(600.0) as connection:
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
        stopped = wiring.status_board(project).stopped_tables()
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
