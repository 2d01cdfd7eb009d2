"""No route shows data to a stranger, and a refused request asks the platform nothing."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from aethermart.identity.project_token import hash_token, new_token
from aethermart.identity.roles import Role
from tests.api.asking import app_on, ask, role_token
from tests.api.fake_platform import three_orders

OPEN = {"/ops/health", "/ops/ready"}


def _routes(app: FastAPI) -> list[tuple[str, str]]:
    """(method, path below the prefix) of every route there is, path parameters filled in."""
    described = [
        (
            method.upper(),
            path.removeprefix("/api/v1").format(
                name=_name_in(path), node="gold.fct_orders.total", letter_id=1, run_id=1
            ),
        )
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    ]
    return [*described, ("GET", "/openapi.json")]


def _name_in(path: str) -> str:
    return "fct_orders" if "/tables/" in path else "revenue"


def test_every_route_but_health_and_ready_refuses_a_stranger() -> None:
    platform = three_orders()
    app = app_on(platform)
    seen = {
        f"{method} {path}": ask(app, path, method=method, token=None).status_code
        for method, path in _routes(app)
    }
    assert seen == {
        "GET /lake/metrics": 401,
        "GET /lake/metrics/revenue": 401,
        "GET /lake/tables": 401,
        "GET /lake/tables/fct_orders": 401,
        "GET /lake/lineage/gold.fct_orders.total": 401,
        "POST /lake/queries": 401,
        "GET /lake/freshness": 401,
        "GET /lake/quality": 401,
        "GET /ops/sinks": 401,
        "GET /ops/metrics": 401,
        "GET /ops/dead-letters": 401,
        "POST /ops/dead-letters/1/retry": 401,
        "GET /ops/run-kinds": 401,
        "GET /ops/runs": 401,
        "POST /ops/runs": 401,
        "GET /ops/runs/1": 401,
        "POST /ops/runs/1/cancel": 401,
        "GET /ops/runs/1/events": 401,
        "GET /ops/alerts": 401,
        "GET /ops/retention": 401,
        "GET /ops/health": 200,
        "GET /ops/ready": 200,
        "GET /openapi.json": 401,
    }
    assert platform.calls == ["readiness"]


def test_the_walk_above_misses_no_route() -> None:
    def count(routes: list[object]) -> int:
        total = 0
        for route in routes:
            inner = getattr(getattr(route, "original_router", None), "routes", None)
            total += 1 if inner is None else count(inner)
        return total

    app = app_on(three_orders())
    assert count(list(app.routes)) == len(_routes(app))


@pytest.mark.parametrize(
    "header",
    [
        {"Authorization": "Bearer wrong-token-0123456789"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YWxsLW9mLWl0LTAxMjM0NTY3ODk="},
        {"Authorization": f"Bearer {hash_token('all-of-it-0123456789')}"},  # the stored hash
    ],
    ids=["wrong", "empty", "basic", "the hash itself"],
)
def test_an_unknown_token_is_a_401_that_names_the_scheme(header: dict[str, str]) -> None:
    platform = three_orders()
    answer = ask(app_on(platform), "/lake/metrics/revenue", token=None, headers=header)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert platform.calls == []


def test_a_stranger_learns_no_shop_s_name() -> None:
    answer = ask(app_on(three_orders()), "/lake/freshness?shop=corner_shop", token=None)
    assert answer.status_code == 401
    assert "aethermart, online_retail" not in answer.text


def test_a_role_reads_what_it_may_and_is_forbidden_the_rest() -> None:
    platform = three_orders()
    app = app_on(platform)
    token = role_token(Role.MARKETING)
    assert ask(app, "/lake/freshness", token=token).status_code == 200
    platform.calls.clear()
    answer = ask(app, "/ops/sinks", token=token)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "the role marketing may not use GET /api/v1/ops/sinks"
    assert platform.calls == []


def test_a_hash_is_sha_256_and_tokens_do_not_repeat() -> None:
    assert hash_token("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) == 43  # 256 bits in base64
