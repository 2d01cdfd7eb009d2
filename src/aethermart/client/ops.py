"""/ops: is it up, how far are the sinks."""

from __future__ import annotations

import httpx
from pydantic import ValidationError

from aethermart.client.answers.ops import Health, Readiness, SinkList, SinkState
from aethermart.client.http import Http
from aethermart.core.errors import AetherMartError


class OpsClient:
    def __init__(self, http: Http) -> None:
        self._http = http

    def sinks(self, shop: str | None = None) -> tuple[SinkState, ...]:
        return self._http.get("/ops/sinks", SinkList, {"shop": shop}).sinks

    def readiness(self) -> Readiness:
        """Whether the server serves data yet; one that still starts answers, it does not raise."""
        answer = self._http.send("GET", "/ops/ready")
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            try:
                return Readiness.model_validate_json(answer.content)
            except ValidationError as not_ours:  # a proxy's 503, or one with a problem body
                raise self._http.refusal(answer) from not_ours
        return self._http.read(answer, Readiness)

    def healthy(self) -> bool:
        """Whether the server answers at all."""
        try:
            return self._http.get("/ops/health", Health).status == "ok"
        except AetherMartError:
            return False
