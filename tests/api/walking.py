"""Requests to every route of an application, made of the examples in its own description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from aethermart.api.app import PREFIX


@dataclass(frozen=True, slots=True)
class Walked:
    """One operation with the request its examples make.

    permission  as described; None for a route open to strangers
    """

    method: str
    path: str
    permission: str | None
    body: Any

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


class NoExample(AssertionError):
    """A route cannot be asked as its description stands."""


def walk(app: FastAPI) -> list[Walked]:
    """Raises NoExample naming the value that a request cannot be made without."""
    schema = app.openapi()
    return [
        _walked(schema, method.upper(), path, operation)
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]


def _walked(schema: Mapping[str, Any], method: str, path: str, operation: Any) -> Walked:
    where = f"{method} {path}"
    queries = {}
    for parameter in operation.get("parameters", ()):
        if not parameter.get("required"):
            continue
        value = _example(schema, {**parameter["schema"], **_of_media(parameter)}, where)
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", str(value))
        elif parameter["in"] == "query":
            queries[parameter["name"]] = str(value)
    content = operation.get("requestBody", {}).get("content", {})
    media = content.get("application/json")
    body = (
        None if media is None else _example(schema, {**media["schema"], **_of_media(media)}, where)
    )
    asked = "&".join(f"{name}={value}" for name, value in queries.items())
    return Walked(
        method,
        path.removeprefix(PREFIX) + (f"?{asked}" if asked else ""),
        operation.get("x-permission"),
        body,
    )


def _of_media(described: Mapping[str, Any]) -> dict[str, Any]:
    """`example` or `examples` beside a schema, as OpenAPI writes them."""
    if "example" in described:
        return {"examples": [described["example"]]}
    if described.get("examples"):
        return {"examples": [each["value"] for each in described["examples"].values()]}
    return {}


def _example(schema: Mapping[str, Any], part: Mapping[str, Any], where: str) -> Any:
    if part.get("examples"):
        return part["examples"][0]
    if "default" in part:
        return part["default"]
    if "const" in part or part.get("enum"):
        return part.get("const", next(iter(part.get("enum", ())), None))
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return _example(schema, schema["components"]["schemas"][name], f"{where} {name}")
    if part.get("type") == "object" and "properties" in part:
        needed = part.get("required", ())
        properties = part["properties"].items()
        return {
            name: _example(schema, value, f"{where}.{name}")
            for name, value in properties
            if name in needed or value.get("examples")
        }
    raise NoExample(f"{where}: give it `examples`, so that a request can be made of them")
