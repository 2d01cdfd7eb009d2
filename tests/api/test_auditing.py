"""Every write leaves an event, done, denied or failed; a read leaves none, and no event a body."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Path
from pydantic import BaseModel

from aethermart.api.app import create_app
from aethermart.api.authorise import Needs
from aethermart.api.gateway import Gateway
from aethermart.api.request_ids import current_address, current_request_id
from aethermart.core.errors import Conflict, Unavailable
from aethermart.identity.roles import Permission, Role
from tests.api.asking import app_on, ask, role_token
from tests.api.fake_platform import three_orders


@dataclass
class FakeAudit:
    events: list[tuple[str, str, str, str]] = field(default_factory=list)
    origins: list[tuple[str, str]] = field(default_factory=list)
    away: bool = False

    def record(self, actor: str, action: str, target: str, outcome: str) -> None:
        if self.away:
            raise Unavailable("the platform database does not answer", fix="start it")
        self.events.append((actor, action, target, outcome))
        self.origins.append((current_request_id(), current_address()))


class _Retry(BaseModel):
    note: str = ""


def _app(audit: FakeAudit) -> FastAPI:
    app = create_app(app_on(three_orders()).state.services, Gateway(audit=audit))
    router = APIRouter(prefix="/ops", tags=["ops"])

    @router.post("/letters/{letter_id}/retry", dependencies=[Depends(Needs(Permission.OPS_RUN))])
    def retry_dead_letter(letter_id: Annotated[int, Path(examples=[7])], retry: _Retry) -> str:
        if retry.note == "taken":
            raise Conflict("it is retried already", fix="wait")
        if retry.note == "bug":
            raise RuntimeError("boom")
        return "again"

    app.include_router(router, prefix="/api/v1")
    return app


def _retry(app: FastAPI, note: str = "", *, token: str | None = role_token(Role.ADMIN)) -> int:
    return ask(
        app,
        "/ops/letters/7/retry",
        method="POST",
        token=token,
        body={"note": note},
        params={"secret": "hunter2"},
        headers={"X-Request-Id": "r-9"},
    ).status_code


@pytest.mark.parametrize(
    "note,token,status,actor,outcome",
    [
        ("hunter2", role_token(Role.ADMIN), 200, "u-admin", "done 200"),
        ("", role_token(Role.MARKETING), 403, "u-marketing", "denied 403"),
        ("", None, 401, "unknown", "denied 401"),
        ("taken", role_token(Role.ADMIN), 409, "u-admin", "refused 409"),
        ("bug", role_token(Role.ADMIN), 500, "u-admin", "failed 500"),
    ],
    ids=["done", "denied", "a stranger", "refused", "failed"],
)
def test_a_write_leaves_who_what_and_the_outcome(
    note: str, token: str | None, status: int, actor: str, outcome: str
) -> None:
    audit = FakeAudit()
    assert _retry(_app(audit), note, token=token) == status
    assert audit.events == [(actor, "ops.retry_dead_letter", "letter_id=7", outcome)]
    assert audit.origins == [("r-9", "127.0.0.1")]


def test_a_read_and_a_path_that_is_none_leave_nothing() -> None:
    audit = FakeAudit()
    app = _app(audit)
    assert ask(app, "/lake/freshness").status_code == 200
    assert ask(app, "/nowhere", method="POST").status_code == 404
    assert ask(app, "/lake/metrics", method="DELETE").status_code == 405
    assert audit.events == []


def test_a_write_is_answered_while_the_audit_is_away_and_told_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, logger="aethermart.api.audit"):
        assert _retry(_app(FakeAudit(away=True))) == 200
    [record] = caplog.records
    assert record.getMessage() == (
        "not in the audit: ('u-admin', 'ops.retry_dead_letter', 'letter_id=7', 'done 200')"
        " (the platform database does not answer)"
    )
