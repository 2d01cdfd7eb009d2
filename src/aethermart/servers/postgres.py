"""PostgreSQL on this machine from a wheel's binaries, by scram-sha-256; its life: `embedded`."""

from __future__ import annotations

import contextlib
import logging
import secrets
import signal
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from aethermart.core.errors import Unavailable
from aethermart.servers import processes
from aethermart.servers.binaries import MAJOR, Binaries
from aethermart.servers.embedded import EmbeddedServer
from aethermart.servers.launch import ServerFailed, launch, make_cluster
from aethermart.servers.places import Place, binaries_of
from aethermart.servers.ports import write_private

_FAST_STOP_S = 30.0
_IMMEDIATE_STOP_S = 10.0

_log = logging.getLogger(__name__)


class EmbeddedPostgres(EmbeddedServer[Binaries]):
    """One PostgreSQL server that lives and dies with `folder`."""

    name = "PostgreSQL"

    def __init__(self, folder: Path, user: str = "aethermart") -> None:
        super().__init__(folder)
        self._user = user

    def dsn(self, database: str = "postgres") -> str:
        """Raises Unavailable before the first start."""
        port, password = self._kept("port"), self._kept("password")
        return f"postgresql://{self._user}:{password}@127.0.0.1:{port}/{quote(database, safe='')}"

    def create_database(self, name: str) -> None:
        """Nothing happens when it exists."""
        with (
            psycopg.connect(self.dsn(), autocommit=True) as connection,
            # UniqueViolation: another made it at the same moment.
            contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation),
        ):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _programs(self, place: Place) -> Binaries:
        return binaries_of(place)

    def _found(self, place: Place) -> psutil.Process | None:
        return processes.postmaster(place.cluster)

    def _answers(self, place: Place) -> bool:
        if self._found(place) is None:
            return False
        try:
            with psycopg.connect(self.dsn(), connect_timeout=5, autocommit=True) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
            return row is not None and place.cluster.samefile(row[0])
        except (psycopg.Error, Unavailable, OSError) as error:
            _log.debug("%s does not answer: %s", place.cluster, error)
            return False

    def _make(self, place: Place, programs: Binaries) -> None:
        if (place.cluster / "PG_VERSION").exists():
            self._require_usable(place)
            return
        password = secrets.token_urlsafe(24)
        given = place.folder / "password.draft"
        write_private(self.folder / "password", password)
        write_private(given, password, place)
        try:
            make_cluster(place, programs, place.draft, self._user, given)
        finally:
            given.unlink(missing_ok=True)
        place.draft.rename(place.cluster)

    def _require_usable(self, place: Place) -> None:
        if not (self.folder / "password").exists():
            raise ServerFailed(
                f"{self.folder / 'password'} is gone, and with it the way into the server",
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

    def _launched(self, place: Place, programs: Binaries, port: int) -> int:
        return launch(place, programs, port)

    def _end(self, place: Place) -> None:
        """Fast, after 30 s immediately; then every backend that is left."""
        server = self._found(place)
        if server is not None and not processes.ask_to_stop(server, signal.SIGINT, _FAST_STOP_S):
            processes.ask_to_stop(server, signal.SIGQUIT, _IMMEDIATE_STOP_S)
        processes.end(processes.servers(place.cluster))
