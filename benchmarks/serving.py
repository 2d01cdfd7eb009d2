"""A whole platform on a generated store: `aethermart serve` as a child, ready, for a while."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aethermart import wiring
from aethermart.client.client import AetherMartClient
from aethermart.core.errors import AetherMartError
from aethermart.operations.folder import DEMO_SETTINGS, open_demo, token
from aethermart.operations.processes import child_spec
from aethermart.operations.store import fill_store, primary_dsn
from aethermart.pipeline.children import Supervisor
from aethermart.settings.reading import FILE
from aethermart.wiring import Project
from benchmarks.processes import SideFailed

_READY_S = 1800.0


@dataclass(frozen=True, slots=True)
class Serving:
    """ready_s  from the start of `serve` on a filled store until every shop was in the lake"""

    project: Project
    pid: int
    ready_s: float

    @property
    def store_dsn(self) -> str:
        return primary_dsn(self.project)

    def client(self) -> AetherMartClient:
        api = self.project.settings.api
        url = f"http://{api.host}:{api.port}"
        return AetherMartClient(url, token(self.project), timeout_s=60.0)


@contextmanager
def serving(home: Path, *, scale: float, seed: int) -> Iterator[Serving]:
    """The demo's two shops, ours generated at `scale`, captured and modelled.

    A folder that is there already is used as it is, and stays.
    """
    kept = home.exists()
    project = open_demo(home) if kept else demo_project(home)
    with ExitStack() as stack:
        server = wiring.start_servers(project)
        if server is not None:
            stack.callback(server.stop if kept else server.destroy)
        fill_store(
            project,
            scale=scale,
            seed=seed,
            progress=lambda done, total: _say(f"Generating orders: {done:,} of {total:,}"),
        )
        _say("\n")
        started = time.monotonic()
        children = Supervisor([child_spec(project, "serve", "serve")])
        children.start()
        stack.callback(children.stop)
        made = Serving(project, children.pids()["serve"], 0.0)
        _wait_until_ready(made, started)
        yield Serving(project, made.pid, time.monotonic() - started)


def demo_project(home: Path) -> Project:
    """A demo's folder whose API and console have free ports, and whose API has no rate limits."""
    home.mkdir(parents=True)
    settings = DEMO_SETTINGS.replace("[api]\n", "[api]\nuser_rate = 0\naddress_rate = 0\n")
    for port in ("8000", "8501"):
        settings = settings.replace(f"port = {port}", f"port = {free_port()}")
    (home / FILE).write_text(settings, encoding="utf-8")
    return open_demo(home)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_until_ready(made: Serving, started: float) -> None:
    with made.client() as client:
        while time.monotonic() - started < _READY_S:
            try:
                if client.ops.readiness().ready:
                    return
            except AetherMartError:
                pass  # it does not listen yet
            time.sleep(0.2)
    words = (made.project.logs / "serve.log").read_text(encoding="utf-8")[-2000:]
    raise SideFailed(f"`serve` was not ready after {_READY_S:.0f} s: {words}")


def _say(text: str) -> None:
    print(f"\r{text}", end="", file=sys.stderr, flush=True)
