"""Run a server's programs: those of its making, and the server itself in the background.

As the place's user, with neither our terminal's signals nor our caller's PG* variables.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from aethermart.core.errors import Terminal
from aethermart.servers.binaries import Binaries
from aethermart.servers.places import Place

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "wal_level": "logical",
    "track_commit_timestamp": "on",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
}
_LOG_LIMIT_BYTES = 10_000_000
_SHOWN = 2000  # characters of a log that an error quotes


class ServerFailed(Terminal):
    """A server could not be made or started; the cause carries the end of its own log."""


def make_cluster(
    place: Place, binaries: Binaries, folder: Path, user: str, password_file: Path
) -> None:
    """A new cluster in `folder`, whose superuser has the password in `password_file`."""
    command: list[str | Path] = [
        *(binaries.bin / "initdb", "--pgdata", folder, "--username", user),
        *("--pwfile", password_file, "--auth", "scram-sha-256", "--encoding", "UTF8"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
    ]
    make_data(command, place, folder)


def make_data(
    command: Sequence[str | Path], place: Place, folder: Path, *, path: str | None = None
) -> None:
    """Run what makes a server's data in `folder`, over what a crash may have left there."""
    shutil.rmtree(folder, ignore_errors=True)
    done = run_program(command, place, place.folder, path=path)
    if done.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise ServerFailed(
            f"{Path(command[0]).name} failed with {done.returncode} in {place.folder}:\n"
            f"{done.stdout[-_SHOWN:].strip()}",
            fix="see its message above: a full disk and missing rights are the usual causes",
        )


def launch(place: Place, binaries: Binaries, port: int) -> int:
    """Start postgres in the background and return its PID."""
    command: list[str | Path] = [binaries.bin / "postgres", "-D", place.cluster]
    for name, value in (_SETTINGS | {"port": str(port)}).items():
        command += ["-c", f"{name}={value}"]
    return in_background(command, place)


def in_background(command: Sequence[str | Path], place: Place, *, path: str | None = None) -> int:
    """Start a server in its cluster's folder and return its PID; its words go to the place's log.

    A shell in between, given its words as arguments, hands the server over to init, so that it
    outlives us and leaves no zombie; pg_ctl would quote our paths for a shell by itself.
    """
    if place.log.exists() and place.log.stat().st_size > _LOG_LIMIT_BYTES:
        place.log.unlink()
    script = 'log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!'
    done = run_program(
        ["/bin/sh", "-c", script, "sh", place.log, *command], place, place.cluster, path=path
    )
    if not done.stdout.strip().isdigit():
        raise ServerFailed(
            f"{Path(command[0]).name} could not be launched: {done.stdout.strip()}",
            fix=f"check that {place.folder} can be written and the disk is not full",
        )
    return int(done.stdout)


def log_tail(place: Place) -> str:
    try:
        with place.log.open("rb") as log:
            log.seek(max(0, place.log.stat().st_size - _SHOWN))
            return log.read().decode(errors="replace").strip() or "(empty)"
    except FileNotFoundError:
        return "(none)"


def run_program(
    command: Sequence[str | Path], place: Place, folder: Path, *, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    """A server's program, run to its end in `folder`; its output in one.

    path  where it finds its own helpers; ours where absent
    """
    dropped = ("PG", "LC_", "MYSQL", "MARIADB")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    environment |= {"PATH": path} if path is not None else {}
    account = place.account
    return subprocess.run(
        command,
        cwd=folder,
        env=environment | {"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        start_new_session=True,  # a terminal's Ctrl-C is not the server's
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        umask=0o077,
    )
