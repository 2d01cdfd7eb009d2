"""What a MariaDB or MySQL server says of its own health: two looks at its counters, compared.

Counters grow from the server's start, so a sign is read from what was added between two looks. A
user who may only SELECT sees all of it but the replica's threads, which need REPLICA MONITOR
(REPLICATION CLIENT on MySQL).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from aethermart.capture.mariadb.connection import connect, explained
from aethermart.core.errors import Forbidden

_LOOK_S = 1.0
_PAUSED_SHARE = 0.1
_SLOW_SHARE = 0.01
_BEHIND_S = 30
_SYNCED = "Synced"
_STATUS = (
    "wsrep_cluster_status",
    "wsrep_cluster_size",
    "wsrep_connected",
    "wsrep_flow_control_paused_ns",
    "wsrep_local_recv_queue",
    "wsrep_local_state_comment",
    "wsrep_ready",
    "Questions",
    "Slow_queries",
)


@dataclass(frozen=True, slots=True)
class Look:
    """at        seconds on a clock that only goes forward
    status    global status, name -> value as text
    replicas  one mapping a replication connection; None where it may not be seen
    """

    at: float
    status: Mapping[str, str]
    replicas: tuple[Mapping[str, str], ...] | None = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """Something wrong: its name, what was seen, what mends it."""

    name: str
    seen: str
    mend: str


def signs(before: Look, after: Look) -> list[Sign]:
    """What is wrong with the server, the gravest first; nothing where it is well."""
    found = [*_cluster(before, after), *_replication(after), *_slow(before, after)]
    return [sign for sign in found if sign is not None]


def look_twice(
    dsn: str, shop: str, *, timeout_s: float = 10, wait: Callable[[float], None] = time.sleep
) -> tuple[Look, Look]:
    """Raises what connecting raises: BadInput, Unavailable."""
    connection = connect(dsn, shop, timeout_s)
    with closing(connection), explained(shop, "the user"):
        before = _look(connection, shop)
        wait(_LOOK_S)
        return before, _look(connection, shop)


def _cluster(before: Look, after: Look) -> list[Sign | None]:
    status = after.status
    if "wsrep_cluster_status" not in status or status["wsrep_cluster_status"] == "Disconnected":
        return []  # no Galera, or it is switched off
    return [
        _non_primary(status),
        _not_synced(status),
        _held_up(before, after),
    ]


def _non_primary(status: Mapping[str, str]) -> Sign | None:
    if status["wsrep_cluster_status"] == "Primary" and status.get("wsrep_ready") == "ON":
        return None
    return Sign(
        "galera node not in the primary component",
        f"wsrep_cluster_status {status['wsrep_cluster_status']},"
        f" wsrep_ready {status.get('wsrep_ready')}, nodes seen {status.get('wsrep_cluster_size')}:"
        " it refuses reads and writes",
        "bring the other nodes or the network back; if they are gone for good, on the node with"
        " the newest data SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'"
        " (wsrep_provider_pc_bootstrap=ON from 11.8 on), on one node only",
    )


def _not_synced(status: Mapping[str, str]) -> Sign | None:
    state = status.get("wsrep_local_state_comment", _SYNCED)
    if state == _SYNCED or status["wsrep_cluster_status"] != "Primary":
        return None
    return Sign(
        "galera node not synced",
        f"wsrep_local_state_comment {state}, {status.get('wsrep_local_recv_queue')} writes waiting:"
        " what is read here may be old",
        "wait while it joins or donates; if wsrep_desync was set by hand, SET GLOBAL"
        " wsrep_desync=OFF, and read from another node meanwhile",
    )


def _held_up(before: Look, after: Look) -> Sign | None:
    paused = _added(before, after, "wsrep_flow_control_paused_ns") / 1e9
    share = paused / max(after.at - before.at, 1e-9)
    if share < _PAUSED_SHARE:
        return None
    return Sign(
        "galera flow control holds up the writers",
        f"writes stood still {min(share, 1):.0%} of the last {after.at - before.at:.1f} s",
        "find the node with the longest wsrep_local_recv_queue: give it more"
        " wsrep_slave_threads or faster disks, end its long queries and locks, or desync it",
    )


def _replication(after: Look) -> list[Sign | None]:
    return [_replica(row) for row in after.replicas or ()]


def _replica(row: Mapping[str, str]) -> Sign | None:
    name = row.get("Connection_name") or row.get("Channel_Name") or "the primary"
    reading = _either(row, "Slave_IO_Running", "Replica_IO_Running")
    applying = _either(row, "Slave_SQL_Running", "Replica_SQL_Running")
    error = _either(row, "Last_SQL_Error") or _either(row, "Last_IO_Error")
    behind = _either(row, "Seconds_Behind_Master", "Seconds_Behind_Source")
    if (reading, applying) != ("Yes", "Yes"):
        return Sign(
            "replica stopped",
            f"from {name}: reading {reading}, applying {applying}: {error or 'no error told'}",
            "mend what the error names, then START REPLICA; a replica that lost its place is"
            " made anew from a backup",
        )
    if behind and int(behind) > _BEHIND_S:
        return Sign(
            "replica behind",
            f"{behind} s behind {name}",
            "look for long transactions there and for tables without a key; more"
            " slave_parallel_threads help",
        )
    return None


def _slow(before: Look, after: Look) -> list[Sign | None]:
    slow = _added(before, after, "Slow_queries")
    asked = max(_added(before, after, "Questions"), 1)
    if slow == 0 or slow / asked < _SLOW_SHARE:
        return []
    return [
        Sign(
            "slow queries",
            f"{slow} of {asked} statements of the last {after.at - before.at:.1f} s took longer"
            " than long_query_time",
            "read the slow query log, EXPLAIN the statements in it, and index what they read whole",
        )
    ]


def _added(before: Look, after: Look, name: str) -> int:
    return int(after.status.get(name, 0)) - int(before.status.get(name, 0))


def _either(row: Mapping[str, str], *names: str) -> str:
    return next((row[name] for name in names if row.get(name)), "")


def _look(connection: Any, shop: str) -> Look:
    names = ", ".join(["%s"] * len(_STATUS))
    rows = _rows(connection, f"SHOW GLOBAL STATUS WHERE Variable_name IN ({names})", _STATUS)
    status = {row["Variable_name"]: row["Value"] for row in rows}
    return Look(time.monotonic(), status, _replicas(connection, shop))


def _replicas(connection: Any, shop: str) -> tuple[Mapping[str, str], ...] | None:
    of_mariadb = "mariadb" in connection.get_server_info().lower()
    try:
        with explained(shop, "the user"):
            asked = "SHOW ALL SLAVES STATUS" if of_mariadb else "SHOW REPLICA STATUS"
            return tuple(_rows(connection, asked))
    except Forbidden:
        return None


def _rows(connection: Any, asked: str, values: tuple[str, ...] = ()) -> list[dict[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(asked, values)
        names = [column[0] for column in cursor.description]
        return [
            {name: _text(value) for name, value in zip(names, row, strict=True)}
            for row in cursor.fetchall()
        ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
