"""One API over HTTP: requests out, typed answers or the core's errors back.

Safe to share between threads: httpx pools the connections.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import ValidationError

from aethermart.client.answers.values import Answer
from aethermart.client.errors import UnexpectedAnswer, error_of
from aethermart.core.errors import AetherMartError, BadInput, Unavailable
from aethermart.core.tls import is_loopback, pinned

PREFIX = "/api/v1"
A = TypeVar("A", bound=Answer)
Asked = Mapping[str, str | list[str] | None]


class Http:
    def __init__(
        self,
        base_url: str,
        token: str | httpx.Auth | None,
        *,
        timeout_s: float,
        transport: httpx.BaseTransport | None,
        certificate: Path | None = None,
    ) -> None:
        """token  None for who has none yet; an Auth brings tokens that change

        Raises BadInput for an address or a token that cannot be sent.
        """
        self._base_url = _checked_url(base_url)
        self._http = httpx.Client(
            base_url=self._base_url + PREFIX,
            headers=_fixed(token),
            auth=token if isinstance(token, httpx.Auth) else None,
            timeout=timeout_s,
            transport=transport,
            verify=pinned(certificate) if certificate is not None else True,
            # A proxy named in the environment cannot reach this machine's own loopback.
            trust_env=not is_loopback(httpx.URL(self._base_url).host),
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, kind: type[A], asked: Asked | None = None) -> A:
        return self.read(self.send("GET", path, asked), kind)

    def post(self, path: str, kind: type[A], body: Mapping[str, object] | None = None) -> A:
        return self.read(self.send("POST", path, body=body), kind)

    def do(self, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
        """A request whose answer says no more than that it is done."""
        answer = self.send(method, path, body=body)
        if not answer.is_success:
            raise self.refusal(answer)

    def send(
        self,
        method: str,
        path: str,
        asked: Asked | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Raises Unavailable where nothing answers; a refusal is an answer."""
        params = {name: value for name, value in (asked or {}).items() if value is not None}
        with self._answering():
            return self._http.request(method, path, params=params, json=body, headers=headers)

    @contextmanager
    def lines(self, path: str, headers: Mapping[str, str]) -> Iterator[Iterator[str]]:
        """The lines of a stream as they come, for as long as the server sends something.

        Raises Unavailable where nothing answers or the stream breaks off, and a refusal's error.
        """
        with self._answering(), self._http.stream("GET", path, headers=dict(headers)) as answer:
            if not answer.is_success:
                answer.read()
                raise self.refusal(answer)
            yield answer.iter_lines()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as away:
            raise Unavailable(
                f"no answer from {self._base_url}: {str(away) or type(away).__name__}",
                fix="start the platform with `aethermart serve`, or correct the API's address",
            ) from away

    def read(self, answer: httpx.Response, kind: type[A]) -> A:
        if not answer.is_success:
            raise self.refusal(answer)
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as unread:
            raise UnexpectedAnswer(
                f"{_asked(answer)} gave no {kind.__name__}: {unread.errors()[0]['msg']}",
                fix="check the API's address, and that client and server are of one version",
            ) from unread

    def refusal(self, answer: httpx.Response) -> AetherMartError:
        return error_of(answer.status_code, answer.content, _asked(answer))


def _asked(answer: httpx.Response) -> str:
    return f"{answer.request.method} {answer.url}"


def _fixed(token: str | httpx.Auth | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {_checked_token(token)}"} if isinstance(token, str) else {}


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
