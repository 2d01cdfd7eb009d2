"""`aethermart pack`: from a database to a pack, and whether a pack fits."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from aethermart.cli.options import home_option, json_option
from aethermart.core.errors import AetherMartError, BadInput
from aethermart.core.money import UNKNOWN_CURRENCY
from aethermart.operations.pack_check import Checked, Compiled, check_pack
from aethermart.operations.pack_init import PackReport, Wanted, init_pack
from aethermart.packs.load import load_pack, load_shipped, shipped_packs
from aethermart.packs.pack import Pack
from aethermart.pipeline.children import leave_with_parent
from aethermart.settings.reading import FILE
from aethermart.settings.sections import OWN
from aethermart.wiring import Project, pack_named, shops


@click.group()
def pack() -> None:
    """What a shop's tables mean: write it, check it."""


@pack.command("init")
@click.argument("dsn", required=False)
@click.option("--name", required=True, help="Name of the pack and of the shop.")
@home_option
@click.option("--currency", help="The shop's currency where its rows name none, for instance EUR.")
@click.option("--time-zone", help="The business's time zone, for instance Europe/Berlin.")
@click.option(
    "--schema", help="Schema of the shop's tables, or several with commas; public where absent."
)
@click.option(
    "--money-in",
    type=click.Choice(["cents", "units"]),
    help="What whole numbers of money count, where the database does not tell.",
)
@click.option("--force", is_flag=True, help="Write over a pack that was edited.")
@json_option
def init_(
    dsn: str | None,
    name: str,
    home: Path,
    currency: str | None,
    time_zone: str | None,
    schema: str | None,
    money_in: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Look at a shop's database, with SELECT alone, and write packs/NAME.

    DSN is postgresql://, mysql://, mariadb:// or sqlite:///file; without it the one that
    aethermart.toml has for this shop. What cannot be told is left out and listed with its cost.
    """
    base = Path.cwd()
    if dsn is None:
        dsn, base = _known_dsn(home, name), home
    wanted = Wanted(currency, time_zone, schema, money_in)
    report = init_pack(home.resolve(), dsn, name, wanted, force=force, base=base)
    if as_json:
        click.echo(json.dumps(report.as_json()))
    else:
        _say(report)


def _known_dsn(home: Path, name: str) -> str:
    project = Project.open(home)
    shop = project.settings.shops.get(name)
    if shop is None or shop.dsn in (None, *OWN):
        raise BadInput(
            f"aethermart.toml has no DSN of a shop {name!r}", fix="give the DSN as an argument"
        )
    return str(shop.dsn)


def _say(report: PackReport) -> None:
    tables = len(report.tables)
    click.echo(f"{report.folder}: {len(report.entities)} entities out of {tables} tables")
    click.echo(f"currency {report.currency} ({report.currency_from}), times in {report.time_zone}")
    for entity in report.entities:
        click.echo(f"\n{entity.entity}  {entity.confidence:.2f}  {entity.table}")
        if entity.runner_up:
            click.echo(f"  second choice: {entity.runner_up}")
        for column, (source, confidence) in entity.columns.items():
            click.echo(f"  {column:<16} {confidence:.2f}  {source}")
    _say_todos(report, "todo", "Left out:")
    _say_todos(report, "note", "To be known:")
    if report.views:
        click.echo(f"\nViews, which are not used: {', '.join(report.views)}")
    if report.currency == UNKNOWN_CURRENCY:
        click.echo("\nNo currency is told. Run it again with --currency, for instance EUR.")
    if report.shop_added:
        click.echo(f"\n[shops.{report.name}] was added to {FILE}.")
    click.echo(f"\nNext: aethermart pack check {report.name}")


def _say_todos(report: PackReport, level: str, heading: str) -> None:
    todos = [t for t in report.todos if t.level == level]
    if todos:
        click.echo(f"\n{heading}")
    for todo in todos:
        what = todo.entity + (f".{todo.column}" if todo.column else "")
        nearest = f" (nearest: {todo.runner_up})" if todo.runner_up else ""
        click.echo(f"  {what}: {todo.reason}{nearest}")
        if todo.costs:
            click.echo(f"    costs: {todo.costs}")


@pack.command()
@click.argument("name", required=False)
@home_option
@json_option
def check(name: str | None, home: Path, as_json: bool) -> None:
    """Does a pack fit its shop, does its SQL run, what does it leave out, what is quarantined.

    Without NAME every shop of the project. Exit code 1 where a fault stops the pack,
    or no revenue can be had.
    """
    leave_with_parent()
    project = Project.open(home)
    known = project.settings.shops
    names = [name] if name else [n for n, s in known.items() if s.dsn]
    found: list[Checked] = []
    for one in names:
        shop = known.get(one)
        dsn = shop.dsn if shop and shop.dsn not in OWN else None
        found.append(
            check_pack(
                one,
                pack_named(project, shop.pack if shop else one),
                dsn,
                schema=shop.schema if shop and dsn and dsn.startswith("postgres") else None,
                time_zone=shop.time_zone if shop else None,
                base=project.home,
                compiled=_compiled(project),
            )
        )
    if as_json:
        click.echo(json.dumps([asdict(c) for c in found]))
    else:
        for checked in found:
            _say_checked(checked)
    if any(checked.faults or checked.no_revenue for checked in found):
        raise SystemExit(1)


def _compiled(project: Project) -> Compiled:
    try:
        known = tuple(shops(project))
    except AetherMartError:
        known = ()  # another shop's pack does not load: this one is checked on its own
    return Compiled(
        project.state / "checks",
        project.state / "warehouse",
        known,
        project.settings.reporting.currency,
    )


def _say_checked(checked: Checked) -> None:
    state = "faulty" if checked.faults else "fits"
    if checked.no_revenue:
        but = "and" if checked.faults else "but"
        state += f", {but} no revenue can be had: {checked.no_revenue}"
    click.echo(f"{checked.pack}: {state}")
    for fault in checked.faults:
        click.echo(f"  fault: {fault}")
    for warning in checked.warnings:
        click.echo(f"  warning: {warning}")
    for what, costs in checked.missing.items():
        click.echo(f"  without {what}: {costs}")
    if checked.kept:
        kept = ", ".join(f"{rows} {entity}" for entity, rows in checked.kept.items())
        click.echo(f"  of a sample are kept: {kept}")
        for rule, rows in checked.quarantined.items():
            click.echo(f"  quarantined, {rule}: {rows}")
        money = ", ".join(f"{amount} {currency}" for currency, amount in checked.revenue.items())
        click.echo(f"  revenue of the sample: {money or 'none'}")


@pack.command("list")
@home_option
@json_option
def list_(home: Path, as_json: bool) -> None:
    """The packs there are: the project's own and those that come with AetherMart."""
    own = sorted(f.parent for f in (home / "packs").glob("*/pack.toml"))
    found = [_described(load_pack(folder), "project") for folder in own]
    found += [_described(load_shipped(n), "shipped") for n in shipped_packs()]
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        click.echo(f"{one['name']:<20} {one['from']:<8} {one['title']}")


def _described(found: Pack, where: str) -> dict[str, Any]:
    return {
        "name": found.name,
        "from": where,
        "title": found.title,
        "currency": found.currency,
        "tables": list(found.tables),
        "entities": list(found.staging),
    }
