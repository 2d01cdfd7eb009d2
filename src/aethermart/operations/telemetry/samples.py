"""Measured values, before any library of metrics: what the alerts read and the export shows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from aethermart.core.errors import AetherMartError
from aethermart.operations.telemetry.declared import UP, Metric
from aethermart.pipeline.faults import as_ours

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """labels: values in the order of the metric's names."""

    metric: Metric
    labels: tuple[str, ...]
    value: float

    def about(self) -> Mapping[str, str]:
        return dict(zip(self.metric.labels, self.labels, strict=True))


Read = Callable[[], Iterable[Sample]]


class Sources:
    """Where samples come from, each with a name; one that fails takes no other with it."""

    def __init__(self, sources: Mapping[str, Read]) -> None:
        self._sources = dict(sources)
        self.errors: dict[str, AetherMartError] = {}

    def read(self) -> Sequence[Sample]:
        """Everything that can be measured now; `aethermart_up` says what could not."""
        found: list[Sample] = []
        for name, read in self._sources.items():
            try:
                of_source = list(read())
                self.errors.pop(name, None)
            except Exception as raised:  # noqa: BLE001 - the edge: the others are still told
                error = as_ours(raised, f"metrics of {name}")
                if name not in self.errors:  # the news of it, not every reading
                    _log.warning("%s cannot be measured: %s", name, error)
                self.errors[name] = error
                of_source = []
            found += of_source
            found.append(Sample(UP, (name,), float(name not in self.errors)))
        return found
