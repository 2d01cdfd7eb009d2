"""The processes of a database server, found by what they are, never by a PID alone.

A PID in `postmaster.pid` may name an innocent process: after a crash of the machine PIDs begin
again. A server of a cluster is a process of its name whose working folder is the cluster.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

_POLL_S = 0.02


def recorded_pid(cluster: Path, file: str = "postmaster.pid") -> int | None:
    """The server's PID as its file has it, be it true or stale."""
    try:
        return int((cluster / file).read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def postmaster(cluster: Path) -> psutil.Process | None:
    """The cluster's live postmaster."""
    return recorded(cluster, "postmaster.pid", "postgres")


def recorded(cluster: Path, file: str, program: str) -> psutil.Process | None:
    """The live server whose PID `file` has."""
    pid = recorded_pid(cluster, file)
    if pid is None or pid <= 0:
        return None
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    return process if _serves(process, cluster, program) else None


def servers(cluster: Path, program: str = "postgres") -> list[psutil.Process]:
    """Every process of the cluster, orphans of a killed postmaster included."""
    return [process for process in psutil.process_iter() if _serves(process, cluster, program)]


def exists(pid: int) -> bool:
    """Also true of a zombie."""
    return bool(psutil.pid_exists(pid))


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def ask_to_stop(process: psutil.Process, how: signal.Signals, timeout_s: float) -> bool:
    """Send one signal; whether the process was gone within `timeout_s`."""
    try:
        process.send_signal(how)
    except psutil.NoSuchProcess:
        return True
    deadline = time.monotonic() + timeout_s
    while alive(process.pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def end(processes: Iterable[psutil.Process]) -> None:
    """Stop what a dead postmaster left: politely for 5 s, then at once."""
    left = [process for process in processes if not ask_to_stop(process, signal.SIGQUIT, 5)]
    for process in left:
        ask_to_stop(process, signal.SIGKILL, 5)


def _serves(process: psutil.Process, cluster: Path, program: str) -> bool:
    try:
        if not process.name().startswith(program):
            return False
        return cluster.samefile(process.cwd())
    except (psutil.Error, OSError):
        return False  # gone meanwhile, a zombie, or another user's
