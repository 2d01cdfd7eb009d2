"""Commands that need the lake while `serve` owns it: they have it do the work, and follow it."""

from __future__ import annotations

from collections.abc import Mapping

import click
from pydantic import JsonValue

from aethermart.client.answers.ops import Run
from aethermart.client.client import AetherMartClient
from aethermart.core.errors import AetherMartError, Terminal
from aethermart.wiring import Project


class RunFailed(Terminal):
    """The server's run did not succeed."""


def done_by_server(
    project: Project, kind: str, arguments: Mapping[str, str] | None = None
) -> Mapping[str, JsonValue] | None:
    """What came of a run in the project's own running `serve`; None where none runs.

    Its steps go to standard error. Raises RunFailed with the run's own error and mend, Conflict
    while one of the kind is under way.
    """
    client = _server(project)
    if client is None:
        return None
    with client:
        run = client.ops.start_run(kind, arguments)
        for event in client.ops.run_events(run.id):
            if event.message and event.state == "running":
                share = f"{event.progress:4.0%} " if event.progress is not None else ""
                click.echo(f"{share}{event.message}", err=True)
        over = client.ops.run(run.id)
    if over.state != "succeeded":
        raise _failure(over)
    return over.result or {}


def _failure(run: Run) -> RunFailed:
    if run.error is not None:
        return RunFailed(run.error.cause, fix=run.error.fix)
    return RunFailed(f"run {run.id} was {run.state}: {run.message}", fix="start it again")


def _server(project: Project) -> AetherMartClient | None:
    """The API of this project, if it answers to this project's token."""
    if not project.token_file.is_file():
        return None
    client = AetherMartClient(
        project.settings.api.url,
        project.token_file.read_text(encoding="utf-8"),
        timeout_s=60.0,
        certificate=project.api_certificate,
    )
    try:
        client.ops.run_kinds()
    except AetherMartError:
        client.close()
        return None
    return client
