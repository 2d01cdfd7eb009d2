"""`aethermart console`: serve the web console over the API."""

from __future__ import annotations

import os
import runpy
import sys
from dataclasses import asdict
from pathlib import Path

import click

from aethermart.cli.options import home_option
from aethermart.console.launch import console_command
from aethermart.console.settings import ConsoleSettings
from aethermart.pipeline.children import leave_with_parent
from aethermart.wiring import Project


@click.command()
@home_option
@click.option("--api-url", help="Address of the API; the project's own where absent.")
def console(home: Path, api_url: str | None) -> None:
    """Serve the web console. It knows the platform by its API alone."""
    leave_with_parent()
    project = Project.open(home)
    settings, api = project.settings.console, project.settings.api
    command = console_command(
        ConsoleSettings(**asdict(settings)),
        api_url or api.url,
        project.token_file,
        None if api_url else project.api_certificate,
    )
    os.environ.update(command.env)
    # In this process, so that it leaves with the parent whose pipe it holds.
    sys.argv = ["streamlit", *command.argv[3:]]
    runpy.run_module("streamlit", run_name="__main__")
