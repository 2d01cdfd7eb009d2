"""Connect to a MariaDB or MySQL shop; what can go wrong is told apart, as for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aethermart.core.errors import BadInput, Forbidden, Unavailable
from aethermart.servers.mysql_client import (
    Address,
    parse_address,
    pymysql,
    said_by,
    without_password,
)

_BAD_LOGIN = (1044, 1045, 1049, 1698, 1130, 3118)
_NO_RIGHT = (1142, 1143, 1227, 1370)
_TOO_SLOW = (1969, 3024)
_CHANGED = (1054, 1146, 1412)
_GONE = (1053, 1927, 2002, 2003, 2006, 2013, 2014, 2055, 1205, 1213, 1317)
_NO_TLS = ("doesn't support SSL", "SSL is required", "CERTIFICATE_VERIFY_FAILED")
_NO_SUCH_HOST = ("Name or service not known", "No address associated", "nodename nor servname")


def connect(dsn: str, shop: str, timeout_s: float) -> Any:
    """A connection in autocommit that gives every value as text or bytes, unconverted.

    timeout_s  after which the server ends a statement. Raises BadInput or Unavailable.
    """
    address, library = parse_address(dsn, f"shop {shop}"), pymysql()
    encoders = dict(library.converters.encoders)  # and no decoders: text stays text
    try:
        connection = library.connect(
            **address.arguments(),
            charset="utf8mb4",
            autocommit=True,
            conv=encoders,
            cursorclass=library.cursors.SSCursor,
            connect_timeout=10,
            read_timeout=timeout_s + 30,
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
        code, text = said_by(error)
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
    code, text = said_by(error)
    cause = f"shop {shop}: {address.told} does not let us in: {without_password(text)}"
    if any(words in str(error) for words in _NO_TLS):
        return BadInput(
            cause,
            fix="set up TLS at the shop's server, with a certificate of the authority in ssl_ca"
            " where that is given; or leave out ?ssl of its dsn, if the way there is safe",
        )
    if code in _BAD_LOGIN or any(words in text for words in _NO_SUCH_HOST):
        return BadInput(
            cause,
            fix="correct host, database, user and password of the shop's dsn in aethermart.toml",
        )
    return Unavailable(cause, fix="check that the server runs; this is retried")
