"""Traces: nothing is imported while they are off; spans nest, carry counts, and never words."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from aethermart.core import tracing
from aethermart.core.errors import BadInput
from tests.api.asking import app_on, ask
from tests.api.fake_platform import three_orders
from tests.spans import kept_spans


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    with kept_spans() as exporter:
        yield exporter


_OFF = """
import sys
from aethermart.core import tracing
from aethermart.pipeline import capture_runner, sink_runner
with tracing.span("x", rows=1):
    tracing.record("y", 1)
    assert tracing.carried() is None
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


def test_while_it_is_off_a_worker_imports_nothing_of_it() -> None:
    done = subprocess.run([sys.executable, "-c", _OFF], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_while_it_is_off_a_span_costs_next_to_nothing() -> None:
    began = time.perf_counter()
    for _ in range(10_000):
        with tracing.span("sink.apply", sink="mirror", shop="north", entries=3):
            pass
    assert (time.perf_counter() - began) / 10_000 < 50e-6


def test_spans_nest_over_threads_and_say_what_failed_without_its_words(
    spans: InMemorySpanExporter,
) -> None:
    with tracing.span("outer", shop="north"):
        parent = tracing.carried()

        def work() -> None:
            with (
                pytest.raises(ValueError, match="ada"),
                tracing.span("inner", parent, rows=2),
            ):
                raise ValueError("ada@example.org is no address")

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    inner, outer = spans.get_finished_spans()
    assert (inner.name, dict(inner.attributes or {})) == ("inner", {"rows": 2})
    assert inner.parent is not None
    assert outer.context is not None
    assert inner.parent.span_id == outer.context.span_id
    assert (inner.status.is_ok, inner.status.description) == (False, "ValueError")
    assert inner.events == ()
    assert "ada" not in inner.to_json()


def test_a_request_is_a_span_of_its_route_within_the_callers_trace(
    spans: InMemorySpanExporter,
) -> None:
    app = app_on(three_orders())
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert ask(app, "/ops/runs/7", headers={"traceparent": caller}).status_code == 404
    (request,) = spans.get_finished_spans()
    assert request.context is not None
    assert f"{request.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert "/ops/runs/{run_id}" in request.name
    assert "all-of-it" not in request.to_json()


def test_without_tracing_a_request_makes_no_span(spans: InMemorySpanExporter) -> None:
    tracing.use_provider(None)
    assert ask(app_on(three_orders()), "/ops/sinks").status_code == 200
    assert spans.get_finished_spans() == ()


def test_work_that_was_any_is_recorded_from_its_begin(spans: InMemorySpanExporter) -> None:
    tracing.record("capture.pass", 1_000, shop="north", rows=3)
    (made,) = spans.get_finished_spans()
    assert (made.name, made.start_time) == ("capture.pass", 1_000)
    assert dict(made.attributes or {}) == {"shop": "north", "rows": 3}


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(BadInput, match=r"opentelemetry.* is not installed") as refused:
        tracing.start_tracing("http://127.0.0.1:4318", "serve")
    assert "aethermart[telemetry]" in refused.value.fix


class _Receiver(http.server.BaseHTTPRequestHandler):
    got: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        return


def test_spans_reach_an_otlp_receiver_over_http() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            tracing.start_tracing(f"http://127.0.0.1:{server.server_port}/", "serve")
            with tracing.span("sink.apply", shop="north"):
                pass
            provider = tracing.provider_in_use()
            assert provider.force_flush(10_000)
            provider.shutdown()
        finally:
            tracing.use_provider(None)
            server.shutdown()
    (path, body) = _Receiver.got[0]
    sent = ExportTraceServiceRequest.FromString(body)
    (resource,) = sent.resource_spans
    assert path == "/v1/traces"
    assert resource.scope_spans[0].spans[0].name == "sink.apply"
    names = {a.key: a.value.string_value for a in resource.resource.attributes}
    assert (names["service.name"], names["service.instance.id"]) == ("aethermart", "serve")
