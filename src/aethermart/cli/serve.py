"""`aethermart serve`: own the lake, feed the mirror, answer the API, supervise the rest."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from pathlib import Path

import click

from aethermart import wiring
from aethermart.api.app import create_app
from aethermart.api.server import ApiServer
from aethermart.api.services import Services
from aethermart.api.settings import ApiSettings
from aethermart.cli.options import home_option
from aethermart.core.files import only_one
from aethermart.core.logs import configure_logs, trim_logs
from aethermart.identity.project_token import KnownTokens, hash_token
from aethermart.identity.roles import Caller, Role
from aethermart.log.tail import Listener
from aethermart.operations.folder import token
from aethermart.operations.governed import governed, hops, keep_known
from aethermart.operations.lake import Lake, open_lake
from aethermart.operations.lake_answers import Governed
from aethermart.operations.live_platform import LivePlatform
from aethermart.operations.processes import child_spec
from aethermart.operations.servers import keep_running, servers_running
from aethermart.pipeline.children import (
    ChildSpec,
    Supervisor,
    leave_with_parent,
    stop_on_signals,
)
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.warehouse.bronze_views import BronzeViews
from aethermart.wiring import Project

_log = logging.getLogger(__name__)
_TRIM_EVERY_S = 60.0
_MIRROR_PACE_S = 0.2  # a commit costs a tenth of a second of CPU, however few orders are in it


@click.command()
@home_option
def serve(home: Path) -> None:
    """Run the platform of a project folder: capture, lake and API, until stopped."""
    configure_logs("serve")
    leave_with_parent()
    project = Project.open(home)
    stop = threading.Event()
    stop_on_signals(stop)
    with ExitStack() as stack:
        stack.enter_context(only_one(project.state / "serve.lock", "`aethermart serve`"))
        trim_logs(project.logs)
        stack.enter_context(servers_running(project))
        lake = stack.enter_context(open_lake(project))
        known = governed(project, lake)
        api = _api(project, lake, known)
        api.start()
        stack.callback(api.stop)
        children = Supervisor(_children(project))
        children.start()
        stack.callback(children.stop)
        for thread in _threads(project, lake, known, stop):
            thread.start()
            stack.callback(thread.join, 20.0)
        click.echo(f"API on {api.url}/api/v1")
        stop.wait()


def _api(project: Project, lake: Lake, known: Governed) -> ApiServer:
    settings = ApiSettings(host=project.settings.api.host, port=project.settings.api.port)
    platform = LivePlatform(
        [shop.name for shop in lake.shops],
        lake.engine,
        lake.mirror,
        wiring.status_board(project, often=True),
        known,
        hops(project, lake),
    )
    owner = Caller("project", "project", Role.ADMIN, "project")
    identity = KnownTokens({hash_token(token(project)): owner})
    services = Services(identity=identity, lake=platform, ops=platform)
    return ApiServer(create_app(services), settings)


def _children(project: Project) -> list[ChildSpec]:
    return [
        child_spec(project, "capture", "capture", "run"),
        child_spec(project, "archive", "sink", "run", "archive"),
    ]


def _threads(
    project: Project, lake: Lake, known: Governed, stop: threading.Event
) -> list[threading.Thread]:
    listener = Listener(project.platform_dsn())
    runner = SinkRunner(
        lake.mirror,
        wiring.open_log(project),
        wiring.status_board(project),
        wiring.dead_letters(project),
        listener.wait,
        pace_s=_MIRROR_PACE_S,
    )
    views = BronzeViews(lake.engine, wiring.archive(project), lake.shops)
    work = {
        "mirror": lambda: runner.run(stop),
        "bronze-views": lambda: views.run(stop),
        "publish": lambda: wiring.publisher(project, lake.engine, lake.compiled).run(stop),
        "checks": lambda: keep_known(known, stop),
        "servers": lambda: keep_running(project, stop),
        "logs": lambda: _keep_logs_short(project, stop),
    }
    return [threading.Thread(target=run, name=name, daemon=True) for name, run in work.items()]


def _keep_logs_short(project: Project, stop: threading.Event) -> None:
    while not stop.wait(_TRIM_EVERY_S):
        try:
            trim_logs(project.logs)
        except OSError as error:
            _log.warning("logs could not be trimmed: %s", error)
