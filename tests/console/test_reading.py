"""A page keeps its last numbers through an outage, and always reads the token anew."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest

from aethermart.client.client import AetherMartClient
from aethermart.console.launch import TOKEN_FILE
from aethermart.console.reading import read, token_of
from aethermart.core.errors import BadInput, Unavailable


def _client() -> AetherMartClient:
    return AetherMartClient("http://127.0.0.1:1", "token")


def _fails(_: AetherMartClient) -> str:
    raise Unavailable("gone", fix="wait")


def test_the_last_good_answer_is_kept_with_how_long_it_was_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory: dict[Hashable, Any] = {}
    now = [100.0]
    monkeypatch.setattr("aethermart.console.reading.time.monotonic", lambda: now[0])
    good = read(memory, "k", _client, lambda _: "first")
    assert (good.value, good.held_s, good.problem) == ("first", 0.0, None)
    now[0] = 107.0
    held = read(memory, "k", _client, _fails)
    assert (held.value, held.held_s) == ("first", 7.0)
    assert isinstance(held.problem, Unavailable)
    again = read(memory, "k", _client, lambda _: "second")
    assert (again.value, again.held_s, again.problem) == ("second", 0.0, None)


def test_without_a_good_answer_there_is_nothing_but_the_problem() -> None:
    reading = read({}, "k", _client, _fails)
    assert reading.value is None
    assert isinstance(reading.problem, Unavailable)


def test_a_failure_to_connect_is_a_problem_too() -> None:
    def no_token() -> AetherMartClient:
        raise BadInput("no token", fix="make one")

    assert isinstance(read({}, "k", no_token, lambda _: 1).problem, BadInput)


def test_after_a_problem_the_api_is_not_asked_again() -> None:
    def never(_: AetherMartClient) -> str:
        raise AssertionError("asked again")

    silent = Unavailable("gone", fix="wait")
    memory: dict[Hashable, Any] = {}
    read(memory, "k", _client, lambda _: "first")
    reading = read(memory, "k", _client, never, silent=silent)
    assert (reading.value, reading.problem) == ("first", silent)


def test_the_token_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one\n")
    environment = {TOKEN_FILE: str(path)}
    assert token_of(environment) == "one"
    path.write_text("two")
    assert token_of(environment) == "two"


def test_a_token_that_cannot_be_read_says_where_it_was_sought(tmp_path: Path) -> None:
    missing = tmp_path / "absent"
    with pytest.raises(BadInput, match=f"cannot be read from {missing}: No such file"):
        token_of({TOKEN_FILE: str(missing)})
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadInput, match=f"cannot be read from {binary}: it holds no text"):
        token_of({TOKEN_FILE: str(binary)})
    with pytest.raises(BadInput, match=f"{TOKEN_FILE} is not set"):
        token_of({})
