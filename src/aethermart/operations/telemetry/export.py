"""Prometheus' text from samples and this process's own counters: the one door to its library.

A registry of its own: neither the library's default one nor figures of the process are exported,
which whoever runs the process measures better from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from aethermart.operations.telemetry.declared import (
    METRICS,
    REQUEST_BUCKETS,
    REQUESTS,
)
from aethermart.operations.telemetry.samples import Sample

Family = CounterMetricFamily | GaugeMetricFamily


class Export:
    """read  the samples of a moment; asked once for each export"""

    def __init__(self, read: Callable[[], Sequence[Sample]]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Sampled(read))
        self._requests = Histogram(
            REQUESTS.name,
            REQUESTS.help,
            REQUESTS.labels,
            registry=self._registry,
            buckets=REQUEST_BUCKETS,
        )

    def text(self) -> str:
        return generate_latest(self._registry).decode()

    def observed(self, method: str, route: str, status: int, spent_s: float) -> None:
        self._requests.labels(method, route, str(status)).observe(spent_s)


class _Sampled(Collector):
    def __init__(self, read: Callable[[], Sequence[Sample]]) -> None:
        self._read = read

    def describe(self) -> Iterator[Family]:
        """Nothing: without it the registry would measure everything when it is made."""
        return iter(())

    def collect(self) -> Iterator[Family]:
        families = {
            m.name: _family(m.name, m.kind, m.help, m.labels)
            for m in METRICS
            if m.kind != "histogram"
        }
        for sample in self._read():
            families[sample.metric.name].add_metric(sample.labels, sample.value)
        return (family for family in families.values() if family.samples)


def _family(name: str, kind: str, text: str, labels: Sequence[str]) -> Family:
    if kind == "counter":
        return CounterMetricFamily(name.removesuffix("_total"), text, labels=labels)
    return GaugeMetricFamily(name, text, labels=labels)
