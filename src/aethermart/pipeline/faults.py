"""An error that nobody foresaw, made into one that a worker can report and wait out."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError

from aethermart.core.errors import AetherMartError, Terminal, Unavailable

_log = logging.getLogger(__name__)


class Unforeseen(Terminal):
    """A mistake of ours: its trace is in the log."""


def as_ours(raised: Exception, where: str) -> AetherMartError:
    """The error itself if it is ours; else it is logged with its trace and wrapped."""
    if isinstance(raised, AetherMartError):
        return raised
    if isinstance(raised, OperationalError):
        return Unavailable(
            f"{where}: the platform database does not answer: {str(raised.orig).strip()}",
            fix="check that PostgreSQL runs and that its disk is not full; this is retried",
        )
    _log.error("%s: unforeseen", where, exc_info=raised)
    return Unforeseen(
        f"{where}: {type(raised).__name__}: {raised}",
        fix="the trace is in the log; report it. It is tried again by itself",
    )
