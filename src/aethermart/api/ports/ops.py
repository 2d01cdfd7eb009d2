"""What the routes of /ops need of the platform. Every call may block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aethermart.client.answers.ops import Readiness, SinkState


class Operations(Protocol):
    def sinks(self) -> Sequence[SinkState]: ...

    def readiness(self) -> Readiness: ...
