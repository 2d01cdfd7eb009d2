"""Make the FastAPI application from the platform's services.

Nothing here is global: two applications with two sets of services live in one process. The
description at `/api/v1/openapi.json` needs a token as data do; there is no page of documentation
that would load scripts from elsewhere.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.telemetry import TelemetryConfig

from aethermart.api.authorise import Needs
from aethermart.api.edge import Edge
from aethermart.api.observed import Observed
from aethermart.api.problems import add_problem_handlers
from aethermart.api.routes import lake, ops
from aethermart.api.services import Services
from aethermart.client.answers.problem import Problem
from aethermart.core.tracing import provider_in_use

PREFIX = "/api/v1"


def create_app(services: Services) -> FastAPI:
    app = FastAPI(
        title="AetherMart",
        version=version("aethermart"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=_traces(),
    )
    app.state.services = services
    app.add_middleware(Edge)
    app.add_middleware(Observed)  # outside the edge: it sees the answers that the edge makes
    add_problem_handlers(app)
    for router in (lake.router, ops.router, ops.open_router, _description()):
        app.include_router(router, prefix=PREFIX)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _traces() -> TelemetryConfig:
    """A span a request where tracing is on; FastAPI's own figures and logs of errors never."""
    provider = provider_in_use()
    return {
        "tracing": provider is not None,
        "tracer_provider": provider,
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
    }


def _description() -> APIRouter:
    router = APIRouter(dependencies=[Depends(Needs(None))])

    @router.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> dict[str, Any]:
        app: FastAPI = request.app
        return app.openapi()

    return router


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's description, with the problem body that its routes name."""
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        definitions = problem.pop("$defs", {})
        schema["components"]["schemas"] |= {**definitions, "Problem": problem}
        _drop_unused_422(schema)
    return app.openapi_schema or {}


def _drop_unused_422(schema: dict[str, Any]) -> None:
    """A value that does not validate is a 400 here, which each route already names."""
    for path in schema["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)
