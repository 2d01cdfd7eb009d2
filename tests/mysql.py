"""A MySQL for tests: as tests/mariadb.py's, with what it does otherwise."""

from __future__ import annotations

from pathlib import Path

from tests.mariadb import MariadbServer
from tests.services import mysql_prefix


class MysqlServer(MariadbServer):
    """Users log in by caching_sha2_password, MySQL's own way since 8.0."""

    def _prefix_found(self) -> Path | None:
        return mysql_prefix()

    def _make_data(self) -> None:
        self._run(
            self._prefix / "sbin" / "mysqld",
            *("--initialize-insecure", f"--basedir={self._prefix}", *self._places),
        )

    @property
    def _serving(self) -> list[str]:
        return [
            *self._words(self._prefix / "sbin" / "mysqld"),
            *(f"--basedir={self._prefix}", *self._places),
            # As small as it gets: without these it takes 540 MB.
            *("--mysqlx=OFF", "--performance-schema=OFF", "--skip-log-bin"),
            *("--innodb-buffer-pool-size=32M", "--table-open-cache=200"),
        ]

    @property
    def _places(self) -> list[str]:
        """A prefix is not where the server was built for."""
        return [
            f"--lc-messages-dir={self._prefix / 'share' / 'mysql'}",
            f"--plugin-dir={self._prefix / 'lib' / 'mysql' / 'plugin'}",
            "--secure-file-priv=NULL",
        ]
