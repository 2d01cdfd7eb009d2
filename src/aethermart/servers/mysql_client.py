"""Where a MariaDB or MySQL is reached: its address, and the one door by which PyMySQL comes in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from aethermart.core.errors import BadInput

SCHEMES = ("mysql", "mariadb")
LOCK_WAIT_TIMEOUT = 1205  # the server's error: somebody held what was asked for too long
_PORT = 3306
_FORM = "write it as mysql://user:password@host:port/database"
_PASSWORD = re.compile(r"(:)(?!//)\S+(?=@)")


def pymysql() -> Any:
    """The library. Raises BadInput where its extra is not installed."""
    try:
        import pymysql as library  # noqa: PLC0415 - an optional library's one door
        import pymysql.cursors  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "pymysql":
            raise  # a broken install shows itself
        raise BadInput(
            "a MariaDB or MySQL needs the library PyMySQL, which is not installed",
            fix="pip install 'aethermart[mysql]'",
        ) from error
    return library


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

    def arguments(self) -> dict[str, Any]:
        """Of the driver's `connect`: where to, and who."""
        return {
            "host": self.host,
            "port": self.port,
            "unix_socket": self.socket,
            "user": self.user,
            "password": self.password,
            "database": self.database,
            "ssl": self.tls,
        }


def parse_address(dsn: str, whose: str) -> Address:
    """mysql://user:password@host:port/database, then `?unix_socket=`, `ssl=true`, `ssl_ca=FILE`.

    whose  says in the error what the address is of: "shop main"
    """
    told = without_password(dsn)

    def wrong(why: str) -> BadInput:
        return BadInput(f"{whose}: {told!r} is not a MariaDB or MySQL address: {why}", fix=_FORM)

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
        tls=tls_of(options),
    )


def tls_of(options: Mapping[str, str]) -> dict[str, Any] | None:
    """What `?ssl=true` and `?ssl_ca=FILE` of a MySQL address ask of the driver.

    `ssl` requires TLS, `ssl_ca` also that the server's certificate is of that authority and bears
    its name. None: TLS where the server has it, as the driver does by itself.
    """
    if "ssl_ca" in options:
        return {"ca": options["ssl_ca"], "check_hostname": True, "verify_mode": "required"}
    if options.get("ssl", "").lower() in {"1", "true", "yes"}:
        # Not empty: the driver takes an empty dictionary for a wish and goes on without TLS.
        return {"check_hostname": False, "verify_mode": "none"}
    return None


def without_password(text: str) -> str:
    return _PASSWORD.sub(r"\1***", text)


def said_by(error: Exception) -> tuple[int, str]:
    """The number and the first line of an error of the driver; 0 where it has no number."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    return code, (text.strip().splitlines() or [type(error).__name__])[0]


def _missing(host: str | None, user: str | None, database: str) -> str:
    wanted = {"a host": host, "a user": user, "one database": database and "/" not in database}
    return ", ".join(name for name, there in wanted.items() if not there)
