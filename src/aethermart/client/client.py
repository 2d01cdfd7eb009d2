"""Ask the API over HTTP.

Every refusal comes back as an error of the core's tree: Unavailable where nothing answers,
Unauthenticated for a wrong token, and so on, each with the fix the server named.
Safe to share between threads: httpx pools the connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from aethermart.client.answers import (
    Answer,
    FreshnessList,
    Health,
    MetricAnswer,
    MetricInfo,
    MetricList,
    QualityReport,
    Readiness,
    ShopFreshness,
    SinkList,
    SinkState,
    TableInfo,
    TableList,
    TablePage,
)
from aethermart.client.errors import UnexpectedAnswer, error_of
from aethermart.core.errors import AetherMartError, BadInput, Unavailable
from aethermart.core.tls import is_loopback, pinned

PREFIX = "/api/v1"
A = TypeVar("A", bound=Answer)
Asked = Mapping[str, str | list[str] | None]


class AetherMartClient:
    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout_s: float = 10.0,
        transport: httpx.BaseTransport | None = None,
        certificate: Path | None = None,
    ) -> None:
        """base_url     the server's root, for instance http://127.0.0.1:8000
        transport    how requests travel; a test gives its own
        certificate  the server's, where it is one that only its own project knows
        Raises BadInput for an address or a token that cannot be sent.
        """
        self._base_url = _checked_url(base_url)
        self._http = httpx.Client(
            base_url=self._base_url + PREFIX,
            headers={"Authorization": f"Bearer {_checked_token(token)}"},
            timeout=timeout_s,
            transport=transport,
            verify=pinned(certificate) if certificate is not None else True,
            # A proxy named in the environment cannot reach this machine's own loopback.
            trust_env=not is_loopback(httpx.URL(self._base_url).host),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def metrics(self) -> tuple[MetricInfo, ...]:
        return self._get("/lake/metrics", MetricList).metrics

    def metric(
        self,
        name: str,
        *,
        shop: str | None = None,
        by: str | None = None,
        since: date | datetime | None = None,
        until: date | datetime | None = None,
        where: Mapping[str, str] | None = None,
    ) -> MetricAnswer:
        """Values of one metric.

        shop   None asks for every shop
        by     a dimension or a grain of the metric
        since  included, until excluded: a day of each shop's own calendar, or an instant, which
               needs a time zone
        where  dimension -> the value it has
        """
        asked = {
            "shop": shop,
            "by": by,
            "from": _bound(since),
            "to": _bound(until),
            "where": _conditions(where),
        }
        return self._get(f"/lake/metrics/{quote(name, safe='')}", MetricAnswer, asked)

    def tables(self) -> tuple[TableInfo, ...]:
        return self._get("/lake/tables", TableList).tables

    def quality(self, *, shop: str | None = None) -> QualityReport:
        return self._get("/lake/quality", QualityReport, {"shop": shop})

    def table(
        self,
        name: str,
        *,
        shop: str | None = None,
        where: Mapping[str, str] | None = None,
        sort: str | None = None,
        since: date | datetime | None = None,
        until: date | datetime | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> TablePage:
        """One page of a table's rows.

        where   column -> the value it has
        sort    a column, falling with a minus before it
        cursor  `next_cursor` of the page before
        """
        asked = {
            "shop": shop,
            "where": _conditions(where),
            "sort": sort,
            "from": _bound(since),
            "to": _bound(until),
            "limit": str(limit),
            "cursor": cursor,
        }
        return self._get(f"/lake/tables/{quote(name, safe='')}", TablePage, asked)

    def freshness(self, shop: str | None = None) -> tuple[ShopFreshness, ...]:
        return self._get("/lake/freshness", FreshnessList, {"shop": shop}).shops

    def sinks(self, shop: str | None = None) -> tuple[SinkState, ...]:
        return self._get("/ops/sinks", SinkList, {"shop": shop}).sinks

    def readiness(self) -> Readiness:
        """Whether the server serves data yet; one that still starts answers, it does not raise."""
        answer = self._send("/ops/ready", {})
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            try:
                return Readiness.model_validate_json(answer.content)
            except ValidationError as not_ours:  # a proxy's 503, or one with a problem body
                raise self._refusal(answer) from not_ours
        return self._read(answer, Readiness)

    def healthy(self) -> bool:
        """Whether the server answers at all."""
        try:
            return self._get("/ops/health", Health).status == "ok"
        except AetherMartError:
            return False

    def _get(self, path: str, kind: type[A], asked: Asked | None = None) -> A:
        return self._read(self._send(path, asked or {}), kind)

    def _send(self, path: str, asked: Asked) -> httpx.Response:
        params = {name: value for name, value in asked.items() if value is not None}
        try:
            return self._http.get(path, params=params)
        except httpx.TransportError as away:
            raise Unavailable(
                f"no answer from {self._base_url}: {str(away) or type(away).__name__}",
                fix="start the platform with `aethermart serve`, or correct the API's address",
            ) from away

    def _read(self, answer: httpx.Response, kind: type[A]) -> A:
        if not answer.is_success:
            raise self._refusal(answer)
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as unread:
            raise UnexpectedAnswer(
                f"GET {answer.url} gave no {kind.__name__}: {unread.errors()[0]['msg']}",
                fix="check the API's address, and that client and server are of one version",
            ) from unread

    def _refusal(self, answer: httpx.Response) -> AetherMartError:
        return error_of(answer.status_code, answer.content, f"GET {answer.url}")


def _checked_url(base_url: str) -> str:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise BadInput(
            f"{base_url!r} is not the address of an API",
            fix="write it as http://127.0.0.1:8000",
        )
    return base_url.rstrip("/")


def _checked_token(token: str) -> str:
    """The token without surrounding blanks; its value is in no message."""
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise BadInput(
            "the API token is empty or holds characters that no token has",
            fix="copy the whole token that `aethermart demo` or `aethermart serve` printed",
        )
    return token


def _conditions(where: Mapping[str, str] | None) -> list[str]:
    return [f"{name}:{value}" for name, value in (where or {}).items()]


def _bound(value: date | datetime | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime) and value.tzinfo is None:
        raise BadInput(f"{value} has no time zone", fix="pass an aware datetime, for instance UTC")
    return value.isoformat()
