"""`aethermart store load`: files into the store."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aethermart.cli.options import home_option, json_option
from aethermart.core.errors import BadInput
from aethermart.operations.loading import load_into_store
from aethermart.operations.servers import servers_running
from aethermart.store.ingest.entities import ENTITIES
from aethermart.store.ingest.load import Loaded
from aethermart.store.ingest.records import ENCODINGS, FORMATS, Format
from aethermart.store.ingest.staging import HOWS, How
from aethermart.wiring import Project


@click.command()
@click.argument("entity", type=click.Choice(tuple(ENTITIES)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@home_option
@json_option
@click.option("--format", "form", type=click.Choice(FORMATS), help="Else by the file's ending.")
@click.option(
    "--encoding", type=click.Choice(ENCODINGS), default="utf-8", show_default=True, help="Of FILE."
)
@click.option("--delimiter", help="Of a CSV file; else the one of , ; tab | in its header.")
@click.option(
    "--how",
    type=click.Choice(HOWS),
    default="local",
    show_default=True,
    help="LOAD DATA LOCAL, LOAD DATA by the server itself, or INSERTs; the rows are the same.",
)
@click.option(
    "--map", "maps", multiple=True, metavar="COLUMN=FIELD", help="What a column of FILE means."
)
@click.option("--again", is_flag=True, help="Load a file once more that was loaded before.")
def load(
    entity: str,
    file: Path,
    home: Path,
    as_json: bool,
    form: Format | None,
    encoding: str,
    delimiter: str | None,
    how: How,
    maps: tuple[str, ...],
    again: bool,
) -> None:
    """Load FILE, CSV or JSON: each record of ENTITY is cleaned and kept, or rejected with a reason.

    A load that was killed goes on where it was when it is started again.
    """
    project = Project.open(home)
    with servers_running(project, prepare=False):
        loaded = load_into_store(
            project,
            entity,
            file,
            form=form,
            encoding=encoding,
            delimiter=delimiter,
            how=how,
            columns=_columns(maps),
            again=again,
        )
    click.echo(json.dumps(asdict(loaded)) if as_json else _told(loaded))


def _columns(maps: tuple[str, ...]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for each in maps:
        column, sign, field = each.rpartition("=")
        if not sign or not column or not field:
            raise BadInput(f"{each!r} maps nothing", fix="write --map COLUMN=FIELD")
        columns[column] = field
    return columns


def _told(loaded: Loaded) -> str:
    counts = f"{loaded.kept:,} kept + {loaded.rejected:,} rejected"
    lines = [f"{loaded.rows_in:,} records = {counts} (load {loaded.load_id})"]
    if loaded.again:
        lines.append("this file had been loaded before: nothing was done (--again does it anew)")
    if loaded.resumed:
        lines.append("it went on where a load of this file had been killed")
    if loaded.left_out:
        lines.append(f"columns left out: {', '.join(loaded.left_out)}")
    lines += [f"  {count:,} {rule}" for rule, count in loaded.rules.items()]
    lines += [f"  {count:,} kept without a value: {rule}" for rule, count in loaded.notes.items()]
    lines += [
        f"line {each['line']}: {each['rule']} {each['value']!r}: {each['reason']}"
        for each in loaded.rejects
    ]
    return "\n".join(lines)
