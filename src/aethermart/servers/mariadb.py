"""A MariaDB on this machine, of the programs that `make services` made, or of the system's.

Root may not log in. Its life: `embedded`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from aethermart.core.errors import NotFound
from aethermart.servers import processes
from aethermart.servers.embedded import EmbeddedServer
from aethermart.servers.launch import in_background, make_data
from aethermart.servers.mysql_client import pymysql
from aethermart.servers.places import Place, find_place
from aethermart.servers.ports import write_private

_STOP_S = 60.0
_USER = "aethermart"
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


def services_folder() -> Path:
    """Where `make services` puts servers."""
    cache = Path("/var/cache") if os.geteuid() == 0 else Path.home() / ".cache"
    return Path(os.environ.get("AETHERMART_SERVICES", cache / "aethermart-services"))


def mariadb_prefix() -> Path | None:
    """Folder with bin/ and sbin/ of a MariaDB: what `make services` made, or the system's."""
    made = services_folder() / "mariadb"
    if (made / ".ready").exists():
        return made / "usr"
    return Path("/usr") if Path("/usr/sbin/mariadbd").is_file() else None


class EmbeddedMariadb(EmbeddedServer[Path]):
    """One MariaDB server that lives and dies with `folder`."""

    name = "MariaDB"

    @property
    def pid(self) -> int | None:
        """Its process, where it runs; it is no child of ours."""
        place = find_place(self.folder)
        server = _server(place) if place is not None else None
        return server.pid if server is not None else None

    def dsn(self, database: str) -> str:
        """Raises Unavailable before the first start."""
        return f"mysql://{_USER}:{self._kept('password')}@127.0.0.1:{self._kept('port')}/{database}"

    def create_database(self, name: str) -> None:
        """Nothing happens when it exists. The name is one of ours, of plain letters."""
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")

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

    def _programs(self, place: Place) -> Path:
        return find_mariadb()

    def _found(self, place: Place) -> psutil.Process | None:
        """One that starts has not written its PID yet: every process of the machine is looked at"""
        return next(iter(processes.servers(place.cluster, "mariadbd")), None)

    def _answers(self, place: Place) -> bool:
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

    def _make(self, place: Place, programs: Path) -> None:
        if (place.cluster / "mysql").is_dir():
            return
        write_private(self.folder / "password", secrets.token_hex(24))
        command: list[str | Path] = [
            *(programs / "bin" / "mariadb-install-db", "--no-defaults", f"--basedir={programs}"),
            *(f"--datadir={place.draft}", "--auth-root-authentication-method=normal"),
            "--skip-test-db",
        ]
        make_data(command, place, place.draft, path=_path(programs))
        place.draft.rename(place.cluster)

    def _launch(self, place: Place, programs: Path) -> None:
        words = _LET_IN.format(user=_USER, password=self._kept("password"))
        write_private(_let_in(place), words, place)
        try:
            super()._launch(place, programs)
        finally:
            _let_in(place).unlink(missing_ok=True)

    def _launched(self, place: Place, programs: Path, port: int) -> int:
        command: list[str | Path] = [
            *(programs / "sbin" / "mariadbd", "--no-defaults", f"--basedir={programs}"),
            *(f"--datadir={place.cluster}", f"--port={port}", f"--init-file={_let_in(place)}"),
            *("--skip-name-resolve", "--skip-log-bin"),
            *(f"--{name}={value}" for name, value in _SETTINGS.items()),
        ]
        return in_background(command, place, path=_path(programs))

    def _end(self, place: Place) -> None:
        server = self._found(place)
        if server is not None and not processes.ask_to_stop(server, signal.SIGTERM, _STOP_S):
            processes.ask_to_stop(server, signal.SIGKILL, _STOP_S)

    def _clear_remains(self, place: Place) -> None:
        """Nothing: one process is all of it, and it minds no file that another left."""


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


def _let_in(place: Place) -> Path:
    return place.folder / "let_in.sql"
