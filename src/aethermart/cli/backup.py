"""`aethermart backup`: everything that cannot be made again, in one file, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from aethermart.cli.options import home_option, json_option
from aethermart.operations.backup.create import create_backup
from aethermart.operations.backup.manifest import Manifest
from aethermart.operations.backup.restore import restore_backup, verify_backup
from aethermart.operations.progress import Progress
from aethermart.pipeline.children import leave_with_parent
from aethermart.wiring import Project

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def backup() -> None:
    """Save the platform's state in one file, and bring it back."""


@backup.command()
@click.argument("destination", metavar="[DEST]", type=click.Path(path_type=Path), required=False)
@click.option("--with-secrets", is_flag=True, help="Also .env and state/secrets.")
@home_option
@json_option
def create(destination: Path | None, with_secrets: bool, home: Path, as_json: bool) -> None:
    """Write a backup, also while `serve` runs. DEST is a file or a folder.

    In it: the platform's database, the store that the project runs itself, the archive, settings
    and packs. Not in it: the mirror, which is replayed, and the shops, which are somebody else's.
    """
    leave_with_parent()
    made = create_backup(
        Project.open(home), destination, secrets=with_secrets, say=None if as_json else _say
    )
    told = _told(made.path, made.manifest)
    if as_json:
        click.echo(json.dumps({**told, "size": made.size}))
        return
    click.echo(f"{made.path}: {made.size / 1e6:.1f} MB, {len(made.manifest.files)} files")
    click.echo(
        "It can be read by its owner alone: it holds the shops' rows"
        + (" and your secrets." if with_secrets else "; your secrets are not in it.")
    )


@backup.command()
@click.argument("archive", type=_FILE)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="New or empty folder for the project.",
)
@json_option
def restore(archive: Path, home: Path, as_json: bool) -> None:
    """Make a project folder of a backup; then `serve` replays the log and reads the shops on."""
    manifest = restore_backup(archive, home, say=None if as_json else _say)
    if as_json:
        click.echo(json.dumps({**_told(archive, manifest), "home": str(home.resolve())}))
        return
    click.echo(f"{home}: as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC")
    if not manifest.secrets:
        click.echo(f"Put the secrets that aethermart.toml names into {home / '.env'}.")
    click.echo(f"Start it with: aethermart serve --home {home}")


@backup.command()
@click.argument("archive", type=_FILE)
@json_option
def verify(archive: Path, as_json: bool) -> None:
    """Read a backup through: every file must be as it was written."""
    manifest = verify_backup(archive)
    if as_json:
        click.echo(json.dumps(_told(archive, manifest)))
        return
    click.echo(f"{archive}: whole, {len(manifest.files)} files, release {manifest.release}")


def _say(progress: Progress) -> None:
    click.echo(progress.doing, err=True)


def _told(path: Path, manifest: Manifest) -> dict[str, Any]:
    return {
        "path": str(path),
        "release": manifest.release,
        "made_at": manifest.made_at.isoformat(),
        "secrets": manifest.secrets,
        "shops": {
            name: {"head": shop.head, "archived": shop.archived}
            for name, shop in manifest.shops.items()
        },
    }
