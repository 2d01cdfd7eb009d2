"""Whether a MariaDB or MySQL server can be captured by its queue, and which one it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aethermart.capture.mariadb.connection import connect, explained
from aethermart.capture.mariadb.queue.install import READER, has_queue
from aethermart.core.errors import BadInput, Forbidden, Unavailable
from aethermart.servers.mysql_client import pymysql

_NO_RIGHT = (1142, 1143, 1227, 1370, 1044, 1419)
_BINLOG = 1419


def connect_writing(dsn: str, shop: str) -> Any:
    """A connection that may write; its statements see what is committed, and lock no gaps."""
    connection = connect(dsn, shop, 0)  # no limit: a table is copied by one statement
    connection.cursorclass = pymysql().cursors.Cursor  # answers are small
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")
        # It waits for nobody's rows, and for nobody's change of a table.
        cursor.execute("SET SESSION innodb_lock_wait_timeout = 2, lock_wait_timeout = 2")
    return connection


@contextmanager
def queue_explained(shop: str, user: str) -> Iterator[None]:
    """As `explained`, with the rights that the queue needs."""
    with explained(shop, user):
        try:
            yield
        except pymysql().err.MySQLError as error:
            code = error.args[0] if error.args else 0
            if code not in _NO_RIGHT:
                raise
            raise Forbidden(f"shop {shop}: {error.args[1]}", fix=_fix(code, user)) from error


def require_capturable(connection: Any, shop: str) -> None:
    """Raises BadInput with the reason where the queue of this server cannot be drained safely."""
    variables = _variables(connection)
    compare = 'set capture = "compare" for this shop'
    if variables.get("wsrep_on") == "ON":
        raise BadInput(
            f"shop {shop} is a node of a Galera cluster: which changes another node has under way"
            " cannot be asked here, so that its queue cannot be drained without loss",
            fix=compare,
        )
    if variables.get("read_only") in {"ON", "1"}:
        raise BadInput(
            f"shop {shop}: the server is read only, a replica perhaps; what was read of a queue"
            " cannot be removed from it",
            fix=f"give the address of the primary as the shop's dsn, or {compare}",
        )


def held_alone(connection: Any, shop: str, database: str) -> None:
    """Whoever reads the queue also cleans it: raises Unavailable beside another reader."""
    name = "aethermart " + hashlib.sha256(database.encode()).hexdigest()[:32]
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", [name])
        ((alone,),) = cursor.fetchall()
    if str(alone) != "1":
        raise Unavailable(
            f"shop {shop}: another capture reads database {database}",
            fix="stop the other one; only one installation can capture a database by its queue",
        )


def queue_name(connection: Any) -> tuple[str, int]:
    """Which queue of which server this is, and how often it was read."""
    variables = _variables(connection)
    server = variables.get("server_uuid") or f"server {variables.get('server_id')}"
    if not has_queue(connection):
        return f"{server}/none", 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT queue_name, times_read FROM {READER}")
        rows = cursor.fetchall()
    return (f"{server}/{rows[0][0]}", int(rows[0][1])) if rows else (f"{server}/none", 0)


def mark_read(connection: Any) -> int:
    """Leave in the shop that it was read once more; returns how often.

    This write follows all that was read: where it survives a crash, so did that.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {READER} SET times_read = LAST_INSERT_ID(times_read + 1)")
        return int(cursor.lastrowid)


def _variables(connection: Any) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SHOW GLOBAL VARIABLES WHERE Variable_name IN"
            " ('wsrep_on', 'read_only', 'server_uuid', 'server_id')"
        )
        return {row[0]: row[1] for row in cursor.fetchall()}


def _fix(code: int, user: str) -> str:
    if code == _BINLOG:
        return (
            "with binary logging on, the server lets only administrators make triggers:"
            " SET GLOBAL log_bin_trust_function_creators = 1"
        )
    return (
        f"GRANT PROCESS ON *.* TO {user}; GRANT SELECT on the pack's tables; and on the shop's"
        f" database GRANT CREATE, TRIGGER, SELECT, INSERT, UPDATE, DELETE ON database.* TO {user},"
        " or, once the queue is there, SELECT, UPDATE, DELETE on its aethermart_change_queue,"
        " aethermart_change_queue_layouts and aethermart_change_queue_reader"
    )
