"""One error tree: what went wrong, what to do about it, and whether trying again can help.

Two words decide every retry: a `Transient` error may pass by itself, a `Terminal` one will not.
"""

from __future__ import annotations


class AetherMartError(Exception):
    """An error a person can act on: `cause` quotes the offending value, `fix` says what to do."""

    retryable = False
    exit_code = 1

    def __init__(self, cause: str, *, fix: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.cause}\n  fix: {self.fix}"


class Terminal(AetherMartError):
    """Trying again without a change will fail again."""


class Transient(AetherMartError):
    """Trying again later may succeed; commands exit with 75 (EX_TEMPFAIL)."""

    retryable = True
    exit_code = 75


class BadInput(Terminal):
    """A value given by a person or a program outside is unusable."""

    exit_code = 2


class NotFound(Terminal):
    """The thing named does not exist here."""


class Conflict(Terminal):
    """The request contradicts the present state: a taken name, an illegal status move, no stock."""


class Unauthenticated(Terminal):
    """The caller is unknown."""


class Forbidden(Terminal):
    """The caller is known and may not do this."""


class Unavailable(Transient):
    """A server or file that is needed cannot be reached now."""


class DiskFull(Transient):
    """No room to write: a full disk, a quota or a limit on a file's size."""
