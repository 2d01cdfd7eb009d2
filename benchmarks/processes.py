"""Run a side of a benchmark as a process of its own and count all that it used."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".bench" / "venv"
_LOCK = Path(__file__).parent / "requirements.lock"


class SideFailed(Exception):
    """A side ended with an error; its words are in the message."""


@dataclass(frozen=True, slots=True)
class Run:
    """answer    the JSON line that the side printed last
    cpu_s     of its whole tree of processes, interpreter start to end
    server_cpu_s  what the PostgreSQL server used meanwhile, all its backends
    """

    answer: dict[str, Any]
    wall_s: float
    cpu_s: float
    server_cpu_s: float

    @property
    def peak_mb(self) -> float:
        return float(self.answer.get("peak_mb", 0.0))


def run_side(module: str, *arguments: str, dsn: str, python: str = sys.executable) -> Run:
    """Run `python -m module`; `dsn` names the server whose CPU time is counted beside."""
    return run([python, "-m", module, *arguments], dsn)


def run(command: list[str], dsn: str, *, throw_away: bool = False) -> Run:
    """Run one command to its end; with `throw_away` its output goes to nowhere, unread."""
    server, wall, cpu = server_cpu_s(dsn), time.perf_counter(), children_cpu_s()
    output = subprocess.DEVNULL if throw_away else subprocess.PIPE
    done = subprocess.run(
        command, cwd=ROOT, stdout=output, stderr=subprocess.PIPE, text=True, check=False
    )
    used = time.perf_counter() - wall, children_cpu_s() - cpu, server_cpu_s(dsn) - server
    if done.returncode != 0:
        raise SideFailed(f"{command[:3]} left with {done.returncode}: {done.stderr[-2000:]}")
    answer = {} if throw_away else json.loads(done.stdout.splitlines()[-1])
    return Run(answer, *used)


def children_cpu_s() -> float:
    """CPU seconds of every child, and its children, that ended and was waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def server_cpu_s(dsn: str) -> float:
    """CPU seconds of a PostgreSQL on this machine so far: the living and the ended backends."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(
            "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int"
        ).fetchone()
    assert row is not None
    postmaster = psutil.Process(row[0])
    while True:
        # A backend that ends meanwhile is counted here or there, or both, or not at all: again.
        living = _cpu_s_of_each(postmaster.children())
        times = postmaster.cpu_times()
        if living.keys() == {child.pid for child in postmaster.children()}:
            reaped = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
            return sum(living.values()) + times.user + times.system + reaped


def _cpu_s_of_each(processes: list[psutil.Process]) -> dict[int, float]:
    used = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used[process.pid] = times.user + times.system
    return used


def peers_python(*, install: bool) -> str | None:
    """Python of the peers' environment; made from its lock where it is missing and `install`."""
    python = PEERS / "bin" / "python"
    stamp = PEERS / ".set-up"  # written last
    if stamp.exists() and stamp.stat().st_mtime >= _LOCK.stat().st_mtime:
        return str(python)
    if not install:
        return None
    print(f"Installing the peers into {PEERS.relative_to(ROOT)}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEERS)], check=True)
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", str(_LOCK)], check=True)
    stamp.touch()
    return str(python)


class Worker:
    """A side that lives through all repetitions: one JSON line in, one out."""

    def __init__(self, python: str, module: str, *arguments: str) -> None:
        self._words = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by __exit__
        self._command = [python, "-m", module, *arguments]
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            text=True,
            env={**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false"},
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._words.close()

    def ask(self, **question: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            with contextlib.suppress(json.JSONDecodeError):
                answer = json.loads(line)
                if isinstance(answer, dict):
                    return answer
        self._words.seek(0)
        # DuckDB's binding counts its leaks at an exit by error, which buries the error.
        words = "".join(line for line in self._words if "leaked" not in line)[-2000:]
        raise SideFailed(f"{self._command} ended without an answer: {words}")
