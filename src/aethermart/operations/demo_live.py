"""The demo as it lives: PostgreSQL, `serve`, the console and traffic, started and stopped in order.

Everything is under one project folder. A second start finds the store filled and the lake built
and goes on from there; whatever was killed resumes from its own offset.
"""

from __future__ import annotations

import errno
import json
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx

from aethermart.core.errors import BadInput, Conflict, Terminal
from aethermart.core.logs import trim_logs
from aethermart.core.tls import pinned
from aethermart.operations.demo_accounts import DemoAccount, make_demo_accounts
from aethermart.operations.last_run import wait_for_last_run
from aethermart.operations.processes import child_spec
from aethermart.operations.progress import Progress, Say
from aethermart.operations.servers import servers_running
from aethermart.operations.store import demo_store, fill_demo_store
from aethermart.pipeline.children import ChildSpec, Supervisor
from aethermart.settings.reading import FILE
from aethermart.wiring import Project

READY_S = 280.0  # the promise is a dashboard within five minutes
_PROBE_S = 2.0


class NotReady(Terminal):
    """The platform did not come up in time."""


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
            where = f"under [{section}] in {project.home / FILE}"
            if error.errno != errno.EADDRINUSE:
                raise BadInput(
                    f"cannot listen on {host!r}, port {port}: {error.strerror or error}",
                    fix=f"set 127.0.0.1 and a port above 1023 {where}",
                ) from error
            raise Conflict(
                f"port {port} of {host} is in use by another program",
                fix=f"stop that program, or set another port {where}",
            ) from error


@contextmanager
def running_demo(
    project: Project, *, scale: float, seed: int, rate_per_s: float, say: Say
) -> Iterator[list[DemoAccount]]:
    """The whole platform, ready, while the block runs; then everything stops, in order.

    Yields the accounts that this start made.
    """
    specs = _children(project, seed, rate_per_s)
    wait_for_last_run(project, say, lambda: check_ports(project))
    trim_logs(project.logs, project.settings.logs)
    with ExitStack() as stack:
        try:
            say(Progress("Starting the databases"))
            stack.enter_context(servers_running(project))
            accounts = make_demo_accounts(project)
            fill_demo_store(project, scale=scale, seed=seed, say=say)
            children = Supervisor(specs)
            stack.callback(children.stop)
            children.start()
            wait_until_ready(project, children, say)
            yield accounts
        finally:
            _let_it_stop()
            say(Progress("Stopping"))


def _let_it_stop() -> None:
    """A second Ctrl-C, pressed while everything stops, must not leave half of it running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _children(project: Project, seed: int, rate_per_s: float) -> list[ChildSpec]:
    children = [
        child_spec(project, "serve", "serve"),
        child_spec(project, "console", "console"),
    ]
    if rate_per_s > 0 and demo_store(project) is not None:
        orders = ("store", "traffic", "--rate", str(rate_per_s), "--seed", str(seed))
        children.append(child_spec(project, "traffic", *orders))
    return children


def wait_until_ready(project: Project, children: Supervisor, say: Say) -> None:
    """Until API and console answer and every shop is in the lake. Raises NotReady."""
    settings = project.settings
    certificate = project.api_certificate
    trusted = pinned(certificate) if certificate is not None else True
    api = f"{settings.api.url}/api/v1/ops/ready"
    page = f"http://{settings.console.host}:{settings.console.port}/_stcore/health"
    deadline = time.monotonic() + READY_S
    waiting: list[str] = ["serve"]
    while time.monotonic() < deadline:
        waiting = _waiting_for(api, trusted)
        if not waiting and not _answers(page):
            waiting = ["console"]
        if not waiting:
            return
        say(Progress(_words(waiting[0])))
        _give_up_on_terminal(project, children)
        threading.Event().wait(0.5)
    raise NotReady(
        f"after {READY_S:.0f} s still waiting for {', '.join(waiting)}",
        fix=f"read the logs in {project.logs}",
    )


def _words(awaited: str) -> str:
    part, _, shop = awaited.partition(": ")
    known = {
        "serve": "Starting the lake and the API",
        "mirror": f"Copying {shop} into the lake",
        "console": "Starting the dashboard",
    }
    return known.get(part, f"Waiting for {awaited}")


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


def _waiting_for(url: str, trusted: ssl.SSLContext | bool) -> list[str]:
    try:
        answer = httpx.get(url, timeout=_PROBE_S, verify=trusted)
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
