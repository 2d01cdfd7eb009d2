"""The demo as it lives: PostgreSQL, `serve`, the console and traffic, started and stopped in order.

Everything is under one project folder. A second start finds the store filled and the lake built
and goes on from there; whatever was killed resumes from its own offset.
"""

from __future__ import annotations

import errno
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx

from aethermart import wiring
from aethermart.core.errors import Conflict, Terminal
from aethermart.operations.processes import child_spec
from aethermart.operations.store import fill_store
from aethermart.pipeline.children import ChildSpec, Supervisor
from aethermart.wiring import Project

READY_S = 280.0  # the promise is a dashboard within five minutes
_PROBE_S = 2.0


class NotReady(Terminal):
    """The platform did not come up in time."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the start is: what is being done, and rows mirrored of rows captured, if known."""

    doing: str
    done: int | None = None
    total: int | None = None


Say = Callable[[Progress], None]


def check_ports(project: Project) -> None:
    """Raises Conflict for a port that another program holds, before anything is started."""
    settings = project.settings
    for section, host, port in (
        ("api", settings.api.host, settings.api.port),
        ("console", settings.console.host, settings.console.port),
    ):
        try:
            socket.create_server((host, port)).close()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise Conflict(
                f"port {port} of {host} is in use by another program",
                fix=f"stop that program, or set another port under [{section}] in"
                f" {project.home / 'aethermart.toml'}",
            ) from error


@contextmanager
def running_demo(
    project: Project, *, scale: float, seed: int, rate_per_s: float, say: Say
) -> Iterator[Supervisor]:
    """The whole platform, ready, while the block runs; then everything stops, in order."""
    check_ports(project)
    with ExitStack() as stack:
        say(Progress("Starting PostgreSQL"))
        server = wiring.start_servers(project)
        if server is not None:
            stack.callback(server.stop)
        fill_store(project, scale=scale, seed=seed, say=lambda text: say(Progress(text)))
        children = Supervisor(_children(project, seed, rate_per_s))
        children.start()
        stack.callback(children.stop)
        wait_until_ready(project, children, say)
        stack.callback(_let_it_stop)
        yield children


def _let_it_stop() -> None:
    """A second Ctrl-C, pressed while everything stops, must not leave half of it running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _children(project: Project, seed: int, rate_per_s: float) -> list[ChildSpec]:
    children = [
        child_spec(project, "serve", "serve"),
        child_spec(project, "console", "console"),
    ]
    if rate_per_s > 0:
        orders = ("store", "traffic", "--rate", str(rate_per_s), "--seed", str(seed))
        children.append(child_spec(project, "traffic", *orders))
    return children


def wait_until_ready(project: Project, children: Supervisor, say: Say) -> None:
    """Until API and console answer and every shop is in the lake. Raises NotReady."""
    settings = project.settings
    api = f"http://{settings.api.host}:{settings.api.port}/api/v1/ops/ready"
    page = f"http://{settings.console.host}:{settings.console.port}/_stcore/health"
    deadline = time.monotonic() + READY_S
    waiting: list[str] = ["serve"]
    while time.monotonic() < deadline:
        waiting = _waiting_for(api)
        if not waiting and not _answers(page):
            waiting = ["console"]
        if not waiting:
            return
        say(Progress("Waiting for " + ", ".join(waiting)))
        _give_up_on_terminal(project, children)
        threading.Event().wait(0.5)
    raise NotReady(
        f"after {READY_S:.0f} s still waiting for {', '.join(waiting)}",
        fix=f"read the logs in {project.logs}",
    )


def _give_up_on_terminal(project: Project, children: Supervisor) -> None:
    """A child that keeps dying will not come up by waiting."""
    for name, errors in children.gave_up().items():
        if errors >= 3:
            raise NotReady(
                f"{name} left {errors} times: {_last_words(project, name)}",
                fix=f"read {project.logs / name}.log",
            )


def _last_words(project: Project, name: str) -> str:
    lines = (project.logs / f"{name}.log").read_text(encoding="utf-8").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _waiting_for(url: str) -> list[str]:
    try:
        answer = httpx.get(url, timeout=_PROBE_S)
    except httpx.HTTPError:
        return ["serve"]
    try:
        body = answer.json()
    except json.JSONDecodeError:
        return ["serve"]
    return [] if body.get("ready") else list(body.get("waiting_for", ["serve"]))


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=_PROBE_S).status_code == 200
    except httpx.HTTPError:
        return False
