"""PostgreSQL on this machine from a wheel's binaries: made, started, stopped and removed.

Answers on 127.0.0.1 alone, by scram-sha-256 with a random password. Any number of processes may
call `start` and `stop` on one folder; an flock in it lets one at a time act, and a server that
lives is adopted. Where its files lie and as whom it runs: `places`.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from aethermart.core.errors import Unavailable
from aethermart.servers import processes
from aethermart.servers.binaries import MAJOR, Binaries
from aethermart.servers.launch import ServerFailed, launch, log_tail, make_cluster
from aethermart.servers.locks import exclusive
from aethermart.servers.places import Place, binaries_of, find_place, make_place, remove_place
from aethermart.servers.ports import choose_port, is_free, write_private

_START_TIMEOUT_S = 300.0  # recovery after a kill replays up to max_wal_size (1 GB)
_FAST_STOP_S = 30.0
_IMMEDIATE_STOP_S = 10.0
_POLL_S = 0.02
_FILES = ("port", "password", "location", "lock")  # beside the cluster, in the folder

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EmbeddedPostgresSettings:
    folder: Path
    user: str = "aethermart"


class EmbeddedPostgres:
    """One PostgreSQL server that lives and dies with `folder`."""

    name = "PostgreSQL"

    def __init__(self, folder: Path, user: str = "aethermart") -> None:
        self.folder = self._folder = folder.absolute()
        self._user = user

    def start(self) -> None:
        """Make the cluster on first use, start it, return once it answers; adopt a live server.

        Raises ServerFailed, Unavailable when it does not answer in time, and what `make_place`
        raises.
        """
        with self._held(create=True):
            place = make_place(self._folder)
            if self._answers(place):
                return
            binaries = binaries_of(place)
            self._make(place, binaries)
            server = processes.postmaster(place.cluster)
            if server is not None:
                if self._wait(place, server.pid):
                    return
                _log.warning("postgres %d of %s ended while starting", server.pid, place.cluster)
            self._clear_remains(place)
            self._launch(place, binaries)

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
            for name in _FILES:
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
        """Nothing happens when it exists."""
        with (
            psycopg.connect(self.dsn(), autocommit=True) as connection,
            # UniqueViolation: another made it at the same moment.
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
        if processes.postmaster(place.cluster) is None:
            return False
        try:
            with psycopg.connect(self.dsn(), connect_timeout=5, autocommit=True) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
            return row is not None and place.cluster.samefile(row[0])
        except (psycopg.Error, Unavailable, OSError) as error:
            _log.debug("%s does not answer: %s", place.cluster, error)
            return False

    def _make(self, place: Place, binaries: Binaries) -> None:
        """The cluster, if it is not there yet: renamed when whole, so a crash leaves no half."""
        if (place.cluster / "PG_VERSION").exists():
            self._require_usable(place)
            return
        shutil.rmtree(place.draft, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        given = place.folder / "password.draft"
        write_private(self._folder / "password", password)
        write_private(given, password, place)
        try:
            make_cluster(place, binaries, place.draft, self._user, given)
        finally:
            given.unlink(missing_ok=True)
        place.draft.rename(place.cluster)

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

    def _clear_remains(self, place: Place) -> None:
        """After a kill: end orphaned backends, then forget a PID that is someone else's.

        Or a zombie's, where the machine's first process does not reap: PostgreSQL itself takes any
        PID that exists for a living postmaster.
        """
        processes.end(processes.servers(place.cluster))
        pid = processes.recorded_pid(place.cluster)
        if pid is not None and processes.exists(pid):
            (place.cluster / "postmaster.pid").unlink()

    def _launch(self, place: Place, binaries: Binaries) -> None:
        """On the remembered port if it is still free; else, or if it is snatched, on another."""
        for _ in range(5):
            port = choose_port(self._folder / "port")
            pid = launch(place, binaries, port)
            if self._wait(place, pid):
                return
            if is_free(port):
                break
        raise ServerFailed(
            f"PostgreSQL did not start in {place.folder}; its log ends:\n{log_tail(place)}",
            fix="see the last lines of its log above",
        )

    def _wait(self, place: Place, pid: int) -> bool:
        """True once the server answers; False when its process ended before."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._answers(place):
            if not processes.alive(pid):
                return False
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"PostgreSQL in {place.folder} does not answer; its log ends:\n"
                    f"{log_tail(place)}",
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
