"""`aethermart init`: make a project folder."""

from __future__ import annotations

import json
from pathlib import Path

import click

from aethermart.cli.options import json_option
from aethermart.operations.new_project import init_project


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--shop", help="Name of a first shop.")
@click.option("--dsn", help="Address of that shop's database; its password goes into .env.")
@json_option
def init(folder: Path, shop: str | None, dsn: str | None, as_json: bool) -> None:
    """Make a project folder: settings, .env, packs/ and state/. A second run changes nothing."""
    made = init_project(folder, shop, dsn)
    home = folder.resolve()
    if as_json:
        click.echo(json.dumps({"home": str(home), "made": made}))
        return
    click.echo(f"{home}: {', '.join(made) + ' made' if made else 'all is there already'}")
    what = f"--name {shop}" if shop else "DSN --name NAME"
    click.echo(f"Next: aethermart pack init {what} --home {folder}")
