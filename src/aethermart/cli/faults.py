"""Any error that reaches the command line as one of ours: its words, what to do, its exit code."""

from __future__ import annotations

import errno
import logging
import os

import psycopg
import sqlalchemy.exc

from aethermart.core.errors import AetherMartError, DiskFull, Terminal, Unavailable
from aethermart.core.logs import configure_logs, masked

_log = logging.getLogger(__name__)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_FREE_SPACE = "free space on that disk and run it again: it goes on where it was"


class NotAllowed(Terminal):
    """The system or a database refuses this user."""


class Unforeseen(Terminal):
    """A mistake of ours."""


def as_ours(raised: Exception) -> AetherMartError:
    """The error itself if it is ours, or what stands behind it; a mistake of ours is logged."""
    if isinstance(raised, sqlalchemy.exc.DBAPIError) and isinstance(raised.orig, psycopg.Error):
        raised = raised.orig
    known = raised if isinstance(raised, AetherMartError) else _of_machine(raised)
    if known is not None:
        return known
    configure_logs("aethermart")
    _log.error("unforeseen", exc_info=raised)
    return Unforeseen(
        masked(f"{type(raised).__name__}: {raised}"),
        fix="this is a mistake of ours: please report it with the trace above",
    )


def _of_machine(raised: Exception) -> AetherMartError | None:
    match raised:
        case psycopg.errors.DiskFull():
            return DiskFull(_first_line(raised), fix=_FREE_SPACE)
        case psycopg.errors.InsufficientPrivilege():
            return NotAllowed(_first_line(raised), fix="grant it to the user of the address")
        case psycopg.OperationalError():
            return Unavailable(
                f"a database does not answer: {_first_line(raised)}",
                fix="check that it runs, that its address is right and its disk is not full",
            )
        case OSError(errno=number) if number in _FULL:
            return DiskFull(_where(raised), fix=_FREE_SPACE)
        case OSError(errno=number) if number in _REFUSED:
            return NotAllowed(_where(raised), fix="use a folder that this user may read and write")
    return None


def _where(error: OSError) -> str:
    said = os.strerror(error.errno or 0)
    return f"{os.fspath(error.filename)}: {said}" if error.filename else said


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
