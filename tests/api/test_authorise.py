"""Who asks is known by the bearer token alone; test_every_route.py walks routes and roles."""

from __future__ import annotations

import pytest

from aethermart.identity.project_token import hash_token, new_token
from aethermart.identity.roles import Role
from tests.api.asking import app_on, ask, role_token
from tests.api.fake_platform import three_orders


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
