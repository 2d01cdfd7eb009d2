"""The application's description of itself: every route with its permission and its refusals.

`x-permission` of an operation is what its caller's role must grant: the name of a permission, or
`known` where every known caller passes. An operation without it is open to strangers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from aethermart.api.authorise import Needs
from aethermart.client.answers.problem import Problem

ANY_KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, as the application serves it.

    needs      what its dependencies ask of the caller; empty for one open to strangers
    described  whether the OpenAPI description shows it
    """

    method: str
    path: str
    name: str
    needs: tuple[Needs, ...]
    described: bool


def operations(app: FastAPI) -> Iterator[Operation]:
    """Every operation there is, those left out of the description included."""
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute):
            raise TypeError(f"{route.original_route!r} is no route of a router: nothing guards it")
        for method in sorted(route.methods or ()):
            yield Operation(
                method=method,
                path=str(route.path_format),
                name=str(route.name),
                needs=tuple(_needs(route.dependant)),
                described=route.include_in_schema,
            )


def description_router() -> APIRouter:
    router = APIRouter(dependencies=[Depends(Needs(None))])

    @router.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> dict[str, Any]:
        app: FastAPI = request.app
        return app.openapi()

    return router


def describe(app: FastAPI) -> dict[str, Any]:
    """FastAPI's description, with permissions and the problem body that its routes name."""
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        definitions = problem.pop("$defs", {})
        schema["components"]["schemas"] |= {**definitions, "Problem": problem}
        _drop_unused_422(schema)
        for operation in operations(app):
            if operation.described and operation.needs:
                described = schema["paths"][operation.path][operation.method.lower()]
                described["x-permission"] = _permission(operation)
    return app.openapi_schema or {}


def _permission(operation: Operation) -> str:
    named = [str(need.permission) for need in operation.needs if need.permission is not None]
    if len(named) > 1:
        raise TypeError(f"{operation.method} {operation.path} needs {named}: name one permission")
    return next(iter(named), ANY_KNOWN)


def _needs(dependant: Dependant) -> Iterator[Needs]:
    for each in dependant.dependencies:
        if isinstance(each.call, Needs):
            yield each.call
        yield from _needs(each)


def _drop_unused_422(schema: dict[str, Any]) -> None:
    """A value that does not validate is a 400 here, which each route already names."""
    for path in schema["paths"].values():
        for operation in path.values():
            answer = operation["responses"].get("422", {}).get("content", {})
            if "application/json" in answer:  # FastAPI's own; a route's own is a problem
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)
