"""Ask the API, and keep the last good answer for when it does not answer.

A page never loses its numbers to a short outage: it shows the last ones, greyed, with an age that
grows. What is kept belongs to one visitor's session.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from aethermart.client.client import AetherMartClient
from aethermart.console.launch import TOKEN_FILE
from aethermart.core.errors import AetherMartError, BadInput

T = TypeVar("T")
_MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """value   the newest good answer, None where there was none
    held_s   seconds since it came
    problem  why there is no newer one
    """

    value: T | None
    held_s: float
    problem: AetherMartError | None


def read(
    memory: MutableMapping[Hashable, Any],
    key: Hashable,
    connect: Callable[[], AetherMartClient],
    ask: Callable[[AetherMartClient], T],
    *,
    silent: AetherMartError | None = None,
) -> Reading[T]:
    """memory  what the session keeps: key -> (answer, when it came)
    silent  a problem just met, for which asking again would only wait again: it is not asked
    """
    if silent is not None:
        return _kept(memory, key, silent)
    try:
        answer = ask(connect())
    except AetherMartError as problem:
        return _kept(memory, key, problem)
    memory.pop(key, None)
    memory[key] = (answer, time.monotonic())
    while len(memory) > _MOST_KEPT:  # the oldest answer goes: a visitor may ask for much
        del memory[next(iter(memory))]
    return Reading(answer, 0.0, None)


def _kept(
    memory: MutableMapping[Hashable, Any], key: Hashable, problem: AetherMartError
) -> Reading[Any]:
    value, came = memory.get(key, (None, time.monotonic()))
    return Reading(value, time.monotonic() - came, problem)


def token_of(environment: Mapping[str, str]) -> str:
    """The API token, read anew each time: a new one counts without a restart."""
    path = environment.get(TOKEN_FILE)
    if not path:
        raise BadInput(
            f"{TOKEN_FILE} is not set", fix="start the console with `aethermart console`"
        )
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no text"
        raise BadInput(
            f"the API token cannot be read from {path}: {reason}",
            fix="start the platform first; it writes this file for its owner alone",
        ) from error
