"""Ask the API over HTTP, a group of routes each.

Every refusal comes back as an error of the core's tree: Unavailable where nothing answers,
Unauthenticated for a wrong token, and so on, each with the fix the server named.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from aethermart.client.http import Http
from aethermart.client.lake import LakeClient
from aethermart.client.ops import OpsClient


class AetherMartClient:
    """lake, ops  the routes of these groups"""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout_s: float = 10.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """base_url   the server's root, for instance http://127.0.0.1:8000
        transport  how requests travel; a test gives its own
        Raises BadInput for an address or a token that cannot be sent.
        """
        self._http = Http(base_url, token, timeout_s=timeout_s, transport=transport)
        self.lake = LakeClient(self._http)
        self.ops = OpsClient(self._http)

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
