"""An access token that is renewed before it expires, shared by all threads of a client.

Only one thread renews: a refresh token that two of them sent would end the session.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator

import httpx
from pydantic import ValidationError

from aethermart.client.answers.auth import Tokens
from aethermart.client.errors import UnexpectedAnswer, error_of
from aethermart.client.http import PREFIX

_EARLY_S = 60.0  # an answer is under way for less; no less than four fifths of the life are used
_RENEWAL_TIMEOUT_S = 30.0  # a lost answer costs the session: better to wait for it


class RenewedToken(httpx.Auth):
    """clock  seconds that never go back"""

    def __init__(
        self, base_url: str, tokens: Tokens, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = f"{base_url.rstrip('/')}{PREFIX}/auth/refresh"
        self._clock = clock
        self._lock = threading.Lock()
        self._take(tokens)

    @property
    def tokens(self) -> Tokens:
        """The present ones. Whoever renews by them ends this object's use."""
        return self._tokens

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        if self._clock() >= self._renew_at:
            yield from self._renewal(self._tokens.access_token)
        sent = self._tokens.access_token
        request.headers["Authorization"] = f"Bearer {sent}"
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED and self._tokens.access_token != sent:
            # Another thread renewed it meanwhile, and what we sent has expired on the way.
            request.headers["Authorization"] = f"Bearer {self._tokens.access_token}"
            yield request

    def _renewal(self, instead_of: str) -> Generator[httpx.Request, httpx.Response, None]:
        with self._lock:
            if self._tokens.access_token != instead_of:
                return  # by another thread, while this one waited
            body = {"refresh_token": self._tokens.refresh_token}
            asked = httpx.Request("POST", self._url, json=body)
            limits = httpx.Timeout(_RENEWAL_TIMEOUT_S)
            asked.extensions = {"timeout": limits.as_dict()}
            answer = yield asked
            content = answer.read()
            if not answer.is_success:
                raise error_of(answer.status_code, content, f"POST {self._url}")
            try:
                self._take(Tokens.model_validate_json(content))
            except ValidationError as unread:
                raise UnexpectedAnswer(
                    f"POST {self._url} gave no tokens",
                    fix="check the API's address, and that client and server are of one version",
                ) from unread

    def _take(self, tokens: Tokens) -> None:
        early_s = min(_EARLY_S, tokens.expires_in / 5)
        self._tokens = tokens
        self._renew_at = self._clock() + tokens.expires_in - early_s
