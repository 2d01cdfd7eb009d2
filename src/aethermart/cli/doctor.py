"""`aethermart doctor`: what is wrong with an installation, and how to mend it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aethermart.cli.options import home_option, json_option
from aethermart.operations.doctor.checkup import examine

_MARKS = {"ok": "ok", "warning": "WARNING", "wrong": "WRONG", "skipped": "skipped"}


@click.command()
@home_option
@json_option
def doctor(home: Path, as_json: bool) -> None:
    """Look the installation over; each finding has its cause and its mend.

    Mends nothing itself. Exit code 1 if something is wrong; a warning alone is 0.
    """
    findings = list(examine(home))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            mark, cause = _MARKS[finding.verdict], finding.cause and f": {finding.cause}"
            click.echo(f"{mark:<8} {finding.name}{cause}")
            if finding.mend:
                click.echo(f"{'':<8}   mend: {finding.mend}")
    if any(finding.verdict == "wrong" for finding in findings):
        raise SystemExit(1)
