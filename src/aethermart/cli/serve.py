"""`aethermart serve`: own the lake, feed the mirror, answer the API, supervise the rest."""

from __future__ import annotations

import hmac
import logging
import threading
from contextlib import ExitStack
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
from aethermart.operations.folder import token
from aethermart.operations.lake import open_lake
from aethermart.operations.platform import Platform, assembled
from aethermart.operations.servers import servers_running
from aethermart.operations.telemetry.logins import CountedLogins
from aethermart.pipeline.children import (
    leave_with_parent,
    stop_on_signals,
)
from aethermart.platform_db.migrate import platform_engine
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
        platform = assembled(project, lake)
        api = _api(project, platform)
        api.start()
        stack.callback(api.stop)
        platform.start(stop, stack)
        click.echo(f"API on {api.url}/api/v1")
        stop.wait()


def _api(project: Project, platform: Platform) -> ApiServer:
    api = project.settings.api
    settings = ApiSettings(
        host=api.host,
        port=api.port,
        tls_certificate=project.api_certificate,
        tls_key=project.home / api.tls_key if api.tls_key else None,
    )
    trail = AuditTrail(platform_engine(project.platform_dsn(), kept=1), origin)
    logins = CountedLogins(trail, platform.ops.login_failed)
    identity = wiring.identity(project, token(project), audit=logins)
    services = Services(
        identity=identity.callers,
        auth=identity,
        lake=platform.lake,
        ops=platform.ops,
        shop=platform.shop,
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
