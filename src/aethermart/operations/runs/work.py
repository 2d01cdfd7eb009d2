"""A kind of work: its name, its arguments, and the function that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from aethermart.client.answers.ops import RunArgument, RunKind
from aethermart.core.errors import BadInput, Terminal


class Cancelled(Terminal):
    """Somebody asked the run to stop, or the server stops."""


class Reporter(Protocol):
    def __call__(self, progress: float | None, message: str) -> None:
        """Say how far it is, 0 to 1. Raises Cancelled where the work shall end: call it often."""
        ...


Result = Mapping[str, JsonValue]
Work = Callable[[Mapping[str, str], Reporter], Result]


@dataclass(frozen=True, slots=True)
class WorkKind:
    """do  the work; whatever it raises becomes the run's error"""

    name: str
    description: str
    do: Work
    arguments: tuple[RunArgument, ...] = ()

    def shown(self) -> RunKind:
        return RunKind(kind=self.name, description=self.description, arguments=self.arguments)


class WorkKinds:
    """The kinds there are. Another part of the platform adds its own, such as the backup."""

    def __init__(self, kinds: Sequence[WorkKind] = ()) -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def add(self, kind: WorkKind) -> None:
        self._kinds[kind.name] = kind

    def named(self, name: str) -> WorkKind:
        """Raises BadInput where there is none."""
        if name not in self._kinds:
            raise BadInput(
                f"there is no run of kind {name!r}", fix=f"use one of {', '.join(self._kinds)}"
            )
        return self._kinds[name]

    def shown(self) -> list[RunKind]:
        return [kind.shown() for kind in self._kinds.values()]

    def checked(self, name: str, arguments: Mapping[str, str]) -> WorkKind:
        """The kind, if it takes these arguments. Raises BadInput quoting what it does not."""
        kind = self.named(name)
        known = {argument.name: argument for argument in kind.arguments}
        for given, value in arguments.items():
            argument = known.get(given)
            if argument is None:
                raise BadInput(
                    f"{name} has no argument {given!r}",
                    fix=f"use {', '.join(known)}" if known else "give it none",
                )
            if argument.choices and value not in argument.choices:
                raise BadInput(
                    f"{name}: {value!r} is no {given}",
                    fix=f"use one of {', '.join(argument.choices)}",
                )
        for argument in known.values():
            if argument.required and argument.name not in arguments:
                raise BadInput(
                    f"{name} needs {argument.name!r}: {argument.description}",
                    fix=f"add it to `arguments`: {{{argument.name!r}: …}}",
                )
        return kind
