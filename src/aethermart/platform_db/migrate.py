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
_SCRIPTS = Path(__file__).parent / "migrations"


class NewerState(Terminal):
    """The database was written by a later release."""


class OlderState(Terminal):
    """The database was written by an earlier release."""


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
    config = _config()
    with reached(platform_engine(dsn)) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise _newer(str(error)) from error


def newest_revision() -> str:
    """The schema of this release."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def known_revision(revision: str) -> bool:
    """Whether this release knows the schema: its own, or an earlier one."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return revision in {script.revision for script in scripts}


def revision_of(dsn: str) -> str | None:
    """The schema a database has; None where it has none of our tables. Raises Unavailable."""
    with reached(platform_engine(dsn)) as connection:
        found: str | None = connection.execute(
            text("SELECT to_regclass('alembic_version')::text")
        ).scalar_one()
        if found is None:
            return None
        query = text("SELECT version_num FROM alembic_version")
        return connection.execute(query).scalar_one_or_none()


def refuse_newer_revision(revision: str | None) -> None:
    """Raises NewerState for a schema that this release does not know."""
    if revision is not None and not known_revision(revision):
        raise _newer(f"its revision is {revision}")


def require_current(dsn: str) -> None:
    """Make the tables in an empty database; raises OlderState and NewerState for another release's.

    Older state is not migrated on the way: `upgrade` takes a backup before it does.
    """
    revision = revision_of(dsn)
    refuse_newer_revision(revision)
    if revision is None:
        migrate(dsn)
    elif revision != newest_revision():
        raise OlderState(
            f"the platform database has the schema {revision} of an earlier release;"
            f" this one needs {newest_revision()}",
            fix="run `aethermart upgrade`: it takes a backup, then brings the state forward",
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    return config


def _newer(why: str) -> NewerState:
    return NewerState(
        f"the platform database has a schema this release does not know ({why});"
        f" its own newest is {newest_revision()}",
        fix="run the newer release of aethermart that made it",
    )
