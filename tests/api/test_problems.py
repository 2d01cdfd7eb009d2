"""A refusal is an RFC 9457 body with a way out; an inner failure shows nothing of the inside."""

from __future__ import annotations

import logging

import pytest

from aethermart.api.problems import STATUS, status_of
from aethermart.core.errors import (
    AetherMartError,
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    Terminal,
    Transient,
    Unauthenticated,
    Unavailable,
)
from aethermart.engine.deadlines import QueryTimeout
from tests.api.asking import app_on, ask
from tests.api.fake_platform import three_orders


@pytest.mark.parametrize(
    "kind,status",
    [
        (BadInput, 400),
        (Unauthenticated, 401),
        (Forbidden, 403),
        (NotFound, 404),
        (Conflict, 409),
        (Unavailable, 503),
        (QueryTimeout, 504),
        (Terminal, 500),
        (Transient, 500),
    ],
)
def test_each_error_has_its_status(kind: type[AetherMartError], status: int) -> None:
    assert status_of(kind("cause", fix="fix")) == status


def test_a_kind_of_a_listed_error_takes_its_status() -> None:
    class NoSuchPack(NotFound):
        pass

    assert NoSuchPack not in STATUS
    assert status_of(NoSuchPack("cause", fix="fix")) == 404


def test_the_body_names_what_went_wrong_and_what_to_do() -> None:
    answer = ask(app_on(three_orders()), "/lake/metrics/profit", headers={"X-Request-Id": "r-1"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:aethermart:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "there is no metric 'profit'",
        "fix": "use one of: revenue, order_count, average_order_value, pending_stuck",
        "instance": "/api/v1/lake/metrics/profit",
        "request_id": "r-1",
        "errors": [],
    }


def test_a_lake_that_cannot_answer_is_a_503_to_try_again() -> None:
    platform = three_orders()
    platform.failure = Unavailable("the mirror is being rebuilt", fix="wait for it")
    answer = ask(app_on(platform), "/lake/freshness")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["detail"] == "the mirror is being rebuilt"
    assert answer.json()["title"] == "Unavailable"


@pytest.mark.parametrize(
    "failure",
    [RuntimeError("password=hunter2"), Terminal("password=hunter2", fix="password=hunter2")],
    ids=["a bug", "an error without a status"],
)
def test_an_inner_failure_is_logged_and_not_shown(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    platform = three_orders()
    platform.failure = failure
    with caplog.at_level(logging.ERROR, logger="aethermart.api"):
        answer = ask(app_on(platform), "/lake/freshness", headers={"X-Request-Id": "r-2"})
    assert answer.status_code == 500
    assert answer.json()["detail"] == "the server failed inside"
    assert answer.json()["fix"] == "look up request id r-2 in the server's log"
    assert "hunter2" not in answer.text
    assert answer.headers["x-request-id"] == "r-2"
    [record] = caplog.records
    assert record.getMessage() == "GET /api/v1/lake/freshness failed [r-2]"
    assert record.exc_info is not None
    assert record.exc_info[1] is failure


@pytest.mark.parametrize(
    "params,at,message",
    [
        (
            {"from": "yesterday"},
            "query.from",
            "'yesterday' is not an instant such as 2026-01-31T12:00:00Z",
        ),
        (
            {"from": "2026-01-31T12:00:00"},
            "query.from",
            "'2026-01-31T12:00:00' has no time zone: add Z for UTC",
        ),
        (
            {"from": "2026-02-01", "to": "2026-01-01"},
            "query",
            "`from` 2026-02-01 is not before `to` 2026-01-01",
        ),
        ({"shpo": "aethermart"}, "query.shpo", "Extra inputs are not permitted, not 'aethermart'"),
    ],
    ids=["no instant", "no zone", "backwards", "misspelt parameter"],
)
def test_an_unusable_value_is_a_400_that_quotes_it(
    params: dict[str, str], at: str, message: str
) -> None:
    platform = three_orders()
    answer = ask(app_on(platform), "/lake/metrics/revenue", params=params)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"at": at, "message": message}]
    assert answer.json()["title"] == "Bad input"
    assert platform.calls == []


def test_an_unknown_path_and_method_are_problems_too() -> None:
    app = app_on(three_orders())
    lost = ask(app, "/lake/nothing")
    assert (lost.status_code, lost.json()["title"]) == (404, "Not found")
    assert lost.json()["detail"] == "GET /api/v1/lake/nothing: Not Found"
    refused = ask(app, "/lake/metrics", method="DELETE")
    assert (refused.status_code, refused.json()["title"]) == (405, "Method not allowed")
    assert refused.headers["allow"] == "GET"
