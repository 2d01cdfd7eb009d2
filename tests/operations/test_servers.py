"""The embedded PostgreSQL is up while one of our processes needs it, and gone with the last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from aethermart.core.errors import Conflict, Unavailable
from aethermart.operations.folder import open_demo, remove_demo
from aethermart.operations.servers import (
    keep_running,
    require_servers,
    server_pid,
    servers_running,
    unused,
)
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.wiring import Project

pytestmark = pytest.mark.service("postgres")

HOLDING = """
import pathlib, sys, time
from aethermart.operations.servers import servers_running
from aethermart.wiring import Project
with servers_running(Project.open(pathlib.Path(sys.argv[1])), prepare=False):
    print("up", flush=True)
    time.sleep(300)
"""


def server(project: Project) -> EmbeddedPostgres:
    found = project.embedded()
    assert found is not None
    return found


def until(condition: Callable[[], bool], within_s: float = 60.0) -> bool:
    deadline = time.monotonic() + within_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_the_databases_are_there_while_the_block_runs_and_the_server_is_gone_after_it(
    project: Project,
) -> None:
    with servers_running(project):
        with psycopg.connect(project.platform_dsn()) as connection:
            assert connection.execute("SELECT count(*) FROM log_heads").fetchone() == (0,)
        with psycopg.connect(project.shop_dsn("aethermart")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not server(project).running
    assert server_pid(project) is None


def test_the_last_to_leave_stops_it_whoever_started_it(project: Project) -> None:
    first, second = servers_running(project), servers_running(project, prepare=False)
    with first:
        second.__enter__()
    assert server(project).running
    second.__exit__(None, None, None)
    assert not server(project).running


def test_a_killed_user_is_no_user(project: Project) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(project.home)], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "up\n"
    other.kill()
    other.wait()
    other.stdout.close()
    assert server(project).running  # nobody was there to stop it
    with servers_running(project):
        pass
    assert not server(project).running


def test_an_error_inside_leaves_no_server_behind(project: Project) -> None:
    with pytest.raises(ZeroDivisionError), servers_running(project, prepare=False):
        raise ZeroDivisionError
    assert not server(project).running


def test_a_killed_server_is_started_again_with_its_data(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aethermart.operations.servers._LOOK_S", 0.1)
    stop = threading.Event()
    watch = threading.Thread(target=keep_running, args=(project, stop))
    with servers_running(project, prepare=False):
        with psycopg.connect(project.platform_dsn()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        killed = server_pid(project)
        assert killed is not None
        watch.start()
        os.kill(killed, signal.SIGKILL)
        assert until(lambda: server_pid(project) not in (None, killed) and server(project).running)
        with psycopg.connect(project.platform_dsn()) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
            connection.execute("DROP TABLE kept")
        stop.set()
        watch.join(10)
        assert not watch.is_alive()
    assert not server(project).running


def test_data_that_were_deleted_are_not_made_anew(tmp_path: Path) -> None:
    bare = open_demo(tmp_path / "home")
    keep_running(bare, threading.Event())  # comes back: there is nothing to keep running
    assert not (bare.state / "postgres").exists()


def test_a_command_that_only_looks_says_how_to_start_what_does_not_run(project: Project) -> None:
    with pytest.raises(Unavailable) as caught:
        require_servers(project)
    assert caught.value.cause == f"the PostgreSQL of {project.home} does not run"
    assert f"aethermart serve --home '{project.home}'" in caught.value.fix
    with servers_running(project, prepare=False):
        require_servers(project)


def test_a_folder_in_use_is_not_removed(project: Project) -> None:
    with servers_running(project, prepare=False):
        with pytest.raises(Conflict, match="is in use"), unused(project.home):
            pass
        with pytest.raises(Conflict, match="is in use"):
            remove_demo(project.home)
    assert (project.home / "aethermart.toml").exists()


def test_the_state_is_its_owners_alone(project: Project) -> None:
    with servers_running(project, prepare=False):
        assert project.state.stat().st_mode & 0o777 == 0o700
