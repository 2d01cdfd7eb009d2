"""Connect to a PostgreSQL shop; what can go wrong is told apart into ours, theirs and passing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import TupleRow

from aethermart.core.errors import BadInput, Forbidden, Unavailable

Connection = psycopg.Connection[TupleRow]

# Text forms of values must not depend on who reads; the capture function pins the same.
TEXT_FORMS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
}
_SESSION = {
    **TEXT_FORMS,
    "search_path": "pg_catalog",
    "row_security": "off",  # an error instead of rows silently left out
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "10s",
}
_PASSWORDS = (
    # From the first ":" that no "//" follows to the last "@": a password may hold either.
    re.compile(r"(:)(?!//)\S+(?=@)"),
    re.compile(r"(\bpassword\s*=\s*)('[^']*'|[^\s&]+)", re.IGNORECASE),
)
_BAD_LOGIN = (
    "password authentication failed",
    "no password supplied",
    "does not exist",
    "is not permitted to log in",
    "no pg_hba.conf entry",
    "permission denied for database",
)
_BAD_ADDRESS = (
    "could not translate host name",
    "failed to resolve host",
    "Name or service not known",
    "invalid port number",
    "invalid integer value",
)
_NO_TLS = ("server does not support SSL", "certificate verify failed", "root certificate file")


def without_password(text: str) -> str:
    """The text with the password of any DSN in it replaced by ***."""
    for password in _PASSWORDS:
        text = password.sub(r"\1***", text)
    return text


def connect(dsn: str, shop: str) -> Connection:
    """A connection in autocommit, with fixed text forms. Raises BadInput or Unavailable."""
    try:
        if not dsn.strip():
            raise psycopg.ProgrammingError("it is empty")
        return psycopg.connect(
            dsn,
            autocommit=True,
            connect_timeout=10,
            client_encoding="utf8",
            application_name="aethermart capture",
            options=" ".join(f"-c {name}={value}" for name, value in _SESSION.items()),
        )
    except psycopg.ProgrammingError as error:
        raise BadInput(
            f"shop {shop}: {without_password(dsn)!r} is not a PostgreSQL address: "
            + without_password(_first_line(error)),
            fix="write it as postgresql://user:password@host:port/database",
        ) from None  # its own message may quote the password
    except psycopg.OperationalError as error:
        reason = without_password(_first_line(error))
        cause = f"shop {shop}: {without_password(dsn)} does not let us in: {reason}"
        if any(text in str(error) for text in _NO_TLS):
            raise BadInput(
                cause,
                fix="set up TLS at the shop's server, with a certificate that sslrootcert knows;"
                " or lower sslmode in the shop's dsn, if the way there is safe",
            ) from error
        if any(text in str(error) for text in (*_BAD_LOGIN, *_BAD_ADDRESS)):
            fix = "correct host, database, user and password of the shop's dsn in aethermart.toml"
            raise BadInput(cause, fix=fix) from error
        raise Unavailable(cause, fix="check that the server runs; this is retried") from error


@contextmanager
def explained(shop: str) -> Iterator[None]:
    """Turn PostgreSQL's errors into ours: missing rights, or a server that went away."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise Forbidden(
            f"shop {shop}: {_first_line(error)}",
            fix="grant the capture user USAGE on the shop's schema and SELECT on the pack's tables,"
            " USAGE on schema aethermart_capture with SELECT and DELETE on its change_queue, and to"
            " install the queue CREATE on the database and TRIGGER on the tables",
        ) from error
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        raise Unavailable(
            f"shop {shop} changed while it was read: {_first_line(error)}",
            fix="nothing if it passes: this is retried",
        ) from error
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"shop {shop}: {without_password(_first_line(error))}",
            fix="check that the server runs; this is retried",
        ) from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
