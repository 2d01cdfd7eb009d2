"""Schemathesis over the whole description: no request makes a 500, every answer is as described."""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from aethermart.api.app import create_app
from aethermart.api.gateway import Gateway
from aethermart.settings.sections import ApiSection
from tests.api.asking import app_on
from tests.api.fake_platform import TOKEN, three_orders

_CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
_NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
_AS_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
_unlimited = Gateway(ApiSection(user_rate=0, address_rate=0, login_rate=0))
_app = create_app(app_on(three_orders()).state.services, _unlimited)
schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", _app, headers=_AS_TOKEN)


@pytest.mark.promise("B15")
@schema.parametrize()
@settings(
    max_examples=200 if _NIGHTLY else 8,
    derandomize=not _NIGHTLY,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case) -> None:
    case.call_and_validate(headers=_AS_TOKEN, checks=_CHECKS)
