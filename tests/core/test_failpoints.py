from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

PASSES = """
from aethermart.core.failpoints import reached
for passage in (1, 2, 3):
    print(passage, flush=True)
    reached("mirror.rows_written")
"""


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "AETHERMART_KILL_AT"}
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unarmed_point_does_nothing() -> None:
    done = run(PASSES)
    assert (done.returncode, done.stdout) == (0, "1\n2\n3\n")


@pytest.mark.parametrize("setting, passed", [("", "1\n"), (":1", "1\n"), (":3", "1\n2\n3\n")])
def test_an_armed_point_kills_at_its_passage(setting: str, passed: str) -> None:
    done = run(PASSES, AETHERMART_KILL_AT=f"mirror.rows_written{setting}")
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, passed)


def test_nothing_is_cleaned_up_by_the_kill() -> None:
    program = f"import atexit; atexit.register(print, 'cleaned')\ntry:\n    exec({PASSES!r})\n"
    program += "finally:\n    print('finally')\n"
    assert run(program, AETHERMART_KILL_AT="mirror.rows_written").stdout == "1\n"


def test_another_point_is_passed() -> None:
    done = run(PASSES, AETHERMART_KILL_AT="mirror.committed")
    assert (done.returncode, done.stdout) == (0, "1\n2\n3\n")


def test_a_passage_that_is_never_reached_kills_nothing() -> None:
    assert run(PASSES, AETHERMART_KILL_AT="mirror.rows_written:4").returncode == 0


def test_a_misspelt_point_stops_the_process_at_once() -> None:
    done = run(PASSES, AETHERMART_KILL_AT="mirror.row_written")
    assert (done.returncode, done.stdout) == (1, "")
    assert "AETHERMART_KILL_AT: 'mirror.row_written' is not one of capture." in done.stderr
