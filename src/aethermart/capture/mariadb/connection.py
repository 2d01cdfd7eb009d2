"""Connect to a MariaDB or MySQL shop; what can go wrong is told apart, as for PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from aethermart.capture.mariadb.driver import pymysql
from aethermart.core.errors import BadInput, Forbidden, Unavailable
from aethermart.packs.discovery.address import mysql_tls

SCHEMES = ("mysql", "mariadb")
_PORT = 3306
_FORM = "write it as mysql://user:password@host:port/database"
_PASSWORD = re.compile(r"(:)(?!//)\S+(?=@)")
_BAD_LOGIN = (1044, 1045, 1049, 1698, 1130, 3118)
_NO_RIGHT = (1142, 1143, 1227, 1370)
_TOO_SLOW = (1969, 3024)
_CHANGED = (1054, 1146, 1412)
_GONE = (1053, 1927, 2002, 2003, 2006, 2013, 2014, 2055, 1205, 1213, 1317)
_NO_TLS = ("doesn't support SSL", "SSL is required", "CERTIFICATE_VERIFY_FAILED")
_NO_SUCH_HOST = ("Name or service not known", "No address associated", "nodename nor servname")


@dataclass(frozen=True, slots=True)
class Address:
    """A DSN taken apart; `told` is what may be shown of it."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    told: str
    socket: str | None = None
    tls: Mapping[str, Any] | None = None  # as the driver takes it


def without_password(text: str) -> str:
    return _PASSWORD.sub(r"\1***", text)


def parse_address(dsn: str, shop: str) -> Address:
    """mysql://user:password@host:port/database, then `?unix_socket=`, `ssl=true`, `ssl_ca=FILE`."""
    told = without_password(dsn)

    def wrong(why: str) -> BadInput:
        return BadInput(
            f"shop {shop}: {told!r} is not a MariaDB or MySQL address: {why}", fix=_FORM
        )

    parts = urlsplit(dsn)
    try:
        port = parts.port
    except ValueError:
        raise wrong("its port is not a number") from None  # the cause may quote the password
    if parts.scheme not in SCHEMES:
        raise wrong(f"it does not begin with {' or '.join(f'{s}://' for s in SCHEMES)}")
    options = dict(parse_qsl(parts.query))
    if unknown := {*options} - {"unix_socket", "ssl", "ssl_ca"}:
        raise wrong(f"unknown option {min(unknown)!r}")
    database = unquote(parts.path.removeprefix("/"))
    if not parts.hostname or not parts.username or not database or "/" in database:
        raise wrong("it lacks " + _missing(parts.hostname, parts.username, database))
    return Address(
        host=parts.hostname,
        port=port or _PORT,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        database=database,
        told=told,
        socket=options.get("unix_socket"),
        tls=mysql_tls(options),
    )


def connect(dsn: str, shop: str, timeout_s: float) -> Any:
    """A connection in autocommit that gives every value as text or bytes, unconverted.

    timeout_s  after which the server ends a statement. Raises BadInput or Unavailable.
    """
    address, library = parse_address(dsn, shop), pymysql()
    encoders = dict(library.converters.encoders)  # and no decoders: text stays text
    try:
        connection = library.connect(
            host=address.host,
            port=address.port,
            unix_socket=address.socket,
            user=address.user,
            password=address.password,
            database=address.database,
            charset="utf8mb4",
            autocommit=True,
            conv=encoders,
            cursorclass=library.cursors.SSCursor,
            connect_timeout=10,
            read_timeout=timeout_s + 30,
            ssl=address.tls,
            program_name="aethermart capture",
        )
    except OSError as error:  # the driver has its own errors for all that comes from the server
        raise BadInput(
            f"shop {shop}: the authority in ssl_ca of {address.told} cannot be used: {error}",
            fix="let ssl_ca name a PEM file that this user may read",
        ) from error
    except library.err.MySQLError as error:
        raise _refused(address, shop, error) from error
    except RuntimeError as error:
        raise BadInput(
            f"shop {shop}: {address.told} does not let us in: {error}",
            fix="pip install 'aethermart[mysql]', which brings it, or use TLS (?ssl=true)",
        ) from error
    try:
        with explained(shop, address.user):
            _prepare(connection, timeout_s)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def explained(shop: str, user: str) -> Iterator[None]:
    """Turn the server's errors into ours."""
    library = pymysql()
    try:
        yield
    except library.err.MySQLError as error:
        code, text = _told(error)
        if code in _NO_RIGHT:
            raise Forbidden(
                f"shop {shop}: {text}",
                fix=f"grant {user} SELECT on the pack's tables; it needs no more",
            ) from error
        if code in _TOO_SLOW:
            raise Unavailable(
                f"shop {shop}: {text}",
                fix="lower range_rows and page_rows of [compare], or raise its"
                " statement_timeout_s; this is retried",
            ) from error
        if code in _CHANGED:
            raise Unavailable(
                f"shop {shop} changed while it was read: {text}",
                fix="nothing if it passes: this is retried",
            ) from error
        if code in _GONE or isinstance(error, library.err.InterfaceError):
            raise Unavailable(
                f"shop {shop}: {text}", fix="check that the server runs; this is retried"
            ) from error
        raise


def _prepare(connection: Any, timeout_s: float) -> None:
    """Text forms and limits that do not depend on how the server is set up."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION time_zone = '+00:00', sql_mode = 'NO_ENGINE_SUBSTITUTION'")
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if "mariadb" in connection.get_server_info().lower():
            cursor.execute("SET SESSION max_statement_time = %s", [timeout_s])
        else:
            cursor.execute("SET SESSION max_execution_time = %s", [int(timeout_s * 1000)])


def _refused(address: Address, shop: str, error: Exception) -> BadInput | Unavailable:
    code, text = _told(error)
    cause = f"shop {shop}: {address.told} does not let us in: {without_password(text)}"
    if any(told in str(error) for told in _NO_TLS):
        return BadInput(
            cause,
            fix="set up TLS at the shop's server, with a certificate of the authority in ssl_ca"
            " where that is given; or leave out ?ssl of its dsn, if the way there is safe",
        )
    if code in _BAD_LOGIN or any(told in text for told in _NO_SUCH_HOST):
        return BadInput(
            cause,
            fix="correct host, database, user and password of the shop's dsn in aethermart.toml",
        )
    return Unavailable(cause, fix="check that the server runs; this is retried")


def _told(error: Exception) -> tuple[int, str]:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    return code, (text.strip().splitlines() or [type(error).__name__])[0]


def _missing(host: str | None, user: str | None, database: str) -> str:
    wanted = {"a host": host, "a user": user, "one database": database and "/" not in database}
    return ", ".join(name for name, there in wanted.items() if not there)
