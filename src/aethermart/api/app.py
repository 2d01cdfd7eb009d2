"""Make the FastAPI application from the platform's services.

Nothing here is global: two applications with two sets of services live in one process. The
description at `/api/v1/openapi.json` needs a token as data do; there is no page of documentation
that would load scripts from elsewhere.
"""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from aethermart.api.auditing import Audited
from aethermart.api.description import describe, description_router
from aethermart.api.edge import Edge
from aethermart.api.entrance import Entrance
from aethermart.api.gateway import Gateway
from aethermart.api.idempotency import KEY_HEADER
from aethermart.api.observed import Observed
from aethermart.api.patience import TimeLimit
from aethermart.api.problems import add_problem_handlers
from aethermart.api.rates import Rates
from aethermart.api.reads import SharedReads
from aethermart.api.request_ids import HEADER
from aethermart.api.routes import auth, lake, ops, shop
from aethermart.api.services import Services
from aethermart.core.tracing import provider_in_use

PREFIX = "/api/v1"


def create_app(services: Services, gateway: Gateway | None = None) -> FastAPI:
    """gateway  None makes one of its own, with the settings' defaults"""
    gateway = gateway or Gateway()
    app = FastAPI(
        title="AetherMart",
        version=version("aethermart"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=_traces(),
    )
    app.state.services = services
    app.state.gateway = gateway
    app.state.reads = SharedReads()
    app.state.rates = Rates(gateway.settings)
    _surround(app, gateway)
    add_problem_handlers(app)
    for router in (
        auth.open_router,
        auth.router,
        lake.router,
        ops.router,
        ops.open_router,
        shop.router,
        description_router(),
    ):
        app.include_router(router, prefix=PREFIX)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    return app


def _surround(app: FastAPI, gateway: Gateway) -> None:
    """What every request passes, the innermost first."""
    settings = gateway.settings
    if gateway.audit is not None:
        app.add_middleware(Audited, audit=gateway.audit)
    app.add_middleware(TimeLimit, timeout_s=settings.timeout_s)
    app.add_middleware(Entrance, rates=app.state.rates, most_body=settings.max_body_kb * 1024)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match", KEY_HEADER, HEADER],
            expose_headers=["ETag", "Retry-After", HEADER],
            max_age=600,
        )
    app.add_middleware(Edge)
    app.add_middleware(Observed)  # outside the edge: it sees the answers that the edge makes
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))


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
