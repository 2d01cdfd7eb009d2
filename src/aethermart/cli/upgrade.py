"""`aethermart upgrade`: bring the state of an earlier release to this one."""

from __future__ import annotations

import json
from pathlib import Path

import click

from aethermart import __version__
from aethermart.cli.options import home_option, json_option
from aethermart.operations.upgrade import upgrade as bring_forward
from aethermart.wiring import Project


@click.command()
@home_option
@click.option("--no-backup", is_flag=True, help="Do not take a backup before.")
@json_option
def upgrade(home: Path, no_backup: bool, as_json: bool) -> None:
    """Bring the state of an earlier release to this one; stop `serve` before.

    Takes a backup first, with the secrets. Run it again where it was interrupted.
    """
    project = Project.open(home)
    done = bring_forward(
        project,
        backup=not no_backup,
        say=None if as_json else lambda progress: click.echo(progress.doing, err=True),
    )
    if as_json:
        told = {
            "release": __version__,
            "revision": {"from": done.revision_before, "to": done.revision},
            "mirror_rebuilt": done.mirror_rebuilt,
            "backup": str(done.backup) if done.backup else None,
        }
        click.echo(json.dumps(told))
        return
    if not done.changed:
        click.echo(f"The state is that of release {__version__} already.")
        return
    click.echo(f"{done.revision_before or 'empty'} -> {done.revision}, release {__version__}")
    if done.backup:
        click.echo(f"As it was before: {done.backup}")
