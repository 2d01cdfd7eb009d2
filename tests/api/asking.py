"""Ask an application without a socket: one request, answered in this process."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import httpx
from fastapi import FastAPI

from aethermart.api.app import create_app
from aethermart.api.ports.identity import Auth, Identity
from aethermart.api.ports.lake import Lake
from aethermart.api.ports.ops import Operations
from aethermart.api.ports.shop import Shop
from aethermart.api.services import Services
from aethermart.identity.project_token import KnownTokens, hash_token
from aethermart.identity.roles import Caller, Role
from tests.api.fake_auth import FakeAuth
from tests.api.fake_platform import TOKEN
from tests.api.fake_shop import FakeShop


def role_token(role: Role) -> str:
    """The token of somebody who has this role."""
    return f"{role}-0123456789"


def known_callers() -> KnownTokens:
    """The project's own token, and one a role."""
    callers = {role_token(role): Caller(f"u-{role}", f"{role}", role) for role in Role}
    callers[TOKEN] = Caller("project", "project", Role.ADMIN, "project")
    return KnownTokens({hash_token(token): caller for token, caller in callers.items()})


class Serving(Lake, Operations, Protocol):
    """One object that stands for the lake and the operations."""


def app_on(
    platform: Serving,
    identity: Identity | None = None,
    auth: Auth | None = None,
    shop: Shop | None = None,
) -> FastAPI:
    """Without `auth` or `shop` one in memory."""
    return create_app(
        Services(
            identity=identity or known_callers(),
            auth=auth or FakeAuth(),
            lake=platform,
            ops=platform,
            shop=shop or FakeShop(),
        )
    )


def ask(
    app: FastAPI,
    path: str,
    *,
    token: str | None = TOKEN,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    params: dict[str, Any] | None = None,
    body: object = None,
) -> httpx.Response:
    authorisation = {} if token is None else {"Authorization": f"Bearer {token}"}

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            return await http.request(
                method,
                "/api/v1" + path,
                params=params,
                json=body,
                headers={**authorisation, **(headers or {})},
            )

    return asyncio.run(send())
