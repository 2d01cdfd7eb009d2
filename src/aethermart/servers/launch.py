"""Run PostgreSQL's programs: initdb for a new cluster, postgres in the background.

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
    """PostgreSQL could not be made or started; the cause carries the end of its own log."""


def make_cluster(
    place: Place, binaries: Binaries, folder: Path, user: str, password_file: Path
) -> None:
    """A new cluster in `folder`, whose superuser has the password in `password_file`."""
    command: list[str | Path] = [
        *(binaries.bin / "initdb", "--pgdata", folder, "--username", user),
        *("--pwfile", password_file, "--auth", "scram-sha-256", "--encoding", "UTF8"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
    ]
    done = run_program(command, place, place.folder)
    if done.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        said = done.stdout[-_SHOWN:].strip()
        raise ServerFailed(
            f"initdb failed with {done.returncode} in {place.folder}:\n{said}",
            fix="see its message above: a full disk and missing rights are the usual causes",
        )


def launch(place: Place, binaries: Binaries, port: int) -> int:
    """Start postgres in the background and return its PID.

    A shell in between, given its words as arguments, hands the server over to init, so that it
    outlives us and leaves no zombie; pg_ctl would quote our paths for a shell by itself.
    """
    if place.log.exists() and place.log.stat().st_size > _LOG_LIMIT_BYTES:
        place.log.unlink()
    script = 'log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!'
    command: list[str | Path] = ["/bin/sh", "-c", script, "sh", place.log]
    command += [binaries.bin / "postgres", "-D", place.cluster]
    for name, value in (_SETTINGS | {"port": str(port)}).items():
        command += ["-c", f"{name}={value}"]
    done = run_program(command, place, place.cluster)
    if not done.stdout.strip().isdigit():
        raise ServerFailed(
            f"PostgreSQL could not be launched: {done.stdout.strip()}",
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
