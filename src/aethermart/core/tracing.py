"""Traces by OpenTelemetry: off, and nothing of it imported, unless `start_tracing` is called.

The one door to its SDK, of the extra `telemetry`. Spans carry names and counts, never rows, SQL or
the words of an error. Who works on another thread takes `carried()` along as the span's parent.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from aethermart.core.errors import BadInput

Attribute = str | int | float
_SCOPE = "aethermart"
_OFF: AbstractContextManager[None] = nullcontext()
_provider: Any = None


def start_tracing(endpoint: str, process: str, ratio: float = 1.0) -> None:
    """Send this process's spans to an OTLP receiver. Raises BadInput without the extra.

    endpoint  the receiver's address over HTTP; spans go to `/v1/traces` below it
    ratio     share of traces kept, decided at their root; a caller's own decision stands
    """
    sdk, exporting = _import("opentelemetry.sdk.trace"), _import("opentelemetry.sdk.trace.export")
    otlp = _import("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    sampling = _import("opentelemetry.sdk.trace.sampling")
    resources = _import("opentelemetry.sdk.resources")
    provider = sdk.TracerProvider(
        resource=resources.Resource.create(
            {"service.name": "aethermart", "service.instance.id": process}
        ),
        sampler=sampling.ParentBased(sampling.TraceIdRatioBased(ratio)),
    )
    exporter = otlp.OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(exporting.BatchSpanProcessor(exporter))
    use_provider(provider)


def use_provider(provider: Any) -> None:
    """Make spans by this provider from here on; by none where None."""
    global _provider
    _provider = provider


def provider_in_use() -> Any:
    """The provider, for a library that makes spans of its own; None while tracing is off."""
    return _provider


def carried() -> Any:
    """What spans on another thread take as their parent; None while tracing is off."""
    return _import("opentelemetry.context").get_current() if _provider is not None else None


def span(name: str, parent: Any = None, **attributes: Attribute) -> AbstractContextManager[Any]:
    """A span around the block, within `parent` or else the one that is open in this thread."""
    return _OFF if _provider is None else _span(name, parent, attributes)


def record(name: str, began_at_ns: int, **attributes: Attribute) -> None:
    """A span from then to now, for work of which one knows only afterwards that it was any."""
    if _provider is not None:
        made = _provider.get_tracer(_SCOPE).start_span(
            name, start_time=began_at_ns, attributes=attributes
        )
        made.end(time.time_ns())


@contextmanager
def _span(name: str, parent: Any, attributes: dict[str, Attribute]) -> Iterator[Any]:
    trace = _import("opentelemetry.trace")
    tracer = _provider.get_tracer(_SCOPE)
    with tracer.start_as_current_span(
        name,
        context=parent,
        attributes=attributes,
        record_exception=False,  # its words may hold rows
        set_status_on_exception=False,
    ) as made:
        try:
            yield made
        except BaseException as error:
            made.set_status(trace.StatusCode.ERROR, type(error).__name__)
            raise


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        raise BadInput(
            f"[telemetry.endpoint] is set, and {missing.name} is not installed",
            fix="install `aethermart[telemetry]`, or leave the endpoint out",
        ) from missing
