"""Which server a connection leads to, and whether queue capture can work there."""

from __future__ import annotations

from dataclasses import dataclass

from aethermart.capture.postgres.connection import Connection
from aethermart.core.errors import BadInput, Unavailable

_OLDEST = 140000  # CREATE OR REPLACE TRIGGER
_IDENTIFY = """
SELECT
    concat_ws(
        '/',
        (SELECT system_identifier FROM pg_control_system()),
        CASE
            WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8)
        END,
        (SELECT oid FROM pg_database WHERE datname = current_database())
    ),
    current_setting('track_commit_timestamp') = 'on',
    pg_is_in_recovery(),
    -- Whoever reads the queue also cleans it: two readers would lose each other's rows.
    pg_try_advisory_lock(hashtextextended('aethermart capture', 0))
"""


@dataclass(frozen=True, slots=True)
class Server:
    """system        the server, its timeline and the database: positions of another mean nothing
    commit_times  the server keeps the commit time of each transaction
    """

    system: str
    commit_times: bool


def identify(connection: Connection, shop: str) -> Server:
    """Raises BadInput for a server that cannot be captured, Unavailable beside another capture."""
    version = connection.info.server_version
    if version < _OLDEST:
        raise BadInput(
            f"shop {shop} runs PostgreSQL {version // 10000}, queue capture needs 14 or newer",
            fix="upgrade the shop's server",
        )
    row = connection.execute(_IDENTIFY).fetchone()
    system, commit_times, standby, alone = row or ("", False, False, False)
    if standby:
        raise BadInput(
            f"shop {shop}: {connection.info.host} is a standby; its queue cannot be read safely",
            fix="give the address of the primary as the shop's dsn",
        )
    if not alone:
        raise Unavailable(
            f"shop {shop}: another capture reads database {connection.info.dbname}",
            fix="stop the other one; only one installation can capture a database by its queue",
        )
    return Server(system, commit_times)
