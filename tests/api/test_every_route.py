"""Every route for every role: what identity/roles.py grants, and nothing else.

The requests are made of each route's own examples, so a new route is walked as soon as it is there;
one without a permission, or without examples, fails here.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Path
from pydantic import BaseModel, Field

from aethermart.api.authorise import Needs
from aethermart.api.description import ANY_KNOWN, operations
from aethermart.identity.roles import GRANTED, Permission, Role
from tests.api.asking import app_on, ask, role_token
from tests.api.fake_operations import with_history
from tests.api.fake_platform import three_orders
from tests.api.walking import NoExample, Walked, walk

# Open to strangers: load balancers have no token, and who logs in has none yet.
OPEN = {
    ("GET", "/ops/health"),
    ("GET", "/ops/ready"),
    ("POST", "/auth/register"),
    ("POST", "/auth/login"),
    ("POST", "/auth/refresh"),
}
UNDESCRIBED = {("GET", "/api/v1/openapi.json")}
ROUTES = walk(app_on(three_orders()))
CLOSED = [route for route in ROUTES if route.permission is not None]


def asked_of(app: FastAPI) -> dict[str, list[str]]:
    """What each service was asked, but for who the caller is."""
    services = app.state.services
    return {
        part.name: list(getattr(services, part.name).calls)
        for part in dataclasses.fields(services)
        if part.name != "identity"
    }


def granted(route: Walked, role: Role) -> bool:
    assert route.permission is not None
    return route.permission == ANY_KNOWN or role in GRANTED[Permission(route.permission)]


@pytest.mark.promise("B15", "113")
@pytest.mark.parametrize("route", CLOSED, ids=lambda route: route.name)
def test_a_route_answers_the_roles_the_table_names_and_no_other(route: Walked) -> None:
    app = app_on(three_orders())
    before = asked_of(app)
    allowed = {role for role in Role if granted(route, role)}
    for role in sorted(set(Role) - allowed):
        refused = ask(app, route.path, method=route.method, token=role_token(role), body=route.body)
        assert (refused.status_code, refused.json()["title"]) == (403, "Forbidden")
        assert f"the role {role} may not use {route.method} " in refused.json()["detail"]
    stranger = ask(app, route.path, method=route.method, token=None, body=route.body)
    assert (stranger.status_code, stranger.json()["title"]) == (401, "Unauthenticated")
    assert asked_of(app) == before, "a denied request reached the platform"
    for role in sorted(allowed):
        app = app_on(with_history(three_orders()))
        answer = ask(app, route.path, method=route.method, token=role_token(role), body=route.body)
        assert answer.is_success, f"{role}: {answer.status_code} {answer.text}"


@pytest.mark.parametrize("route", [r for r in ROUTES if r.permission is None], ids=lambda r: r.name)
def test_an_open_route_answers_a_stranger(route: Walked) -> None:
    assert (route.method, route.path) in OPEN
    app = app_on(three_orders())
    answer = ask(app, route.path, method=route.method, token=None, body=route.body)
    assert answer.is_success, answer.text


def test_every_operation_names_one_permission_or_is_open_by_name() -> None:
    app = app_on(three_orders())
    for operation in operations(app):
        if (operation.method, operation.path) in UNDESCRIBED:
            assert operation.needs == (Needs(None),)
            continue
        assert operation.described, f"{operation} is left out of the description"
        if not operation.needs:
            assert (operation.method, operation.path.removeprefix("/api/v1")) in OPEN
    described = sum(len(methods) for methods in app.openapi()["paths"].values())
    assert described == len(list(operations(app))) - len(UNDESCRIBED)


def test_the_description_names_the_permission_and_401_and_403() -> None:
    app = app_on(three_orders())
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            if operation.get("x-permission") is None:
                assert "security" not in operation
                continue
            assert {"401", "403"} <= set(operation["responses"]), f"{method} {path}"
            assert operation["description"], f"{method} {path} has no docstring"
    metric = app.openapi()["paths"]["/api/v1/lake/metrics/{name}"]["get"]
    assert metric["x-permission"] == "metrics"


def _nothing() -> dict[str, str]:
    return {}


def _with(router: APIRouter) -> FastAPI:
    app = app_on(three_orders())
    app.include_router(router, prefix="/api/v1")
    return app


def test_a_route_without_a_permission_is_found() -> None:
    router = APIRouter()
    router.get("/loose")(_nothing)
    [found] = [
        each for each in operations(_with(router)) if not each.needs and "loose" in each.path
    ]
    assert (found.method, found.path, found.needs) == ("GET", "/api/v1/loose", ())


def test_two_permissions_on_one_route_are_refused() -> None:
    both = [Depends(Needs(Permission.ROWS)), Depends(Needs(Permission.USERS))]
    router = APIRouter(dependencies=both)
    router.get("/twice")(_nothing)
    with pytest.raises(TypeError, match=r"GET /api/v1/twice needs \['rows', 'users'\]"):
        _with(router).openapi()


class _Bare(BaseModel):
    number: int


class _Shown(BaseModel):
    number: int = Field(examples=[7])
    shop: str = "aethermart"
    note: str | None = None


def test_a_route_whose_body_has_no_example_is_named() -> None:
    router = APIRouter()

    @router.post("/bare")
    def bare(asked: _Bare) -> _Bare:
        return asked

    with pytest.raises(NoExample, match=r"POST /api/v1/bare _Bare\.number: give it `examples`"):
        walk(_with(router))


def test_a_body_and_a_path_are_made_of_their_examples() -> None:
    router = APIRouter()

    @router.post("/shown/{word}")
    def shown(asked: _Shown, word: Annotated[str, Path(examples=["seven"])]) -> _Shown:
        return asked

    [found] = [each for each in walk(_with(router)) if "shown" in each.path]
    assert found == Walked("POST", "/shown/seven", None, {"number": 7})
