"""What a check finds, and what a check is given."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import psutil

from aethermart.client.client import AetherMartClient
from aethermart.core.clock import Clock, utc_now
from aethermart.wiring import Project

Verdict = Literal["ok", "warning", "wrong", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """wrong: something does not work; warning: it will not for long. cause and mend say more."""

    name: str
    verdict: Verdict
    cause: str = ""
    mend: str = ""


Check = Callable[["Patient"], Iterable[Finding]]


def ok(name: str, cause: str = "") -> Finding:
    return Finding(name, "ok", cause)


def warning(name: str, cause: str, mend: str) -> Finding:
    return Finding(name, "warning", cause, mend)


def wrong(name: str, cause: str, mend: str) -> Finding:
    return Finding(name, "wrong", cause, mend)


def skipped(
    name: str, cause: str, mend: str = "start `aethermart serve`, then ask again"
) -> Finding:
    return Finding(name, "skipped", cause, mend)


def usable_memory() -> int:
    """Bytes of memory this process may use: the machine's, or what its control group allows."""
    limits = [int(psutil.virtual_memory().total)]
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limits.append(int(Path(file).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue  # no such group, or no limit
    return min(limits)


@dataclass(frozen=True)
class Machine:
    """What of the machine the checks ask; a test gives its own."""

    free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    memory_bytes: Callable[[], int] = usable_memory
    clock: Clock = utc_now


@dataclass(frozen=True)
class Patient:
    """A project that is looked at, and what was found out about it on the way."""

    project: Project
    machine: Machine = field(default_factory=Machine)

    @cached_property
    def serving(self) -> bool:
        """`serve` runs on the folder."""
        return held(self.project.state / "serve.lock")

    @cached_property
    def database_up(self) -> bool:
        """The platform's database can be asked: the embedded one runs, or it is somebody else's."""
        server = self.project.embedded()
        return server is None or server.running

    def client(self) -> AetherMartClient:
        """The project's own API."""
        project = self.project
        token = project.token_file.read_text(encoding="utf-8").strip()
        return AetherMartClient(
            project.settings.api.url, token, timeout_s=30.0, certificate=project.api_certificate
        )


def held(lock: Path) -> bool:
    """Whether a process holds this lock file; the system frees it when the process ends."""
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def each(findings: Iterator[Finding], name: str) -> Iterator[Finding]:
    """The findings; where there are none, that all is well."""
    found = list(findings)
    yield from found or [ok(name)]
