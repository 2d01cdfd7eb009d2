"""A creating POST sent twice creates once, whoever sends it when, and whatever crashes between."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest
from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel, Field
from sqlalchemy import Engine

from aethermart.api.app import create_app
from aethermart.api.authorise import Needs
from aethermart.api.gateway import Gateway
from aethermart.api.idempotency import KEYED, OnceOf
from aethermart.api.kept_answers import PlatformAnswers
from aethermart.client.answers.values import Answer
from aethermart.core.errors import Conflict
from aethermart.identity.roles import Permission, Role
from aethermart.platform_db.migrate import migrate, platform_engine
from aethermart.servers.postgres import EmbeddedPostgres
from tests.api.asking import app_on, ask, role_token
from tests.api.fake_platform import three_orders

pytestmark = pytest.mark.service("postgres")


class _Asked(BaseModel):
    name: str = Field(examples=["a"])


class _Made(Answer):
    number: int
    name: str


class Shelf:
    """Keeps what was made; `during` runs within each making."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.during: Callable[[], None] = lambda: None

    def make(self, name: str) -> _Made:
        self.during()
        self.made.append(name)
        return _Made(number=len(self.made), name=name)


@pytest.fixture(scope="module")
def database(postgres: EmbeddedPostgres) -> str:
    postgres.create_database("kept_answers")
    migrate(postgres.dsn("kept_answers"))
    return postgres.dsn("kept_answers")


@pytest.fixture
def platform(database: str) -> Iterator[Engine]:
    engine = platform_engine(database, kept=4)
    with engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE idempotency_keys")
    yield engine
    # A request that was answered may still hold a connection, which nobody would close then.
    deadline = time.monotonic() + 20
    while engine.pool.checkedout() and time.monotonic() < deadline:  # type: ignore[attr-defined]
        time.sleep(0.01)
    engine.dispose()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def _app(shelf: Shelf, kept: PlatformAnswers | None) -> FastAPI:
    app = create_app(app_on(three_orders()).state.services, Gateway(kept=kept))
    may = [Depends(Needs(Permission.OPS_RUN))]

    @app.post(
        "/api/v1/things", status_code=201, response_model=_Made, dependencies=may, responses=KEYED
    )
    def make(asked: _Asked, once: OnceOf) -> Response:
        return once(
            lambda: shelf.make(asked.name),
            headers=lambda made: {"Location": f"/api/v1/things/{made.number}"},
        )

    return app


def _post(
    app: FastAPI, key: str | None, name: str = "a", role: Role = Role.ADMIN
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    token = role_token(role)
    body = {"name": name}
    return ask(app, "/things", method="POST", token=token, body=body, headers=headers)


def test_a_repetition_gets_the_first_answer_and_makes_nothing(
    platform: Engine, shelf: Shelf
) -> None:
    app = _app(shelf, PlatformAnswers(platform))
    first, again = _post(app, "k-1"), _post(app, '"k-1"')
    assert (first.status_code, first.json()) == (201, {"number": 1, "name": "a"})
    assert "idempotent-replayed" not in first.headers
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"] == "/api/v1/things/1"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert shelf.made == ["a"]


def test_another_key_another_caller_and_no_key_each_make_their_own(
    platform: Engine, shelf: Shelf
) -> None:
    app = _app(shelf, PlatformAnswers(platform))
    answers = [
        _post(app, "k-1"),
        _post(app, "k-2"),
        _post(app, "k-1", role=Role.ARCHITECT),
        _post(app, None),
        _post(app, None),
    ]
    assert [answer.json()["number"] for answer in answers] == [1, 2, 3, 4, 5]


def test_a_key_with_another_body_is_a_422(platform: Engine, shelf: Shelf) -> None:
    app = _app(shelf, PlatformAnswers(platform))
    _post(app, "k-1")
    refused = _post(app, "k-1", "b")
    assert refused.status_code == 422
    assert refused.json()["detail"] == "the idempotency key 'k-1' was used for another request"
    assert refused.headers["content-type"] == "application/problem+json"
    assert shelf.made == ["a"]


def test_a_denied_request_claims_no_key(platform: Engine, shelf: Shelf) -> None:
    app = _app(shelf, PlatformAnswers(platform))
    assert _post(app, "k-1", role=Role.MARKETING).status_code == 403
    with platform.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM idempotency_keys").scalar_one()
    assert found == 0


def test_of_many_at_once_one_makes_and_the_others_are_409_or_get_its_answer(
    platform: Engine, shelf: Shelf
) -> None:
    app = _app(shelf, PlatformAnswers(platform))
    under_way, go_on = threading.Event(), threading.Event()

    def during() -> None:
        under_way.set()
        assert go_on.wait(20.0)

    shelf.during = during
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(_post, app, "k-1")
        assert under_way.wait(20.0)
        others = list(pool.map(lambda _: _post(app, "k-1"), range(8)))
        go_on.set()
        answered = first.result()
    assert answered.status_code == 201
    assert {other.status_code for other in others} == {409}
    assert {other.headers["retry-after"] for other in others} == {"1"}
    assert others[0].json()["title"] == "Key in use"
    assert shelf.made == ["a"]
    assert _post(app, "k-1").content == answered.content


def test_a_race_without_any_order_still_makes_one(platform: Engine, shelf: Shelf) -> None:
    app = _app(shelf, PlatformAnswers(platform))
    for turn in range(5):
        barrier = threading.Barrier(4)

        def race(key: str, barrier: threading.Barrier = barrier) -> httpx.Response:
            barrier.wait(20.0)
            return _post(app, key)

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(race, [f"k-{turn}"] * 4))
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({a.content for a in answers if a.status_code == 201}) == 1
    assert len(shelf.made) == 5


def test_what_was_refused_made_nothing_and_may_be_sent_again(
    platform: Engine, shelf: Shelf
) -> None:
    app = _app(shelf, PlatformAnswers(platform))

    def refuse() -> None:
        raise Conflict("the name is taken", fix="take another")

    shelf.during = refuse
    assert _post(app, "k-1").status_code == 409
    shelf.during = lambda: None
    again = _post(app, "k-1")
    assert (again.status_code, again.json()["number"]) == (201, 1)
    assert "idempotent-replayed" not in again.headers


def test_a_crash_between_leaves_a_key_that_is_free_after_its_bound(
    platform: Engine, shelf: Shelf
) -> None:
    app = _app(shelf, PlatformAnswers(platform, claim_s=1.0))

    def crash() -> None:
        raise RuntimeError("the process died here")

    shelf.during = crash
    assert _post(app, "k-1").status_code == 500
    shelf.during = lambda: None
    assert _post(app, "k-1").status_code == 409
    assert _post(app, "k-1", "b").status_code == 422
    time.sleep(1.1)
    assert _post(app, "k-1", "b").status_code == 422
    assert (_post(app, "k-1").status_code, shelf.made) == (201, ["a"])


def test_a_late_owner_does_not_overwrite_who_took_its_claim(platform: Engine, shelf: Shelf) -> None:
    app = _app(shelf, PlatformAnswers(platform, claim_s=0.3))
    taken_over: list[httpx.Response] = []

    def dawdle() -> None:
        shelf.during = lambda: None
        time.sleep(0.5)
        taken_over.append(_post(app, "k-1"))

    shelf.during = dawdle
    _post(app, "k-1")
    assert taken_over[0].json() == {"number": 1, "name": "a"}
    assert _post(app, "k-1").content == taken_over[0].content


def test_an_answer_is_forgotten_after_its_day(platform: Engine, shelf: Shelf) -> None:
    app = _app(shelf, PlatformAnswers(platform, kept_s=0.2))
    _post(app, "k-1")
    time.sleep(0.3)
    assert _post(app, "k-1", "b").json() == {"number": 2, "name": "b"}


def test_no_token_and_no_request_body_is_in_the_table(
    platform: Engine, shelf: Shelf, database: str
) -> None:
    _post(_app(shelf, PlatformAnswers(platform)), "k-1", "unheard-of")
    with psycopg.connect(database) as connection:
        [row] = connection.execute("SELECT * FROM idempotency_keys").fetchall()
    texts = [str(value) for value in row if not isinstance(value, bytes)]
    assert not any(role_token(Role.ADMIN) in text or "unheard-of" in text for text in texts)


@pytest.mark.parametrize("key", ["", "x" * 256, "\u2603", '""'])
def test_an_unusable_key_is_a_400(platform: Engine, shelf: Shelf, key: str) -> None:
    app = _app(shelf, PlatformAnswers(platform))
    headers = {"Idempotency-Key": key.encode()}
    answer = ask(app, "/things", method="POST", body={"name": "a"}, headers=headers)
    assert answer.status_code == 400
    assert shelf.made == []


def test_the_description_names_the_header_and_its_refusals(shelf: Shelf) -> None:
    operation = _app(shelf, None).openapi()["paths"]["/api/v1/things"]["post"]
    assert [each["name"] for each in operation["parameters"]] == ["Idempotency-Key"]
    assert list(operation["responses"]["422"]["content"]) == ["application/problem+json"]
    assert "409" in operation["responses"]


def test_a_server_that_keeps_no_answers_says_so(shelf: Shelf) -> None:
    refused = _post(_app(shelf, None), "k-1")
    assert refused.status_code == 503
    assert refused.json()["fix"] == "send the request without Idempotency-Key"
    assert shelf.made == []
