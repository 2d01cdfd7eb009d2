"""The typed client is in step with the API: each operation has its one method, and the reverse.

Methods are called with made-up arguments over a transport that only notes what is asked.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from aethermart.client.client import AetherMartClient
from aethermart.core.errors import AetherMartError
from tests.api.asking import app_on
from tests.api.fake_platform import TOKEN, three_orders

_MADE_UP: Mapping[Any, Any] = {
    str: "x1",
    int: 7,
    float: 0.5,
    bool: True,
    date: date(2026, 1, 31),
    datetime: datetime(2026, 1, 31, tzinfo=UTC),
    Mapping: {},
    dict: {},
}


def _made_up(hint: Any, where: str) -> Any:
    """A value that a parameter of this type takes."""
    plain = typing.get_origin(hint) or hint
    if plain is typing.Literal:
        return typing.get_args(hint)[0]
    if plain in (typing.Union, types.UnionType):
        return _made_up(typing.get_args(hint)[0], where)
    if plain is typing.Annotated:
        return _made_up(typing.get_args(hint)[0], where)
    if isinstance(plain, type) and issubclass(plain, Enum):
        return next(iter(plain))
    if isinstance(plain, type) and issubclass(plain, BaseModel):
        fields = plain.model_fields.items()
        needed = {name: each.annotation for name, each in fields if each.is_required()}
        return plain(**{name: _made_up(kind, f"{where}.{name}") for name, kind in needed.items()})
    if plain in (tuple, list, set, frozenset) or getattr(plain, "__name__", "") in (
        "Sequence",
        "Iterable",
        "Collection",
    ):
        return []
    for kind, value in _MADE_UP.items():
        if plain is kind or getattr(plain, "__name__", None) == getattr(kind, "__name__", ""):
            return value
    raise AssertionError(f"{where}: say in _made_up what a {hint} is called with")


def _methods(client: AetherMartClient) -> Iterator[tuple[str, Callable[..., Any]]]:
    """`group.method` of every public method of every group of routes."""
    for group, part in sorted(vars(client).items()):
        if group.startswith("_") or not type(part).__module__.startswith("aethermart.client"):
            continue
        for name, method in inspect.getmembers(part, inspect.ismethod):
            if not name.startswith("_"):
                yield f"{group}.{name}", method


def _call(name: str, method: Callable[..., Any]) -> None:
    hints = typing.get_type_hints(method)
    arguments = {
        parameter.name: _made_up(hints[parameter.name], f"{name}({parameter.name})")
        for parameter in inspect.signature(method).parameters.values()
        if parameter.default is parameter.empty
    }
    try:
        answer = method(**arguments)
        if inspect.isgenerator(answer):
            next(answer, None)
    except AetherMartError:
        pass  # the transport answers nothing of use


def _asked_by_methods() -> dict[str, list[tuple[str, str]]]:
    """(method, path) of each request that each client method sends."""
    asked: list[tuple[str, str]] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.raw_path.decode().partition("?")[0]))
        return httpx.Response(500)

    found = {}
    transport = httpx.MockTransport(note)
    with AetherMartClient("http://api", TOKEN, transport=transport) as client:
        for name, method in _methods(client):
            asked.clear()
            _call(name, method)
            found[name] = list(asked)
    return found


def _operation(paths: Mapping[str, Any], method: str, path: str) -> str | None:
    """The described operation that a request is one of; the one with fewer parameters first."""
    for template in sorted(paths, key=lambda each: each.count("{")):
        pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(template))
        if method.lower() in paths[template] and re.fullmatch(pattern, path):
            return f"{method} {template}"
    return None


@pytest.mark.promise("B15")
def test_every_operation_has_one_client_method_and_every_method_one_operation() -> None:
    paths = app_on(three_orders()).openapi()["paths"]
    described = {f"{m.upper()} {path}" for path, methods in paths.items() for m in methods}
    by_operation: dict[str | None, list[str]] = defaultdict(list)
    for name, requests in _asked_by_methods().items():
        assert len(requests) == 1, f"{name} sent {requests}"
        by_operation[_operation(paths, *requests[0])].append(name)
    assert None not in by_operation, f"asked for what is not there: {by_operation[None]}"
    assert {op: names for op, names in by_operation.items() if len(names) > 1} == {}
    assert described - set(by_operation) == set(), "no client method asks for these"


def test_a_made_up_value_is_of_the_parameter_s_type() -> None:
    assert _made_up(str | None, "a") == "x1"
    assert _made_up(date | datetime, "a") == date(2026, 1, 31)
    assert _made_up(Mapping[str, str], "a") == {}
    with pytest.raises(AssertionError, match=r"f\(x\): say in _made_up"):
        _made_up(complex, "f(x)")
