"""`aethermart serve`: own the lake, feed the mirror, answer the API, supervise the rest."""

from __future__ import annotations

import hmac
import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from aethermart import wiring
from aethermart.api.app import create_app
from aethermart.api.gateway import Gateway
from aethermart.api.kept_answers import PlatformAnswers
from aethermart.api.ports.gateway import Audit
from aethermart.api.request_ids import origin
from aethermart.api.server import ApiServer
from aethermart.api.services import Services
from aethermart.api.settings import ApiSettings
from aethermart.cli.options import home_option
from aethermart.core.files import only_one
from aethermart.core.logs import configure_logs, trim_logs
from aethermart.governance.audit import AuditTrail
from aethermart.log.tail import Listener
from aethermart.operations.folder import token
from aethermart.operations.governed import governed, hops, keep_known
from aethermart.operations.lake import Lake, open_lake
from aethermart.operations.lake_answers import Governed
from aethermart.operations.live_ops import LiveOps
from aethermart.operations.live_platform import LivePlatform
from aethermart.operations.parts_of_ops import live_ops
from aethermart.operations.processes import child_spec
from aethermart.operations.retention import keep_enforcing
from aethermart.operations.servers import keep_running, servers_running
from aethermart.operations.shop.running import LiveSearch, live_search, rebuilt_on_request
from aethermart.operations.telemetry.logins import CountedLogins
from aethermart.operations.vectors import Vectors, vectors_thread
from aethermart.pipeline.children import (
    ChildSpec,
    Supervisor,
    leave_with_parent,
    stop_on_signals,
)
from aethermart.pipeline.progress import Progress
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.platform_db.migrate import platform_engine
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
    wiring.trace(project, "serve")
    stop = threading.Event()
    stop_on_signals(stop)
    with ExitStack() as stack:
        stack.enter_context(only_one(project.state / "serve.lock", "`aethermart serve`"))
        trim_logs(project.logs, project.settings.logs)
        stack.enter_context(servers_running(project))
        lake = stack.enter_context(open_lake(project))
        known = governed(project, lake)
        children = Supervisor(_children(project))
        mirrored = Progress()
        runner = _mirror_runner(project, lake, mirrored)
        vectors = Vectors(project)
        search = live_search(project, lake, mirrored, vectors)
        platform = _platform(project, lake, known)
        ops = live_ops(project, lake, platform, runner, children)
        rebuilt_on_request(project, search, ops.kinds)
        api = _api(project, platform, ops, search)
        api.start()
        stack.callback(api.stop)
        ops.worker.start()
        stack.callback(ops.worker.stop)
        children.start()
        stack.callback(children.stop)
        threads = _threads(project, lake, known, runner, ops, search, stop)
        threads += vectors_thread(project, lake, ops.kinds, vectors, stop)
        for thread in threads:
            thread.start()
            stack.callback(thread.join, 20.0)
        click.echo(f"API on {api.url}/api/v1")
        stop.wait()


def _platform(project: Project, lake: Lake, known: Governed) -> LivePlatform:
    return LivePlatform(
        [shop.name for shop in lake.shops],
        lake.engine,
        lake.mirror,
        wiring.status_board(project, often=True),
        known,
        hops(project, lake),
    )


def _api(project: Project, platform: LivePlatform, ops: LiveOps, search: LiveSearch) -> ApiServer:
    api = project.settings.api
    settings = ApiSettings(
        host=api.host,
        port=api.port,
        tls_certificate=project.api_certificate,
        tls_key=project.home / api.tls_key if api.tls_key else None,
    )
    trail = AuditTrail(platform_engine(project.platform_dsn(), kept=1), origin)
    logins = CountedLogins(trail, ops.login_failed)
    identity = wiring.identity(project, token(project), audit=logins)
    services = Services(
        identity=identity.callers, auth=identity, lake=platform, ops=ops, shop=search.shop
    )
    gateway = gateway_of(project, trail)
    return ApiServer(create_app(services, gateway), settings)


def gateway_of(project: Project, audit: Audit) -> Gateway:
    """What stands around the routes, as the project's settings say; nothing is connected yet."""
    return Gateway(
        settings=project.settings.api,
        # Made of the project's token: it outlives a restart, and goes with it.
        cursor_key=hmac.digest(token(project).encode(), b"cursors", "sha256"),
        kept=PlatformAnswers(platform_engine(project.platform_dsn(), kept=1)),
        audit=audit,
    )


def _children(project: Project) -> list[ChildSpec]:
    return [
        child_spec(project, "capture", "capture", "run"),
        child_spec(project, "archive", "sink", "run", "archive"),
    ]


def _mirror_runner(project: Project, lake: Lake, mirrored: Progress) -> SinkRunner:
    return SinkRunner(
        lake.mirror,
        wiring.open_log(project),
        wiring.status_board(project),
        wiring.dead_letters(project),
        Listener(project.platform_dsn()).wait,
        pace_s=_MIRROR_PACE_S,
        on_progress=mirrored.moved,
        reset=lake.mirror.reset,
    )


def _threads(
    project: Project,
    lake: Lake,
    known: Governed,
    runner: SinkRunner,
    ops: LiveOps,
    search: LiveSearch,
    stop: threading.Event,
) -> list[threading.Thread]:
    views = BronzeViews(lake.engine, wiring.archive(project), lake.shops)
    work: dict[str, Callable[[], object]] = {
        "mirror": lambda: runner.run(stop),
        "bronze-views": lambda: views.run(stop),
        "publish": lambda: wiring.publisher(project, lake.engine, lake.compiled).run(stop),
        "checks": lambda: keep_known(known, stop),
        "servers": lambda: keep_running(project, stop),
        "alerts": lambda: ops.evaluator.run(stop),
        "retention": lambda: keep_enforcing(project.settings.retention, ops.worker, stop),
        "logs": lambda: _keep_logs_short(project, stop),
        **{name: partial(run, stop) for name, run in search.work.items()},
    }
    return [threading.Thread(target=run, name=name, daemon=True) for name, run in work.items()]


def _keep_logs_short(project: Project, stop: threading.Event) -> None:
    while not stop.wait(_TRIM_EVERY_S):
        try:
            trim_logs(project.logs, project.settings.logs)
        except OSError as error:
            _log.warning("logs could not be trimmed: %s", error)
