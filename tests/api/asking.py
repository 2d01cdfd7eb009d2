"""Ask an application without a socket: one request, answered in this process."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

from aethermart.api.app import create_app
from aethermart.api.authorise import hash_token
from aethermart.api.platform import Platform
from aethermart.api.settings import ApiSettings
from tests.api.fake_platform import LAKE_TOKEN, TOKEN


def api_settings(port: int = 0) -> ApiSettings:
    return ApiSettings(
        port=port, token_hashes=(hash_token(TOKEN),), lake_token_hashes=(hash_token(LAKE_TOKEN),)
    )


def app_on(platform: Platform) -> FastAPI:
    return create_app(platform, api_settings())


def ask(
    app: FastAPI,
    path: str,
    *,
    token: str | None = TOKEN,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    params: dict[str, Any] | None = None,
) -> httpx.Response:
    authorisation = {} if token is None else {"Authorization": f"Bearer {token}"}

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            return await http.request(
                method,
                "/api/v1" + path,
                params=params,
                headers={**authorisation, **(headers or {})},
            )

    return asyncio.run(send())
