"""A shop's address and a connection that can only read.

Understood are postgresql://, mysql://, mariadb:// and sqlite:///file. An address may hold a
password: no error repeats more of it than its scheme.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import sqlalchemy as sa
import sqlalchemy.exc

from aethermart.core.errors import BadInput, Forbidden, NotFound, Unavailable
from aethermart.core.logs import masked
from aethermart.servers.mysql_client import tls_of

STATEMENT_S = 10
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
_READ_ONLY = {
    "postgresql": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        f"SET statement_timeout = {STATEMENT_S * 1000}",
    ),
    "mysql": ("SET SESSION TRANSACTION READ ONLY",),
}
# MariaDB counts seconds, MySQL milliseconds: the one that is unknown to the server is passed over.
_MYSQL_TIMEOUTS = (
    f"SET SESSION max_statement_time = {STATEMENT_S}",
    f"SET SESSION max_execution_time = {STATEMENT_S * 1000}",
)


def scheme_of(dsn: str) -> str:
    return dsn.partition("://")[0].lower() if "://" in dsn else ""


@contextmanager
def read_only(dsn: str, folder: Path | None = None) -> Iterator[sa.Connection]:
    """A connection that writes nothing. folder: where a relative SQLite path starts.

    Raises BadInput for an address that is none, Unavailable or Forbidden where it leads nowhere.
    """
    engine = _engine(dsn, folder)
    try:
        with reached(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def reached(engine: sa.Engine) -> Iterator[sa.Connection]:
    try:
        connection = engine.connect()
    except sqlalchemy.exc.OperationalError as error:
        raise Unavailable(
            f"the shop's database does not answer: {_said(error)}",
            fix="check host, port, name, user and password in the DSN, and that the server runs",
        ) from None
    except sqlalchemy.exc.DBAPIError as error:
        raise Forbidden(
            f"the shop's database refuses: {_said(error)}", fix="grant SELECT to the DSN's user"
        ) from None
    with connection:
        yield connection


def _engine(dsn: str, folder: Path | None) -> sa.Engine:
    scheme = scheme_of(dsn)
    if scheme == "sqlite":
        return _sqlite(_sqlite_file(dsn, folder))
    if scheme not in _DRIVERS:
        raise BadInput(
            f"a DSN cannot begin with {(scheme or 'nothing')!r}",
            fix="use postgresql://user:password@host/database, mysql://…, mariadb://… "
            "or sqlite:///file",
        )
    try:
        url = sa.make_url(dsn).set(drivername=_DRIVERS[scheme])
        arguments: dict[str, Any] = {"connect_timeout": 10}
        if url.drivername == _DRIVERS["mysql"]:
            tls = tls_of({name: str(value) for name, value in url.query.items()})
            arguments |= {} if tls is None else {"ssl": tls}
            url = url.difference_update_query(("ssl", "ssl_ca"))
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=arguments)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise BadInput(
            f"the {scheme} DSN cannot be read", fix="write it as scheme://user:password@host/name"
        ) from None
    except ModuleNotFoundError as error:
        if error.name != "pymysql":
            raise
        raise BadInput(
            "MySQL and MariaDB need a driver that is not installed",
            fix="pip install 'aethermart[mysql]'",
        ) from None
    name = "mysql" if scheme in ("mysql", "mariadb") else "postgresql"
    sa.event.listen(engine, "connect", _limiting(name))
    return engine


def _limiting(name: str) -> Any:
    def limit(connection: Any, _: Any) -> None:
        with connection.cursor() as cursor:
            for statement in _READ_ONLY[name]:
                cursor.execute(statement)
            if name == "mysql":
                _limit_mysql(cursor)
        if name == "postgresql":
            connection.commit()

    return limit


def _limit_mysql(cursor: Any) -> None:
    for statement in _MYSQL_TIMEOUTS:
        try:
            cursor.execute(statement)
        except Exception as error:
            if "Unknown system variable" not in str(error):
                raise


def _sqlite_file(dsn: str, folder: Path | None) -> Path:
    name = unquote(dsn.partition("://")[2].partition("?")[0].removeprefix("/"))
    if not name:
        raise BadInput("the SQLite DSN names no file", fix="write it as sqlite:///path/to/file")
    file = (folder or Path()) / name
    if not file.is_file():
        raise NotFound(f"there is no file {file}", fix="correct the path in the SQLite DSN")
    return file


def _sqlite(file: Path) -> sa.Engine:
    address = f"file:{quote(str(file.resolve()))}?mode=ro"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(address, uri=True, timeout=STATEMENT_S)
        connection.execute("PRAGMA query_only = ON")
        return connection

    return sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)


def _said(error: sqlalchemy.exc.DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return masked(lines[0]) if lines else type(error.orig).__name__
