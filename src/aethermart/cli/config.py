"""`aethermart config`: show the settings and check them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aethermart.cli.options import home_option, json_option
from aethermart.operations.configuration import check_settings, shown_settings


@click.group()
def config() -> None:
    """Show the settings and check them."""


@config.command()
@home_option
@json_option
def show(home: Path, as_json: bool) -> None:
    """Every setting with its value and where it comes from; secrets stay hidden."""
    settings = shown_settings(home)
    if as_json:
        click.echo(json.dumps([asdict(setting) for setting in settings]))
        return
    width = max(len(setting.name) for setting in settings)
    for setting in settings:
        click.echo(f"{setting.name:<{width}}  {setting.value}  ({setting.source})")


@config.command()
@home_option
@json_option
def check(home: Path, as_json: bool) -> None:
    """Read the settings, load each shop's pack, ask each database whether it answers."""
    checks = check_settings(home.resolve())
    if as_json:
        click.echo(json.dumps([asdict(c) for c in checks]))
    else:
        for c in checks:
            click.echo(f"{c.what}: {'ok' if c.error is None else c.error}")
            if c.fix is not None:
                click.echo(f"  fix: {c.fix}")
    if any(c.error is not None for c in checks):
        raise SystemExit(1)
