"""Requests too many, too long or from the wrong page are refused before anybody is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from aethermart.api.app import create_app
from aethermart.api.gateway import Gateway
from aethermart.api.rates import WINDOW_S, MovingWindow, network_of
from aethermart.api.refusals import TooManyRequests
from aethermart.identity.roles import Role
from aethermart.settings.sections import ApiSection
from tests.api.asking import app_on, ask, role_token
from tests.api.fake_platform import FakePlatform, three_orders


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class _Noted(BaseModel):
    text: str


def _app(platform: FakePlatform | None = None, **settings: object) -> FastAPI:
    gateway = Gateway(ApiSection(**settings))  # type: ignore[arg-type]
    app = create_app(app_on(platform or three_orders()).state.services, gateway)

    @app.post("/api/v1/notes")
    def note(noted: _Noted) -> int:
        return len(noted.text)

    return app


def test_the_user_who_asks_too_often_waits_and_others_do_not() -> None:
    platform = three_orders()
    app = _app(platform, user_rate=3)
    for _ in range(3):
        assert ask(app, "/lake/freshness", token=role_token(Role.PRODUCT)).status_code == 200
    asked = list(platform.calls)
    refused = ask(app, "/lake/freshness", token=role_token(Role.PRODUCT))
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["ratelimit-policy"] == '"user";q=3;w=60'
    wait = int(refused.headers["retry-after"])
    assert 58 <= wait <= 60
    assert refused.headers["ratelimit"] == f'"user";r=0;t={wait}'
    assert refused.json()["title"] == "Too many requests"
    assert platform.calls == asked
    assert ask(app, "/lake/freshness", token=role_token(Role.MARKETING)).status_code == 200


def test_an_address_is_limited_before_its_token_is_looked_at() -> None:
    app = _app(address_rate=2)
    assert [ask(app, "/lake/freshness", token="wrong").status_code for _ in range(3)] == [
        401,
        401,
        429,
    ]


def test_tries_to_log_in_have_a_limit_of_their_own() -> None:
    app = _app(login_rate=1)
    path = "/auth/login"
    statuses = [ask(app, path, method="POST", token=None, body={}).status_code for _ in range(2)]
    assert statuses[0] != 429
    assert statuses[1] == 429
    assert ask(app, "/ops/health").status_code == 200


def test_no_limit_is_0() -> None:
    app = _app(user_rate=0, address_rate=0)
    assert {ask(app, "/lake/freshness").status_code for _ in range(20)} == {200}


@given(st.lists(st.floats(0, 40), max_size=40), st.integers(1, 5))
def test_no_window_of_a_minute_ever_holds_more_than_the_rate(
    pauses: list[float], rate: int
) -> None:
    clock, admitted = Clock(), []
    window = MovingWindow("user", rate, clock)
    for pause in pauses:
        clock.now += pause
        within = sum(at > clock.now - WINDOW_S for at in admitted)
        try:
            window.admit("u-1")
        except TooManyRequests:
            assert within == rate
        else:
            assert within < rate
            admitted.append(clock.now)


def test_who_asks_no_more_is_forgotten() -> None:
    clock = Clock()
    window = MovingWindow("address", 5, clock)
    for number in range(1000):
        window.admit(f"10.0.0.{number}")
    clock.now += WINDOW_S + 1
    window.admit("10.1.0.1")
    assert len(window) == 1


@pytest.mark.parametrize(
    "address,network",
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_household_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_forwarded_address_counts_only_from_a_trusted_proxy() -> None:
    spoofed = {"X-Forwarded-For": "198.51.100.9", "X-Forwarded-Proto": "https"}
    distrusting = _app(address_rate=1)
    assert ask(distrusting, "/ops/health").status_code == 200
    assert ask(distrusting, "/ops/health", headers=spoofed).status_code == 429
    trusting = _app(address_rate=1, trusted_proxies=("127.0.0.0/8",))
    answers = [
        ask(trusting, "/ops/health", headers={**spoofed, "X-Forwarded-For": each})
        for each in ("198.51.100.9", "198.51.100.10", "6.6.6.6, 198.51.100.9")
    ]
    assert [each.status_code for each in answers] == [200, 200, 429]


def test_hsts_is_sent_over_tls_alone() -> None:
    app = _app(trusted_proxies=("127.0.0.1",))
    plain = ask(app, "/ops/health")
    assert "strict-transport-security" not in plain.headers
    secure = ask(app, "/ops/health", headers={"X-Forwarded-Proto": "https"})
    assert secure.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_a_body_over_the_limit_is_a_413_and_never_read_whole() -> None:
    app = _app(max_body_kb=1)
    fits = ask(app, "/notes", method="POST", body={"text": "x" * 1000})
    assert (fits.status_code, fits.json()) == (200, 1000)
    refused = ask(app, "/notes", method="POST", body={"text": "x" * 1024})
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["fix"] == "send less in one request, or raise `max_body_kb` under [api]"
    sent, status = _streamed(app, (b"x" * 600 for _ in range(100)))
    assert status == 413
    assert sent == 2


def _streamed(app: FastAPI, parts: Iterable[bytes]) -> tuple[int, int]:
    """(parts the application took, status) of a body without a length."""
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        for part in parts:
            taken += 1
            yield part

    async def send() -> int:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            headers = {"Content-Type": "application/json"}
            answer = await http.post("/api/v1/notes", content=body(), headers=headers)
            return answer.status_code

    status = asyncio.run(send())
    return taken, status


def test_a_long_address_and_long_headers_are_refused() -> None:
    app = _app()
    long = ask(app, "/lake/freshness", params={"shop": "x" * 9000})
    assert (long.status_code, long.json()["status"]) == (414, 414)
    heavy = ask(app, "/lake/freshness", headers={"X-Much": "x" * 40_000})
    assert (heavy.status_code, heavy.json()["status"]) == (431, 431)
    assert ask(app, "/lake/freshness", params={"shop": "x" * 2000}).status_code == 404


def test_pages_of_other_origins_may_ask_only_where_they_are_named() -> None:
    page = {"Origin": "https://shop.example"}
    assert "access-control-allow-origin" not in ask(_app(), "/ops/health", headers=page).headers
    app = _app(cors_origins=("https://shop.example",))
    named = ask(app, "/ops/health", headers=page)
    assert named.headers["access-control-allow-origin"] == "https://shop.example"
    other = ask(app, "/ops/health", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    preflight = {**page, "Access-Control-Request-Method": "POST"}
    asked = ask(app, "/lake/freshness", method="OPTIONS", token=None, headers=preflight)
    assert asked.status_code == 200
    assert "access-control-allow-credentials" not in asked.headers
