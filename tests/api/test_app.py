"""The application as a whole: headers, request ids, its own description, its settings."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from aethermart.api.settings import ApiSettings
from aethermart.core.errors import BadInput
from tests.api.asking import app_on, ask
from tests.api.fake_platform import three_orders


@pytest.mark.parametrize("path,status", [("/ops/health", 200), ("/nowhere", 404)])
def test_every_answer_carries_the_security_headers(path: str, status: int) -> None:
    answer = ask(app_on(three_orders()), path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_a_harmless_request_id_is_kept_and_another_replaced() -> None:
    app = app_on(three_orders())
    kept = ask(app, "/ops/health", headers={"X-Request-Id": "job-7.a_b"})
    assert kept.headers["x-request-id"] == "job-7.a_b"
    replaced = ask(app, "/ops/health", headers={"X-Request-Id": "a b\tc"})
    assert len(replaced.headers["x-request-id"]) == 16
    assert ask(app, "/ops/health").headers["x-request-id"] != replaced.headers["x-request-id"]


def test_a_path_cannot_forge_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="aethermart.api"):
        ask(app_on(three_orders()), "/x%0AINFO forged", headers={"X-Request-Id": "r-3"})
    [record] = caplog.records
    assert record.getMessage().startswith("GET /api/v1/x%0AINFO%20forged 404 ")
    assert record.getMessage().endswith(" [r-3]")


def test_the_description_holds_every_body_with_examples_and_no_unused_one() -> None:
    schema: dict[str, Any] = ask(app_on(three_orders()), "/openapi.json").json()
    metric = schema["paths"]["/api/v1/lake/metrics/{name}"]["get"]
    assert set(metric["responses"]) == {
        *("200", "304", "400", "401", "403", "404", "429", "500", "503", "504")
    }
    assert metric["security"] == [{"HTTPBearer": []}]
    assert [p["name"] for p in metric["parameters"]] == [
        "name",
        "shop",
        "from",
        "to",
        "where",
        "by",
    ]
    components = schema["components"]["schemas"]
    assert "HTTPValidationError" not in components
    assert components["MetricRow"]["properties"]["value"]["examples"] == ["1234.50"]
    assert components["Problem"]["properties"]["fix"]["examples"] == [
        "use one of: aethermart, online_retail"
    ]
    assert _references(schema) <= {f"#/components/schemas/{name}" for name in components}


def _references(node: object) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_references, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if "$ref" in node else set()
    return own.union(*map(_references, node.values()))


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(BadInput, match=f"API port {port} does not exist"):
        ApiSettings(port=port)
