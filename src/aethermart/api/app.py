"""Make the FastAPI application from the platform's services.

Nothing here is global: two applications with two sets of services live in one process. The
description at `/api/v1/openapi.json` needs a token as data do; there is no page of documentation
that would load scripts from elsewhere.
"""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI

from aethermart.api.description import describe, description_router
from aethermart.api.edge import Edge
from aethermart.api.gateway import Gateway
from aethermart.api.problems import add_problem_handlers
from aethermart.api.routes import lake, ops
from aethermart.api.services import Services

PREFIX = "/api/v1"


def create_app(services: Services, gateway: Gateway | None = None) -> FastAPI:
    """gateway  None makes one of its own, with the settings' defaults"""
    app = FastAPI(
        title="AetherMart",
        version=version("aethermart"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    app.state.gateway = gateway or Gateway()
    app.add_middleware(Edge)
    add_problem_handlers(app)
    for router in (lake.router, ops.router, ops.open_router, description_router()):
        app.include_router(router, prefix=PREFIX)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    return app
