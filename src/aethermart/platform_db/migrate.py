"""Bring a platform database to this release's schema; refuse one from the future."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from aethermart.core.errors import Terminal
from aethermart.platform_db.reach import reached

_LOCK_KEY = 0x41455448  # one migration at a time, whoever starts first


class NewerState(Terminal):
    """The database was written by a later release."""


def platform_engine(dsn: str, *, kept: int = 0) -> Engine:
    """A SQLAlchemy engine over psycopg, for whatever address psycopg understands.

    kept  connections that stay open between uses, for who asks many times a second
    """

    def connect() -> psycopg.Connection:
        return psycopg.connect(dsn, connect_timeout=10)

    # An error that quoted a statement's values would carry them into the logs.
    address, hidden = "postgresql+psycopg://", True
    if kept:
        return create_engine(
            address, creator=connect, pool_size=kept, pool_pre_ping=True, hide_parameters=hidden
        )
    return create_engine(address, creator=connect, poolclass=NullPool, hide_parameters=hidden)


def migrate(dsn: str) -> None:
    """Apply the missing migrations, whole or not at all; does nothing when there are none."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with reached(platform_engine(dsn)) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            newest = ScriptDirectory.from_config(config).get_current_head()
            raise NewerState(
                f"the platform database has a schema this release does not know ({error});"
                f" its own newest is {newest}",
                fix="run the newer release of aethermart that made it",
            ) from error
