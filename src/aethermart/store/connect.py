"""Open a session of the store by its address."""

from __future__ import annotations

from aethermart.core.errors import BadInput
from aethermart.servers.mysql_client import SCHEMES as _MARIADB
from aethermart.store.mariadb.session import MariadbSession
from aethermart.store.postgres.session import PostgresSession
from aethermart.store.session import StoreSession

_POSTGRES = ("postgresql", "postgres")


def connect(dsn: str) -> StoreSession:
    """Raises BadInput for an address of no database that can hold a store, Unavailable."""
    scheme = dsn.partition(":")[0].lower()
    if scheme in _MARIADB:
        return MariadbSession.connect(dsn)
    if scheme in _POSTGRES or "=" in dsn.partition(" ")[0]:
        return PostgresSession.connect(dsn)
    known = " or ".join(f"{name}://" for name in (*_POSTGRES, *_MARIADB))
    raise BadInput(
        f"a store cannot lie in {scheme!r}", fix=f"use an address that begins with {known}"
    )
