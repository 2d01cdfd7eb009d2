"""The one door by which PyMySQL comes in."""

from __future__ import annotations

from typing import Any

from aethermart.core.errors import BadInput


def pymysql() -> Any:
    """The library. Raises BadInput where its extra is not installed."""
    try:
        import pymysql as library  # noqa: PLC0415 - an optional library's one door
        import pymysql.cursors  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "pymysql":
            raise  # a broken install shows itself
        raise BadInput(
            "a MariaDB or MySQL shop needs the library PyMySQL, which is not installed",
            fix="pip install 'aethermart[mysql]'",
        ) from error
    return library
