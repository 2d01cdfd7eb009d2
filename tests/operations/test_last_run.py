"""A start right after a kill waits for what the killed run left, and for nothing else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from aethermart.core.errors import Conflict
from aethermart.core.files import only_one
from aethermart.operations.folder import open_demo
from aethermart.operations.last_run import wait_for_last_run
from aethermart.operations.progress import Progress
from aethermart.wiring import Project


@pytest.fixture
def made(tmp_path: Path) -> Project:
    return open_demo(tmp_path / "home")


def port_in_use() -> None:
    raise Conflict("port 8000 is in use", fix="stop it")


def test_nothing_left_is_no_wait(made: Project) -> None:
    said: list[Progress] = []
    wait_for_last_run(made, said.append, lambda: None)
    assert said == []


def test_a_port_of_somebody_else_is_told_at_once(made: Project) -> None:
    said: list[Progress] = []
    with pytest.raises(Conflict, match="port 8000"):
        wait_for_last_run(made, said.append, port_in_use)
    assert said == []


def test_what_still_leaves_is_waited_for_and_its_port_with_it(
    made: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aethermart.operations.last_run._LOOK_S", 0.01)
    said: list[Progress] = []
    leave, holding = threading.Event(), threading.Event()
    ports = ["still in use", "free"]

    def linger() -> None:
        with only_one(made.state / "serve.lock", "serve"):
            holding.set()
            leave.wait(10)

    def check() -> None:
        if ports.pop(0) != "free":
            port_in_use()

    def say(progress: Progress) -> None:
        said.append(progress)
        leave.set()

    last = threading.Thread(target=linger)
    last.start()
    holding.wait(10)
    wait_for_last_run(made, say, check)
    last.join()
    assert {progress.doing for progress in said} == {"Waiting for the last run to end"}
    assert len(said) >= 2  # once for the lock, once for the port


def test_a_serve_that_stays_is_a_conflict(made: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aethermart.operations.last_run._LEAVE_S", 0.0)
    with (
        only_one(made.state / "serve.lock", "`aethermart serve`"),
        pytest.raises(Conflict, match="`aethermart serve` runs already"),
    ):
        wait_for_last_run(made, lambda _: None, lambda: None)
