"""A MariaDB on this machine: made, started, stopped and removed, as `postgres` does.

Its programs are those that `make services` made, or the system's. Answers on 127.0.0.1 alone, to
one user with a random password; root may not log in. An flock in the folder lets one process at a
time act, and a server that lives is adopted. Where its files lie and as whom it runs: `places`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from aethermart.core.errors import NotFound, Unavailable
from aethermart.servers import processes
from aethermart.servers.launch import ServerFailed, log_tail, run_program
from aethermart.servers.locks import exclusive
from aethermart.servers.mysql_client import pymysql
from aethermart.servers.places import Place, find_place, make_place, remove_place
from aethermart.servers.ports import choose_port, is_free, write_private

_START_TIMEOUT_S = 300.0  # recovery after a kill replays the redo log
_STOP_S = 60.0
_POLL_S = 0.05
_USER = "aethermart"
_FILES = ("port", "password", "location", "lock")
_SETTINGS = {
    "bind-address": "127.0.0.1",
    "socket": "server.sock",  # from the data's folder, which is closed: a path of any length
    "pid-file": "server.pid",
    "character-set-server": "utf8mb4",
    "default-time-zone": "+00:00",
    "innodb-buffer-pool-size": "128M",
    "max-connections": "100",
    "local-infile": "1",
}
# At every start, before anybody is let in: our password is the one in the file, root is shut out.
_LET_IN = """\
CREATE USER IF NOT EXISTS '{user}'@'127.0.0.1' IDENTIFIED BY '{password}';
ALTER USER '{user}'@'127.0.0.1' IDENTIFIED BY '{password}';
GRANT ALL PRIVILEGES ON *.* TO '{user}'@'127.0.0.1' WITH GRANT OPTION;
DELETE FROM mysql.global_priv WHERE user IN ('root', '');
FLUSH PRIVILEGES;
"""

_log = logging.getLogger(__name__)


def mariadb_prefix() -> Path | None:
    """Folder with bin/ and sbin/ of a MariaDB: what `make services` made, or the system's."""
    cache = Path("/var/cache") if os.geteuid() == 0 else Path.home() / ".cache"
    named = os.environ.get("AETHERMART_SERVICES")
    made = (Path(named) if named else cache / "aethermart-services") / "mariadb"
    if (made / ".ready").exists():
        return made / "usr"
    return Path("/usr") if Path("/usr/sbin/mariadbd").is_file() else None


class EmbeddedMariadb:
    """One MariaDB server that lives and dies with `folder`."""

    name = "MariaDB"

    def __init__(self, folder: Path) -> None:
        self.folder = self._folder = folder.absolute()

    def start(self) -> None:
        """Make the data on first use, start the server, return once it answers; adopt a live one.

        Raises NotFound without a MariaDB on this machine, ServerFailed, Unavailable.
        """
        with self._held(create=True):
            place = make_place(self._folder)
            if self._answers(place):
                return
            prefix = find_mariadb()
            self._make(place, prefix)
            server = _starting(place)
            if server is not None:
                if self._wait(place, server.pid):
                    return
                _log.warning("mariadbd %d of %s ended while starting", server.pid, place.cluster)
            self._launch(place, prefix)

    def stop(self) -> None:
        """Stop the server; after a minute by force, and it recovers at its next start."""
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
    def pid(self) -> int | None:
        """Its process, where it runs; it is no child of ours."""
        place = find_place(self._folder)
        server = _server(place) if place is not None else None
        return server.pid if server is not None else None

    @property
    def running(self) -> bool:
        place = find_place(self._folder)
        return place is not None and self._answers(place)

    def dsn(self, database: str) -> str:
        """Raises Unavailable before the first start."""
        return f"mysql://{_USER}:{self._kept('password')}@127.0.0.1:{self._kept('port')}/{database}"

    def create_database(self, name: str) -> None:
        """Nothing happens when it exists. The name is one of ours, of plain letters."""
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")

    def _kept(self, name: str) -> str:
        try:
            return (self._folder / name).read_text(encoding="ascii")
        except FileNotFoundError:
            raise Unavailable(
                f"no MariaDB server was started in {self._folder}", fix="call start() first"
            ) from None

    @contextlib.contextmanager
    def _held(self, *, create: bool = False) -> Iterator[None]:
        try:
            if create:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with exclusive(self._folder / "lock", _START_TIMEOUT_S):
                yield
        except OSError as error:
            raise ServerFailed(
                f"MariaDB's files cannot be written: {error}",
                fix="free space on the disk, or choose a folder that this user may write",
            ) from error

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        connection = pymysql().connect(
            host="127.0.0.1",
            port=int(self._kept("port")),
            user=_USER,
            password=self._kept("password"),
            connect_timeout=5,
            autocommit=True,
        )
        with contextlib.closing(connection):
            yield connection

    def _answers(self, place: Place) -> bool:
        """Whether this folder's server answers, not some other one on its port."""
        if _server(place) is None:
            return False
        try:
            with socket.create_connection(("127.0.0.1", int(self._kept("port"))), 5):
                pass  # the driver leaves a socket open that could not connect
            with self._connection() as connection, connection.cursor() as cursor:
                cursor.execute("SELECT @@datadir")
                (folder,) = cursor.fetchone()
            return place.cluster.samefile(folder)
        except Exception as error:  # noqa: BLE001 - the driver's errors stand behind its extra
            _log.debug("%s does not answer: %s", place.cluster, error)
            return False

    def _make(self, place: Place, prefix: Path) -> None:
        """The data, if they are not there yet: renamed when whole, so a crash leaves no half."""
        if (place.cluster / "mysql").is_dir():
            return
        shutil.rmtree(place.draft, ignore_errors=True)
        write_private(self._folder / "password", secrets.token_hex(24))
        command: list[str | Path] = [
            *(prefix / "bin" / "mariadb-install-db", "--no-defaults", f"--basedir={prefix}"),
            *(f"--datadir={place.draft}", "--auth-root-authentication-method=normal"),
            "--skip-test-db",
        ]
        done = run_program(command, place, place.folder, path=_path(prefix))
        if done.returncode != 0:
            shutil.rmtree(place.draft, ignore_errors=True)
            raise ServerFailed(
                f"mariadb-install-db failed with {done.returncode} in {place.folder}:\n"
                f"{done.stdout[-2000:].strip()}",
                fix="see its message above: a full disk and missing rights are the usual causes",
            )
        place.draft.rename(place.cluster)

    def _launch(self, place: Place, prefix: Path) -> None:
        """On the remembered port if it is still free; else, or if it is snatched, on another."""
        words = _LET_IN.format(user=_USER, password=self._kept("password"))
        let_in = place.folder / "let_in.sql"
        write_private(let_in, words, place)
        try:
            for _ in range(5):
                port = choose_port(self._folder / "port")
                if self._wait(place, _launched(place, prefix, port, let_in)):
                    return
                if is_free(port):
                    break
        finally:
            let_in.unlink(missing_ok=True)
        raise ServerFailed(
            f"MariaDB did not start in {place.folder}; its log ends:\n{log_tail(place)}",
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
                    f"MariaDB in {place.folder} does not answer; its log ends:\n{log_tail(place)}",
                    fix="wait if it is recovering, else stop it and start again",
                )
            time.sleep(_POLL_S)
        return True

    def _stop(self) -> None:
        place = find_place(self._folder)
        server = _starting(place) if place is not None else None
        if server is not None and not processes.ask_to_stop(server, signal.SIGTERM, _STOP_S):
            processes.ask_to_stop(server, signal.SIGKILL, _STOP_S)


def find_mariadb() -> Path:
    """As `mariadb_prefix`. Raises NotFound, and BadInput without its client's extra."""
    pymysql()
    prefix = mariadb_prefix()
    if prefix is None:
        raise NotFound(
            "this machine has no MariaDB server",
            fix="run `make services`, or install mariadb-server, or name a running one by its"
            " address: --store mysql://user:password@host/database",
        )
    return prefix


def _path(prefix: Path) -> str:
    return f"{prefix / 'bin'}:{prefix / 'sbin'}:{os.environ.get('PATH', os.defpath)}"


def _server(place: Place) -> psutil.Process | None:
    """By the file of its PID, which is there before anybody is let in."""
    return processes.recorded(place.cluster, "server.pid", "mariadbd")


def _starting(place: Place) -> psutil.Process | None:
    """One that has not written its PID yet; every process of the machine is looked at."""
    return next(iter(processes.servers(place.cluster, "mariadbd")), None)


def _launched(place: Place, prefix: Path, port: int, let_in: Path) -> int:
    """Start mariadbd in the background and return its PID; see `launch`."""
    script = 'log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!'
    command: list[str | Path] = ["/bin/sh", "-c", script, "sh", place.log]
    command += [prefix / "sbin" / "mariadbd", "--no-defaults", f"--basedir={prefix}"]
    command += [f"--datadir={place.cluster}", f"--port={port}", f"--init-file={let_in}"]
    command += ["--skip-name-resolve", "--skip-log-bin"]
    command += [f"--{name}={value}" for name, value in _SETTINGS.items()]
    done = run_program(command, place, place.cluster, path=_path(prefix))
    if not done.stdout.strip().isdigit():
        raise ServerFailed(
            f"MariaDB could not be launched: {done.stdout.strip()}",
            fix=f"check that {place.folder} can be written and the disk is not full",
        )
    return int(done.stdout)
