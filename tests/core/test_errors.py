from __future__ import annotations

import pytest

from aethermart.core import errors
from aethermart.core.errors import AetherMartError, Terminal, Transient


def test_an_error_says_cause_and_fix() -> None:
    error = errors.Unavailable("127.0.0.1:5432 refused the connection", fix="start the server")
    assert (error.cause, error.fix) == ("127.0.0.1:5432 refused the connection", "start the server")
    assert str(error) == "127.0.0.1:5432 refused the connection\n  fix: start the server"


@pytest.mark.parametrize(
    "kind, retryable, exit_code",
    [
        (errors.Terminal, False, 1),
        (errors.NotFound, False, 1),
        (errors.Conflict, False, 1),
        (errors.Unauthenticated, False, 1),
        (errors.Forbidden, False, 1),
        (errors.BadInput, False, 2),
        (errors.Transient, True, 75),
        (errors.Unavailable, True, 75),
    ],
)
def test_each_kind_says_whether_to_retry_and_how_a_command_exits(
    kind: type[AetherMartError], retryable: bool, exit_code: int
) -> None:
    assert (kind.retryable, kind.exit_code) == (retryable, exit_code)


def test_every_kind_is_either_terminal_or_transient() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, AetherMartError)
    ]
    neither = [
        kind
        for kind in kinds
        if kind is not AetherMartError and issubclass(kind, Terminal) == issubclass(kind, Transient)
    ]
    assert len(kinds) >= 9
    assert neither == []


def test_an_error_without_a_fix_cannot_be_made() -> None:
    with pytest.raises(TypeError):
        errors.NotFound("no such shop")  # type: ignore[call-arg]
