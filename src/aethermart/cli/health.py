"""`aethermart health`: whether the project's API answers, for the checks of containers."""

from __future__ import annotations

import json
from pathlib import Path

import click

from aethermart.cli.options import home_option, json_option
from aethermart.client.client import AetherMartClient
from aethermart.core.errors import Unavailable
from aethermart.wiring import Project


@click.command()
@home_option
@json_option
def health(home: Path, as_json: bool) -> None:
    """Ask the API's /ops/health, over TLS where it is set; exit code 75 where nothing answers."""
    project = Project.open(home)
    url = project.settings.api.url
    with AetherMartClient(
        url, "none-is-needed", timeout_s=4.0, certificate=project.api_certificate
    ) as client:
        if not client.ops.healthy():
            raise Unavailable(
                f"the API does not answer at {url}",
                fix="start `aethermart serve`; if it runs, see what `aethermart doctor` says",
            )
    click.echo(json.dumps({"healthy": True, "url": url}) if as_json else f"{url} answers")
