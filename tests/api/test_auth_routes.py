"""/auth over HTTP: what is answered, to whom, and that a refused request changed nothing."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from aethermart.client.answers.auth import Tokens
from aethermart.core.logs import JsonFormatter
from aethermart.identity.roles import Permission, Role
from tests.api.asking import app_on, ask
from tests.api.fake_platform import three_orders
from tests.identity.made import PASSWORD, PROJECT_TOKEN, Made, email

pytestmark = pytest.mark.service("postgres")
NEW = "nine loud harbours"


@pytest.fixture
def app(made: Made) -> FastAPI:
    return app_on(three_orders(), identity=made.callers, auth=made)


def login(app: FastAPI, name: str, password: str = PASSWORD) -> Tokens:
    answer = ask(
        app,
        "/auth/login",
        method="POST",
        token=None,
        body={"email": email(name), "password": password},
    )
    assert answer.status_code == 200
    return Tokens.model_validate_json(answer.content)


def rows(engine: Engine) -> dict[str, list[str]]:
    """All that identity keeps, but for when a key was last used."""
    tables = ("accounts", "login_sessions", "refresh_tokens", "api_keys", "login_failures")
    with engine.connect() as connection:
        return {
            table: sorted(connection.execute(text(f"SELECT {table}::text FROM {table}")).scalars())
            for table in tables
        }


def test_a_log_in_answers_what_the_contract_says(app: FastAPI, made: Made) -> None:
    sarah = made.add("Sarah", Role.PRODUCT)
    answer = ask(
        app,
        "/auth/login",
        method="POST",
        token=None,
        body={"email": "sarah@example.org", "password": PASSWORD},
    )
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    access, refresh = body.pop("access_token"), body.pop("refresh_token")
    assert body == {
        "token_type": "bearer",
        "expires_in": 900,
        "user": {
            "id": sarah.id,
            "email": "sarah@example.org",
            "name": "Sarah",
            "role": "product",
        },
    }
    assert answer.headers["cache-control"] == "no-store"
    assert ask(app, "/lake/freshness", token=access).status_code == 200
    assert ask(app, "/lake/freshness", token=refresh).status_code == 401
    assert ask(app, "/ops/sinks", token=access).status_code == 403


def test_register_log_in_refresh_and_log_out(app: FastAPI) -> None:
    body = {"email": "Ada@example.org", "name": "Ada", "password": PASSWORD}
    answer = ask(app, "/auth/register", method="POST", token=None, body=body)
    assert answer.status_code == 201
    assert (answer.json()["email"], answer.json()["role"]) == ("ada@example.org", "customer")
    again = ask(app, "/auth/register", method="POST", token=None, body=body)
    assert again.status_code == 409
    first = login(app, "Ada")
    refreshed = ask(
        app,
        "/auth/refresh",
        method="POST",
        token=None,
        body={"refresh_token": first.refresh_token},
    )
    assert refreshed.status_code == 200
    token = refreshed.json()["access_token"]
    assert ask(app, "/auth/me", token=token).json()["permissions"] == [
        "account",
        "shop",
        "shop_events",
    ]
    assert ask(app, "/lake/freshness", token=token).status_code == 403
    left = ask(app, "/auth/logout", method="POST", token=token)
    assert (left.status_code, left.content) == (204, b"")
    for ended in (token, first.access_token):
        assert ask(app, "/auth/me", token=ended).status_code == 401
    over = refreshed.json()["refresh_token"]
    answer = ask(app, "/auth/refresh", method="POST", token=None, body={"refresh_token": over})
    assert answer.status_code == 401


def test_a_fifth_failure_makes_the_next_one_wait_and_says_how_long(
    app: FastAPI, made: Made
) -> None:
    made.add("Sarah")
    body = {"email": email("Sarah"), "password": "not the password"}
    for _ in range(5):
        answer = ask(app, "/auth/login", method="POST", token=None, body=body)
        assert answer.status_code == 401
    answer = ask(app, "/auth/login", method="POST", token=None, body=body)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["title"] == "Too many failures"


@pytest.mark.parametrize(
    "path,body",
    [
        ("/auth/register", {"email": "a@b.org", "name": "A", "password": "sh0rt"}),
        ("/auth/register", {"email": "a@b.org", "name": "A", "password": "password1234"}),
        ("/auth/register", {"email": "a@b.org", "name": "A", "password": 1234567890123}),
        ("/auth/register", {"email": "a@b.org", "password": "seven quiet harbours"}),
        (
            "/auth/register",
            {"email": "a@b.org", "name": "A", "password": PASSWORD, "role": "admin"},
        ),
        ("/auth/login", {"email": "a@b.org", "password": ["seven quiet harbours"]}),
        ("/auth/login", {"password": "seven quiet harbours"}),
        ("/auth/refresh", {"refresh_token": 1234567890123}),
        ("/auth/refresh", {}),
    ],
    ids=str,
)
def test_a_body_that_cannot_be_used_is_refused_without_its_secret(
    app: FastAPI, accounts_engine: Engine, path: str, body: dict[str, Any]
) -> None:
    before = rows(accounts_engine)
    answer = ask(app, path, method="POST", token=None, body=body)
    assert answer.status_code == 400
    for secret in ("sh0rt", "password1234", "1234567890123", "seven quiet"):
        assert secret not in answer.text
    assert rows(accounts_engine) == before


def test_an_administrator_lists_accounts_in_pages_and_gives_roles(app: FastAPI, made: Made) -> None:
    made.add("Root", Role.ADMIN)
    sarah = made.add("Sarah", Role.PRODUCT)
    admin, hers = login(app, "Root").access_token, login(app, "Sarah").access_token
    first = ask(app, "/auth/users", token=admin, params={"limit": 1}).json()
    assert [user["email"] for user in first["users"]] == ["root@example.org"]
    second = ask(app, "/auth/users", token=admin, params={"cursor": first["next_cursor"]}).json()
    assert [(user["email"], user["role"], user["disabled"]) for user in second["users"]] == [
        ("sarah@example.org", "product", False)
    ]
    assert second["next_cursor"] is None
    assert "hash" not in json.dumps(second)
    assert ask(app, "/ops/sinks", token=hers).status_code == 403
    changed = ask(
        app,
        f"/auth/users/{sarah.id}/role",
        method="PATCH",
        token=admin,
        body={"role": "architect"},
    )
    assert (changed.status_code, changed.json()["role"]) == (200, "architect")
    assert ask(app, "/ops/sinks", token=hers).status_code == 200  # with the token she had


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_who_is_no_administrator_gives_nobody_a_role(
    app: FastAPI, made: Made, accounts_engine: Engine, role: Role
) -> None:
    someone = made.add("Someone", role)
    token = login(app, "Someone").access_token
    before = rows(accounts_engine)
    path = f"/auth/users/{someone.id}/role"
    answer = ask(app, path, method="PATCH", token=token, body={"role": "admin"})
    assert answer.status_code == 403
    assert ask(app, "/auth/users", token=token).status_code == 403
    assert rows(accounts_engine) == before


@pytest.mark.parametrize(
    "account,role,status",
    [("7", "admin", 404), ("own", "customer", 409), ("own", "emperor", 400), ("own", None, 400)],
)
def test_a_role_that_cannot_be_given_changes_nothing(
    app: FastAPI,
    made: Made,
    accounts_engine: Engine,
    account: str,
    role: str | None,
    status: int,
) -> None:
    root = made.add("Root", Role.ADMIN)
    token = login(app, "Root").access_token
    before = rows(accounts_engine)
    path = f"/auth/users/{root.id if account == 'own' else account}/role"
    answer = ask(app, path, method="PATCH", token=token, body={"role": role})
    assert answer.status_code == status
    assert rows(accounts_engine) == before


def test_somebody_else_s_session_or_key_is_not_found_whoever_asks(
    app: FastAPI, made: Made, accounts_engine: Engine
) -> None:
    made.add("Sarah", Role.PRODUCT)
    made.add("Mallory", Role.ADMIN)
    hers = login(app, "Sarah").access_token
    session = ask(app, "/auth/sessions", token=hers).json()["sessions"][0]["id"]
    body = {"name": "export", "scopes": ["metrics"]}
    key = ask(app, "/auth/keys", method="POST", token=hers, body=body).json()["id"]
    theirs = login(app, "Mallory").access_token
    before = rows(accounts_engine)
    for path in (
        f"/auth/sessions/{session}",
        f"/auth/keys/{key}",
        f"/auth/sessions/{key}",
        "/auth/sessions/7",
        "/auth/keys/0f8fad5b-d9cb-469f-a165-70867728950e",
        "/auth/keys/%00",
    ):
        assert ask(app, path, method="DELETE", token=theirs).status_code == 404
    assert rows(accounts_engine) == before
    assert ask(app, f"/auth/keys/{key}", method="DELETE", token=hers).status_code == 204
    assert ask(app, f"/auth/sessions/{session}", method="DELETE", token=hers).status_code == 204
    assert ask(app, "/auth/sessions", token=hers).status_code == 401


def test_a_key_works_within_its_scopes_and_is_no_person(
    app: FastAPI, made: Made, accounts_engine: Engine
) -> None:
    made.add("Root", Role.ADMIN)
    admin = login(app, "Root").access_token
    body = {"name": "export", "scopes": ["metrics"], "expires_in_days": 7}
    answer = ask(app, "/auth/keys", method="POST", token=admin, body=body)
    assert answer.status_code == 201
    key = answer.json()["key"]
    listed = ask(app, "/auth/keys", token=admin).json()["keys"]
    assert [each["name"] for each in listed] == ["export"]
    assert key not in json.dumps(listed)
    assert ask(app, "/lake/freshness", token=key).status_code == 200
    me = ask(app, "/auth/me", token=key).json()
    assert (me["kind"], me["permissions"]) == ("api_key", ["metrics"])
    before = rows(accounts_engine)
    for method, path, sent in (
        ("GET", "/lake/tables", None),
        ("GET", "/auth/users", None),
        ("GET", "/auth/sessions", None),
        ("GET", "/auth/keys", None),
        ("POST", "/auth/keys", body),
        ("POST", "/auth/logout", None),
        ("PATCH", "/auth/me/password", {"current_password": PASSWORD, "new_password": NEW}),
    ):
        assert ask(app, path, method=method, token=key, body=sent).status_code == 403
    assert rows(accounts_engine) == before


def test_the_project_s_token_administers_and_is_no_person(app: FastAPI, made: Made) -> None:
    sarah = made.add("Sarah")
    assert ask(app, "/auth/me", token=PROJECT_TOKEN).json()["email"] is None
    path = f"/auth/users/{sarah.id}/role"
    changed = ask(app, path, method="PATCH", token=PROJECT_TOKEN, body={"role": "product"})
    assert changed.json()["role"] == "product"
    assert ask(app, "/auth/sessions", token=PROJECT_TOKEN).status_code == 403
    body = {"name": "export", "scopes": ["metrics"]}
    assert ask(app, "/auth/keys", method="POST", token=PROJECT_TOKEN, body=body).status_code == 403


def test_the_password_is_changed_by_who_knows_it(app: FastAPI, made: Made) -> None:
    made.add("Sarah")
    token = login(app, "Sarah").access_token
    body = {"current_password": "not the password", "new_password": NEW}
    path = "/auth/me/password"
    assert ask(app, path, method="PATCH", token=token, body=body).status_code == 403
    body["current_password"] = PASSWORD
    assert ask(app, path, method="PATCH", token=token, body=body).status_code == 204
    assert login(app, "Sarah", NEW).user.name == "Sarah"


@pytest.mark.promise("58")
def test_no_password_token_or_key_is_in_any_log_or_refusal(
    app: FastAPI, made: Made, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [PASSWORD, NEW, "wr0ng harbours"]
    answers = []

    def send(method: str, path: str, token: str | None, body: object = None) -> Any:
        answer = ask(app, path, method=method, token=token, body=body)
        answers.append(answer)
        return answer.json() if answer.content else None

    made.add("Root", Role.ADMIN)
    body = {"email": email("Ada"), "name": "Ada", "password": PASSWORD}
    send("POST", "/auth/register", None, body)
    wrong = {"email": email("Ada"), "password": "wr0ng harbours"}
    send("POST", "/auth/login", None, wrong)
    tokens = login(app, "Root")
    secrets += [tokens.access_token, tokens.refresh_token]
    scopes = [scope.value for scope in Permission if scope is not Permission.ACCOUNT]
    made_key = send("POST", "/auth/keys", tokens.access_token, {"name": "all", "scopes": scopes})
    secrets.append(made_key["key"])
    send("GET", "/auth/me", made_key["key"])
    change = {"current_password": PASSWORD, "new_password": NEW}
    send("PATCH", "/auth/me/password", tokens.access_token, change)
    send("POST", "/auth/refresh", None, {"refresh_token": tokens.refresh_token})
    send("POST", "/auth/refresh", None, {"refresh_token": tokens.refresh_token})
    send("GET", "/auth/me", tokens.access_token)
    # A fault inside, whose trace is logged with the statement that failed.
    with made.engine.begin() as connection:
        connection.execute(text("ALTER TABLE login_failures RENAME TO away"))
    try:
        assert ask(app, "/auth/login", method="POST", token=None, body=wrong).status_code == 500
    finally:
        with made.engine.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO login_failures"))
    formatter = JsonFormatter("tests")
    logged = "\n".join(
        [*(record.getMessage() for record in caplog.records), caplog.text]
        + [formatter.format(record) for record in caplog.records]
    )
    assert "failed [" in logged  # the fault was logged
    shown = "".join(answer.text for answer in answers if not answer.is_success)
    assert [secret for secret in secrets if secret in logged or secret in shown] == []
    with made.engine.connect() as connection:
        kept = connection.execute(text("SELECT password_hash FROM accounts")).scalars().all()
    assert not any(each in logged for each in kept)
