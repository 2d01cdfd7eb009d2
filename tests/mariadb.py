"""A MariaDB for tests: a server of its own on loopback, in a folder that goes with it."""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pymysql

from aethermart.servers.mariadb import mariadb_prefix

_START_S = 60
_PR_SET_PDEATHSIG = 1


def end_with_the_tests() -> None:
    """In the child: the kernel stops it when the process that started it is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class MariadbServer:
    """Runs as nobody where the tests run as root: mariadbd refuses root."""

    def __init__(self) -> None:
        prefix = self._prefix_found()
        assert prefix is not None
        self._prefix = prefix
        self.folder = Path(tempfile.mkdtemp(prefix="mdb"))  # a short path: it holds a socket
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user is not None:
            os.chown(self.folder, pwd.getpwnam(self._user).pw_uid, -1)
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._make_data()
        with socket.create_server(("127.0.0.1", self.port)) as free:  # the same when started again
            self.port = free.getsockname()[1]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self._serving,
                    *("--bind-address=127.0.0.1", f"--port={self.port}", "--skip-name-resolve"),
                    f"--socket={self.folder / 's.sock'}",
                    f"--pid-file={self.folder / 'pid'}",
                    *("--server-id=1", "--innodb-flush-log-at-trx-commit=2"),
                ],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self.folder,
                env=self._environment,
                preexec_fn=end_with_the_tests,  # noqa: PLW1509 - no thread of ours runs yet
            )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            assert self._process.poll() is None, self._said()
            assert time.monotonic() < deadline, self._said()
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()  # what it would write down first goes with the folder
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._log.unlink(missing_ok=True)

    def halt(self) -> None:
        """Stop the server and keep its folder: it can be started again."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @property
    def process(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    def connect(self, database: str | None = None) -> Any:
        return pymysql.connect(
            unix_socket=str(self.folder / "s.sock"),
            user="root",
            database=database,
            charset="utf8mb4",
            autocommit=True,
        )

    def sql(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def dsn(self, database: str, user: str, password: str) -> str:
        return f"mysql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        name = f"test_{secrets.token_hex(6)}"
        self.sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return name

    def store_dsn(self, database: str, *, may_create_users: bool = False) -> str:
        """Of a new user that may do all within that database, and see who waits; or all."""
        name, password = f"o_{secrets.token_hex(4)}", secrets.token_hex(8)
        self.sql(f"CREATE USER {name}@'%' IDENTIFIED BY '{password}'")
        where, more = ("*.*", " WITH GRANT OPTION") if may_create_users else (f"{database}.*", "")
        self.sql(f"GRANT ALL ON {where} TO {name}@'%'{more}")
        self.sql(f"GRANT PROCESS ON *.* TO {name}@'%'")
        return self.dsn(database, name, password)

    def select_only_user(self, database: str, on: str = "*") -> tuple[str, str]:
        """Name and password of a new user that may SELECT there, and do nothing else."""
        name, password = f"u_{secrets.token_hex(4)}", secrets.token_hex(8)
        self.sql(f"CREATE USER {name}@'%' IDENTIFIED BY '{password}'")
        self.sql(f"GRANT SELECT ON {database}.{on} TO {name}@'%'")
        return name, password

    def _prefix_found(self) -> Path | None:
        return mariadb_prefix()

    def _make_data(self) -> None:
        self._run(
            self._prefix / "bin" / "mariadb-install-db",
            f"--basedir={self._prefix}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        )

    @property
    def _serving(self) -> list[str]:
        return [
            *self._words(self._prefix / "sbin" / "mariadbd"),
            *(f"--basedir={self._prefix}", "--skip-log-bin"),
        ]

    def _answers(self) -> bool:
        # The client leaves a socket open that could not connect, so one of ours tries first.
        with socket.socket(socket.AF_UNIX) as first:
            try:
                first.connect(str(self.folder / "s.sock"))
            except OSError:
                return False
        return self.sql("SELECT 1") == [(1,)]

    @property
    def _environment(self) -> dict[str, str]:
        path = f"{self._prefix / 'bin'}:{self._prefix / 'sbin'}:{os.environ.get('PATH', '')}"
        return {"PATH": path, "LC_ALL": "C", "TZ": "UTC"}

    @property
    def _log(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.log")

    def _words(self, program: Path) -> list[str]:
        # Temporary files of its own: in one folder two servers take each other's.
        return [
            str(program),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--tmpdir={self.folder}",
        ]

    def _run(self, program: Path, *arguments: str) -> None:
        with self._log.open("ab") as log:
            done = subprocess.run(
                [*self._words(program), *arguments],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self.folder,
                env=self._environment,
                check=False,
            )
        assert done.returncode == 0, self._said()

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
