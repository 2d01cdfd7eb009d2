"""PostgreSQL on this machine from a wheel's binaries: made, started, stopped and removed.

Answers on 127.0.0.1 alone, by scram-sha-256 with a random password. Any number of processes may
call `start` and `stop` on one folder; an flock in it lets one at a time act, and a server that
lives is adopted. PostgreSQL refuses to run as root, and a home may be closed to everyone else, so
as root the cluster lies under /var/lib/aethermart and runs as an unprivileged user (see `places`).
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from aethermart.core.errors import Terminal, Unavailable
from aethermart.servers import processes
from aethermart.servers.binaries import MAJOR, Binaries
from aethermart.servers.locks import exclusive
from aethermart.servers.places import Place, binaries_of, find_place, make_place, remove_place

_log = logging.getLogger(__name__)

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
_START_TIMEOUT_S = 300.0  # recovery after a kill replays up to max_wal_size (1 GB)
_FAST_STOP_S = 30.0
_IMMEDIATE_STOP_S = 10.0
_LOG_LIMIT_BYTES = 10_000_000
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class EmbeddedPostgresSettings:
    folder: Path
    user: str = "aethermart"


class ServerFailed(Terminal):
    """PostgreSQL could not be made or started; the cause carries the end of its own log."""


class EmbeddedPostgres:
    """One PostgreSQL server that lives and dies with `folder`."""

    def __init__(self, folder: Path, user: str = "aethermart") -> None:
        self._folder = folder.absolute()
        self._user = user

    def start(self) -> None:
        """Make the cluster on first use, start it, return once it answers; adopt a live server."""
        with self._held(create=True):
            place = make_place(self._folder)
            if self._answers(place):
                return
            if processes.postmaster(place.cluster) is None:
                binaries = binaries_of(place)
                self._clear_remains(place)
                self._make_cluster(place, binaries)
                self._launch(place, binaries)
            else:
                self._wait(place, _START_TIMEOUT_S)

    def stop(self) -> None:
        """Stop the server and every backend: fast, after 30 s immediately."""
        if self._folder.exists():
            with self._held():
                self._stop()

    def destroy(self) -> None:
        """Stop, then remove every file made for this folder, wherever it lies."""
        if not self._folder.exists():
            return
        with self._held():
            self._stop()
            place = find_place(self._folder)
            if place is not None:
                remove_place(place)
            for name in ("port", "password", "location", "lock"):
                (self._folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # someone else's files lie beside ours
            self._folder.rmdir()

    @property
    def running(self) -> bool:
        place = find_place(self._folder)
        return place is not None and self._answers(place)

    def dsn(self, database: str = "postgres") -> str:
        """Raises Unavailable before the first start."""
        try:
            port = (self._folder / "port").read_text(encoding="ascii")
            password = (self._folder / "password").read_text(encoding="ascii")
        except FileNotFoundError:
            raise Unavailable(
                f"no PostgreSQL server was started in {self._folder}", fix="call start() first"
            ) from None
        return f"postgresql://{self._user}:{password}@127.0.0.1:{port}/{quote(database, safe='')}"

    def create_database(self, name: str) -> None:
        with (
            psycopg.connect(self.dsn(), autocommit=True) as connection,
            # Another may make it at the same time.
            contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation),
        ):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    @contextlib.contextmanager
    def _held(self, *, create: bool = False) -> Iterator[None]:
        try:
            if create:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with exclusive(self._folder / "lock", _START_TIMEOUT_S):
                yield
        except OSError as error:
            raise ServerFailed(
                f"PostgreSQL's files cannot be written: {error}",
                fix="free space on the disk, or choose a folder that this user may write",
            ) from error

    def _answers(self, place: Place) -> bool:
        """Whether this cluster's server answers, not some other one on its port."""
        try:
            with psycopg.connect(self.dsn(), connect_timeout=5, autocommit=True) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
            return row is not None and place.cluster.samefile(row[0])
        except (psycopg.Error, Unavailable, OSError) as error:
            _log.debug("%s does not answer: %s", place.cluster, error)
            return False

    def _clear_remains(self, place: Place) -> None:
        """After a kill: end orphaned backends, and forget a PID that is someone else's."""
        processes.end(processes.servers(place.cluster))
        pid = processes.recorded_pid(place.cluster)
        if pid is not None and processes.alive(pid):
            (place.cluster / "postmaster.pid").unlink()

    def _make_cluster(self, place: Place, binaries: Binaries) -> None:
        if (place.cluster / "PG_VERSION").exists():
            self._require_usable(place)
            return
        draft = place.folder / "cluster.draft"  # renamed when whole: a crash leaves no half cluster
        shutil.rmtree(draft, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        given = place.folder / "password.draft"
        _write_private(self._folder / "password", password)
        _write_private(given, password, place)
        try:
            self._initdb(place, binaries, draft, given)
        finally:
            given.unlink(missing_ok=True)
        draft.rename(place.cluster)

    def _initdb(self, place: Place, binaries: Binaries, draft: Path, password_file: Path) -> None:
        command: list[str | Path] = [
            *(binaries.bin / "initdb", "--pgdata", draft, "--username", self._user),
            *("--pwfile", password_file, "--auth", "scram-sha-256", "--encoding", "UTF8"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
        ]
        done = _run(command, place, place.folder)
        if done.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise ServerFailed(
                f"initdb failed in {place.folder}:\n{done.stdout[-2000:].strip()}",
                fix="see its message above; free disk space and folder rights are the usual causes",
            )

    def _require_usable(self, place: Place) -> None:
        if not (self._folder / "password").exists():
            raise ServerFailed(
                f"{self._folder / 'password'} is gone, and with it the way into the server",
                fix="bring the file back, or remove the folder to begin anew",
            )
        version = (place.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != MAJOR:
            raise ServerFailed(
                f"{place.cluster} was made by PostgreSQL {version}, installed is {MAJOR}",
                fix="install the release that made it, dump the databases, and load them anew",
            )

    def _launch(self, place: Place, binaries: Binaries) -> None:
        """On the remembered port if it is still free; else, or if it is snatched, on another."""
        for _ in range(5):
            port = self._choose_port()
            pid = _spawn(place, binaries, port)
            if self._wait(place, _START_TIMEOUT_S, pid):
                return
            if _bindable(port):
                break
        raise ServerFailed(
            f"PostgreSQL did not start in {place.folder}; its log ends:\n{_tail(place.log)}",
            fix="see the last lines of its log above",
        )

    def _choose_port(self) -> int:
        file = self._folder / "port"
        with contextlib.suppress(FileNotFoundError, ValueError):
            port = int(file.read_text(encoding="ascii"))
            if _bindable(port):
                return port
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        _write_private(file, str(port))
        return port

    def _wait(self, place: Place, timeout_s: float, pid: int | None = None) -> bool:
        """True once the server answers; False when the process `pid` ended before."""
        deadline = time.monotonic() + timeout_s
        while not self._answers(place):
            if pid is not None and not processes.alive(pid):
                return False
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"PostgreSQL in {place.folder} does not answer; its log ends:\n"
                    f"{_tail(place.log)}",
                    fix="wait if it is recovering, else stop it and start again",
                )
            time.sleep(_POLL_S)
        return True

    def _stop(self) -> None:
        place = find_place(self._folder)
        if place is None:
            return
        server = processes.postmaster(place.cluster)
        if server is not None and not processes.ask_to_stop(server, signal.SIGINT, _FAST_STOP_S):
            processes.ask_to_stop(server, signal.SIGQUIT, _IMMEDIATE_STOP_S)
        processes.end(processes.servers(place.cluster))


def _run(
    command: Sequence[str | Path], place: Place, folder: Path
) -> subprocess.CompletedProcess[str]:
    """As the place's user; PostgreSQL's own variables of our caller do not reach it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
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


def _spawn(place: Place, binaries: Binaries, port: int) -> int:
    """Start postgres in the background and return its PID.

    A shell in between, given its words as arguments, hands the server over to init, so that it
    outlives us and leaves no zombie; pg_ctl would quote our paths for a shell by itself.
    """
    settings = [f"{name}={value}" for name, value in (_SETTINGS | {"port": str(port)}).items()]
    script = 'log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!'
    if place.log.exists() and place.log.stat().st_size > _LOG_LIMIT_BYTES:
        place.log.unlink()
    command: list[str | Path] = ["/bin/sh", "-c", script, "sh", place.log]
    command += [binaries.bin / "postgres", "-D", place.cluster]
    for setting in settings:
        command += ["-c", setting]
    done = _run(command, place, place.cluster)
    if not done.stdout.strip().isdigit():
        raise ServerFailed(
            f"PostgreSQL could not be launched: {done.stdout.strip()}",
            fix=f"check that {place.folder} can be written and the disk is not full",
        )
    return int(done.stdout)


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _tail(log: Path, size: int = 2000) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")[-size:].strip()
    except FileNotFoundError:
        return "(empty)"


def _write_private(file: Path, text: str, place: Place | None = None) -> None:
    """Replace `file` by one that only its owner reads, given to the place's user if one is named.

    Made anew beside it: as root we write into a folder that an unprivileged user could alter.
    """
    draft = file.with_name(file.name + f".{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        if place is not None and place.account is not None:
            os.fchown(handle, place.account.uid, place.account.gid)
        stream.write(text)
    draft.replace(file)
