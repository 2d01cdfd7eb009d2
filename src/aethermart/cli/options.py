"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="the working folder",
    envvar="AETHERMART_HOME",
    help="Project folder, with aethermart.toml in it.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
