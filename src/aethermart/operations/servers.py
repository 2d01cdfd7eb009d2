"""The servers that a project runs itself: up while one of our processes needs it, then stopped.

Whoever needs it holds a shared lock on a file. Who can have the lock alone when it leaves was the
last, and stops them. The system frees the lock of a killed process, so that the servers it left
behind are stopped by the next one that leaves.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shlex
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aethermart import wiring
from aethermart.core.errors import Conflict, Unavailable
from aethermart.core.files import private_folder
from aethermart.operations.state_version import require_version, write_version
from aethermart.pipeline.backoff import Backoff
from aethermart.pipeline.faults import as_ours
from aethermart.servers import processes
from aethermart.servers.places import find_place
from aethermart.wiring import Project

_log = logging.getLogger(__name__)
_LOOK_S = 2.0


@contextmanager
def servers_running(
    project: Project, *, prepare: bool = True, migrated: bool = True
) -> Iterator[None]:
    """What the project runs itself is up while the block runs.

    prepare   make the databases and their tables, too; without, only where nothing ran yet
    migrated  refuse a platform database of an earlier release
    """
    servers = project.own_servers()
    with _lock_file(project.state) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # waits while the last user stops the server
        try:
            if prepare or not all(server.running for server in servers):
                if migrated:
                    require_version(project)
                wiring.start_servers(project, migrated=migrated)
                if migrated:
                    write_version(project)
            yield
        finally:
            if servers and _alone(lock):
                with ExitStack() as stack:
                    for server in servers:
                        stack.callback(server.stop)


@contextmanager
def unused(home: Path) -> Iterator[None]:
    """None of our processes uses the folder, and none begins to. Raises Conflict."""
    with _lock_file(home / "state") as lock:
        if not _alone(lock):
            raise Conflict(
                f"{home} is in use by another process of AetherMart",
                fix="stop `aethermart serve` and what else runs on this folder",
            )
        yield


def require_servers(project: Project) -> None:
    """Raises Unavailable where the embedded server does not run."""
    server = project.embedded()
    if server is not None and not server.running:
        home = shlex.quote(str(project.home))
        raise Unavailable(
            f"the PostgreSQL of {project.home} does not run",
            fix=f"start the platform: `aethermart serve --home {home}`, or the demo",
        )


def server_pid(project: Project) -> int | None:
    """The embedded server's process; it is no child of ours."""
    place = find_place(project.state / "postgres")
    found = processes.postmaster(place.cluster) if place is not None else None
    return found.pid if found is not None else None


def mariadb_pid(project: Project) -> int | None:
    server = project.embedded_mariadb()
    return server.pid if server is not None else None


def keep_running(project: Project, stop: threading.Event) -> None:
    """Start our own servers again whenever one is gone, until `stop` is set.

    Data that are gone are not replaced by an empty database.
    """
    backoff = Backoff(first_s=1.0)
    while any(find_place(server.folder) is not None for server in project.own_servers()):
        if stop.wait(_LOOK_S):
            return
        for server in project.own_servers():
            try:
                if find_place(server.folder) is not None and not server.running:
                    _log.error(
                        "the %s of %s does not answer; it is started", server.name, project.home
                    )
                    server.start()
                    _log.warning("the %s of %s answers again", server.name, project.home)
                backoff.reset()
            except Exception as raised:  # noqa: BLE001 - the worker's edge
                _log.error("%s", as_ours(raised, server.name))
                stop.wait(backoff.next_s())


@contextmanager
def _lock_file(state: Path) -> Iterator[int]:
    private_folder(state)
    lock = os.open(state / "servers.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)


def _alone(lock: int) -> bool:
    """Whether nobody else holds the lock; then nobody gets it until it is closed."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
