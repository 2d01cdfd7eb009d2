"""Real processes: restarted when they die, gone with their parent, stopped in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from aethermart.pipeline import children
from aethermart.pipeline.children import ChildSpec, Supervisor
from tests.pipeline.child import spec

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # children find `tests` there


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "a folder"
    folder.mkdir()
    return folder


@pytest.fixture
def run(folder: Path) -> Iterator[Callable[..., Supervisor]]:
    started: list[Supervisor] = []

    def start(*kinds: str) -> Supervisor:
        supervisor = Supervisor([spec(kind, folder) for kind in kinds])
        started.append(supervisor)
        supervisor.start()
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop()


def said(folder: Path, kind: str) -> list[tuple[int, str, float]]:
    """(process id, words, when) of each line that children of a kind wrote."""
    path = folder / f"{kind}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [(int(pid), words, float(when)) for pid, words, when in map(str.split, lines)]


def words(folder: Path, kind: str) -> list[str]:
    return [word for _, word, _ in said(folder, kind)]


def wait_until(true: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_children_run_with_their_environment_and_their_words_are_kept(
    folder: Path, run: Callable[..., Supervisor]
) -> None:
    supervisor = run("plain")
    wait_until(lambda: words(folder, "plain") == ["begun"])
    assert supervisor.pids() == {"plain": said(folder, "plain")[0][0]}
    assert supervisor.restarts() == {"plain": 0}
    log = folder / "logs" / "plain.log"
    assert log.read_text(encoding="utf-8") == "plain speaks, told plain\n"


def test_a_stop_is_in_order_and_nothing_comes_back(
    folder: Path, run: Callable[..., Supervisor]
) -> None:
    supervisor = run("plain", "middle")
    wait_until(lambda: words(folder, "plain") == ["begun"] * 2)
    pids = [*supervisor.pids().values(), *(pid for pid, *_ in said(folder, "plain"))]
    supervisor.stop()
    assert words(folder, "plain") == ["begun", "begun", "left", "left"]
    assert words(folder, "middle") == ["begun", "left"]
    assert all(gone(pid) for pid in pids)
    time.sleep(1.0)
    assert supervisor.pids() == {}
    assert words(folder, "plain") == ["begun", "begun", "left", "left"]
    supervisor.stop()


def test_a_signal_in_the_middle_of_a_wait_is_heard(folder: Path) -> None:
    child = subprocess.run(spec("interrupted", folder).command, timeout=20, check=False)
    assert child.returncode == 0
    assert words(folder, "interrupted") == ["begun", "left"]


def test_a_killed_child_is_started_again(folder: Path, run: Callable[..., Supervisor]) -> None:
    supervisor = run("plain")
    wait_until(lambda: words(folder, "plain") == ["begun"])
    first = supervisor.pids()["plain"]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: words(folder, "plain") == ["begun", "begun"])
    assert supervisor.restarts() == {"plain": 1}
    assert supervisor.pids()["plain"] != first


def test_a_child_that_dies_each_time_is_started_later_each_time(
    folder: Path, run: Callable[..., Supervisor]
) -> None:
    supervisor = run("dying", "plain")
    wait_until(lambda: len(said(folder, "dying")) == 4)
    begun = [when for _, _, when in said(folder, "dying")]
    gaps = [later - earlier for earlier, later in pairwise(begun)]
    assert 0.5 <= gaps[0] < gaps[1] < gaps[2]
    assert supervisor.restarts() == {"dying": 3, "plain": 0}
    assert words(folder, "plain") == ["begun"]


def test_a_child_that_does_not_leave_is_killed(
    folder: Path, run: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "_STOP_S", 0.3)
    supervisor = run("deaf")
    wait_until(lambda: words(folder, "deaf") == ["begun"])
    pid = supervisor.pids()["deaf"]
    supervisor.stop()
    assert gone(pid)
    assert words(folder, "deaf") == ["begun"]


def test_children_and_their_children_leave_in_order_when_the_parent_is_killed(
    folder: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.pipeline.child", "parent", str(folder)]
    ) as parent:
        wait_until(lambda: words(folder, "plain") == ["begun"])
        below = [said(folder, kind)[0][0] for kind in ("middle", "plain")]
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(30)
    wait_until(lambda: all(gone(pid) for pid in below))
    assert words(folder, "middle") == ["begun", "left"]
    assert words(folder, "plain") == ["begun", "left"]
    assert words(folder, "parent") == ["begun"]


def test_a_grandchild_leaves_though_its_parent_was_killed_and_comes_back_under_the_new_one(
    folder: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.pipeline.child", "parent", str(folder)]
    ) as parent:
        wait_until(lambda: words(folder, "plain") == ["begun"])
        os.kill(said(folder, "middle")[0][0], signal.SIGKILL)
        wait_until(lambda: words(folder, "plain").count("begun") == 2)
        wait_until(lambda: words(folder, "plain").count("left") == 1)
        parent.terminate()
        assert parent.wait(30) == 0
    assert words(folder, "plain").count("left") == 2
    assert words(folder, "parent") == ["begun", "left"]


def test_a_child_that_hears_nothing_is_gone_soon_after_its_parent(folder: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path;"
        "from aethermart.pipeline.children import Supervisor;"
        "from tests.pipeline.child import spec;"
        "Supervisor([spec('deaf', Path(sys.argv[1]))]).start(); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(folder)]) as parent:
        wait_until(lambda: words(folder, "deaf") == ["begun"])
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(30)
    pid = said(folder, "deaf")[0][0]
    wait_until(lambda: gone(pid))


def test_a_command_that_a_person_started_does_not_mind_a_closed_input(folder: Path) -> None:
    command = [sys.executable, "-m", "tests.pipeline.child", "plain", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        wait_until(lambda: words(folder, "plain") == ["begun"])
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert words(folder, "plain") == ["begun", "left"]


def test_where_one_child_cannot_be_started_none_stays(folder: Path) -> None:
    missing = ChildSpec("missing", [str(folder / "no program")], folder / "missing.log")
    supervisor = Supervisor([spec("plain", folder), missing])
    with pytest.raises(FileNotFoundError):
        supervisor.start()
    assert supervisor.pids() == {}


def test_a_child_whose_program_is_away_for_a_while_comes_back_with_it(folder: Path) -> None:
    program = folder / "program"
    program.symlink_to(sys.executable)
    command = [str(program), "-c", "import sys; sys.stdin.read()"]
    supervisor = Supervisor([ChildSpec("moved", command, folder / "moved.log")])
    supervisor.start()
    try:
        program.unlink()
        os.kill(supervisor.pids()["moved"], signal.SIGKILL)
        wait_until(lambda: supervisor.pids() == {})
        time.sleep(1.0)
        assert supervisor.pids() == {}
        program.symlink_to(sys.executable)
        wait_until(lambda: supervisor.pids() != {})
    finally:
        supervisor.stop()
